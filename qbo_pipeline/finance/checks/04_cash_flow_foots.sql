-- The cash flow of every month leads from the cash it began with to the cash it ended with, which is the balance sheet's.
-- Invariant: 4
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.cash_flow
-- Cost: one pass over the cash flows and the balance sheets, which have a row an account and month.
-- Source: the cash flow and the balance sheet, on the accrual basis.
-- Remedy: an account has no section of the cash flow; see finance.dim_account.
-- Columns:
--   realm_id: The company.
--   month: The month.
--   opening_cash: Cash it began with.
--   flows: Operating, investing and financing.
--   closing_cash: Cash it ended with.
--   cash_on_balance_sheet: As the balance sheet of its end shows it.
--   difference: Closing cash less opening cash and flows, or less the balance sheet's where that is larger.
WITH flow AS (
    SELECT
        realm_id,
        month,
        coalesce(sum(amount) FILTER (WHERE section IS DISTINCT FROM 'Cash'), 0) AS flows,
        coalesce(sum(amount) FILTER (WHERE line = 'opening_cash'), 0) AS opening_cash,
        coalesce(sum(amount) FILTER (WHERE line = 'closing_cash'), 0) AS closing_cash
    FROM finance.cash_flow
    GROUP BY realm_id, month
),

cash AS (
    SELECT sheet.realm_id, sheet.month, sum(sheet.balance) AS balance
    FROM finance.balance_sheet AS sheet
    INNER JOIN finance.dim_account AS account
        ON account.realm_id = sheet.realm_id AND account.account_id = sheet.account_id
    WHERE sheet.basis = 'Accrual' AND account.is_cash
    GROUP BY sheet.realm_id, sheet.month
),

footed AS (
    SELECT
        coalesce(flow.realm_id, cash.realm_id) AS realm_id,
        coalesce(flow.month, cash.month) AS month,
        coalesce(flow.opening_cash, 0) AS opening_cash,
        coalesce(flow.flows, 0) AS flows,
        coalesce(flow.closing_cash, 0) AS closing_cash,
        coalesce(cash.balance, 0) AS cash_on_balance_sheet
    FROM flow
    FULL JOIN cash ON cash.realm_id = flow.realm_id AND cash.month = flow.month
)

SELECT
    realm_id,
    month,
    opening_cash,
    flows,
    closing_cash,
    cash_on_balance_sheet,
    CASE
        WHEN abs(closing_cash - opening_cash - flows) > $tolerance THEN closing_cash - opening_cash - flows
        ELSE closing_cash - cash_on_balance_sheet
    END AS difference
FROM footed
WHERE abs(closing_cash - opening_cash - flows) > $tolerance
    OR abs(closing_cash - cash_on_balance_sheet) > $tolerance

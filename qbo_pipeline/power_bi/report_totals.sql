-- Totals of a company as QuickBooks reports them, by the name of the measure that shows the same.
-- Grain: one row a measure. Source: finance.reconciliation, which has QuickBooks' ProfitAndLoss and BalanceSheet by
-- account and month, on accrual. Nothing while documents changed after the reports were pulled: then the reports are of
-- another day than the books. Bound: $realm_id, $first_day, $last_day.
WITH waiting AS (
    SELECT realm_id
    FROM finance.reconciliation
    WHERE realm_id = $realm_id AND basis = 'Accrual' AND reason = 'waiting'
),

reported AS (
    SELECT
        account_month.statement,
        account_month.line,
        account_month.as_of,
        account_month.quickbooks AS amount,
        account.* EXCLUDE (realm_id, statement)
    FROM finance.reconciliation AS account_month
    LEFT JOIN finance.dim_account AS account ON account.account_key = account_month.account_key
    WHERE account_month.realm_id = $realm_id
      AND account_month.basis = 'Accrual'
      AND account_month.realm_id NOT IN (FROM waiting)
),

income AS (
    SELECT
        section,
        amount,
        CASE WHEN classification = 'Revenue' THEN amount ELSE -amount END AS net_income_effect
    FROM reported
    WHERE statement = 'ProfitAndLoss' AND as_of BETWEEN $first_day AND $last_day
),

position AS (
    SELECT *
    FROM reported
    WHERE statement = 'BalanceSheet' AND as_of = $last_day
)

SELECT 'Total Income' AS measure, sum(amount) FILTER (section = 'Income') AS value FROM income
UNION ALL
SELECT 'Cost Of Goods Sold', sum(amount) FILTER (section = 'Cost of Goods Sold') FROM income
UNION ALL
SELECT 'Operating Expenses', sum(amount) FILTER (section = 'Expense') FROM income
UNION ALL
SELECT 'Other Income', sum(amount) FILTER (section = 'Other Income') FROM income
UNION ALL
SELECT 'Other Expenses', sum(amount) FILTER (section = 'Other Expense') FROM income
UNION ALL
SELECT 'Net Income', sum(net_income_effect) FROM income
UNION ALL
SELECT 'Total Assets', sum(amount) FILTER (classification = 'Asset') FROM position
UNION ALL
SELECT 'Total Liabilities', sum(amount) FILTER (classification = 'Liability') FROM position
UNION ALL
SELECT 'Total Equity', sum(amount) FILTER (classification = 'Equity' OR line = 'net_income') FROM position
UNION ALL
SELECT 'Cash Balance', sum(amount) FILTER (is_cash) FROM position
UNION ALL
SELECT 'AR Open', sum(amount) FILTER (is_receivable) FROM position
UNION ALL
SELECT 'AP Open', sum(amount) FILTER (is_payable) FROM position
UNION ALL
SELECT 'Inventory Value', sum(amount) FILTER (account_sub_type = 'Inventory') FROM position

-- Assets equal liabilities and equity at the end of every month, retained earnings and net income included.
-- Invariant: 3
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.balance_sheet
-- Cost: one pass over the balance sheets, which have a row an account and month.
-- Source: the balance sheet.
-- Remedy: an account has no place on the statements, or retained earnings were not rolled with the fiscal year.
-- Columns:
--   realm_id: The company.
--   basis: Accrual or Cash.
--   month: The month at whose end the balances are.
--   assets: Total assets.
--   liabilities_and_equity: Total liabilities and equity.
--   difference: Assets less liabilities and equity.
WITH side AS (
    SELECT
        realm_id,
        basis,
        month,
        coalesce(sum(balance) FILTER (WHERE section = 'Assets'), 0) AS assets,
        coalesce(sum(balance) FILTER (WHERE section IS DISTINCT FROM 'Assets'), 0) AS liabilities_and_equity
    FROM finance.balance_sheet
    GROUP BY realm_id, basis, month
)

SELECT
    realm_id,
    basis,
    month,
    assets,
    liabilities_and_equity,
    assets - liabilities_and_equity AS difference
FROM side
WHERE abs(assets - liabilities_and_equity) > $tolerance

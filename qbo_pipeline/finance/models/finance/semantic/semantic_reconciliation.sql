-- QuickBooks' reports against our statements as BI tools read it: differences of opposite signs do not cancel out.
-- Grain: a line of a statement of a month, or of the trial balance of a day.
-- Key: reconciliation_key
-- Built: view
-- Source: reconciliation.
-- Columns:
--   reconciliation_key: Key: the company's id, the basis, the statement, the day, the line, the account's id, with bars between.
--   realm_id: The company.
--   basis: 'Accrual' or 'Cash'.
--   as_of: The last day of the month; of trial balances the day they are of.
--   fiscal_month_key: Key of its month in semantic_fiscal_period.
--   statement: 'Balance Sheet', 'Profit and Loss' or 'Trial Balance'.
--   account_key: Key of the account; that of "Not specified" for net income.
--   account: Its name, with those of its parents.
--   quickbooks: As QuickBooks' report shows it; NULL where that was never pulled.
--   ours: As our statement shows it.
--   difference: Ours less QuickBooks'.
--   absolute_difference: The same without its sign; zero where the report was never pulled.
--   state: 'Ties', 'Waiting' (documents changed after the reports were pulled), 'Not Pulled' or 'Differs'.
--   differs: 1 where it differs, else 0: its sum counts differences.
--   line_count: Always 1: its sum counts what was compared.
SELECT
    realm_id || '|' || basis || '|' || statement || '|' || strftime(as_of, '%Y-%m-%d') || '|' || line || '|'
    || coalesce(account_id, '-1') AS reconciliation_key,
    realm_id,
    basis,
    as_of,
    realm_id || '|' || strftime(as_of, '%Y-%m') AS fiscal_month_key,
    CASE statement
        WHEN 'BalanceSheet' THEN 'Balance Sheet' WHEN 'ProfitAndLoss' THEN 'Profit and Loss' ELSE 'Trial Balance'
    END AS statement,
    account_key,
    account_name AS account,
    quickbooks,
    ours,
    difference,
    abs(coalesce(difference, 0))::DECIMAL(18, 2) AS absolute_difference,
    CASE reason WHEN 'ties' THEN 'Ties' WHEN 'waiting' THEN 'Waiting' WHEN 'not_pulled' THEN 'Not Pulled' ELSE 'Differs' END
        AS state,
    CASE reason WHEN 'differs' THEN 1 ELSE 0 END::INTEGER AS differs,
    1::INTEGER AS line_count
FROM finance.reconciliation

-- The statement of cash flows as BI tools read it: what changed cash, so that its sum over any months is the change of cash.
-- Grain: a line of a month.
-- Key: cash_flow_line_key
-- Built: view
-- Source: cash_flow; the accrual basis.
-- Columns:
--   cash_flow_line_key: Key: the company's id, the month, the section, the line, the account's id, with bars between.
--   realm_id: The company.
--   month: First day of the month.
--   fiscal_month_key: Key of the month in semantic_fiscal_period.
--   account_key: Key of the account; that of "Not specified" for net income.
--   section: 'Operating', 'Investing' or 'Financing'.
--   section_ordinal: Order of the section.
--   line: Name of the account with its parents, or 'Net Income'.
--   amount: What it adds to cash, home currency.
SELECT
    realm_id || '|' || strftime(month, '%Y-%m') || '|' || section || '|' || line || '|' || coalesce(account_id, '-1')
        AS cash_flow_line_key,
    realm_id,
    month,
    realm_id || '|' || strftime(month, '%Y-%m') AS fiscal_month_key,
    account_key,
    section,
    CASE section WHEN 'Operating' THEN 1 WHEN 'Investing' THEN 2 WHEN 'Financing' THEN 3 ELSE 4 END::INTEGER AS section_ordinal,
    account AS line,
    amount
FROM finance.cash_flow
WHERE section <> 'Cash'

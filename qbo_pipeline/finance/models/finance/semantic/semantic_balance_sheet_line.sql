-- The balance sheet as BI tools read it, line by line, with the retained earnings and the net income that no account holds.
-- Grain: a line of a month and basis.
-- Key: balance_sheet_line_key
-- Built: view
-- Source: balance_sheet.
-- Columns:
--   balance_sheet_line_key: Key: the company's id, the basis, the month, the line, the account's id, with bars between.
--   realm_id: The company.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month whose end it is the balance of.
--   fiscal_month_key: Key of the month in semantic_fiscal_period.
--   account_key: Key of the account; that of "Not specified" where no account holds the line.
--   section: Section of the statement.
--   section_ordinal: Order of the section.
--   subsection: Part of the section.
--   subsection_ordinal: Order of the part.
--   line: Name of the account with its parents, 'Retained Earnings' or 'Net Income'.
--   balance: Balance with the sign the statement shows.
--   debit_balance: The same, debits positive: all lines of a company's month together are zero.
WITH subsections AS (SELECT subsection, min(type_ordinal) AS ordinal FROM finance.account_type GROUP BY ALL)
SELECT
    sheet.realm_id || '|' || sheet.basis || '|' || strftime(sheet.month, '%Y-%m') || '|' || sheet.line || '|'
    || coalesce(sheet.account_id, '-1') AS balance_sheet_line_key,
    sheet.realm_id,
    sheet.basis,
    sheet.month,
    sheet.realm_id || '|' || strftime(sheet.month, '%Y-%m') AS fiscal_month_key,
    sheet.account_key,
    sheet.section,
    CASE sheet.section WHEN 'Assets' THEN 1 WHEN 'Liabilities' THEN 2 WHEN 'Equity' THEN 3 ELSE 4 END::INTEGER
        AS section_ordinal,
    sheet.subsection,
    coalesce(subsections.ordinal, 1000)::INTEGER AS subsection_ordinal,
    sheet.path AS line,
    sheet.balance,
    CASE WHEN sheet.section = 'Assets' THEN sheet.balance ELSE -sheet.balance END::DECIMAL(18, 2) AS debit_balance
FROM finance.balance_sheet AS sheet
LEFT JOIN subsections ON subsections.subsection = sheet.subsection

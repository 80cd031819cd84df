-- The balance sheets of all companies in one currency: assets and liabilities at the rate of the month's end, equity and earnings at the
-- average rates of the months they arose in, and the difference in a line of its own, the translation adjustment (IAS 21, ASC 830). What
-- was earned and contributed before the first rate that is known is taken over at that one; these months themselves are empty. There
-- is a set of rows for each currency that is some company's home: choose one group_currency. Balances between the companies are not eliminated.
-- Grain: a line of a company, month and basis in a group currency.
-- Key: group_currency, realm_id, basis, month, line, account_id
-- Built: view
-- Source: balance_sheet, account_balance_month, net_income_month, group_rate.
-- Columns:
--   group_currency: The currency that all is shown in.
--   realm_id: The company.
--   company: Name of the company.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month.
--   section: Section of the statement.
--   subsection: Part of the section.
--   line: 'account', 'retained_earnings' or 'net_income'.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   account: Name of the account.
--   ordinal: Order in the statement.
--   home_currency: Currency the books are kept in.
--   closing_rate: Rate at the end of the month, NULL where none is known.
--   home_balance: Balance in the company's home currency.
--   balance: Open balance as QuickBooks has it.
WITH rates AS (
    SELECT dim_company.realm_id, dim_company.name, dim_company.home_currency, group_rate.to_currency AS group_currency,
        group_rate.month, group_rate.closing_rate,
        coalesce(
            group_rate.average_rate,
            arg_min(group_rate.average_rate, group_rate.month) FILTER (group_rate.average_rate IS NOT NULL) OVER (
                PARTITION BY dim_company.realm_id, group_rate.to_currency
            )
        ) AS average_rate
    FROM finance.dim_company
    INNER JOIN finance.group_rate ON group_rate.from_currency = dim_company.home_currency
),
position AS (
    SELECT rates.group_currency, sheet.realm_id, sheet.basis, sheet.month, sheet.line, sheet.account_id, sheet.section,
        sheet.subsection, sheet.account, sheet.ordinal,
        sheet.balance AS home_balance, round(sheet.balance * rates.closing_rate, 2) AS balance
    FROM finance.balance_sheet AS sheet
    INNER JOIN rates ON rates.realm_id = sheet.realm_id AND rates.month = sheet.month
    WHERE sheet.section <> 'Equity'
),
contributed AS (
    SELECT rates.group_currency, moves.realm_id, moves.basis, moves.month, 'account' AS line, moves.account_id,
        dim_account.section, dim_account.subsection,
        dim_account.name AS account, dim_account.ordinal, -moves.closing_balance AS home_balance,
        CASE WHEN rates.closing_rate IS NOT NULL THEN sum(round(-moves.net * rates.average_rate, 2)) OVER (
            PARTITION BY rates.group_currency, moves.realm_id, moves.basis, moves.account_id ORDER BY moves.month
        ) END AS balance
    FROM finance.account_balance_month AS moves
    INNER JOIN rates ON rates.realm_id = moves.realm_id AND rates.month = moves.month
    INNER JOIN finance.dim_account ON dim_account.realm_id = moves.realm_id AND dim_account.account_id = moves.account_id
    WHERE dim_account.section = 'Equity'
),
translated_income AS (
    SELECT
        rates.group_currency, income.realm_id, income.basis, income.month,
        income.net_income_this_fiscal_year, income.net_income_of_prior_fiscal_years,
        CASE WHEN rates.closing_rate IS NOT NULL THEN sum(round(income.net_income * rates.average_rate, 2)) OVER (
            PARTITION BY rates.group_currency, income.realm_id, income.basis, income.fiscal_year ORDER BY income.month
        ) END AS this_year,
        CASE WHEN rates.closing_rate IS NOT NULL THEN sum(round(income.net_income * rates.average_rate, 2)) OVER (
            PARTITION BY rates.group_currency, income.realm_id, income.basis ORDER BY income.month
        ) END AS ever
    FROM finance.net_income_month AS income
    INNER JOIN rates ON rates.realm_id = income.realm_id AND rates.month = income.month
),
lines AS (
    SELECT group_currency, realm_id, basis, month, line, account_id, section, subsection, account, ordinal, home_balance,
        balance FROM position
    UNION ALL
    SELECT group_currency, realm_id, basis, month, line, account_id, section, subsection, account, ordinal, home_balance,
        balance FROM contributed
    UNION ALL
    SELECT group_currency, realm_id, basis, month, 'retained_earnings', NULL, 'Equity', 'Equity',
        'Retained Earnings of prior years', 1000000,
        net_income_of_prior_fiscal_years, ever - this_year
    FROM translated_income
    UNION ALL
    SELECT group_currency, realm_id, basis, month, 'net_income', NULL, 'Equity', 'Equity', 'Net Income', 1000001,
        net_income_this_fiscal_year, this_year
    FROM translated_income
),
adjusted AS (
    SELECT group_currency, realm_id, basis, month, line, account_id, section, subsection, account, ordinal, home_balance,
        balance FROM lines
    UNION ALL
    SELECT group_currency, realm_id, basis, month, 'translation_adjustment', NULL, 'Equity', 'Equity', 'Translation adjustment',
        1000002, 0,
        sum(CASE section WHEN 'Assets' THEN balance ELSE -balance END)
    FROM lines
    GROUP BY group_currency, realm_id, basis, month
)
SELECT
    adjusted.group_currency,
    adjusted.realm_id,
    rates.name AS company,
    adjusted.basis,
    adjusted.month,
    adjusted.section,
    adjusted.subsection,
    adjusted.line,
    adjusted.account_id,
    adjusted.realm_id || '|' || coalesce(adjusted.account_id, '-1') AS account_key,
    adjusted.account,
    adjusted.ordinal::INTEGER AS ordinal,
    rates.home_currency,
    rates.closing_rate,
    adjusted.home_balance::DECIMAL(18, 2) AS home_balance,
    adjusted.balance::DECIMAL(18, 2) AS balance
FROM adjusted
INNER JOIN rates
    ON rates.group_currency = adjusted.group_currency AND rates.realm_id = adjusted.realm_id AND rates.month = adjusted.month
WHERE adjusted.balance IS DISTINCT FROM 0 OR adjusted.home_balance <> 0

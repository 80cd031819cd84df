-- The profit and loss of all companies in one currency, at the average rate of each month. There is a set of rows for each currency that
-- is some company's home: choose one group_currency. Transactions between the companies are not eliminated.
-- Grain: an account of a company, month and basis in a group currency.
-- Key: group_currency, realm_id, basis, month, account_id
-- Built: view
-- Source: profit_and_loss, group_rate.
-- Columns:
--   group_currency: The currency that all is shown in.
--   realm_id: The company.
--   company: Name of the company.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month.
--   section: Section of the statement.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   account: Name of the account.
--   path: Names from the root down, with colons between.
--   ordinal: Order in the statement.
--   home_currency: Currency the books are kept in.
--   rate: Rate it was converted at, NULL where none is known.
--   home_amount: Amount in the company's home currency.
--   amount: Amount, home currency.
SELECT
    group_rate.to_currency AS group_currency,
    statement.realm_id,
    dim_company.name AS company,
    statement.basis,
    statement.month,
    statement.section,
    statement.account_id,
    statement.account_key,
    statement.account,
    statement.path,
    statement.ordinal,
    dim_company.home_currency,
    group_rate.average_rate AS rate,
    statement.amount AS home_amount,
    round(statement.amount * group_rate.average_rate, 2)::DECIMAL(18, 2) AS amount
FROM finance.profit_and_loss AS statement
INNER JOIN finance.dim_company ON dim_company.realm_id = statement.realm_id
INNER JOIN finance.group_rate
    ON group_rate.from_currency = dim_company.home_currency AND group_rate.month = statement.month

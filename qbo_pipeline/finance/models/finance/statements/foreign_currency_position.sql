-- What the company holds and owes in other currencies at each month's end, at the rates it was booked with and at the rate of that day. The
-- difference is the gain or loss that is not realized; it is analytical and in no ledger.
-- Grain: an account in a foreign currency of a month and basis.
-- Key: realm_id, basis, month, account_id
-- Built: view
-- Source: account_balance_month, ExchangeRate.
-- Columns:
--   realm_id: The company.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   account: Name of the account.
--   account_type: QuickBooks' account type.
--   currency_id: Currency code.
--   foreign_balance: Balance in the account's own currency, where that is not the home currency.
--   booked_balance: Balance at the rates it was booked with, home currency, debits positive.
--   rate: Rate it was converted at, NULL where none is known.
--   revalued_balance: Balance at the rate of the day, home currency.
--   unrealized_gain: Gain (loss negative) that is not realized; NULL where no rate is known.
WITH held AS (
    SELECT balances.realm_id, balances.basis, balances.month, balances.account_id, dim_account.account_key, dim_account.name,
        dim_account.account_type, dim_account.currency_id,
        dim_company.home_currency, balances.foreign_closing_balance, balances.closing_balance
    FROM finance.account_balance_month AS balances
    INNER JOIN finance.dim_account ON dim_account.realm_id = balances.realm_id AND dim_account.account_id = balances.account_id
    INNER JOIN finance.dim_company ON dim_company.realm_id = balances.realm_id
    WHERE balances.statement = 'BalanceSheet' AND dim_account.currency_id <> dim_company.home_currency
        AND (balances.closing_balance <> 0 OR balances.foreign_closing_balance <> 0)
),
month_end_rates AS (
    SELECT held.realm_id, held.currency_id, held.month, arg_max(exchange_rate.rate, exchange_rate.as_of_date) AS rate
    FROM (SELECT DISTINCT realm_id, currency_id, home_currency, month FROM held) AS held
    INNER JOIN quickbooks.exchange_rate
        ON exchange_rate.realm_id = held.realm_id AND exchange_rate.source_currency_code = held.currency_id
        AND exchange_rate.target_currency_code = held.home_currency AND exchange_rate.as_of_date <= last_day(held.month)
    WHERE NOT exchange_rate.deleted
    GROUP BY ALL
)
SELECT
    held.realm_id,
    held.basis,
    held.month,
    held.account_id,
    held.account_key,
    held.name AS account,
    held.account_type,
    held.currency_id,
    held.foreign_closing_balance AS foreign_balance,
    held.closing_balance AS booked_balance,
    month_end_rates.rate,
    round(held.foreign_closing_balance * month_end_rates.rate, 2)::DECIMAL(18, 2) AS revalued_balance,
    (round(held.foreign_closing_balance * month_end_rates.rate, 2) - held.closing_balance)::DECIMAL(18, 2) AS unrealized_gain
FROM held
LEFT JOIN month_end_rates
    ON month_end_rates.realm_id = held.realm_id AND month_end_rates.currency_id = held.currency_id
        AND month_end_rates.month = held.month

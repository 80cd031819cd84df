-- What was debited and credited to each account in each month. Every statement stands on it.
-- Grain: an account, class and department of a month and basis.
-- Key: realm_id, basis, month, account_id, class_id, department_id
-- Built: months
-- Source: the ledger.
-- Columns:
--   realm_id: The company.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month.
--   account_id: The account.
--   class_id: The class.
--   department_id: The department (location).
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   class_key: Key of the class for BI tools: the company's id, a bar, the id; -1 where there is none.
--   department_key: Key of the department for BI tools: the company's id, a bar, the id; -1 where there is
--       none.
--   debit: Debits, home currency.
--   credit: Credits, home currency.
--   net: Debits less credits, home currency.
--   foreign_net: Debits less credits in the account's own currency, where that is not the home currency.
--   last_transaction_date: The last day of the month on which anything was posted to it.
--   waiting_legs: How many legs no report of QuickBooks has confirmed yet.
SELECT
    leg.realm_id,
    leg.basis,
    leg.month,
    leg.account_id,
    leg.class_id,
    leg.department_id,
    leg.realm_id || '|' || coalesce(leg.account_id, '-1') AS account_key,
    leg.realm_id || '|' || coalesce(leg.class_id, '-1') AS class_key,
    leg.realm_id || '|' || coalesce(leg.department_id, '-1') AS department_key,
    sum(leg.debit)::DECIMAL(18, 2) AS debit,
    sum(leg.credit)::DECIMAL(18, 2) AS credit,
    (sum(leg.debit) - sum(leg.credit))::DECIMAL(18, 2) AS net,
    CASE
        WHEN any_value(account.currency_id) <> any_value(preferences.home_currency_id)
            THEN sum(leg.foreign_debit) - sum(leg.foreign_credit)
    END::DECIMAL(18, 2) AS foreign_net,
    max(leg.transaction_date) AS last_transaction_date,
    count(*) FILTER (NOT leg.confirmed) AS waiting_legs
FROM changed.leg
LEFT JOIN quickbooks.account ON account.realm_id = leg.realm_id AND account.id = leg.account_id
LEFT JOIN quickbooks.preferences ON preferences.realm_id = leg.realm_id
GROUP BY leg.realm_id, leg.basis, leg.month, leg.account_id, leg.class_id, leg.department_id

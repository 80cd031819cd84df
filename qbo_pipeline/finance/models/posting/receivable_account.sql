-- The A/R account that documents of a currency post to: of those in use the one most used in reports, else the first in the chart.
-- QuickBooks has one A/R account a currency unless somebody adds another, and does not name it on a document.
-- Grain: a company and currency.
-- Key: realm_id, currency_id
-- Built: table
-- Source: the chart of accounts, reports.posted_leg, posting.merged_account.
-- Columns:
--   realm_id: The company.
--   currency_id: The currency of the account.
--   account_id: The account.
--   accounts: How many A/R accounts the currency has; with more than one, a document's own report legs are asked first.
WITH account AS (
    SELECT account.realm_id, coalesce(account.currency_id, preferences.home_currency_id) AS currency_id, account.id, account.deleted,
        NOT coalesce(account.active, true) AS is_inactive
    FROM quickbooks.account
    LEFT JOIN quickbooks.preferences ON preferences.realm_id = account.realm_id
    WHERE account.account_type = 'Accounts Receivable'
),
several AS (
    SELECT realm_id, currency_id
    FROM account
    GROUP BY realm_id, currency_id
    HAVING count(*) > 1
),
use AS (
    SELECT account.realm_id, coalesce(merged_account.surviving_id, account.id) AS id, count(*) AS legs
    FROM account
    INNER JOIN several ON several.realm_id = account.realm_id AND several.currency_id IS NOT DISTINCT FROM account.currency_id
    INNER JOIN reports.posted_leg
        ON posted_leg.realm_id = account.realm_id AND posted_leg.account_id = account.id AND posted_leg.basis = 'Accrual'
    -- Reports that were pulled before have it on the account that is no more.
    LEFT JOIN posting.merged_account ON merged_account.realm_id = account.realm_id AND merged_account.account_id = account.id
    GROUP BY account.realm_id, coalesce(merged_account.surviving_id, account.id)
)
SELECT
    account.realm_id,
    coalesce(account.currency_id, '-') AS currency_id,
    min_by(account.id, (account.deleted, account.is_inactive, -coalesce(use.legs, 0), length(account.id), account.id)) AS account_id,
    count(*) AS accounts
FROM account
LEFT JOIN use ON use.realm_id = account.realm_id AND use.id = account.id
GROUP BY account.realm_id, coalesce(account.currency_id, '-')

-- How much of what QuickBooks posts follows from the documents alone, before anything is patched from its reports: the
-- honest figure beside a ledger that ties by construction.
-- Grain: a company and month, on the accrual basis.
-- Key: realm_id, basis, month
-- Built: months
-- Source: the ledger; legs whose month was pulled after the document changed.
-- Columns:
--   realm_id: The company.
--   basis: Accrual.
--   month: The month.
--   legs: Legs that QuickBooks posts.
--   legs_tied: Legs of documents that needed no patch, in account and amount.
--   legs_named_by_quickbooks: Legs not tied that no document shows: cost of goods sold and stock, and the accounts of
--     sales tax, of receivables, and of items that were given another one later.
--   accounts: Accounts with legs.
--   accounts_tied: Accounts without a patch.
--   legs_waiting: Legs of documents that changed after the month's report was pulled; they are in no other column.
WITH judged AS (
    SELECT realm_id, basis, month, transaction_type, transaction_id, account_id, posting_source, patch_reason
    FROM changed.leg
    WHERE basis = 'Accrual' AND confirmed
),

patched AS (
    SELECT
        realm_id,
        month,
        transaction_type,
        transaction_id,
        account_id,
        bool_and(patch_reason IN ('cogs', 'tax', 'ar_account', 'item_account')) AS named_by_quickbooks
    FROM judged
    WHERE posting_source <> 'entity'
    GROUP BY realm_id, month, transaction_type, transaction_id, account_id
),

compared AS (
    SELECT
        judged.realm_id,
        judged.basis,
        judged.month,
        judged.account_id,
        patched.realm_id IS NULL AS tied,
        coalesce(patched.named_by_quickbooks, FALSE) AS named_by_quickbooks
    FROM judged
    LEFT JOIN patched
        ON patched.realm_id = judged.realm_id
        AND patched.month = judged.month
        AND patched.transaction_type = judged.transaction_type
        AND patched.transaction_id = judged.transaction_id
        AND patched.account_id IS NOT DISTINCT FROM judged.account_id
),

account AS (
    SELECT
        realm_id,
        basis,
        month,
        account_id,
        count(*) AS legs,
        count(*) FILTER (WHERE tied) AS legs_tied,
        count(*) FILTER (WHERE named_by_quickbooks) AS legs_named_by_quickbooks
    FROM compared
    GROUP BY realm_id, basis, month, account_id
),

tied AS (
    SELECT
        realm_id,
        basis,
        month,
        sum(legs) AS legs,
        sum(legs_tied) AS legs_tied,
        sum(legs_named_by_quickbooks) AS legs_named_by_quickbooks,
        count(*) AS accounts,
        count(*) FILTER (WHERE legs = legs_tied) AS accounts_tied
    FROM account
    GROUP BY realm_id, basis, month
),

waiting AS (
    SELECT realm_id, basis, month, count(*) AS legs_waiting
    FROM changed.leg
    WHERE basis = 'Accrual' AND NOT confirmed
    GROUP BY realm_id, basis, month
)

SELECT
    coalesce(tied.realm_id, waiting.realm_id) AS realm_id,
    coalesce(tied.basis, waiting.basis) AS basis,
    coalesce(tied.month, waiting.month) AS month,
    coalesce(tied.legs, 0)::BIGINT AS legs,
    coalesce(tied.legs_tied, 0)::BIGINT AS legs_tied,
    coalesce(tied.legs_named_by_quickbooks, 0)::BIGINT AS legs_named_by_quickbooks,
    coalesce(tied.accounts, 0)::BIGINT AS accounts,
    coalesce(tied.accounts_tied, 0)::BIGINT AS accounts_tied,
    coalesce(waiting.legs_waiting, 0)::BIGINT AS legs_waiting
FROM tied
FULL JOIN waiting ON waiting.realm_id = tied.realm_id AND waiting.basis = tied.basis AND waiting.month = tied.month

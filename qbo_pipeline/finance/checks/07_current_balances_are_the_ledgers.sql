-- The balance QuickBooks shows on an account of the balance sheet is the one of the ledger, in the account's currency.
-- QuickBooks shows some liabilities with their natural sign and others without, so that either is right. Accounts that
-- were read before the newest transaction are left out: their balance was not told again.
-- Invariant: 7
-- Severity: warn
-- Blocking: no
-- Tolerance: 0.00
-- On: finance.account_balance_month
-- Cost: one pass over the monthly activity, and over the legs of accounts in a foreign currency.
-- Source: quickbooks.account and the accrual ledger.
-- Remedy: load the accounts again (qbo-pipeline backfill --entity Account) and see whether it stays.
-- Columns:
--   realm_id: The company.
--   account_id: The account.
--   account: Its name.
--   currency: Its currency.
--   quickbooks: The balance QuickBooks shows.
--   ours: The ledger's, debit positive.
--   difference: QuickBooks' less ours.
WITH newest_change AS (
    SELECT realm_id, max(updated_at) AS changed_at
    FROM finance.dim_transaction
    GROUP BY realm_id
),

balance_sheet_account AS (
    SELECT
        account.realm_id,
        account.id AS account_id,
        account.fully_qualified_name AS account,
        coalesce(account.currency_id, company.home_currency) AS currency,
        coalesce(account.currency_id, company.home_currency) <> company.home_currency AS is_foreign,
        account.current_balance,
        account.classification
    FROM quickbooks.account AS account
    INNER JOIN finance.dim_company AS company ON company.realm_id = account.realm_id
    INNER JOIN newest_change ON newest_change.realm_id = account.realm_id
    WHERE NOT account.deleted
        AND account.classification IN ('Asset', 'Liability', 'Equity')
        AND account.account_sub_type IS DISTINCT FROM 'RetainedEarnings'
        AND account.current_balance IS NOT NULL
        AND account.synced_at >= newest_change.changed_at
),

home AS (
    SELECT realm_id, account_id, sum(net) AS balance
    FROM finance.fct_account_balance_month
    WHERE basis = 'Accrual'
    GROUP BY realm_id, account_id
),

foreign_currency AS (
    SELECT leg.realm_id, leg.account_id, sum(leg.foreign_debit - leg.foreign_credit) AS balance
    FROM posting.leg AS leg
    INNER JOIN balance_sheet_account AS account
        ON account.realm_id = leg.realm_id AND account.account_id = leg.account_id AND account.is_foreign
    WHERE leg.basis = 'Accrual' AND leg.currency_id = account.currency
    GROUP BY leg.realm_id, leg.account_id
),

compared AS (
    SELECT
        account.realm_id,
        account.account_id,
        account.account,
        account.currency,
        account.classification,
        account.current_balance AS quickbooks,
        coalesce(CASE WHEN account.is_foreign THEN foreign_currency.balance ELSE home.balance END, 0) AS ours
    FROM balance_sheet_account AS account
    LEFT JOIN home ON home.realm_id = account.realm_id AND home.account_id = account.account_id
    LEFT JOIN foreign_currency
        ON foreign_currency.realm_id = account.realm_id AND foreign_currency.account_id = account.account_id
)

SELECT
    realm_id,
    account_id,
    account,
    currency,
    quickbooks,
    ours,
    quickbooks - ours AS difference
FROM compared
WHERE abs(quickbooks - ours) > $tolerance
    AND (classification = 'Asset' OR abs(quickbooks + ours) > $tolerance)

-- The A/R and A/P account of documents whose currency has more than one of them: the one QuickBooks' report shows for the document.
-- Grain: a transaction.
-- Key: realm_id, transaction_type, transaction_id
-- Built: inline
-- Source: report legs on A/R and A/P accounts.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' name of the entity.
--   transaction_id: Id of the transaction.
--   receivable_account_id: The A/R account it posts to.
--   payable_account_id: The A/P account it posts to.
WITH control_account AS (
    SELECT account.realm_id, account.id, account.account_type
    FROM quickbooks.account
    INNER JOIN posting.company_account ON company_account.realm_id = account.realm_id
    INNER JOIN posting.receivable_account
        ON receivable_account.realm_id = account.realm_id
        AND receivable_account.currency_id = coalesce(account.currency_id, company_account.home_currency_id)
    WHERE account.account_type = 'Accounts Receivable' AND receivable_account.accounts > 1
    UNION ALL
    SELECT account.realm_id, account.id, account.account_type
    FROM quickbooks.account
    INNER JOIN posting.company_account ON company_account.realm_id = account.realm_id
    INNER JOIN posting.payable_account
        ON payable_account.realm_id = account.realm_id
        AND payable_account.currency_id = coalesce(account.currency_id, company_account.home_currency_id)
    WHERE account.account_type = 'Accounts Payable' AND payable_account.accounts > 1
)
SELECT
    posted_leg.realm_id,
    posted_leg.transaction_type,
    posted_leg.transaction_id,
    min_by(control_account.id, posted_leg.leg_number) FILTER (control_account.account_type = 'Accounts Receivable') AS receivable_account_id,
    min_by(control_account.id, posted_leg.leg_number) FILTER (control_account.account_type = 'Accounts Payable') AS payable_account_id
FROM posting.posted_leg
INNER JOIN control_account ON control_account.realm_id = posted_leg.realm_id AND control_account.id = posted_leg.account_id
WHERE posted_leg.basis = 'Accrual'
GROUP BY posted_leg.realm_id, posted_leg.transaction_type, posted_leg.transaction_id

-- The account that the tax of an agency posts to, learned from reports: no document names it.
-- Of some documents of each tax rate the report has a leg of just the amount of the tax line; the account that has most of them is the
-- agency's. Where two agencies have the same amount of a document, either account may be the one: other documents tell first, then the
-- names, for QuickBooks makes an account called after its agency. What reports do not tell yet: the account the agency names, else the
-- company's account for tax. An account that was merged since is the one it became.
-- Grain: a company, tax agency and side (sales, purchases).
-- Key: realm_id, tax_agency_id, side
-- Built: table
-- Source: tax lines, tax rates and agencies, reports.posted_leg; posting.merged_account.
-- Columns:
--   realm_id: The company.
--   tax_agency_id: The agency.
--   side: sales or purchases.
--   account_id: The account; NULL where the company has none for tax.
--   learned: Whether reports told.
WITH taxed AS MATERIALIZED (
    SELECT realm_id, tax_rate_id, 'sales' AS side, 'Invoice' AS transaction_type, invoice_id AS transaction_id, amount
    FROM quickbooks.invoice_tax_line
    WHERE amount <> 0
    UNION ALL
    SELECT realm_id, tax_rate_id, 'sales' AS side, 'SalesReceipt' AS transaction_type, sales_receipt_id AS transaction_id, amount
    FROM quickbooks.sales_receipt_tax_line
    WHERE amount <> 0
    UNION ALL
    SELECT realm_id, tax_rate_id, 'sales' AS side, 'CreditMemo' AS transaction_type, credit_memo_id AS transaction_id, amount
    FROM quickbooks.credit_memo_tax_line
    WHERE amount <> 0
    UNION ALL
    SELECT realm_id, tax_rate_id, 'sales' AS side, 'RefundReceipt' AS transaction_type, refund_receipt_id AS transaction_id, amount
    FROM quickbooks.refund_receipt_tax_line
    WHERE amount <> 0
    UNION ALL
    SELECT realm_id, tax_rate_id, 'purchases' AS side, 'Bill' AS transaction_type, bill_id AS transaction_id, amount
    FROM quickbooks.bill_tax_line
    WHERE amount <> 0
    UNION ALL
    SELECT realm_id, tax_rate_id, 'purchases' AS side, 'VendorCredit' AS transaction_type, vendor_credit_id AS transaction_id, amount
    FROM quickbooks.vendor_credit_tax_line
    WHERE amount <> 0
    UNION ALL
    SELECT realm_id, tax_rate_id, 'purchases' AS side, 'Purchase' AS transaction_type, purchase_id AS transaction_id, amount
    FROM quickbooks.purchase_tax_line
    WHERE amount <> 0
),
sampled AS (
    SELECT realm_id, max(transaction_id, 100) AS ids
    FROM taxed
    GROUP BY realm_id, tax_rate_id, transaction_type
),
document AS (
    SELECT DISTINCT realm_id, unnest(ids) AS transaction_id
    FROM sampled
),
tax_line AS (
    SELECT
        taxed.realm_id,
        tax_rate.agency_id,
        taxed.side,
        taxed.transaction_id,
        abs(taxed.amount) AS amount,
        min(tax_rate.agency_id) OVER same_amount <> max(tax_rate.agency_id) OVER same_amount AS is_shared
    FROM taxed
    SEMI JOIN document ON document.realm_id = taxed.realm_id AND document.transaction_id = taxed.transaction_id
    INNER JOIN quickbooks.tax_rate ON tax_rate.realm_id = taxed.realm_id AND tax_rate.id = taxed.tax_rate_id
    WINDOW same_amount AS (PARTITION BY taxed.realm_id, taxed.side, taxed.transaction_id, abs(taxed.amount))
),
balance_sheet_account AS (
    SELECT realm_id, id, name
    FROM quickbooks.account
    WHERE classification IN ('Asset', 'Liability')
        AND account_type NOT IN ('Accounts Receivable', 'Accounts Payable', 'Bank', 'Credit Card')
        AND account_sub_type IS DISTINCT FROM 'Inventory'
        AND account_sub_type IS DISTINCT FROM 'UndepositedFunds'
),
posted AS (
    SELECT
        posted_leg.realm_id,
        posted_leg.transaction_id,
        posted_leg.account_id,
        balance_sheet_account.name AS account_name,
        abs(coalesce(posted_leg.foreign_debit - posted_leg.foreign_credit, posted_leg.debit - posted_leg.credit)) AS amount
    FROM reports.posted_leg
    SEMI JOIN document
        ON document.realm_id = posted_leg.realm_id AND document.transaction_id = posted_leg.transaction_id
    INNER JOIN balance_sheet_account
        ON balance_sheet_account.realm_id = posted_leg.realm_id AND balance_sheet_account.id = posted_leg.account_id
    WHERE posted_leg.basis = 'Accrual'
),
vote AS (
    SELECT
        tax_line.realm_id,
        tax_line.agency_id,
        tax_line.side,
        posted.account_id,
        count(*) FILTER (NOT tax_line.is_shared) AS clear_legs,
        coalesce(bool_or(starts_with(posted.account_name, tax_agency.display_name)), false) AS is_called_after,
        count(*) AS legs
    FROM tax_line
    INNER JOIN posted
        ON posted.realm_id = tax_line.realm_id AND posted.transaction_id = tax_line.transaction_id AND posted.amount = tax_line.amount
    LEFT JOIN quickbooks.tax_agency ON tax_agency.realm_id = tax_line.realm_id AND tax_agency.id = tax_line.agency_id
    GROUP BY tax_line.realm_id, tax_line.agency_id, tax_line.side, posted.account_id
),
learned AS (
    SELECT
        realm_id,
        agency_id,
        side,
        max_by(account_id, (clear_legs, is_called_after, legs, account_id)) AS account_id
    FROM vote
    GROUP BY realm_id, agency_id, side
),
agency AS (
    SELECT tax_agency.realm_id, tax_agency.id, side.side, tax_agency.tax_tracked_on_sales_account_id, tax_agency.tax_on_purchases_account_id
    FROM quickbooks.tax_agency
    CROSS JOIN (VALUES ('sales'), ('purchases')) AS side (side)
),
found AS (
    SELECT
        agency.realm_id,
        agency.id AS tax_agency_id,
        agency.side,
        coalesce(
            learned.account_id,
            CASE agency.side WHEN 'sales' THEN agency.tax_tracked_on_sales_account_id ELSE agency.tax_on_purchases_account_id END,
            other_side.account_id,
            company_account.tax_payable_id
        ) AS account_id,
        learned.account_id IS NOT NULL AS learned
    FROM agency
    LEFT JOIN learned ON learned.realm_id = agency.realm_id AND learned.agency_id = agency.id AND learned.side = agency.side
    LEFT JOIN learned AS other_side
        ON other_side.realm_id = agency.realm_id AND other_side.agency_id = agency.id AND other_side.side <> agency.side
    LEFT JOIN posting.company_account ON company_account.realm_id = agency.realm_id
)
SELECT
    found.realm_id,
    found.tax_agency_id,
    found.side,
    coalesce(merged_account.surviving_id, found.account_id) AS account_id,
    found.learned
FROM found
LEFT JOIN posting.merged_account ON merged_account.realm_id = found.realm_id AND merged_account.account_id = found.account_id

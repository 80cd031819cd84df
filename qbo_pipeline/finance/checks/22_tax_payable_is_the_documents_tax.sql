-- What a document puts on the accounts of sales tax is the tax that its form shows, and what a tax payment takes from
-- there is its amount, so that the accounts hold the tax of all documents less what was paid.
-- Invariant: 22
-- Severity: warn
-- Blocking: no
-- Tolerance: 0.01
-- On: finance.general_ledger
-- Cost: the legs of the accounts of tax, and one pass over the documents with tax.
-- Source: the accrual ledger, posting.tax_account, the totals of tax of the documents.
-- Remedy: compare the document's tax in QuickBooks with its journal; somebody may have posted a line to the account.
-- Columns:
--   realm_id: The company.
--   transaction_type: What kind of transaction.
--   transaction_id: QuickBooks' id of it.
--   document: Its number.
--   transaction_date: Its date.
--   tax: Tax of the document in home currency, what is owed positive.
--   posted: What the ledger has on the accounts of tax, credit positive.
--   difference: Posted less tax.
WITH document AS (
    SELECT realm_id, 'Invoice' AS transaction_type, id, doc_number, txn_date, round(total_tax * coalesce(exchange_rate, 1), 2) AS tax
    FROM quickbooks.invoice
    WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'SalesReceipt', id, doc_number, txn_date, round(total_tax * coalesce(exchange_rate, 1), 2)
    FROM quickbooks.sales_receipt
    WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'CreditMemo', id, doc_number, txn_date, -round(total_tax * coalesce(exchange_rate, 1), 2)
    FROM quickbooks.credit_memo
    WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'RefundReceipt', id, doc_number, txn_date, -round(total_tax * coalesce(exchange_rate, 1), 2)
    FROM quickbooks.refund_receipt
    WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'Bill', id, doc_number, txn_date, -round(total_tax * coalesce(exchange_rate, 1), 2)
    FROM quickbooks.bill
    WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'VendorCredit', id, doc_number, txn_date, round(total_tax * coalesce(exchange_rate, 1), 2)
    FROM quickbooks.vendor_credit
    WHERE NOT deleted
    UNION ALL
    SELECT
        realm_id, 'Purchase', id, doc_number, txn_date,
        round(total_tax * coalesce(exchange_rate, 1), 2) * CASE WHEN credit THEN 1 ELSE -1 END
    FROM quickbooks.purchase
    WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'TaxPayment', id, NULL, payment_date, payment_amount * CASE WHEN refund THEN 1 ELSE -1 END
    FROM quickbooks.tax_payment
    WHERE NOT deleted
),

taxed AS (
    SELECT realm_id, transaction_type, id AS transaction_id, doc_number AS document, txn_date AS transaction_date, tax
    FROM document
    WHERE tax <> 0
),

tax_account AS (
    SELECT DISTINCT realm_id, account_id
    FROM posting.tax_account
    WHERE account_id IS NOT NULL
),

posted AS (
    -- Lines that name the account themselves, as a check to the agency has, are no tax of the document.
    SELECT leg.realm_id, leg.transaction_type, leg.transaction_id, sum(leg.credit - leg.debit) AS amount
    FROM posting.leg AS leg
    INNER JOIN tax_account AS account ON account.realm_id = leg.realm_id AND account.account_id = leg.account_id
    WHERE leg.basis = 'Accrual' AND (leg.leg_role <> 'line' OR leg.transaction_type = 'TaxPayment')
    GROUP BY leg.realm_id, leg.transaction_type, leg.transaction_id
)

SELECT
    taxed.realm_id,
    taxed.transaction_type,
    taxed.transaction_id,
    taxed.document,
    taxed.transaction_date,
    taxed.tax,
    coalesce(posted.amount, 0) AS posted,
    coalesce(posted.amount, 0) - taxed.tax AS difference
FROM taxed
LEFT JOIN posted
    ON posted.realm_id = taxed.realm_id
    AND posted.transaction_type = taxed.transaction_type
    AND posted.transaction_id = taxed.transaction_id
WHERE abs(coalesce(posted.amount, 0) - taxed.tax) > $tolerance

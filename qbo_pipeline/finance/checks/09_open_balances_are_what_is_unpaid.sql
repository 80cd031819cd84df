-- The open balance of a document is its total, less a deposit on the form, less what payments apply to it; journal
-- entries are applied by payments, too.
-- Invariant: 9
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.general_ledger
-- Cost: one pass over invoices, credit memos, bills, vendor credits and the lines of their payments.
-- Source: quickbooks' documents and the payment lines that point at them.
-- Remedy: a payment or the document is older than the other (qbo-pipeline sync), or its payment was not loaded.
-- Columns:
--   realm_id: The company.
--   transaction_type: What kind of document.
--   transaction_id: QuickBooks' id of it.
--   document: Its number.
--   transaction_date: Its date.
--   total: Its total.
--   deposit: Paid on the form.
--   applied: What payments apply to it.
--   balance: What QuickBooks says is open.
--   difference: Balance less what is left of the total.
WITH application AS (
    SELECT link.realm_id, link.txn_type, link.txn_id, sum(line.amount) AS applied
    FROM quickbooks.payment_line_linked_txn AS link
    INNER JOIN quickbooks.payment_line AS line
        ON line.realm_id = link.realm_id AND line.payment_id = link.payment_id AND line.line_number = link.line_number
    INNER JOIN quickbooks.payment AS payment
        ON payment.realm_id = link.realm_id AND payment.id = link.payment_id AND NOT payment.deleted
    WHERE link.txn_type IN ('Invoice', 'CreditMemo')
    GROUP BY link.realm_id, link.txn_type, link.txn_id
    UNION ALL
    SELECT link.realm_id, link.txn_type, link.txn_id, sum(line.amount) AS applied
    FROM quickbooks.bill_payment_line_linked_txn AS link
    INNER JOIN quickbooks.bill_payment_line AS line
        ON line.realm_id = link.realm_id
        AND line.bill_payment_id = link.bill_payment_id
        AND line.line_number = link.line_number
    INNER JOIN quickbooks.bill_payment AS payment
        ON payment.realm_id = link.realm_id AND payment.id = link.bill_payment_id AND NOT payment.deleted
    WHERE link.txn_type IN ('Bill', 'VendorCredit')
    GROUP BY link.realm_id, link.txn_type, link.txn_id
),

document AS (
    SELECT realm_id, 'Invoice' AS type, id, doc_number, txn_date, total_amt, coalesce(deposit, 0) AS deposit, balance
    FROM quickbooks.invoice
    WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'CreditMemo' AS type, id, doc_number, txn_date, total_amt, 0 AS deposit, balance
    FROM quickbooks.credit_memo
    WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'Bill' AS type, id, doc_number, txn_date, total_amt, 0 AS deposit, balance
    FROM quickbooks.bill
    WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'VendorCredit' AS type, id, doc_number, txn_date, total_amt, 0 AS deposit, balance
    FROM quickbooks.vendor_credit
    WHERE NOT deleted
),

open_document AS (
    SELECT
        document.realm_id,
        document.type AS transaction_type,
        document.id AS transaction_id,
        document.doc_number AS document,
        document.txn_date AS transaction_date,
        coalesce(document.total_amt, 0) AS total,
        document.deposit,
        coalesce(application.applied, 0) AS applied,
        document.balance
    FROM document
    LEFT JOIN application
        ON application.realm_id = document.realm_id
        AND application.txn_type = document.type
        AND application.txn_id = document.id
    WHERE document.balance IS NOT NULL
)

SELECT
    realm_id,
    transaction_type,
    transaction_id,
    document,
    transaction_date,
    total,
    deposit,
    applied,
    balance,
    balance - (total - deposit - applied) AS difference
FROM open_document
WHERE abs(balance - (total - deposit - applied)) > $tolerance

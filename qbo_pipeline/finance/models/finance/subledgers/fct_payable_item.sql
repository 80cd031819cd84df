-- What can be open on payables, with the amount it came in with: bills, vendor credits and the part of bill payments that is applied to
-- nothing (both negative), and whatever else posts to a payables account, by vendor.
-- Grain: a transaction and vendor.
-- Key: realm_id, transaction_type, transaction_id, vendor_id
-- Built: documents
-- Source: Bill, VendorCredit, BillPayment, fct_ap_application, what reports have of them otherwise; for the rest the ledger, accrual basis.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   vendor_id: The vendor.
--   doc_number: Number on the document.
--   transaction_date: Date of the transaction.
--   due_date: Day it is due; the day it was made where it has none.
--   currency_id: Currency code.
--   exchange_rate: Home currency for a unit of the transaction currency.
--   foreign_total: Total of the document, with its sign in the subledger, transaction currency.
--   foreign_amount: Amount, transaction currency.
--   amount: Amount, home currency.
WITH applied AS (
    SELECT realm_id, transaction_id AS bill_payment_id, sum(foreign_amount) AS amount
    FROM changed.fct_ap_application
    GROUP BY ALL
),
documents AS (
    SELECT
        realm_id, 'Bill' AS transaction_type, id AS transaction_id, vendor_id, doc_number, txn_date, coalesce(due_date,
            txn_date) AS due_date, currency_id,
        coalesce(exchange_rate, 1) AS exchange_rate, total_amt AS total, total_amt::DECIMAL(38, 4) AS opened
    FROM changed.bill WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'VendorCredit', id, vendor_id, doc_number, txn_date, txn_date, currency_id, coalesce(exchange_rate, 1),
        -total_amt, -total_amt
    FROM changed.vendor_credit WHERE NOT deleted
    UNION ALL
    SELECT payment.realm_id, 'BillPayment', payment.id, payment.vendor_id, payment.doc_number, payment.txn_date,
        payment.txn_date, payment.currency_id,
        coalesce(payment.exchange_rate, 1), -payment.total_amt, -(payment.total_amt - coalesce(applied.amount, 0))
    FROM changed.bill_payment AS payment
    LEFT JOIN applied ON applied.realm_id = payment.realm_id AND applied.bill_payment_id = payment.id
    WHERE NOT payment.deleted
),
-- What QuickBooks' report has more or less of a document there, as the cents of a rate, is open like the rest of it.
patches AS (
    SELECT leg.realm_id, leg.transaction_type, leg.transaction_id, sum(leg.credit - leg.debit) AS amount
    FROM changed.leg
    SEMI JOIN (SELECT realm_id, id FROM quickbooks.account WHERE account_type = 'Accounts Payable') AS control
        ON control.realm_id = leg.realm_id AND control.id = leg.account_id
    WHERE leg.basis = 'Accrual' AND leg.posting_source = 'report_patch'
        AND leg.transaction_type IN ('Bill', 'VendorCredit', 'BillPayment')
    GROUP BY leg.realm_id, leg.transaction_type, leg.transaction_id
    HAVING sum(leg.debit - leg.credit) <> 0
),
other_postings AS (
    SELECT
        leg.realm_id, leg.transaction_type, leg.transaction_id, leg.vendor_id, min(leg.doc_number) AS doc_number,
            min(leg.transaction_date) AS txn_date,
        min(leg.currency_id) AS currency_id, sum(coalesce(leg.foreign_credit, leg.credit) - coalesce(leg.foreign_debit,
            leg.debit)) AS foreign_amount,
        sum(leg.credit - leg.debit) AS amount
    FROM changed.leg
    SEMI JOIN (SELECT realm_id, id FROM quickbooks.account WHERE account_type = 'Accounts Payable') AS control
        ON control.realm_id = leg.realm_id AND control.id = leg.account_id
    WHERE leg.basis = 'Accrual' AND leg.transaction_type NOT IN ('Bill', 'VendorCredit', 'BillPayment')
    GROUP BY leg.realm_id, leg.transaction_type, leg.transaction_id, leg.vendor_id
    HAVING sum(leg.debit - leg.credit) <> 0 OR sum(coalesce(leg.foreign_debit, leg.debit) - coalesce(leg.foreign_credit,
        leg.credit)) <> 0
),
items AS (
    SELECT
        documents.realm_id, documents.transaction_type, documents.transaction_id, vendor_id, doc_number, txn_date, due_date,
            currency_id, exchange_rate,
            total::DECIMAL(38, 2) AS foreign_total,
        opened::DECIMAL(38, 2) AS foreign_amount, round(opened * exchange_rate, 2) + coalesce(patches.amount, 0) AS amount
    FROM documents
    LEFT JOIN patches
        ON patches.realm_id = documents.realm_id AND patches.transaction_type = documents.transaction_type
            AND patches.transaction_id = documents.transaction_id
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, vendor_id, doc_number, txn_date, txn_date, currency_id,
        CASE WHEN foreign_amount = 0 THEN 1 ELSE amount / foreign_amount END::DECIMAL(28, 10), foreign_amount, foreign_amount,
            amount
    FROM other_postings
)
SELECT
    items.realm_id,
    items.transaction_type,
    items.transaction_id,
    items.realm_id || '|' || items.transaction_type || '|' || items.transaction_id AS transaction_key,
    items.vendor_id,
    items.doc_number,
    items.txn_date AS transaction_date,
    items.due_date,
    coalesce(items.currency_id, preferences.home_currency_id) AS currency_id,
    items.exchange_rate::DECIMAL(28, 10) AS exchange_rate,
    items.foreign_total::DECIMAL(18, 2) AS foreign_total,
    items.foreign_amount::DECIMAL(18, 2) AS foreign_amount,
    items.amount::DECIMAL(18, 2) AS amount
FROM items
LEFT JOIN quickbooks.preferences ON preferences.realm_id = items.realm_id

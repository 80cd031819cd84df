-- What can be open on receivables, with the amount it came in with: invoices (less what was paid on the form), credit memos and the part of
-- payments that is applied to nothing (both negative), and whatever else posts to a receivables account, by customer.
-- Grain: a transaction and customer.
-- Key: realm_id, transaction_type, transaction_id, customer_id
-- Built: documents
-- Source: Invoice, CreditMemo, Payment, and what reports have of them otherwise; for the rest the ledger, accrual basis.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   customer_id: The customer or job.
--   doc_number: Number on the document.
--   transaction_date: Date of the transaction.
--   due_date: Day it is due; the day it was made where it has none.
--   currency_id: Currency code.
--   exchange_rate: Home currency for a unit of the transaction currency.
--   foreign_total: Total of the document, with its sign in the subledger, transaction currency.
--   foreign_amount: Amount, transaction currency.
--   amount: Amount, home currency.
WITH documents AS (
    SELECT
        realm_id, 'Invoice' AS transaction_type, id AS transaction_id, customer_id, doc_number, txn_date, coalesce(due_date,
            txn_date) AS due_date, currency_id,
        coalesce(exchange_rate, 1) AS exchange_rate, total_amt AS total, total_amt - coalesce(deposit, 0) AS opened
    FROM changed.invoice WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'CreditMemo', id, customer_id, doc_number, txn_date, txn_date, currency_id, coalesce(exchange_rate, 1),
        -total_amt, -total_amt
    FROM changed.credit_memo WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'Payment', id, customer_id, coalesce(doc_number, payment_ref_num), txn_date, txn_date, currency_id,
        coalesce(exchange_rate, 1), -total_amt,
        -coalesce(unapplied_amt, 0)
    FROM changed.payment WHERE NOT deleted
),
-- What QuickBooks' report has more or less of a document there, as the cents of a rate, is open like the rest of it.
patches AS (
    SELECT leg.realm_id, leg.transaction_type, leg.transaction_id, sum(leg.debit - leg.credit) AS amount
    FROM changed.leg
    SEMI JOIN (SELECT realm_id, id FROM quickbooks.account WHERE account_type = 'Accounts Receivable') AS control
        ON control.realm_id = leg.realm_id AND control.id = leg.account_id
    WHERE leg.basis = 'Accrual' AND leg.posting_source = 'report_patch'
        AND leg.transaction_type IN ('Invoice', 'CreditMemo', 'Payment')
    GROUP BY leg.realm_id, leg.transaction_type, leg.transaction_id
    HAVING sum(leg.debit - leg.credit) <> 0
),
other_postings AS (
    SELECT
        leg.realm_id, leg.transaction_type, leg.transaction_id, leg.customer_id, min(leg.doc_number) AS doc_number,
            min(leg.transaction_date) AS txn_date,
        min(leg.currency_id) AS currency_id, sum(coalesce(leg.foreign_debit, leg.debit) - coalesce(leg.foreign_credit,
            leg.credit)) AS foreign_amount,
        sum(leg.debit - leg.credit) AS amount
    FROM changed.leg
    SEMI JOIN (SELECT realm_id, id FROM quickbooks.account WHERE account_type = 'Accounts Receivable') AS control
        ON control.realm_id = leg.realm_id AND control.id = leg.account_id
    WHERE leg.basis = 'Accrual' AND leg.transaction_type NOT IN ('Invoice', 'CreditMemo', 'Payment')
    GROUP BY leg.realm_id, leg.transaction_type, leg.transaction_id, leg.customer_id
    HAVING sum(leg.debit - leg.credit) <> 0 OR sum(coalesce(leg.foreign_debit, leg.debit) - coalesce(leg.foreign_credit,
        leg.credit)) <> 0
),
items AS (
    SELECT
        documents.realm_id, documents.transaction_type, documents.transaction_id, customer_id, doc_number, txn_date, due_date,
            currency_id, exchange_rate,
            total::DECIMAL(38, 2) AS foreign_total,
        opened::DECIMAL(38, 2) AS foreign_amount, round(opened * exchange_rate, 2) + coalesce(patches.amount, 0) AS amount
    FROM documents
    LEFT JOIN patches
        ON patches.realm_id = documents.realm_id AND patches.transaction_type = documents.transaction_type
            AND patches.transaction_id = documents.transaction_id
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, customer_id, doc_number, txn_date, txn_date, currency_id,
        CASE WHEN foreign_amount = 0 THEN 1 ELSE amount / foreign_amount END::DECIMAL(28, 10), foreign_amount, foreign_amount,
            amount
    FROM other_postings
)
SELECT
    items.realm_id,
    items.transaction_type,
    items.transaction_id,
    items.realm_id || '|' || items.transaction_type || '|' || items.transaction_id AS transaction_key,
    items.customer_id,
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

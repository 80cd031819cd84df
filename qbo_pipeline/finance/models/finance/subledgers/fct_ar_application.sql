-- What payments were applied to: an invoice is paid, a credit memo used up (negative). Applied on the day of the payment, or of what it pays
-- where that is later. Home amounts are at the rate of what is paid; the difference to the payment's rate is the exchange gain.
-- Grain: a payment line and what it is applied to.
-- Key: realm_id, transaction_type, transaction_id, line_number, link_number
-- Built: documents
-- Source: Payment; Invoice, CreditMemo, JournalEntry, Deposit and Purchase for dates, rates and customers.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   line_number: Number of the line, from 1.
--   link_number: Number of the link in the line.
--   customer_id: The customer or job.
--   customer_key: Key of the customer for BI tools: the company's id, a bar, the id; -1 where there is none.
--   applied_to_type: Type of what it is applied to.
--   applied_to_id: Id of what it is applied to.
--   applied_to_transaction_key: Key of what it is applied to.
--   applied_to_customer_id: Customer of what it is applied to.
--   payment_date: Day of the payment.
--   document_date: Day of what is paid.
--   due_date: Day it is due; the day it was made where it has none.
--   application_date: Day from which it counts as paid.
--   currency_id: Currency code.
--   payment_rate: The payment's rate.
--   document_rate: The rate of what is paid.
--   foreign_amount: Amount, transaction currency.
--   amount: Amount, home currency.
--   exchange_gain: Realized gain (loss negative), home currency.
--   days_to_pay: Days from the document to its payment, NULL for credits.
--   days_late: Days from the due date to the payment, negative if early, NULL for credits.
WITH linked AS (
    SELECT
        payment.realm_id, payment.id AS transaction_id, line.line_number, link.linked_txn_number AS link_number,
            payment.customer_id, payment.txn_date,
        payment.currency_id, coalesce(payment.exchange_rate, 1) AS payment_rate, line.amount,
        CASE
            WHEN link.txn_type IN ('Check', 'Expense', 'CreditCardExpense', 'CreditCardCredit') THEN 'Purchase'
            ELSE link.txn_type
        END AS applied_to_type,
        link.txn_id AS applied_to_id
    FROM changed.payment
    INNER JOIN changed.payment_line AS line ON line.realm_id = payment.realm_id AND line.payment_id = payment.id
    INNER JOIN changed.payment_line_linked_txn AS link
        ON link.realm_id = line.realm_id AND link.payment_id = line.payment_id AND link.line_number = line.line_number
    WHERE NOT payment.deleted
),
wanted AS (SELECT DISTINCT realm_id, customer_id, applied_to_type, applied_to_id FROM linked),
customer_line AS (
    SELECT line.realm_id, 'JournalEntry' AS type, line.journal_entry_id AS id, line.account_id,
        CASE line.entity_type WHEN 'Customer' THEN line.entity_id END AS customer_id,
        CASE line.posting_type WHEN 'Debit' THEN line.amount ELSE -line.amount END AS receivable
    FROM quickbooks.journal_entry_line AS line
    SEMI JOIN wanted
        ON wanted.realm_id = line.realm_id AND wanted.applied_to_id = line.journal_entry_id
            AND wanted.applied_to_type = 'JournalEntry'
    UNION ALL
    SELECT line.realm_id, 'Deposit', line.deposit_id, line.account_id, CASE upper(line.entity_type) WHEN 'CUSTOMER' THEN line.entity_id END,
        -line.amount
    FROM quickbooks.deposit_line AS line
    SEMI JOIN wanted
        ON wanted.realm_id = line.realm_id AND wanted.applied_to_id = line.deposit_id AND wanted.applied_to_type = 'Deposit'
    UNION ALL
    SELECT line.realm_id, 'Purchase', line.purchase_id, line.account_id,
        coalesce(line.customer_id, CASE purchase.entity_type WHEN 'Customer' THEN purchase.entity_id END),
        CASE WHEN purchase.credit THEN -line.amount ELSE line.amount END
    FROM quickbooks.purchase_line AS line
    INNER JOIN quickbooks.purchase ON purchase.realm_id = line.realm_id AND purchase.id = line.purchase_id
    SEMI JOIN wanted
        ON wanted.realm_id = line.realm_id AND wanted.applied_to_id = line.purchase_id
            AND wanted.applied_to_type = 'Purchase'
),
customer_side AS (
    SELECT line.realm_id, line.type, line.id, line.customer_id, sum(line.receivable) AS receivable
    FROM customer_line AS line
    INNER JOIN quickbooks.account ON account.realm_id = line.realm_id AND account.id = line.account_id
        AND account.account_type = 'Accounts Receivable'
    GROUP BY ALL
),
-- An entry may credit one customer and debit another, to carry a credit over: a payment takes what is its own customer's,
-- else (a parent pays for its jobs) what is most. A deposit, too, may be of several customers.
taken AS (
    SELECT wanted.realm_id, wanted.applied_to_type AS type, wanted.applied_to_id AS id, wanted.customer_id AS payer_id,
        arg_max(
            {'customer_id': customer_side.customer_id, 'receivable': customer_side.receivable},
            (
                customer_side.customer_id IS NOT DISTINCT FROM wanted.customer_id, abs(customer_side.receivable),
                coalesce(customer_side.customer_id, '')
            )
        ) AS side
    FROM wanted
    INNER JOIN customer_side
        ON customer_side.realm_id = wanted.realm_id AND customer_side.type = wanted.applied_to_type
            AND customer_side.id = wanted.applied_to_id
    GROUP BY wanted.realm_id, wanted.applied_to_type, wanted.applied_to_id, wanted.customer_id
),
settled AS (
    SELECT invoice.realm_id, 'Invoice' AS type, invoice.id, invoice.customer_id, invoice.txn_date, invoice.due_date,
        invoice.exchange_rate, 1 AS direction, NULL::VARCHAR AS payer_id
    FROM quickbooks.invoice
    SEMI JOIN wanted ON wanted.realm_id = invoice.realm_id AND wanted.applied_to_id = invoice.id
        AND wanted.applied_to_type = 'Invoice'
    UNION ALL
    SELECT memo.realm_id, 'CreditMemo', memo.id, memo.customer_id, memo.txn_date, NULL, memo.exchange_rate, -1, NULL
    FROM quickbooks.credit_memo AS memo
    SEMI JOIN wanted ON wanted.realm_id = memo.realm_id AND wanted.applied_to_id = memo.id
        AND wanted.applied_to_type = 'CreditMemo'
    UNION ALL
    SELECT entry.realm_id, 'JournalEntry', entry.id, taken.side.customer_id, entry.txn_date, NULL, entry.exchange_rate,
        CASE WHEN taken.side.receivable < 0 THEN -1 ELSE 1 END, taken.payer_id
    FROM quickbooks.journal_entry AS entry
    INNER JOIN taken ON taken.realm_id = entry.realm_id AND taken.id = entry.id AND taken.type = 'JournalEntry'
    UNION ALL
    SELECT purchase.realm_id, 'Purchase', purchase.id, taken.side.customer_id, purchase.txn_date, NULL, purchase.exchange_rate,
        CASE WHEN purchase.credit THEN -1 ELSE 1 END, wanted.customer_id
    FROM quickbooks.purchase
    INNER JOIN wanted ON wanted.realm_id = purchase.realm_id AND wanted.applied_to_id = purchase.id
        AND wanted.applied_to_type = 'Purchase'
    LEFT JOIN taken ON taken.realm_id = wanted.realm_id AND taken.type = 'Purchase' AND taken.id = wanted.applied_to_id
        AND taken.payer_id IS NOT DISTINCT FROM wanted.customer_id
    UNION ALL
    SELECT deposit.realm_id, 'Deposit', deposit.id, taken.side.customer_id, deposit.txn_date, NULL, deposit.exchange_rate, -1,
        wanted.customer_id
    FROM quickbooks.deposit
    INNER JOIN wanted ON wanted.realm_id = deposit.realm_id AND wanted.applied_to_id = deposit.id
        AND wanted.applied_to_type = 'Deposit'
    LEFT JOIN taken ON taken.realm_id = wanted.realm_id AND taken.type = 'Deposit' AND taken.id = wanted.applied_to_id
        AND taken.payer_id IS NOT DISTINCT FROM wanted.customer_id
),
applied AS (
    SELECT
        linked.*, coalesce(settled.customer_id, linked.customer_id) AS applied_to_customer_id,
            settled.txn_date AS document_date, settled.due_date,
        greatest(linked.txn_date, coalesce(settled.txn_date, linked.txn_date)) AS application_date,
        coalesce(settled.exchange_rate, CASE WHEN settled.id IS NULL THEN linked.payment_rate ELSE 1 END) AS document_rate,
        linked.amount * coalesce(settled.direction, 1) AS foreign_amount
    FROM linked
    LEFT JOIN settled
        ON settled.realm_id = linked.realm_id AND settled.type = linked.applied_to_type AND settled.id = linked.applied_to_id
            AND (
                settled.type NOT IN ('JournalEntry', 'Deposit', 'Purchase') OR settled.payer_id IS NOT DISTINCT FROM linked.customer_id
            )
)
SELECT
    realm_id,
    'Payment' AS transaction_type,
    transaction_id,
    realm_id || '|Payment|' || transaction_id AS transaction_key,
    line_number,
    link_number,
    customer_id,
    realm_id || '|' || coalesce(customer_id, '-1') AS customer_key,
    applied_to_type,
    applied_to_id,
    realm_id || '|' || applied_to_type || '|' || applied_to_id AS applied_to_transaction_key,
    applied_to_customer_id,
    txn_date AS payment_date,
    document_date,
    due_date,
    application_date,
    currency_id,
    payment_rate::DECIMAL(28, 10) AS payment_rate,
    document_rate::DECIMAL(28, 10) AS document_rate,
    foreign_amount::DECIMAL(18, 2) AS foreign_amount,
    round(foreign_amount * document_rate, 2)::DECIMAL(18, 2) AS amount,
    (round(foreign_amount * payment_rate, 2) - round(foreign_amount * document_rate, 2))::DECIMAL(18, 2) AS exchange_gain,
    CASE applied_to_type WHEN 'Invoice' THEN application_date - document_date END::INTEGER AS days_to_pay,
    CASE applied_to_type WHEN 'Invoice' THEN application_date - due_date END::INTEGER AS days_late
FROM applied

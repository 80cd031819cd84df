-- Every change of what is open on receivables, dated: an item comes in, a payment settles it. A payment that is older than what it pays is
-- unapplied until then. The cents that are left of what is paid in its currency, and those by which QuickBooks' report of
-- the payment that settles the last of it differs, are the same, and nothing is open of either.
-- Grain: a change of an open item.
-- Key: realm_id, transaction_type, transaction_id, customer_id, movement, by_transaction_id, line_number, link_number, movement_date
-- Built: view
-- Source: fct_receivable_item, fct_ar_application.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   customer_id: The customer or job.
--   movement: 'opened', 'settled', 'waits' (a payment for what it will pay), 'applied' or 'rounded'.
--   movement_date: Day of the change.
--   by_transaction_type: Type of the transaction that changes it.
--   by_transaction_id: Id of the transaction that changes it.
--   line_number: Number of the line, from 1.
--   link_number: Number of the link in the line.
--   foreign_amount: Amount, transaction currency.
--   amount: Amount, home currency.
WITH foreign_change AS (
    -- Only what is in a foreign currency has cents of its own.
    SELECT realm_id, transaction_type, transaction_id, customer_id, foreign_amount, amount, NULL AS settled
    FROM finance.fct_receivable_item
    WHERE exchange_rate <> 1
    UNION ALL
    SELECT realm_id, applied_to_type, applied_to_id, applied_to_customer_id, -foreign_amount, -amount,
        {
            'application_date': application_date, 'transaction_type': transaction_type, 'transaction_id': transaction_id,
            'line_number': line_number, 'link_number': link_number, 'customer_id': customer_id
        }
    FROM finance.fct_ar_application
    WHERE document_rate <> 1
),
closed AS (
    SELECT realm_id, transaction_type, transaction_id, customer_id, sum(amount) AS amount, max(settled) AS last
    FROM foreign_change
    GROUP BY realm_id, transaction_type, transaction_id, customer_id
    HAVING sum(foreign_amount) = 0 AND sum(amount) <> 0 AND count(settled) > 0
),
rounded AS (
    SELECT closed.*
    FROM closed
    INNER JOIN finance.fct_receivable_item AS payment
        ON payment.realm_id = closed.realm_id AND payment.transaction_type = closed.last.transaction_type
            AND payment.transaction_id = closed.last.transaction_id
        AND payment.customer_id IS NOT DISTINCT FROM closed.last.customer_id
    QUALIFY sum(closed.amount) OVER (PARTITION BY closed.realm_id, payment.transaction_type, payment.transaction_id)
        = round(payment.foreign_amount * payment.exchange_rate, 2) - payment.amount
)
SELECT realm_id, transaction_type, transaction_id, customer_id, 'opened' AS movement, transaction_date AS movement_date,
    transaction_type AS by_transaction_type, transaction_id AS by_transaction_id,
    0 AS line_number, 0 AS link_number, foreign_amount, amount
FROM finance.fct_receivable_item
UNION ALL
SELECT realm_id, applied_to_type, applied_to_id, applied_to_customer_id, 'settled', application_date, transaction_type,
    transaction_id, line_number, link_number, -foreign_amount, -amount
FROM finance.fct_ar_application
UNION ALL
SELECT realm_id, transaction_type, transaction_id, customer_id, 'waits', payment_date, transaction_type, transaction_id,
    line_number, link_number, -foreign_amount, -amount
FROM finance.fct_ar_application
WHERE application_date > payment_date
UNION ALL
SELECT realm_id, transaction_type, transaction_id, customer_id, 'applied', application_date, transaction_type, transaction_id,
    line_number, link_number, foreign_amount, amount
FROM finance.fct_ar_application
WHERE application_date > payment_date
UNION ALL
SELECT realm_id, transaction_type, transaction_id, customer_id, 'rounded', last.application_date, last.transaction_type,
    last.transaction_id, last.line_number, last.link_number, 0, -amount
FROM rounded
UNION ALL
SELECT realm_id, last.transaction_type, last.transaction_id, last.customer_id, 'rounded', last.application_date,
    last.transaction_type, last.transaction_id, last.line_number, last.link_number, 0, amount
FROM rounded

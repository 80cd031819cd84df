-- What payments post: money against receivables, in the department of the invoice that they pay.
-- Grain: a leg of a payment.
-- Key: realm_id, transaction_id, leg_number
-- Built: inline
-- Source: payments, and the invoices they are linked with.
-- Columns:
--   realm_id: The company.
--   transaction_id: The payment.
--   leg_number: Its place among the legs.
--   day: Day of the payment.
--   account_id: The account: the bank's, named after the number of the first invoice that is paid.
--   amount: Debits positive.
WITH paid AS (
    SELECT linked.realm_id, linked.payment_id, min(invoice.doc_number) AS doc_number
    FROM changed.payment_line_linked_txn AS linked
    INNER JOIN quickbooks.invoice AS invoice ON invoice.realm_id = linked.realm_id AND invoice.id = linked.txn_id
    WHERE NOT invoice.deleted
    GROUP BY ALL
)
SELECT payment.realm_id, payment.id AS transaction_id, side AS leg_number, payment.txn_date AS day,
    CASE side WHEN 0 THEN 'bank ' || coalesce(paid.doc_number, '') ELSE 'receivable' END AS account_id,
    CASE side WHEN 0 THEN payment.total_amt ELSE -payment.total_amt END AS amount
FROM changed.payment AS payment
CROSS JOIN (VALUES (0), (1)) AS sides(side)
LEFT JOIN paid ON paid.realm_id = payment.realm_id AND paid.payment_id = payment.id
WHERE NOT payment.deleted

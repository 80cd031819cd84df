-- Every change of what is open on payables, dated: an item comes in, a bill payment settles it. A payment that is older than what it pays is
-- unapplied until then.
-- Grain: a change of an open item.
-- Key: realm_id, transaction_type, transaction_id, vendor_id, movement, by_transaction_id, line_number, link_number, movement_date
-- Built: view
-- Source: fct_payable_item, fct_ap_application.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   vendor_id: The vendor.
--   movement: 'opened', 'settled', 'waits' (a payment for what it will pay) or 'applied'.
--   movement_date: Day of the change.
--   by_transaction_type: Type of the transaction that changes it.
--   by_transaction_id: Id of the transaction that changes it.
--   line_number: Number of the line, from 1.
--   link_number: Number of the link in the line.
--   foreign_amount: Amount, transaction currency.
--   amount: Amount, home currency.
SELECT realm_id, transaction_type, transaction_id, vendor_id, 'opened' AS movement, transaction_date AS movement_date,
    transaction_type AS by_transaction_type, transaction_id AS by_transaction_id,
    0 AS line_number, 0 AS link_number, foreign_amount, amount
FROM finance.fct_payable_item
UNION ALL
SELECT realm_id, applied_to_type, applied_to_id, applied_to_vendor_id, 'settled', application_date, transaction_type,
    transaction_id, line_number, link_number, -foreign_amount, -amount
FROM finance.fct_ap_application
UNION ALL
SELECT realm_id, transaction_type, transaction_id, vendor_id, 'waits', payment_date, transaction_type, transaction_id,
    line_number, link_number, -foreign_amount, -amount
FROM finance.fct_ap_application
WHERE application_date > payment_date
UNION ALL
SELECT realm_id, transaction_type, transaction_id, vendor_id, 'applied', application_date, transaction_type, transaction_id,
    line_number, link_number, foreign_amount, amount
FROM finance.fct_ap_application
WHERE application_date > payment_date

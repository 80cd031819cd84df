-- What payments were applied to, of customers and to vendors, as BI tools read it: with the days they took weighted by amount, so that
-- averages are quotients of sums.
-- Grain: a payment line and what it is applied to.
-- Key: application_key
-- Built: view
-- Source: fct_ar_application, fct_ap_application, dim_transaction.
-- Columns:
--   application_key: Key: the company's id, the payment's type and id, line and link, with bars between.
--   realm_id: The company.
--   application_date: Day from which it counts as paid.
--   fiscal_month_key: Key of its month in semantic_fiscal_period.
--   direction: 'Received' from a customer or 'Paid' to a vendor.
--   customer_key: Key of the customer of what is paid.
--   vendor_key: Key of the vendor of what is paid.
--   payment_key: Key of the payment.
--   document_key: Key of what is paid.
--   document_type: What people call the type of what is paid.
--   document_number: Number of what is paid.
--   document_date: Day of what is paid.
--   due_date: Day it was due.
--   payment_date: Day of the payment.
--   amount: Amount, home currency, at the rate of what is paid.
--   exchange_gain: Realized gain (loss negative), home currency.
--   days_to_pay: Days from the document to its payment, NULL for credits.
--   days_late: Days from the due date to the payment, negative if early, NULL for credits.
--   timed_amount: The amount where the days are known, home currency.
--   amount_days: Amount times the days to pay.
--   amount_days_late: Amount times the days late.
--   line_count: Always 1: its sum counts applications.
WITH applied AS (
    SELECT
        realm_id, transaction_type, transaction_id, transaction_key, line_number, link_number, 'Received' AS direction,
        realm_id || '|' || coalesce(applied_to_customer_id, '-1') AS customer_key, realm_id || '|-1' AS vendor_key,
        applied_to_type, applied_to_id, applied_to_transaction_key, payment_date, document_date, due_date, application_date,
        amount, exchange_gain, days_to_pay, days_late
    FROM finance.fct_ar_application
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_key, line_number, link_number, 'Paid', realm_id || '|-1',
        realm_id || '|' || coalesce(applied_to_vendor_id, '-1'), applied_to_type, applied_to_id, applied_to_transaction_key,
        payment_date, document_date, due_date, application_date, amount, exchange_gain, days_to_pay, days_late
    FROM finance.fct_ap_application
)
SELECT
    applied.transaction_key || '|' || applied.line_number || '|' || applied.link_number AS application_key,
    applied.realm_id,
    applied.application_date,
    applied.realm_id || '|' || strftime(applied.application_date, '%Y-%m') AS fiscal_month_key,
    applied.direction,
    applied.customer_key,
    applied.vendor_key,
    applied.transaction_key AS payment_key,
    applied.applied_to_transaction_key AS document_key,
    coalesce(document.type_label, applied.applied_to_type) AS document_type,
    document.doc_number AS document_number,
    applied.document_date,
    applied.due_date,
    applied.payment_date,
    applied.amount,
    applied.exchange_gain,
    applied.days_to_pay,
    applied.days_late,
    CASE WHEN applied.days_to_pay IS NULL THEN 0 ELSE applied.amount END::DECIMAL(18, 2) AS timed_amount,
    coalesce(applied.amount * applied.days_to_pay, 0)::DECIMAL(18, 2) AS amount_days,
    coalesce(applied.amount * applied.days_late, 0)::DECIMAL(18, 2) AS amount_days_late,
    1::INTEGER AS line_count
FROM applied
LEFT JOIN finance.dim_transaction AS document
    ON document.realm_id = applied.realm_id AND document.transaction_type = applied.applied_to_type
        AND document.transaction_id = applied.applied_to_id

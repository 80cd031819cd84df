-- Payments of customers and to vendors as BI tools read them.
-- Grain: a payment or bill payment.
-- Key: transaction_key
-- Built: view
-- Source: fct_payment, dim_transaction.
-- Columns:
--   transaction_key: Key of the payment: the company's id, the type, the id, with bars between.
--   realm_id: The company.
--   transaction_date: Date of the payment.
--   fiscal_month_key: Key of its month in semantic_fiscal_period.
--   transaction_type: What people call the type.
--   direction: 'Received' from a customer or 'Paid' to a vendor.
--   doc_number: Number or reference of the payment.
--   customer_key: Key of the customer.
--   vendor_key: Key of the vendor.
--   payment_method_key: Key of the payment method.
--   account_key: Key of the account the money went to or came from.
--   currency_id: Code of the transaction currency.
--   amount: Amount, home currency.
--   unapplied_amount: What was applied to nothing, home currency.
--   foreign_amount: Amount, transaction currency.
--   qbo_url: Opens the payment in QuickBooks.
--   line_count: Always 1: its sum counts payments.
SELECT
    payment.transaction_key,
    payment.realm_id,
    payment.transaction_date,
    payment.realm_id || '|' || strftime(payment.transaction_date, '%Y-%m') AS fiscal_month_key,
    coalesce(document.type_label, payment.transaction_type) AS transaction_type,
    CASE payment.transaction_type WHEN 'Payment' THEN 'Received' ELSE 'Paid' END AS direction,
    document.doc_number,
    payment.customer_key,
    payment.vendor_key,
    payment.payment_method_key,
    payment.account_key,
    document.currency_id,
    payment.amount,
    payment.unapplied_amount,
    payment.foreign_amount,
    document.qbo_url,
    1::INTEGER AS line_count
FROM finance.fct_payment AS payment
LEFT JOIN finance.dim_transaction AS document
    ON document.realm_id = payment.realm_id AND document.transaction_type = payment.transaction_type
        AND document.transaction_id = payment.transaction_id

-- How each customer pays: days from invoice to payment, and days after the due date.
-- Grain: a customer.
-- Key: realm_id, customer_id
-- Built: view
-- Source: fct_ar_application.
-- Columns:
--   realm_id: The company.
--   customer_id: The customer or job.
--   customer_key: Key of the customer for BI tools: the company's id, a bar, the id; -1 where there is none.
--   payments: Payments.
--   paid_amount: Paid, home currency.
--   average_days_to_pay: Average days from document to payment, weighted by amount.
--   median_days_to_pay: Median of the same.
--   median_days_late: Median days after the due date, negative if early.
SELECT
    realm_id,
    applied_to_customer_id AS customer_id,
    realm_id || '|' || coalesce(applied_to_customer_id, '-1') AS customer_key,
    count(*) AS payments,
    sum(amount)::DECIMAL(18, 2) AS paid_amount,
    (sum(days_to_pay * amount) / nullif(sum(amount), 0))::DECIMAL(28, 10) AS average_days_to_pay,
    median(days_to_pay)::DECIMAL(28, 10) AS median_days_to_pay,
    median(days_late)::DECIMAL(28, 10) AS median_days_late
FROM finance.fct_ar_application
WHERE applied_to_type = 'Invoice'
GROUP BY realm_id, applied_to_customer_id

-- How vendors are paid: days from bill to payment, and days after the due date.
-- Grain: a vendor.
-- Key: realm_id, vendor_id
-- Built: view
-- Source: fct_ap_application.
-- Columns:
--   realm_id: The company.
--   vendor_id: The vendor.
--   vendor_key: Key of the vendor for BI tools: the company's id, a bar, the id; -1 where there is none.
--   payments: Payments.
--   paid_amount: Paid, home currency.
--   average_days_to_pay: Average days from document to payment, weighted by amount.
--   median_days_to_pay: Median of the same.
--   median_days_late: Median days after the due date, negative if early.
SELECT
    realm_id,
    applied_to_vendor_id AS vendor_id,
    realm_id || '|' || coalesce(applied_to_vendor_id, '-1') AS vendor_key,
    count(*) AS payments,
    sum(amount)::DECIMAL(18, 2) AS paid_amount,
    (sum(days_to_pay * amount) / nullif(sum(amount), 0))::DECIMAL(28, 10) AS average_days_to_pay,
    median(days_to_pay)::DECIMAL(28, 10) AS median_days_to_pay,
    median(days_late)::DECIMAL(28, 10) AS median_days_late
FROM finance.fct_ap_application
WHERE applied_to_type = 'Bill'
GROUP BY realm_id, applied_to_vendor_id

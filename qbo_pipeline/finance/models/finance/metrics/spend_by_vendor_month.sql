-- What was bought from each vendor in each month, without tax.
-- Grain: a vendor of a month.
-- Key: realm_id, month, vendor_id
-- Built: view
-- Source: fct_spend_line.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   vendor_id: The vendor.
--   vendor_key: Key of the vendor for BI tools: the company's id, a bar, the id; -1 where there is none.
--   amount: Amount, home currency.
--   documents: Documents.
SELECT
    realm_id,
    month,
    vendor_id,
    vendor_key,
    sum(net_amount)::DECIMAL(18, 2) AS amount,
    count(DISTINCT transaction_key) AS documents
FROM finance.fct_spend_line
GROUP BY realm_id, month, vendor_id, vendor_key

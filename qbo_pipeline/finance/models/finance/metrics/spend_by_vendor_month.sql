-- What was bought from each vendor in each month, without tax. What pays off what is owed, as a check for a card, a loan or the balance of a
-- vendor, buys nothing.
-- Grain: a vendor of a month.
-- Key: realm_id, month, vendor_id
-- Built: view
-- Source: fct_spend_line, the chart of accounts.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   vendor_id: The vendor.
--   vendor_key: Key of the vendor for BI tools: the company's id, a bar, the id; -1 where there is none.
--   amount: Amount, home currency.
--   documents: Documents.
SELECT
    line.realm_id,
    line.month,
    line.vendor_id,
    line.vendor_key,
    sum(line.net_amount)::DECIMAL(18, 2) AS amount,
    count(DISTINCT line.transaction_key) AS documents
FROM finance.fct_spend_line AS line
ANTI JOIN (SELECT * FROM finance.dim_account WHERE NOT takes_purchases) AS buys_nothing ON buys_nothing.account_key = line.account_key
GROUP BY line.realm_id, line.month, line.vendor_id, line.vendor_key

-- The account that the tax of a rate posts to: that of its agency.
-- Grain: a company, tax rate and side (sales, purchases).
-- Key: realm_id, tax_rate_id, side
-- Built: table
-- Source: tax rates, posting.tax_account.
-- Columns:
--   realm_id: The company.
--   tax_rate_id: The rate.
--   side: sales or purchases.
--   account_id: The account.
SELECT tax_rate.realm_id, tax_rate.id AS tax_rate_id, tax_account.side, tax_account.account_id
FROM quickbooks.tax_rate
INNER JOIN posting.tax_account ON tax_account.realm_id = tax_rate.realm_id AND tax_account.tax_agency_id = tax_rate.agency_id

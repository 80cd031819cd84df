-- The agencies that taxes are paid to.
-- Grain: an agency, and "Not specified" of each company.
-- Key: realm_id, tax_agency_id
-- Built: view
-- Source: TaxAgency.
-- Columns:
--   realm_id: The company.
--   tax_agency_id: Tax agency.
--   tax_agency_key: Key of the tax agency for BI tools: the company's id, a bar, the id; -1 where there is
--       none.
--   name: Name.
--   is_tracked_on_sales: Taxes sales.
--   is_tracked_on_purchases: Taxes purchases.
--   is_deleted: Deleted in QuickBooks.
SELECT
    realm_id,
    id AS tax_agency_id,
    realm_id || '|' || id AS tax_agency_key,
    coalesce(display_name, 'Agency ' || id) AS name,
    tax_tracked_on_sales AS is_tracked_on_sales,
    tax_tracked_on_purchases AS is_tracked_on_purchases,
    deleted AS is_deleted
FROM quickbooks.tax_agency
UNION ALL
SELECT realm_id, '-1', realm_id || '|-1', 'Not specified', NULL, NULL, FALSE
FROM finance.dim_company

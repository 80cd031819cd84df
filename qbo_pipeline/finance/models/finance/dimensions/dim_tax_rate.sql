-- Tax rates and whom they are paid to.
-- Grain: a rate, and "Not specified" of each company.
-- Key: realm_id, tax_rate_id
-- Built: view
-- Source: TaxRate.
-- Columns:
--   realm_id: The company.
--   tax_rate_id: Tax rate.
--   tax_rate_key: Key of the tax rate for BI tools: the company's id, a bar, the id; -1 where there is none.
--   name: Name.
--   description: Description.
--   rate_percent: Rate, percent.
--   tax_agency_id: Tax agency.
--   tax_agency_key: Key of the tax agency for BI tools: the company's id, a bar, the id; -1 where there is
--       none.
--   tax_agency: Name of the tax agency.
--   is_active: Active and not deleted.
--   is_deleted: Deleted in QuickBooks.
SELECT
    tax_rate.realm_id,
    tax_rate.id AS tax_rate_id,
    tax_rate.realm_id || '|' || tax_rate.id AS tax_rate_key,
    coalesce(tax_rate.name, 'Rate ' || tax_rate.id) AS name,
    tax_rate.description,
    tax_rate.rate_value AS rate_percent,
    tax_rate.agency_id AS tax_agency_id,
    tax_rate.realm_id || '|' || coalesce(tax_rate.agency_id, '-1') AS tax_agency_key,
    tax_agency.display_name AS tax_agency,
    coalesce(tax_rate.active, FALSE) AND NOT tax_rate.deleted AS is_active,
    tax_rate.deleted AS is_deleted
FROM quickbooks.tax_rate
LEFT JOIN quickbooks.tax_agency ON tax_agency.realm_id = tax_rate.realm_id AND tax_agency.id = tax_rate.agency_id
UNION ALL
SELECT realm_id, '-1', realm_id || '|-1', 'Not specified', NULL, NULL, '-1', realm_id || '|-1', NULL, FALSE, FALSE
FROM finance.dim_company

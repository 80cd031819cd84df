-- Tax codes as they are chosen on forms, with the sum of their sales rates today.
-- Grain: a code, and "Not specified" of each company.
-- Key: realm_id, tax_code_id
-- Built: view
-- Source: TaxCode, TaxRate.
-- Columns:
--   realm_id: The company.
--   tax_code_id: Tax code.
--   tax_code_key: Key of the tax code for BI tools: the company's id, a bar, the id; -1 where there is none.
--   name: Name.
--   description: Description.
--   is_taxable: Taxable.
--   is_group: A group of rates.
--   sales_rate_percent: Sum of its rates on sales, percent.
--   is_active: Active and not deleted.
--   is_deleted: Deleted in QuickBooks.
WITH sales_rates AS (
    SELECT rates.realm_id, rates.tax_code_id, sum(tax_rate.rate_value)::DECIMAL(28, 10) AS rate_percent
    FROM quickbooks.tax_code_sales_tax_rate AS rates
    INNER JOIN quickbooks.tax_rate ON tax_rate.realm_id = rates.realm_id AND tax_rate.id = rates.tax_rate_id
    GROUP BY ALL
)
SELECT
    tax_code.realm_id,
    tax_code.id AS tax_code_id,
    tax_code.realm_id || '|' || tax_code.id AS tax_code_key,
    coalesce(tax_code.name, tax_code.id) AS name,
    tax_code.description,
    tax_code.taxable AS is_taxable,
    tax_code.tax_group AS is_group,
    sales_rates.rate_percent AS sales_rate_percent,
    coalesce(tax_code.active, TRUE) AND NOT tax_code.deleted AS is_active,
    tax_code.deleted AS is_deleted
FROM quickbooks.tax_code
LEFT JOIN sales_rates ON sales_rates.realm_id = tax_code.realm_id AND sales_rates.tax_code_id = tax_code.id
UNION ALL
SELECT realm_id, '-1', realm_id || '|-1', 'Not specified', NULL, NULL, NULL, NULL, FALSE, FALSE
FROM finance.dim_company

-- Vendors. Those that are inactive or deleted stay.
-- Grain: a vendor, and "Not specified" of each company.
-- Key: realm_id, vendor_id
-- Built: view
-- Source: Vendor.
-- Columns:
--   realm_id: The company.
--   vendor_id: The vendor.
--   vendor_key: Key of the vendor for BI tools: the company's id, a bar, the id; -1 where there is none.
--   name: Name.
--   company_name: Company name.
--   account_number: Account number.
--   is_1099: Reported on form 1099.
--   term_id: Payment term.
--   term_key: Key of the term for BI tools: the company's id, a bar, the id; -1 where there is none.
--   currency_id: Currency code.
--   email: E-mail address.
--   city: City.
--   state: State or province.
--   postal_code: Postal code.
--   country: Country.
--   balance: Open balance as QuickBooks has it.
--   is_active: Active and not deleted.
--   is_deleted: Deleted in QuickBooks.
--   qbo_url: Opens it in QuickBooks.
SELECT
    realm_id,
    id AS vendor_id,
    realm_id || '|' || id AS vendor_key,
    coalesce(display_name, fully_qualified_name, company_name, 'Vendor ' || id) AS name,
    company_name,
    acct_num AS account_number,
    coalesce(vendor_1099, FALSE) AS is_1099,
    term_id,
    realm_id || '|' || coalesce(term_id, '-1') AS term_key,
    currency_id,
    primary_email_addr_address AS email,
    bill_addr_city AS city,
    bill_addr_country_sub_division_code AS state,
    bill_addr_postal_code AS postal_code,
    bill_addr_country AS country,
    balance::DECIMAL(18, 2) AS balance,
    coalesce(active, FALSE) AND NOT deleted AS is_active,
    deleted AS is_deleted,
    'https://app.qbo.intuit.com/app/vendordetail?nameId=' || id AS qbo_url
FROM quickbooks.vendor
UNION ALL
SELECT
    realm_id, '-1', realm_id || '|-1', 'Not specified', NULL, NULL, FALSE, NULL, realm_id || '|-1', NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, FALSE, FALSE, NULL
FROM finance.dim_company

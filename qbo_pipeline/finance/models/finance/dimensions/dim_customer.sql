-- Customers, their jobs and projects. Those that are inactive or deleted stay.
-- Grain: a customer or job, and "Not specified" of each company.
-- Key: realm_id, customer_id
-- Built: view
-- Source: Customer.
-- Columns:
--   realm_id: The company.
--   customer_id: The customer or job.
--   customer_key: Key of the customer for BI tools: the company's id, a bar, the id; -1 where there is none.
--   name: Name.
--   path: Names from the root down, with colons between.
--   company_name: Company name.
--   parent_customer_id: Parent customer.
--   root_customer_id: Topmost customer.
--   root_customer_name: Name of the topmost customer.
--   depth: How deep it lies; 1 is a root.
--   level1: Name at the first level (the root).
--   level2: Name at the second level, NULL above it.
--   level3: Name at the third level, NULL above it.
--   level4: Name at the fourth level, NULL above it.
--   level5: Name at the fifth level, NULL above it.
--   is_job: A job of another customer.
--   is_project: A project.
--   bill_with_parent: Is billed with its parent.
--   customer_type_id: Customer type.
--   customer_type: Name of the customer type.
--   term_id: Payment term.
--   term_key: Key of the term for BI tools: the company's id, a bar, the id; -1 where there is none.
--   currency_id: Currency code.
--   is_taxable: Taxable.
--   email: E-mail address.
--   city: City.
--   state: State or province.
--   postal_code: Postal code.
--   country: Country.
--   balance: Open balance as QuickBooks has it.
--   balance_with_jobs: Open balance with its jobs.
--   credit_limit: Credit limit.
--   is_active: Active and not deleted.
--   is_deleted: Deleted in QuickBooks.
--   qbo_url: Opens it in QuickBooks.
SELECT
    customer.realm_id,
    customer.id AS customer_id,
    customer.realm_id || '|' || customer.id AS customer_key,
    coalesce(customer.display_name, customer.fully_qualified_name, 'Customer ' || customer.id) AS name,
    hierarchy.path,
    customer.company_name,
    customer.parent_id AS parent_customer_id,
    hierarchy.root_id AS root_customer_id,
    hierarchy.root_name AS root_customer_name,
    hierarchy.depth,
    hierarchy.level1,
    hierarchy.level2,
    hierarchy.level3,
    hierarchy.level4,
    hierarchy.level5,
    coalesce(customer.job, FALSE) AS is_job,
    coalesce(customer.is_project, FALSE) AS is_project,
    coalesce(customer.bill_with_parent, FALSE) AS bill_with_parent,
    customer.customer_type_id,
    customer_type.name AS customer_type,
    customer.sales_term_id AS term_id,
    customer.realm_id || '|' || coalesce(customer.sales_term_id, '-1') AS term_key,
    customer.currency_id,
    customer.taxable AS is_taxable,
    customer.primary_email_addr_address AS email,
    customer.bill_addr_city AS city,
    customer.bill_addr_country_sub_division_code AS state,
    customer.bill_addr_postal_code AS postal_code,
    customer.bill_addr_country AS country,
    customer.balance::DECIMAL(18, 2) AS balance,
    customer.balance_with_jobs::DECIMAL(18, 2) AS balance_with_jobs,
    customer.credit_limit::DECIMAL(18, 2) AS credit_limit,
    coalesce(customer.active, FALSE) AND NOT customer.deleted AS is_active,
    customer.deleted AS is_deleted,
    'https://app.qbo.intuit.com/app/customerdetail?nameId=' || customer.id AS qbo_url
FROM quickbooks.customer
LEFT JOIN finance.hierarchy
    ON hierarchy.realm_id = customer.realm_id AND hierarchy.list = 'customer' AND hierarchy.id = customer.id
LEFT JOIN quickbooks.customer_type
    ON customer_type.realm_id = customer.realm_id AND customer_type.id = customer.customer_type_id
UNION ALL
SELECT
    realm_id, '-1', realm_id || '|-1', 'Not specified', 'Not specified', NULL, NULL, '-1', 'Not specified', 1, 'Not specified',
    NULL, NULL, NULL, NULL, FALSE, FALSE, FALSE, NULL, NULL, NULL, realm_id || '|-1', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL,
    FALSE, FALSE, NULL
FROM finance.dim_company

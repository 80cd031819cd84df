-- The days that agings are kept of: the end of each month of the books, and the day of the newest synchronization.
-- Grain: a day of a company.
-- Key: realm_id, as_of
-- Built: view
-- Source: company_month, dim_company.
-- Columns:
--   realm_id: The company.
--   as_of: The day.
SELECT company_month.realm_id, company_month.month_end AS as_of
FROM finance.company_month
INNER JOIN finance.dim_company ON dim_company.realm_id = company_month.realm_id
WHERE company_month.basis = 'Accrual' AND company_month.month_end < dim_company.as_of_date
UNION
SELECT realm_id, as_of_date
FROM finance.dim_company

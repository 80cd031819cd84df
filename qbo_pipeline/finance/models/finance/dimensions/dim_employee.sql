-- Employees. Those that are inactive or deleted stay. Nothing private: no social security number, no birth date.
-- Grain: an employee, and "Not specified" of each company.
-- Key: realm_id, employee_id
-- Built: view
-- Source: Employee.
-- Columns:
--   realm_id: The company.
--   employee_id: The employee.
--   employee_key: Key of the employee for BI tools: the company's id, a bar, the id; -1 where there is none.
--   name: Name.
--   employee_number: Employee number.
--   is_billable: Billable.
--   bill_rate: Billing rate of an hour.
--   cost_rate: Cost of an hour.
--   hired_date: First day.
--   released_date: Last day.
--   is_active: Active and not deleted.
--   is_deleted: Deleted in QuickBooks.
SELECT
    realm_id,
    id AS employee_id,
    realm_id || '|' || id AS employee_key,
    coalesce(display_name, fully_qualified_name, 'Employee ' || id) AS name,
    employee_number,
    billable_time AS is_billable,
    bill_rate,
    cost_rate,
    hired_date,
    released_date,
    coalesce(active, FALSE) AND NOT deleted AS is_active,
    deleted AS is_deleted
FROM quickbooks.employee
UNION ALL
SELECT realm_id, '-1', realm_id || '|-1', 'Not specified', NULL, NULL, NULL, NULL, NULL, NULL, FALSE, FALSE
FROM finance.dim_company

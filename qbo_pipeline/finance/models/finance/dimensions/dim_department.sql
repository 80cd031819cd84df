-- Departments (locations) with their levels. Those that are inactive or deleted stay.
-- Grain: a department, and "Not specified" of each company.
-- Key: realm_id, department_id
-- Built: view
-- Source: Department.
-- Columns:
--   realm_id: The company.
--   department_id: The department (location).
--   department_key: Key of the department for BI tools: the company's id, a bar, the id; -1 where there is
--       none.
--   name: Name.
--   path: Names from the root down, with colons between.
--   parent_department_id: Parent department.
--   root_department_id: Topmost department.
--   depth: How deep it lies; 1 is a root.
--   level1: Name at the first level (the root).
--   level2: Name at the second level, NULL above it.
--   level3: Name at the third level, NULL above it.
--   level4: Name at the fourth level, NULL above it.
--   level5: Name at the fifth level, NULL above it.
--   is_active: Active and not deleted.
--   is_deleted: Deleted in QuickBooks.
SELECT
    department.realm_id,
    department.id AS department_id,
    department.realm_id || '|' || department.id AS department_key,
    coalesce(department.name, 'Department ' || department.id) AS name,
    hierarchy.path,
    department.parent_id AS parent_department_id,
    hierarchy.root_id AS root_department_id,
    hierarchy.depth,
    hierarchy.level1,
    hierarchy.level2,
    hierarchy.level3,
    hierarchy.level4,
    hierarchy.level5,
    coalesce(department.active, FALSE) AND NOT department.deleted AS is_active,
    department.deleted AS is_deleted
FROM quickbooks.department
LEFT JOIN finance.hierarchy
    ON hierarchy.realm_id = department.realm_id AND hierarchy.list = 'department' AND hierarchy.id = department.id
UNION ALL
SELECT realm_id, '-1', realm_id || '|-1', 'Not specified', 'Not specified', NULL, '-1', 1, 'Not specified', NULL, NULL, NULL,
    NULL, FALSE, FALSE
FROM finance.dim_company

-- Classes with their levels. Those that are inactive or deleted stay.
-- Grain: a class, and "Not specified" of each company.
-- Key: realm_id, class_id
-- Built: view
-- Source: Class.
-- Columns:
--   realm_id: The company.
--   class_id: The class.
--   class_key: Key of the class for BI tools: the company's id, a bar, the id; -1 where there is none.
--   name: Name.
--   path: Names from the root down, with colons between.
--   parent_class_id: Parent class.
--   root_class_id: Topmost class.
--   depth: How deep it lies; 1 is a root.
--   level1: Name at the first level (the root).
--   level2: Name at the second level, NULL above it.
--   level3: Name at the third level, NULL above it.
--   level4: Name at the fourth level, NULL above it.
--   level5: Name at the fifth level, NULL above it.
--   is_active: Active and not deleted.
--   is_deleted: Deleted in QuickBooks.
SELECT
    class.realm_id,
    class.id AS class_id,
    class.realm_id || '|' || class.id AS class_key,
    coalesce(class.name, 'Class ' || class.id) AS name,
    hierarchy.path,
    class.parent_id AS parent_class_id,
    hierarchy.root_id AS root_class_id,
    hierarchy.depth,
    hierarchy.level1,
    hierarchy.level2,
    hierarchy.level3,
    hierarchy.level4,
    hierarchy.level5,
    coalesce(class.active, FALSE) AND NOT class.deleted AS is_active,
    class.deleted AS is_deleted
FROM quickbooks.class
LEFT JOIN finance.hierarchy
    ON hierarchy.realm_id = class.realm_id AND hierarchy.list = 'class' AND hierarchy.id = class.id
UNION ALL
SELECT realm_id, '-1', realm_id || '|-1', 'Not specified', 'Not specified', NULL, '-1', 1, 'Not specified', NULL, NULL, NULL,
    NULL, FALSE, FALSE
FROM finance.dim_company

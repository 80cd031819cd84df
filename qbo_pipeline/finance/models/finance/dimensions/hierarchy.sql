-- The way from every account, customer, item, class and department up to its topmost parent, as columns that BI tools can use.
-- A parent that is missing, or that would close a circle, ends the way: the member below it is then a root.
-- Grain: a member of a list.
-- Key: realm_id, list, id
-- Built: table
-- Source: ParentRef of Account, Customer, Item, Class and Department.
-- Columns:
--   realm_id: The company.
--   list: 'account', 'customer', 'item', 'class' or 'department'.
--   id: QuickBooks' id.
--   root_id: Id of the topmost parent.
--   root_name: Name of the topmost parent.
--   depth: How deep it lies; 1 is a root.
--   path: Names from the root down, with colons between.
--   id_path: Ids from the root down, with bars between.
--   sort_path: The path by which members are ordered: account numbers before names, lower case.
--   level1: Name at the first level (the root).
--   level2: Name at the second level, NULL above it.
--   level3: Name at the third level, NULL above it.
--   level4: Name at the fourth level, NULL above it.
--   level5: Name at the fifth level, NULL above it.
--   in_cycle: Its parents form a circle, which QuickBooks does not allow.
WITH RECURSIVE members AS (
    SELECT realm_id, 'account' AS list, id, parent_id, coalesce(name, id) AS name, acct_num FROM quickbooks.account
    UNION ALL
    SELECT realm_id, 'customer', id, parent_id, coalesce(display_name, fully_qualified_name, company_name, id),
        NULL FROM quickbooks.customer
    UNION ALL
    SELECT realm_id, 'item', id, parent_id, coalesce(name, id), NULL FROM quickbooks.item
    UNION ALL
    SELECT realm_id, 'class', id, parent_id, coalesce(name, id), NULL FROM quickbooks.class
    UNION ALL
    SELECT realm_id, 'department', id, parent_id, coalesce(name, id), NULL FROM quickbooks.department
),
climbed AS (
    SELECT realm_id, list, id, parent_id, [id] AS ids, [name] AS names, [coalesce(acct_num || ' ', '') || name] AS sort_names
    FROM members
    UNION ALL
    SELECT
        climbed.realm_id, climbed.list, climbed.id, above.parent_id,
        list_prepend(above.id, climbed.ids),
        list_prepend(above.name, climbed.names),
        list_prepend(coalesce(above.acct_num || ' ', '') || above.name, climbed.sort_names)
    FROM climbed
    INNER JOIN members AS above
        ON above.realm_id = climbed.realm_id AND above.list = climbed.list AND above.id = climbed.parent_id
    WHERE NOT list_contains(climbed.ids, above.id)
),
topmost AS (
    SELECT realm_id, list, id, arg_max({'ids': ids, 'names': names, 'sort_names': sort_names, 'parent_above': parent_id},
        len(ids)) AS way
    FROM climbed
    GROUP BY ALL
)
SELECT
    realm_id,
    list,
    id,
    way.ids[1] AS root_id,
    way.names[1] AS root_name,
    len(way.ids)::INTEGER AS depth,
    array_to_string(way.names, ':') AS path,
    array_to_string(way.ids, '|') AS id_path,
    lower(array_to_string(way.sort_names, ':')) AS sort_path,
    way.names[1] AS level1,
    way.names[2] AS level2,
    way.names[3] AS level3,
    way.names[4] AS level4,
    way.names[5] AS level5,
    coalesce(list_contains(way.ids, way.parent_above), FALSE) AS in_cycle
FROM topmost

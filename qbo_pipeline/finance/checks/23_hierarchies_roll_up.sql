-- No account, customer, item, class or department is below itself or deeper than five levels, and the path of each is
-- its parent's with itself added, so that the sum of any level is the sum of what lies below it.
-- Invariant: 23
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.hierarchy
-- Each: account, customer, item, class, department
-- Cost: the list with itself.
-- Source: quickbooks.$table and finance.hierarchy.
-- Remedy: move it below another parent in QuickBooks; where its parent is missing, load the list again.
-- Columns:
--   realm_id: The company.
--   list: Which list.
--   id: QuickBooks' id of the member.
--   member: Its path.
--   problem: What is wrong with it.
WITH member AS (
    SELECT
        member.realm_id,
        member.id,
        member.parent_id,
        parent.id AS found_parent_id,
        way.path,
        way.id_path,
        way.depth,
        way.root_id,
        way.in_cycle,
        way_of_parent.id_path AS id_path_of_parent,
        way_of_parent.root_id AS root_id_of_parent,
        CASE way.depth
            WHEN 1 THEN way.level1
            WHEN 2 THEN way.level2
            WHEN 3 THEN way.level3
            WHEN 4 THEN way.level4
            WHEN 5 THEN way.level5
        END AS own_level
    FROM quickbooks.$table AS member
    LEFT JOIN quickbooks.$table AS parent ON parent.realm_id = member.realm_id AND parent.id = member.parent_id
    LEFT JOIN finance.hierarchy AS way
        ON way.realm_id = member.realm_id AND way.list = '$table' AND way.id = member.id
    LEFT JOIN finance.hierarchy AS way_of_parent
        ON way_of_parent.realm_id = member.realm_id AND way_of_parent.list = '$table' AND way_of_parent.id = member.parent_id
),

judged AS (
    SELECT
        realm_id,
        id,
        path,
        CASE
            WHEN id_path IS NULL THEN 'it is not in the hierarchy'
            WHEN in_cycle OR parent_id = id THEN 'its parents form a circle'
            WHEN parent_id IS NOT NULL AND found_parent_id IS NULL THEN 'its parent is not there: ' || parent_id
            WHEN depth > 5 THEN 'it lies deeper than five levels'
            WHEN id_path IS DISTINCT FROM coalesce(id_path_of_parent || '|', '') || id THEN 'its path is not its parent''s'
            WHEN root_id IS DISTINCT FROM coalesce(root_id_of_parent, id) THEN 'its root is not its parent''s'
            WHEN own_level IS NULL THEN 'it has no name at its own level'
        END AS problem
    FROM member
)

SELECT
    realm_id,
    '$type' AS list,
    id,
    path AS member,
    problem
FROM judged
WHERE problem IS NOT NULL

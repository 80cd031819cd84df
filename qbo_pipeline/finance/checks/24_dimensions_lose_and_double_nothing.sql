-- Every key of a fact finds exactly one member of its dimension, so that the sum of any measure through the dimension is
-- the sum of the fact: nothing is lost, nothing counted twice. The pairs are read off the models' columns.
-- Invariant: 24
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.general_ledger
-- Each: dimension key
-- Cost: one pass over one column of the fact for each of its keys.
-- Source: $relation.$key and $dimension.
-- Remedy: load the list behind the dimension again (qbo-pipeline backfill); a key has to be $dimension_key of one member.
-- Columns:
--   realm_id: The company.
--   fact: Which fact.
--   key: Which of its keys.
--   dimension: Which dimension.
--   value: The key's value.
--   rows: Rows of the fact with it.
--   members: Members of the dimension that have it; 1 is right.
WITH used AS (
    SELECT realm_id, $key AS value, count(*) AS rows
    FROM $relation
    GROUP BY realm_id, $key
),

member AS (
    SELECT $dimension_key AS value, count(*) AS members
    FROM $dimension
    GROUP BY $dimension_key
)

SELECT
    used.realm_id,
    '$relation' AS fact,
    '$key' AS key,
    '$dimension' AS dimension,
    used.value,
    used.rows,
    coalesce(member.members, 0) AS members
FROM used
LEFT JOIN member ON member.value = used.value
WHERE coalesce(member.members, 0) <> 1

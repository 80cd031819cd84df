-- Every key of a fact finds exactly one member of its dimension, so that the sum of any measure through the dimension is
-- the sum of the fact: nothing is lost, nothing counted twice. The pairs are read off the models' columns.
-- Invariant: 24
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.general_ledger
-- Each: dimension key
-- Cost: one pass over one column of the fact for each of its keys: 3 seconds of a processor for a million legs.
-- Source: $relation.$key and $dimension.
-- Remedy: load the list behind the dimension again (qbo-pipeline backfill); each key has to be that of one member.
-- Columns:
--   realm_id: The company.
--   fact: Which fact.
--   key: Which of its keys.
--   dimension: Which dimension.
--   value: The key's value.
--   rows: Rows of the fact with it.
--   members: Members of the dimension that have it; 1 is right.
WITH doubled AS (
    SELECT $dimension_key AS value, count(*) AS members
    FROM $dimension
    GROUP BY $dimension_key
    HAVING count(*) > 1
),

lost_row AS (
    SELECT fact.realm_id, fact.$key AS value
    FROM $relation AS fact
    ANTI JOIN $dimension AS member ON member.$dimension_key = fact.$key
),

doubled_row AS (
    SELECT fact.realm_id, fact.$key AS value, doubled.members
    FROM $relation AS fact
    INNER JOIN doubled ON doubled.value = fact.$key
)

SELECT
    realm_id,
    '$relation' AS fact,
    '$key' AS key,
    '$dimension' AS dimension,
    value,
    count(*) AS rows,
    0 AS members
FROM lost_row
GROUP BY realm_id, value
UNION ALL
SELECT
    realm_id,
    '$relation' AS fact,
    '$key' AS key,
    '$dimension' AS dimension,
    value,
    count(*) AS rows,
    members
FROM doubled_row
GROUP BY realm_id, value, members

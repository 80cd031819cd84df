-- Versions of records that QuickBooks dates in a period, each with the version before it: a row a version.
-- Source: the lake's record files ($files). Only records that changed in the period are read with their JSON. What was
-- deleted already is not deleted once more by whoever tells of it later, with another instant.
WITH touched AS (
    SELECT DISTINCT realm_id, entity, id
    FROM read_parquet($files, union_by_name = true)
    WHERE operation <> 'rejected' AND coalesce(updated_at, received_at) BETWEEN $since AND $until
),
versions AS (
    SELECT *
    FROM read_parquet($files, union_by_name = true)
    SEMI JOIN touched USING (realm_id, entity, id)
    WHERE operation <> 'rejected'
    QUALIFY row_number() OVER (
        PARTITION BY realm_id, entity, id, sync_token, updated_at, operation ORDER BY version_id
    ) = 1
),
in_order AS (
    SELECT
        *,
        coalesce(updated_at, received_at) AS changed_at,
        lag(raw) OVER before AS raw_before,
        lag(operation) OVER before AS operation_before
    FROM versions
    WINDOW before AS (
        PARTITION BY realm_id, entity, id ORDER BY updated_at, operation = 'deleted', sync_token, version_id
    )
)
SELECT realm_id, entity, id, changed_at, operation = 'deleted' AS deleted, created_at, source, raw, raw_before
FROM in_order
WHERE changed_at BETWEEN $since AND $until
  AND (operation <> 'deleted' OR operation_before IS DISTINCT FROM 'deleted')
ORDER BY changed_at, entity, id;

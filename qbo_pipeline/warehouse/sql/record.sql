-- history.record: every version of every record ever received, a row a version.
-- Source: the lake's record files (stored.lake() is where it is). A version is valid from its change in QuickBooks until
-- the next one's; the same version received again is shown once, as first received. What changed again within the second
-- of its stamp (audit.same_stamp_version) is another version.
CREATE OR REPLACE VIEW history.record AS
WITH received AS (
    SELECT * FROM read_parquet(stored.lake() || '/*/*/*/record.parquet', union_by_name = true)
),
versions AS (
    SELECT received.*
    FROM received
    LEFT JOIN audit.same_stamp_version AS changed USING (version_id)
    WHERE operation <> 'rejected'
    QUALIFY row_number() OVER (
        PARTITION BY realm_id, entity, id, sync_token, updated_at, operation, changed.version_id ORDER BY version_id
    ) = 1
)
SELECT
    realm_id,
    entity,
    id,
    sync_token,
    updated_at,
    coalesce(updated_at, received_at) AS valid_from,
    lead(coalesce(updated_at, received_at)) OVER (
        PARTITION BY realm_id, entity, id ORDER BY updated_at, operation = 'deleted', sync_token, version_id
    ) AS valid_to,
    CASE
        WHEN operation = 'deleted' THEN 'deleted'
        WHEN sync_token = 0 AND created_at = updated_at THEN 'created'
        ELSE 'updated'
    END AS operation,
    source,
    received_at,
    run_id,
    version_id,
    raw
FROM versions;
COMMENT ON VIEW history.record IS 'Every version of every record ever received, with its JSON as received. Source: the lake.';
COMMENT ON COLUMN history.record.realm_id IS 'The company.';
COMMENT ON COLUMN history.record.entity IS 'QuickBooks'' name of the entity.';
COMMENT ON COLUMN history.record.id IS 'Id of the record.';
COMMENT ON COLUMN history.record.sync_token IS 'Version number in QuickBooks; null on deletions.';
COMMENT ON COLUMN history.record.updated_at IS 'When the record changed, UTC.';
COMMENT ON COLUMN history.record.valid_from IS 'From when the version held, UTC.';
COMMENT ON COLUMN history.record.valid_to IS 'Until when it held, UTC; null while it holds.';
COMMENT ON COLUMN history.record.operation IS 'created, updated or deleted.';
COMMENT ON COLUMN history.record.source IS 'backfill, cdc, webhook or reference; replay where it had been in quarantine.';
COMMENT ON COLUMN history.record.received_at IS 'When we received it, UTC.';
COMMENT ON COLUMN history.record.run_id IS 'The run that received it.';
COMMENT ON COLUMN history.record.version_id IS 'Number of the version; the tables of the schema quickbooks carry it.';
COMMENT ON COLUMN history.record.raw IS 'The JSON as received.';

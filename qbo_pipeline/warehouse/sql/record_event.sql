-- audit.record_event: every time a record came in, a row a version and delivery, and what came of it.
-- Source: the lake's record files (stored.lake() is where it is), audit.lake_batch, audit.rejected_record. What changed
-- again within the second of its stamp (audit.same_stamp_version) is another version, and the later one the newer.
CREATE OR REPLACE VIEW audit.record_event AS
WITH received AS (
    SELECT realm_id, entity, id, sync_token, created_at, updated_at, operation, source, received_at, run_id, version_id
    FROM read_parquet(stored.lake() || '/*/*/*/record.parquet', union_by_name = true)
),
compared AS (
    SELECT
        received.*,
        row_number() OVER (
            PARTITION BY realm_id, entity, id, sync_token, updated_at, operation, changed.version_id
            ORDER BY received.version_id
        ) AS receipt,
        row_number() OVER (
            PARTITION BY realm_id, entity, id, operation = 'rejected'
            ORDER BY coalesce(updated_at, TIMESTAMP '1970-01-01') DESC, operation = 'deleted' DESC,
                     coalesce(sync_token, -1) DESC, coalesce(changed.version_id, -received.version_id) DESC
        ) AS newness
    FROM received
    LEFT JOIN audit.same_stamp_version AS changed ON changed.version_id = received.version_id
)
SELECT
    compared.realm_id,
    compared.entity,
    compared.id,
    CASE
        WHEN operation <> 'present' THEN operation
        WHEN sync_token = 0 AND created_at = updated_at THEN 'created'
        ELSE 'updated'
    END AS operation,
    updated_at AS occurred_at,
    compared.received_at,
    compared.source,
    compared.run_id,
    sync_token,
    compared.version_id,
    CASE
        WHEN merged.batch IS NULL THEN 'waiting'
        WHEN operation = 'rejected' AND resolved_at IS NOT NULL THEN 'resolved'
        WHEN operation = 'rejected' THEN 'rejected'
        WHEN receipt > 1 THEN 'repeated'
        WHEN newness > 1 THEN 'superseded'
        ELSE 'current'
    END AS outcome
FROM compared
LEFT JOIN audit.lake_batch AS merged
    ON merged.realm_id = compared.realm_id AND merged.batch = compared.version_id >> $version_bits
LEFT JOIN audit.rejected_record AS quarantined
    ON quarantined.version_id = compared.version_id AND operation = 'rejected';
COMMENT ON VIEW audit.record_event IS 'Every time a record came in, a row a version and delivery, and what came of it. Source: the lake.';
COMMENT ON COLUMN audit.record_event.realm_id IS 'The company.';
COMMENT ON COLUMN audit.record_event.entity IS 'QuickBooks'' name of the entity.';
COMMENT ON COLUMN audit.record_event.id IS 'Id of the record; null where it was rejected for having none.';
COMMENT ON COLUMN audit.record_event.operation IS 'created, updated or deleted in QuickBooks, or rejected here.';
COMMENT ON COLUMN audit.record_event.occurred_at IS 'When QuickBooks dates that, UTC.';
COMMENT ON COLUMN audit.record_event.received_at IS 'When it came in, UTC.';
COMMENT ON COLUMN audit.record_event.source IS 'By which way: backfill, cdc, webhook or reference; replay after a quarantine.';
COMMENT ON COLUMN audit.record_event.run_id IS 'The run that brought it in.';
COMMENT ON COLUMN audit.record_event.sync_token IS 'Version number in QuickBooks; null on deletions.';
COMMENT ON COLUMN audit.record_event.version_id IS 'Number of the version.';
COMMENT ON COLUMN audit.record_event.outcome IS 'current; superseded by a newer version; repeated: known already; rejected, or resolved since; waiting to be merged.';

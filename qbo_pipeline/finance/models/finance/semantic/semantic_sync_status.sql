-- When each entity of each company was last synchronized, how, and what came of it, as far back as the audit trail is kept.
-- Grain: an entity of a company.
-- Key: sync_status_key
-- Built: view
-- Source: the audit trail of synchronizations and of records that were set aside.
-- Columns:
--   sync_status_key: Key: the company's id, the entity, with a bar between.
--   realm_id: The company.
--   entity: QuickBooks' name of the entity.
--   last_synced_at: When it was last synchronized without an error, UTC.
--   last_source: How: 'backfill', 'cdc', 'webhook' …
--   last_error: What its newest run stumbled over; NULL where it did not.
--   records: Records received.
--   inserted: Records that were new.
--   updated: Records that were changed.
--   deleted: Records that were deleted.
--   rejected: Records that are set aside and wait for a decision.
WITH runs AS (
    SELECT
        realm_id, entity,
        max(started_at) FILTER (error IS NULL) AS last_synced_at,
        arg_max(source, started_at) AS last_source,
        arg_max_null(error, started_at) AS last_error,
        sum(records) AS records, sum(inserted) AS inserted, sum(updated) AS updated, sum(deleted) AS deleted
    FROM audit.sync_run
    GROUP BY ALL
),
set_aside AS (
    SELECT realm_id, entity, count(*) AS rejected
    FROM audit.rejected_record
    WHERE resolved_at IS NULL
    GROUP BY ALL
)
SELECT
    runs.realm_id || '|' || runs.entity AS sync_status_key,
    runs.realm_id,
    runs.entity,
    runs.last_synced_at,
    runs.last_source,
    runs.last_error,
    coalesce(runs.records, 0)::BIGINT AS records,
    coalesce(runs.inserted, 0)::BIGINT AS inserted,
    coalesce(runs.updated, 0)::BIGINT AS updated,
    coalesce(runs.deleted, 0)::BIGINT AS deleted,
    coalesce(set_aside.rejected, 0)::BIGINT AS rejected
FROM runs
LEFT JOIN set_aside ON set_aside.realm_id = runs.realm_id AND set_aside.entity = runs.entity

-- Versions in $table that came since an instant and changed what was dated in books closed by then, a row a version
-- with the one before it. Question marks: lists of company, last day, from when, until when. $dated: the date's column.
-- Source: quickbooks.$table for what came lately, then the dates alone of those records' versions in the lake ($files).
WITH closing AS (
    SELECT unnest(?::VARCHAR[]) AS realm_id, unnest(?::DATE[]) AS last_day,
           unnest(?::TIMESTAMP[]) AS closed_from, unnest(?::TIMESTAMP[]) AS closed_until
),
touched AS (
    SELECT DISTINCT record.realm_id, record.id
    FROM quickbooks."$table" AS record JOIN closing USING (realm_id)
    WHERE record.synced_at >= $since AND record.updated_at >= closing.closed_from
),
version AS (
    SELECT realm_id, id, version_id, sync_token, created_at, updated_at, deleted, synced_at, "$dated" AS dated
    FROM read_parquet($files, union_by_name = true) SEMI JOIN touched USING (realm_id, id)
    QUALIFY row_number() OVER (PARTITION BY realm_id, id, sync_token, updated_at, deleted ORDER BY version_id) = 1
),
in_order AS (
    SELECT
        *,
        coalesce(updated_at, synced_at) AS changed_at,
        lag(version_id) OVER before AS version_before,
        lag(deleted) OVER before AS deleted_before,
        lag(dated IGNORE NULLS) OVER before AS dated_before
    FROM version
    WINDOW before AS (PARTITION BY realm_id, id ORDER BY updated_at, deleted, sync_token, version_id)
)
SELECT DISTINCT realm_id, version_id, version_before
FROM in_order JOIN closing USING (realm_id)
WHERE synced_at >= $since
  AND changed_at >= closed_from AND (closed_until IS NULL OR changed_at < closed_until)
  AND (dated <= last_day OR dated_before <= last_day)
  -- What was deleted already is not deleted once more by whoever tells of it later, with another instant.
  AND NOT (deleted AND coalesce(deleted_before, false))
  -- What was there before it was first received may have been changed before the books were closed.
  AND (version_before IS NOT NULL OR created_at >= closed_from);

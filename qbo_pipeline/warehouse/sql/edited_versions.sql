-- Versions, each with the one before it, but for those that differ in nothing of substance ($patch removes the rest).
-- Source: the record files of the batches that they are in ($files).
WITH pair AS (
    SELECT unnest(?::BIGINT[]) AS version_id, unnest(?::BIGINT[]) AS version_before
),
record AS (
    SELECT * FROM read_parquet($files) SEMI JOIN (
        SELECT version_id FROM pair UNION ALL SELECT version_before FROM pair
    ) USING (version_id)
)
SELECT
    record.realm_id, record.entity, record.id, coalesce(record.updated_at, record.received_at) AS changed_at,
    record.operation = 'deleted' AS deleted, record.created_at, record.source, record.raw, former.raw AS raw_before
FROM pair
JOIN record USING (version_id)
LEFT JOIN record AS former ON former.version_id = pair.version_before
WHERE former.raw IS NULL OR record.operation = 'deleted'
   OR json_merge_patch(record.raw, $patch) <> json_merge_patch(former.raw, $patch)
ORDER BY changed_at, record.id;

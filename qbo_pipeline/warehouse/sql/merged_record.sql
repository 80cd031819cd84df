-- Which records went over into which others. $listed: every record of the lists that merge.
-- Source: audit.merged_record, and the deletions in the lists' tables.
CREATE OR REPLACE VIEW quickbooks.merged_record AS
WITH listed AS (
    $listed
),
known AS (
    SELECT *
    FROM audit.merged_record
    WHERE deleted_id IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY realm_id, entity, deleted_id ORDER BY source = 'webhook' DESC, merged_at DESC
    ) = 1
)
SELECT known.realm_id, known.entity, known.deleted_id, known.into_id, known.merged_at, known.source
FROM known
WHERE NOT EXISTS (
    FROM listed
    WHERE listed.realm_id = known.realm_id AND listed.entity = known.entity AND listed.id = known.deleted_id
      AND NOT listed.deleted
)
UNION ALL
SELECT listed.realm_id, listed.entity, listed.id, NULL, listed.updated_at, 'deletion'
FROM listed
WHERE listed.deleted AND NOT EXISTS (
    FROM known
    WHERE known.realm_id = listed.realm_id AND known.entity = listed.entity AND known.deleted_id = listed.id
);
COMMENT ON VIEW quickbooks.merged_record IS 'Records of lists that went over into another one, a row a record that is no more. Source: webhooks, and deletions: lists lose records by merges only.';
COMMENT ON COLUMN quickbooks.merged_record.realm_id IS 'The company.';
COMMENT ON COLUMN quickbooks.merged_record.entity IS 'QuickBooks'' name of the entity.';
COMMENT ON COLUMN quickbooks.merged_record.deleted_id IS 'The record that is no more. Its row stays in its table, marked deleted.';
COMMENT ON COLUMN quickbooks.merged_record.into_id IS 'The record it went over into, which may have been merged again since; null where nobody told.';
COMMENT ON COLUMN quickbooks.merged_record.merged_at IS 'When, UTC.';
COMMENT ON COLUMN quickbooks.merged_record.source IS 'webhook: QuickBooks told; inferred: it is the only record of its list that changed at that moment; deletion: only that it is gone is known.';

-- Merges of records, and where references to what was merged away lead. $listed: every record of the lists that merge.
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

CREATE OR REPLACE VIEW quickbooks.surviving_record AS
WITH RECURSIVE followed AS (
    SELECT realm_id, entity, deleted_id AS id, into_id AS surviving_id, 1 AS merges
    FROM quickbooks.merged_record
    UNION ALL
    SELECT followed.realm_id, followed.entity, followed.id, further.into_id, followed.merges + 1
    FROM followed
    JOIN quickbooks.merged_record AS further
        ON further.realm_id = followed.realm_id AND further.entity = followed.entity
        AND further.deleted_id = followed.surviving_id
    WHERE followed.merges < 100  -- wrong tidings could make a ring
)
SELECT realm_id, entity, id, surviving_id, merges
FROM followed
QUALIFY row_number() OVER (PARTITION BY realm_id, entity, id ORDER BY merges DESC) = 1;
COMMENT ON VIEW quickbooks.surviving_record IS 'Where a reference to a merged record leads, through any number of merges, a row a record that is no more. Source: quickbooks.merged_record.';
COMMENT ON COLUMN quickbooks.surviving_record.realm_id IS 'The company.';
COMMENT ON COLUMN quickbooks.surviving_record.entity IS 'QuickBooks'' name of the entity.';
COMMENT ON COLUMN quickbooks.surviving_record.id IS 'The record that is no more.';
COMMENT ON COLUMN quickbooks.surviving_record.surviving_id IS 'The record that lives on; null where the trail ends before one.';
COMMENT ON COLUMN quickbooks.surviving_record.merges IS 'How many merges lie between.';

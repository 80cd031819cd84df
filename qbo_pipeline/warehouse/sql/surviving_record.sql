-- Where references to what was merged away lead, through merges of merges. Source: quickbooks.merged_record.
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

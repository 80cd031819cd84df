-- audit.touched_record: records whose rows changed since the finance models were built, a row a change.
-- Source: the merge, in its own transaction; a build takes its rows away in the same one in which it brings them in.
CREATE TABLE IF NOT EXISTS audit.touched_record (
    realm_id VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    id VARCHAR
);
COMMENT ON TABLE audit.touched_record IS 'Records whose rows changed since the finance models were built, a row a change. Source: the merge.';
COMMENT ON COLUMN audit.touched_record.realm_id IS 'The company.';
COMMENT ON COLUMN audit.touched_record.entity IS 'QuickBooks'' name of the entity.';
COMMENT ON COLUMN audit.touched_record.id IS 'Id of the record; null: any of this entity.';

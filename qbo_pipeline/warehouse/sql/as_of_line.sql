-- quickbooks.$table as of an instant: the elements of the $owner versions that held then; deleted documents have none.
-- Source: the lake's typed files ($files).
CREATE VIEW quickbooks."$table" AS
SELECT $columns
FROM read_parquet($files, union_by_name = true)
SEMI JOIN (SELECT version_id FROM quickbooks."$owner" WHERE NOT deleted) USING (version_id);

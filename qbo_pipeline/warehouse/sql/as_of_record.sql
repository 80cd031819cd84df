-- quickbooks.$table as of an instant: a row a record known then, as the table itself shows it now.
-- Source: history.$table. A deleted record keeps its last values, as in the table itself.
CREATE VIEW quickbooks."$table" AS
WITH known AS (
    SELECT * FROM warehouse.history."$table" WHERE valid_from <= $instant
),
newest AS (
    SELECT *
    FROM known
    QUALIFY row_number() OVER (
        PARTITION BY realm_id, id ORDER BY updated_at DESC, deleted DESC, sync_token DESC, version_id DESC
    ) = 1
),
last_values AS (
    SELECT *
    FROM known
    WHERE NOT deleted
    QUALIFY row_number() OVER (
        PARTITION BY realm_id, id ORDER BY updated_at DESC, sync_token DESC, version_id DESC
    ) = 1
)
SELECT last_values.* EXCLUDE (valid_from, valid_to) REPLACE (
    newest.realm_id AS realm_id,
    newest.id AS id,
    newest.deleted AS deleted,
    coalesce(newest.updated_at, last_values.updated_at) AS updated_at,
    newest.synced_at AS synced_at,
    newest.source AS source,
    coalesce(last_values.version_id, newest.version_id) AS version_id
)
FROM newest
LEFT JOIN last_values USING (realm_id, id);

-- What deletions in the list $table say of merges that nobody told of, or not wholly. Source: stored.$table.
-- A webhook of a merge may name the surviving record alone: the one deletion of its minute is the other one.
CREATE OR REPLACE TEMP TABLE named AS
SELECT told.rowid AS told, min(lost.id) AS deleted_id
FROM audit.merged_record AS told
JOIN stored."$table" AS lost
    ON lost.realm_id = told.realm_id AND lost.deleted AND lost.id <> told.into_id
    AND lost.updated_at BETWEEN told.merged_at - INTERVAL $told AND told.merged_at + INTERVAL $told
WHERE told.entity = $entity AND told.deleted_id IS NULL AND NOT EXISTS (
    FROM audit.merged_record AS other
    WHERE other.realm_id = lost.realm_id AND other.entity = $entity AND other.deleted_id = lost.id
      AND other.source = 'webhook'
)
GROUP BY told.rowid
HAVING count(*) = 1;
UPDATE audit.merged_record AS told SET deleted_id = named.deleted_id FROM named WHERE told.rowid = named.told;

-- Without a word: the only record of the list that changed in the moment in which this one was deleted. Of what a
-- complete load found absent nobody knows that moment: it has the time of the load.
INSERT INTO audit.merged_record
SELECT lost.realm_id, $entity, lost.id, min(kept.id), lost.updated_at, 'inferred', NULL
FROM stored."$table" AS lost
JOIN stored."$table" AS kept
    ON kept.realm_id = lost.realm_id AND NOT kept.deleted
    AND kept.updated_at BETWEEN lost.updated_at - INTERVAL $changed AND lost.updated_at + INTERVAL $changed
WHERE lost.deleted AND lost.source <> 'backfill' AND NOT EXISTS (
    FROM audit.merged_record AS known
    WHERE known.realm_id = lost.realm_id AND known.entity = $entity AND known.deleted_id = lost.id
)
GROUP BY lost.realm_id, lost.id, lost.updated_at
HAVING count(*) = 1;

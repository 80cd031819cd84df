-- Records of $table that existed at an instant, but whose version of then was never received: a row with their number.
-- Source: history.$table.
SELECT count(*)
FROM (
    SELECT realm_id, id
    FROM warehouse.history."$table"
    GROUP BY ALL
    HAVING min(created_at) <= $instant AND min(valid_from) > $instant
);

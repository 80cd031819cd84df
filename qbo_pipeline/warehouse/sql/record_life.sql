-- The whole life of one record ($entity, $id; $realm_id or all companies), a row an event, oldest first.
-- Source: history.record, audit.api_call, audit.webhook_event, audit.reference_change, audit.rejected_record, and the
-- entity's table ($table).
WITH version AS (
    SELECT * FROM history.record
    WHERE entity = $entity AND id = $id AND ($realm_id IS NULL OR realm_id = $realm_id)
),
shown AS (
    SELECT realm_id, version_id, deleted FROM quickbooks."$table"
    WHERE id = $id AND ($realm_id IS NULL OR realm_id = $realm_id)
),
event AS (
    SELECT * FROM audit.webhook_event
    WHERE entity = $entity AND (id = $id OR deleted_id = $id) AND ($realm_id IS NULL OR realm_id = $realm_id)
),
written AS (
    SELECT
        *,
        array_to_string(list_transform(
            from_json(changes, '[{"field": "VARCHAR", "before": "VARCHAR", "after": "VARCHAR"}]'),
            lambda one: one.field || ': ' || if(one.before = '', '-', one.before)
                || ' → ' || if(one.after = '', '-', one.after)
        ), ', ') AS fields
    FROM audit.reference_change
    WHERE entity = $entity AND id = $id AND ($realm_id IS NULL OR realm_id = $realm_id)
),
life AS (
    SELECT
        realm_id, valid_from AS moment, 1 AS step,
        operation || ' in QuickBooks' AS what,
        CASE WHEN sync_token IS NULL THEN '' ELSE 'SyncToken ' || sync_token END AS detail, run_id
    FROM version
    UNION ALL
    SELECT
        version.realm_id, received_at, 3,
        'received by ' || source || CASE
            WHEN shown.version_id = version.version_id THEN ', shown now'
            WHEN version.operation = 'deleted' THEN ', marked deleted'
            ELSE ', superseded'
        END,
        'version ' || version.version_id, run_id
    FROM version LEFT JOIN shown ON shown.realm_id = version.realm_id AND shown.version_id = version.version_id
    UNION ALL
    SELECT realm_id, arrived_at, 2, 'webhook arrived: ' || operation, concat_ws(', ', file, event_id), run_id FROM event
    UNION ALL
    SELECT realm_id, claimed_at, 2, 'webhook taken up', file, run_id FROM event
    UNION ALL
    SELECT
        realm_id, coalesce(merged_at, claimed_at), 4, 'webhook ' || outcome,
        CASE WHEN merged_at IS NULL THEN file
             ELSE file || ', ' || round(epoch(merged_at) - epoch(arrived_at), 1) || ' s after its arrival' END,
        run_id
    FROM event
    UNION ALL
    SELECT
        realm_id, started_at, 2, 'asked QuickBooks: ' || method || ' ' || endpoint,
        concat_ws(', ', outcome, 'HTTP ' || status, round(seconds, 2) || ' s', 'attempt ' || attempt, intuit_tid),
        run_id
    FROM audit.api_call
    WHERE entity = $entity AND ($realm_id IS NULL OR realm_id = $realm_id)
      AND (contains(query, '''' || $id || '''') OR endpoint = lower($entity) || '/' || $id)
    UNION ALL
    SELECT realm_id, asked_at, 0, os_user || ' asked QuickBooks to ' || action || ' it', fields, NULL FROM written
    UNION ALL
    SELECT
        realm_id, coalesce(answered_at, asked_at), 2,
        'to ' || action || ' it: ' || coalesce(outcome, 'nobody knows yet'),
        concat_ws(', ', told, intuit_tid, 'requestid ' || request_id), NULL
    FROM written
    UNION ALL
    SELECT
        realm_id, received_at, 3, 'rejected: ' || reason, field || ' = ' || value, run_id
    FROM audit.rejected_record
    WHERE entity = $entity AND id = $id AND ($realm_id IS NULL OR realm_id = $realm_id)
    UNION ALL
    SELECT
        realm_id, resolved_at, 4, 'left the quarantine', 'version ' || version_id || ' fits by now', resolved_by
    FROM audit.rejected_record
    WHERE entity = $entity AND id = $id AND ($realm_id IS NULL OR realm_id = $realm_id) AND resolved_at IS NOT NULL
)
SELECT moment, realm_id, what, detail, run_id FROM life ORDER BY moment, step, what;

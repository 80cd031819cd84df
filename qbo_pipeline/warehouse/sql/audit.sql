-- The audit trail. Grain and source are in the comment of each table.
CREATE SCHEMA IF NOT EXISTS stored;
CREATE SCHEMA IF NOT EXISTS quickbooks;
CREATE SCHEMA IF NOT EXISTS history;
CREATE SCHEMA IF NOT EXISTS audit;

CREATE TABLE IF NOT EXISTS audit.sync_run (
    run_id VARCHAR NOT NULL,
    realm_id VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    seconds DOUBLE NOT NULL,
    records BIGINT NOT NULL,
    inserted BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    counted BIGINT,
    api_calls BIGINT NOT NULL,
    bytes_received BIGINT NOT NULL,
    unknown_fields VARCHAR,
    note VARCHAR
);
ALTER TABLE audit.sync_run ADD COLUMN IF NOT EXISTS error VARCHAR;
COMMENT ON TABLE audit.sync_run IS 'What each run did, a row a company and entity. Source: the pipeline.';
COMMENT ON COLUMN audit.sync_run.run_id IS 'The run; Dagster''s run id where Dagster started it.';
COMMENT ON COLUMN audit.sync_run.realm_id IS 'The company.';
COMMENT ON COLUMN audit.sync_run.entity IS 'QuickBooks'' name of the entity.';
COMMENT ON COLUMN audit.sync_run.source IS 'backfill, cdc, webhook, reference (after something was written) or replay.';
COMMENT ON COLUMN audit.sync_run.started_at IS 'When it began, UTC.';
COMMENT ON COLUMN audit.sync_run.seconds IS 'How long it took.';
COMMENT ON COLUMN audit.sync_run.records IS 'Record versions received.';
COMMENT ON COLUMN audit.sync_run.inserted IS 'Records new in the warehouse.';
COMMENT ON COLUMN audit.sync_run.updated IS 'Records replaced by a newer version.';
COMMENT ON COLUMN audit.sync_run.deleted IS 'Records marked deleted.';
COMMENT ON COLUMN audit.sync_run.unchanged IS 'Versions that were known or older than what is known.';
COMMENT ON COLUMN audit.sync_run.rejected IS 'Records quarantined in audit.rejected_record.';
COMMENT ON COLUMN audit.sync_run.counted IS 'count(*) in QuickBooks before the scan, where it was asked.';
COMMENT ON COLUMN audit.sync_run.api_calls IS 'Requests sent, retries included.';
COMMENT ON COLUMN audit.sync_run.bytes_received IS 'JSON received.';
COMMENT ON COLUMN audit.sync_run.unknown_fields IS 'Fields the catalogue does not declare, with how often, as JSON.';
COMMENT ON COLUMN audit.sync_run.note IS 'What else is to be said: why nothing was loaded, where that is no error.';
COMMENT ON COLUMN audit.sync_run.error IS 'What ended it early; null where it was done.';

CREATE TABLE IF NOT EXISTS audit.api_call (
    run_id VARCHAR NOT NULL,
    realm_id VARCHAR NOT NULL,
    method VARCHAR NOT NULL,
    endpoint VARCHAR NOT NULL,
    entity VARCHAR,
    query VARCHAR,
    status INTEGER,
    intuit_tid VARCHAR,
    started_at TIMESTAMP NOT NULL,
    seconds DOUBLE NOT NULL,
    bytes_received BIGINT NOT NULL,
    attempt INTEGER NOT NULL,
    outcome VARCHAR NOT NULL,
    fault_code VARCHAR
);
ALTER TABLE audit.api_call ADD COLUMN IF NOT EXISTS rows BIGINT;
COMMENT ON TABLE audit.api_call IS 'Every request sent to QuickBooks, a row an attempt. Source: the client.';
COMMENT ON COLUMN audit.api_call.run_id IS 'The run it belongs to.';
COMMENT ON COLUMN audit.api_call.realm_id IS 'The company.';
COMMENT ON COLUMN audit.api_call.method IS 'HTTP method.';
COMMENT ON COLUMN audit.api_call.endpoint IS 'Path below the company.';
COMMENT ON COLUMN audit.api_call.entity IS 'The entity asked for.';
COMMENT ON COLUMN audit.api_call.query IS 'The statement.';
COMMENT ON COLUMN audit.api_call.status IS 'HTTP status; null where no answer came.';
COMMENT ON COLUMN audit.api_call.intuit_tid IS 'Intuit''s name for the request; their support asks for it.';
COMMENT ON COLUMN audit.api_call.started_at IS 'When it was sent, UTC.';
COMMENT ON COLUMN audit.api_call.seconds IS 'Until the last byte of the answer.';
COMMENT ON COLUMN audit.api_call.bytes_received IS 'Size of the body, decompressed.';
COMMENT ON COLUMN audit.api_call.attempt IS 'Counted from 1.';
COMMENT ON COLUMN audit.api_call.outcome IS 'ok, fault, throttled, timeout …';
COMMENT ON COLUMN audit.api_call.fault_code IS 'Code of the fault.';
COMMENT ON COLUMN audit.api_call.rows IS 'Records in the answer, deletions included; null where it has none by its nature (counts).';

CREATE TABLE IF NOT EXISTS audit.rejected_record (
    version_id BIGINT NOT NULL,
    realm_id VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    id VARCHAR,
    field VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    received_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL,
    raw VARCHAR NOT NULL
);
ALTER TABLE audit.rejected_record ADD COLUMN IF NOT EXISTS resolved_at TIMESTAMP;
ALTER TABLE audit.rejected_record ADD COLUMN IF NOT EXISTS resolved_by VARCHAR;
COMMENT ON TABLE audit.rejected_record IS 'Quarantine: records that do not fit their declaration, a row a version. Source: the lake.';
COMMENT ON COLUMN audit.rejected_record.version_id IS 'The version, as in history.record.';
COMMENT ON COLUMN audit.rejected_record.realm_id IS 'The company.';
COMMENT ON COLUMN audit.rejected_record.entity IS 'QuickBooks'' name of the entity.';
COMMENT ON COLUMN audit.rejected_record.id IS 'The record''s id, where it has one.';
COMMENT ON COLUMN audit.rejected_record.field IS 'The field that does not fit.';
COMMENT ON COLUMN audit.rejected_record.value IS 'Its value, shortened.';
COMMENT ON COLUMN audit.rejected_record.reason IS 'What does not fit.';
COMMENT ON COLUMN audit.rejected_record.received_at IS 'When it was received, UTC.';
COMMENT ON COLUMN audit.rejected_record.run_id IS 'The run that received it.';
COMMENT ON COLUMN audit.rejected_record.raw IS 'The record as received.';
COMMENT ON COLUMN audit.rejected_record.resolved_at IS 'When it was found to fit and brought in, UTC; null while it is in quarantine.';
COMMENT ON COLUMN audit.rejected_record.resolved_by IS 'The run that brought it in.';

CREATE TABLE IF NOT EXISTS audit.lake_batch (
    batch BIGINT NOT NULL,
    realm_id VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    received_at TIMESTAMP NOT NULL,
    records BIGINT NOT NULL,
    rejected BIGINT NOT NULL
);
ALTER TABLE audit.lake_batch ADD COLUMN IF NOT EXISTS inserted BIGINT;
ALTER TABLE audit.lake_batch ADD COLUMN IF NOT EXISTS updated BIGINT;
ALTER TABLE audit.lake_batch ADD COLUMN IF NOT EXISTS deleted BIGINT;
COMMENT ON TABLE audit.lake_batch IS 'Which batches of the lake are in the warehouse, a row a batch. Source: the merge.';
COMMENT ON COLUMN audit.lake_batch.batch IS 'Number of the batch; with realm_id and entity, its folder.';
COMMENT ON COLUMN audit.lake_batch.realm_id IS 'The company.';
COMMENT ON COLUMN audit.lake_batch.entity IS 'QuickBooks'' name of the entity.';
COMMENT ON COLUMN audit.lake_batch.source IS 'backfill, cdc, webhook, reference (after something was written) or replay.';
COMMENT ON COLUMN audit.lake_batch.run_id IS 'The run that wrote it.';
COMMENT ON COLUMN audit.lake_batch.received_at IS 'When its last page was received, UTC.';
COMMENT ON COLUMN audit.lake_batch.records IS 'Records in it.';
COMMENT ON COLUMN audit.lake_batch.rejected IS 'Records of it that did not fit.';
COMMENT ON COLUMN audit.lake_batch.inserted IS 'Records that came first with it; null for batches merged before this was noted.';
COMMENT ON COLUMN audit.lake_batch.updated IS 'Records of which it had a newer version.';
COMMENT ON COLUMN audit.lake_batch.deleted IS 'Deletions in it that were news.';

CREATE TABLE IF NOT EXISTS audit.touched_record (
    realm_id VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    id VARCHAR
);
COMMENT ON TABLE audit.touched_record IS 'Records whose rows changed since the finance models were built, a row a change. Source: the merge; a build takes its rows away.';
COMMENT ON COLUMN audit.touched_record.realm_id IS 'The company.';
COMMENT ON COLUMN audit.touched_record.entity IS 'QuickBooks'' name of the entity.';
COMMENT ON COLUMN audit.touched_record.id IS 'Id of the record; null: any of this entity.';

CREATE TABLE IF NOT EXISTS audit.pruning (
    relation VARCHAR NOT NULL,
    pruned_at TIMESTAMP NOT NULL,
    kept_from TIMESTAMP,
    removed BIGINT NOT NULL
);
COMMENT ON TABLE audit.pruning IS 'When old rows of the trail were removed last, a row a table. Source: the pipeline, once a day.';
COMMENT ON COLUMN audit.pruning.relation IS 'The table of the schema audit.';
COMMENT ON COLUMN audit.pruning.pruned_at IS 'When, UTC.';
COMMENT ON COLUMN audit.pruning.kept_from IS 'What is older than this instant (UTC) was removed; null: nothing ever is. QBO_AUDIT_RETENTION_DAYS says how far back it lies.';
COMMENT ON COLUMN audit.pruning.removed IS 'Rows removed then.';

CREATE TABLE IF NOT EXISTS audit.same_stamp_version (
    version_id BIGINT PRIMARY KEY
);
COMMENT ON TABLE audit.same_stamp_version IS 'Versions whose record changed again within the second of their stamp: same SyncToken and time, other content. Source: the lake.';
COMMENT ON COLUMN audit.same_stamp_version.version_id IS 'The version, as in history.record.';

CREATE TABLE IF NOT EXISTS audit.webhook_event (
    file VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    event_id VARCHAR,
    realm_id VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    operation VARCHAR NOT NULL,
    deleted_id VARCHAR,
    occurred_at TIMESTAMP,
    arrived_at TIMESTAMP NOT NULL,
    claimed_at TIMESTAMP NOT NULL,
    read_at TIMESTAMP,
    merged_at TIMESTAMP,
    run_id VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL
);
COMMENT ON TABLE audit.webhook_event IS 'Every event of every webhook, from arrival to warehouse, a row an event. Source: the webhook files.';
COMMENT ON COLUMN audit.webhook_event.file IS 'The file it came in.';
COMMENT ON COLUMN audit.webhook_event.position IS 'Its place among the events of the file, counted from 1.';
COMMENT ON COLUMN audit.webhook_event.event_id IS 'QuickBooks'' id of the event; null in the legacy shape.';
COMMENT ON COLUMN audit.webhook_event.realm_id IS 'The company.';
COMMENT ON COLUMN audit.webhook_event.entity IS 'The entity, as our catalogue calls it, or as it was sent where that does not know it.';
COMMENT ON COLUMN audit.webhook_event.id IS 'Id of the record.';
COMMENT ON COLUMN audit.webhook_event.operation IS 'Create, Update, Delete, Merge, Void or Emailed, or what else was sent.';
COMMENT ON COLUMN audit.webhook_event.deleted_id IS 'Of a merge, the record that is no more, where the event says so.';
COMMENT ON COLUMN audit.webhook_event.occurred_at IS 'When it happened, by the event, UTC.';
COMMENT ON COLUMN audit.webhook_event.arrived_at IS 'When the delivery arrived, UTC.';
COMMENT ON COLUMN audit.webhook_event.claimed_at IS 'When a run or the listener took the file, UTC.';
COMMENT ON COLUMN audit.webhook_event.read_at IS 'When the record had been read from QuickBooks, UTC.';
COMMENT ON COLUMN audit.webhook_event.merged_at IS 'When it was in the warehouse, about to be published, UTC.';
COMMENT ON COLUMN audit.webhook_event.run_id IS 'The run that applied it.';
COMMENT ON COLUMN audit.webhook_event.outcome IS 'applied; or why not: duplicate, unknown entity, company not connected, failed.';

CREATE TABLE IF NOT EXISTS audit.merged_record (
    realm_id VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    deleted_id VARCHAR,
    into_id VARCHAR NOT NULL,
    merged_at TIMESTAMP,
    source VARCHAR NOT NULL,
    run_id VARCHAR
);
COMMENT ON TABLE audit.merged_record IS 'What is known of merges, a row a message or inference; read quickbooks.merged_record. Source: webhooks, and deletions.';
COMMENT ON COLUMN audit.merged_record.realm_id IS 'The company.';
COMMENT ON COLUMN audit.merged_record.entity IS 'QuickBooks'' name of the entity.';
COMMENT ON COLUMN audit.merged_record.deleted_id IS 'The record that is no more; null while it is not known.';
COMMENT ON COLUMN audit.merged_record.into_id IS 'The record it went over into.';
COMMENT ON COLUMN audit.merged_record.merged_at IS 'When, UTC; null where the webhook does not say.';
COMMENT ON COLUMN audit.merged_record.source IS 'webhook, or inferred.';
COMMENT ON COLUMN audit.merged_record.run_id IS 'The run that applied the webhook; null where it is inferred.';

CREATE TABLE IF NOT EXISTS audit.reference_change (
    request_id VARCHAR NOT NULL,
    realm_id VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    id VARCHAR,
    action VARCHAR NOT NULL,
    changes VARCHAR NOT NULL,
    os_user VARCHAR NOT NULL,
    asked_at TIMESTAMP NOT NULL,
    attempts INTEGER NOT NULL,
    outcome VARCHAR,
    answered_at TIMESTAMP,
    told VARCHAR,
    intuit_tid VARCHAR
);
COMMENT ON TABLE audit.reference_change IS 'Every account, class or department that was created or changed from here, a row a change. Source: the journal in the state store, which is written before a request leaves.';
COMMENT ON COLUMN audit.reference_change.request_id IS 'QuickBooks makes the changes of one id once, however often they are sent.';
COMMENT ON COLUMN audit.reference_change.realm_id IS 'The company.';
COMMENT ON COLUMN audit.reference_change.entity IS 'Account, Class or Department.';
COMMENT ON COLUMN audit.reference_change.id IS 'Id of the record; of one that was to be created, null where it was not.';
COMMENT ON COLUMN audit.reference_change.action IS 'create, update, deactivate or reactivate.';
COMMENT ON COLUMN audit.reference_change.changes IS 'JSON: the fields, each with its value before and after.';
COMMENT ON COLUMN audit.reference_change.os_user IS 'Who applied it: the user of the operating system.';
COMMENT ON COLUMN audit.reference_change.asked_at IS 'When it was about to be sent for the first time, UTC.';
COMMENT ON COLUMN audit.reference_change.attempts IS 'How often it was begun; more than once where no answer came.';
COMMENT ON COLUMN audit.reference_change.outcome IS 'applied, refused or conflict; null while nobody knows.';
COMMENT ON COLUMN audit.reference_change.answered_at IS 'When that was known, UTC.';
COMMENT ON COLUMN audit.reference_change.told IS 'Why it was not applied, or what else is to be said of it.';
COMMENT ON COLUMN audit.reference_change.intuit_tid IS 'Intuit''s name for the request; their support asks for it.';

CREATE TABLE IF NOT EXISTS audit.delivery (
    batch VARCHAR NOT NULL,
    destination VARCHAR NOT NULL,
    dataset_id VARCHAR NOT NULL,
    table_name VARCHAR NOT NULL,
    companies VARCHAR,
    kind VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    rows BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    sequence BIGINT,
    attempts INTEGER NOT NULL,
    status VARCHAR NOT NULL,
    planned_at TIMESTAMP NOT NULL,
    sent_at TIMESTAMP,
    settled_at TIMESTAMP,
    request_id VARCHAR,
    told VARCHAR
);
COMMENT ON TABLE audit.delivery IS 'Every batch that went to a destination, a row a batch, as it was known at the latest load. Source: the outbox in the state store, which is written before a request leaves.';
COMMENT ON COLUMN audit.delivery.batch IS 'The batch; its rows at the destination carry it.';
COMMENT ON COLUMN audit.delivery.destination IS 'power_bi.';
COMMENT ON COLUMN audit.delivery.dataset_id IS 'The dataset, as the destination calls it.';
COMMENT ON COLUMN audit.delivery.table_name IS 'The table of the semantic model.';
COMMENT ON COLUMN audit.delivery.companies IS 'Realm ids whose rows were published; null for all.';
COMMENT ON COLUMN audit.delivery.kind IS 'clear, append, signed (reversals and new rows) or replace.';
COMMENT ON COLUMN audit.delivery.digest IS 'Digest of what was sent.';
COMMENT ON COLUMN audit.delivery.rows IS 'Rows in it, reversals included.';
COMMENT ON COLUMN audit.delivery.bytes IS 'Its size on the wire.';
COMMENT ON COLUMN audit.delivery.sequence IS 'Sequence number of the last attempt.';
COMMENT ON COLUMN audit.delivery.attempts IS 'How often it was begun to be sent.';
COMMENT ON COLUMN audit.delivery.status IS 'planned, sending, confirmed, done, failed (refused for good) or superseded by a later batch.';
COMMENT ON COLUMN audit.delivery.planned_at IS 'When it was written down, UTC.';
COMMENT ON COLUMN audit.delivery.sent_at IS 'When the last attempt began, UTC.';
COMMENT ON COLUMN audit.delivery.settled_at IS 'When it was known what came of it, UTC.';
COMMENT ON COLUMN audit.delivery.request_id IS 'The destination''s name for the request; its support asks for it.';
COMMENT ON COLUMN audit.delivery.told IS 'Why it was refused, or what else is to be said of it.';

CREATE TABLE IF NOT EXISTS audit.publication (
    destination VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    dataset_id VARCHAR,
    outcome VARCHAR NOT NULL,
    rows BIGINT NOT NULL,
    batches BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    totals INTEGER NOT NULL,
    unequal VARCHAR[] NOT NULL,
    told VARCHAR
);
COMMENT ON TABLE audit.publication IS 'Every publication to a destination, a row each, as it was known at the latest load, with what came of comparing its totals. Source: the state store.';
COMMENT ON COLUMN audit.publication.destination IS 'power_bi.';
COMMENT ON COLUMN audit.publication.started_at IS 'When it began, UTC.';
COMMENT ON COLUMN audit.publication.finished_at IS 'When it ended, UTC.';
COMMENT ON COLUMN audit.publication.dataset_id IS 'The dataset, as the destination calls it; null where it did not come to that.';
COMMENT ON COLUMN audit.publication.outcome IS 'done or failed.';
COMMENT ON COLUMN audit.publication.rows IS 'Rows that were sent.';
COMMENT ON COLUMN audit.publication.batches IS 'Batches that were sent.';
COMMENT ON COLUMN audit.publication.quarantined IS 'Rows that did not fit and were left out.';
COMMENT ON COLUMN audit.publication.totals IS 'Totals that were compared: in the warehouse, at the destination, in QuickBooks'' reports.';
COMMENT ON COLUMN audit.publication.unequal IS 'Those that differ, in words.';
COMMENT ON COLUMN audit.publication.told IS 'What failed, and what to do.';

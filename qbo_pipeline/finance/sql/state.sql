-- What the last build of the finance models left. Grain and source are in the comment of each table.
CREATE SCHEMA IF NOT EXISTS audit;
CREATE SCHEMA IF NOT EXISTS posting;
CREATE SCHEMA IF NOT EXISTS finance;

CREATE TABLE IF NOT EXISTS audit.model_build (
    model VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    told_digest VARCHAR NOT NULL,
    how VARCHAR NOT NULL,
    row_count BIGINT,
    seconds DOUBLE NOT NULL,
    built_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE audit.model_build IS 'How each finance model was built last, a row a model. Source: the build.';
COMMENT ON COLUMN audit.model_build.model IS 'Schema and name.';
COMMENT ON COLUMN audit.model_build.digest IS 'Of its statement and of those of all it is made from.';
COMMENT ON COLUMN audit.model_build.told_digest IS 'Of its descriptions.';
COMMENT ON COLUMN audit.model_build.how IS 'whole; documents or months where the rows of touched ones alone were replaced; defined, of views and macros.';
COMMENT ON COLUMN audit.model_build.row_count IS 'Rows afterwards; null for what has none of its own.';
COMMENT ON COLUMN audit.model_build.seconds IS 'How long it took.';
COMMENT ON COLUMN audit.model_build.built_at IS 'When, UTC.';

CREATE TABLE IF NOT EXISTS audit.model_change (
    model VARCHAR NOT NULL,
    changed_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE audit.model_change IS 'When rows of a finance model last may have become others, a row a model; none for those that read the audit trail, which changes without a build. Source: the build.';
COMMENT ON COLUMN audit.model_change.model IS 'Schema and name.';
COMMENT ON COLUMN audit.model_change.changed_at IS 'When the build was that made it so, UTC.';

CREATE TABLE IF NOT EXISTS audit.model_failure (
    model VARCHAR NOT NULL,
    statement VARCHAR NOT NULL,
    message VARCHAR NOT NULL,
    failed_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE audit.model_failure IS 'Why the finance models are not of the state of the tables; no row while they are. Source: the build.';
COMMENT ON COLUMN audit.model_failure.model IS 'The model that failed.';
COMMENT ON COLUMN audit.model_failure.statement IS 'The statement that failed.';
COMMENT ON COLUMN audit.model_failure.message IS 'What DuckDB says.';
COMMENT ON COLUMN audit.model_failure.failed_at IS 'When, UTC.';

CREATE TABLE IF NOT EXISTS audit.built_month (
    realm_id VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    month DATE NOT NULL,
    pull BIGINT
);
COMMENT ON TABLE audit.built_month IS 'The pulls of reports that are in the finance models, a row a company, basis and month. Source: the build.';
COMMENT ON COLUMN audit.built_month.realm_id IS 'The company.';
COMMENT ON COLUMN audit.built_month.basis IS 'Accrual or Cash.';
COMMENT ON COLUMN audit.built_month.month IS 'First day of the month.';
COMMENT ON COLUMN audit.built_month.pull IS 'The pull, as in reports.month_pull.';

CREATE TABLE IF NOT EXISTS audit.built_input (
    realm_id VARCHAR,
    input VARCHAR,
    input_id VARCHAR,
    value VARCHAR
);
COMMENT ON TABLE audit.built_input IS 'What documents were posted by beside themselves, a row a fact. Source: posting.posting_input at the last build.';
COMMENT ON COLUMN audit.built_input.realm_id IS 'The company.';
COMMENT ON COLUMN audit.built_input.input IS 'What kind of fact: item, account …';
COMMENT ON COLUMN audit.built_input.input_id IS 'What it is about.';
COMMENT ON COLUMN audit.built_input.value IS 'What it says.';

CREATE TABLE IF NOT EXISTS audit.built_source (
    relation VARCHAR NOT NULL,
    fingerprint VARCHAR NOT NULL
);
COMMENT ON TABLE audit.built_source IS 'The state of what no record tells the changes of, at the last build, a row a relation. Source: the build.';
COMMENT ON COLUMN audit.built_source.relation IS 'Schema and name.';
COMMENT ON COLUMN audit.built_source.fingerprint IS 'Tells this state from others.';

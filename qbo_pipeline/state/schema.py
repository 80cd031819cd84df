"""The tables of the state store. Instants are seconds since the epoch (DOUBLE), so every database orders them alike."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

connections = sa.Table(
    "connection",
    metadata,
    sa.Column("realm_id", sa.String(64), primary_key=True),
    sa.Column("status", sa.String(32), nullable=False, comment="connected, revoked, rotation_lost or disconnected"),
    sa.Column("reason", sa.Text, comment="why the status is not connected"),
    sa.Column("company_name", sa.Text),
    sa.Column("environment", sa.String(32), comment="QBO_ENVIRONMENT when it was connected; null where not known"),
    sa.Column("client_id", sa.Text, comment="the Intuit app that the tokens were issued to; null where not known"),
    sa.Column("tokens", sa.LargeBinary, comment="access and refresh token, encrypted"),
    sa.Column("authorized_at", sa.Double, nullable=False, comment="when a person clicked Connect"),
    sa.Column("refreshed_at", sa.Double, nullable=False, comment="when the stored tokens were issued"),
    sa.Column("access_expires_at", sa.Double, nullable=False),
    sa.Column("refresh_expires_at", sa.Double, comment="100 days without a refresh end the connection"),
    sa.Column("refresh_hard_expires_at", sa.Double, comment="five years after the authorization it ends anyway"),
    sa.Column("unanswered_refresh_at", sa.Double, comment="a refresh was sent then and its answer is not stored"),
    comment="OAuth connections, one row a company (realm).",
)

change_cursors = sa.Table(
    "change_cursor",
    metadata,
    sa.Column("realm_id", sa.String(64), primary_key=True),
    sa.Column("entity", sa.String(64), primary_key=True),
    sa.Column("since", sa.Double, nullable=False, comment="changes up to here are in the warehouse"),
    sa.Column("stored_at", sa.Double, nullable=False),
    sa.Column("refused_at", sa.Double, comment="change data capture did not serve the entity then"),
    sa.Column("newest_batch", sa.BigInteger, comment="of the company in the lake, when changes were loaded"),
    comment="Where change data capture goes on from.",
)

request_windows = sa.Table(
    "request_window",
    metadata,
    sa.Column("realm_id", sa.String(64), primary_key=True),
    sa.Column("slots", sa.LargeBinary, nullable=False, comment="instants of the latest granted requests, as doubles"),
    sa.Column("closed_until", sa.Double, nullable=False, comment="QuickBooks asked for silence until then"),
    comment="The sliding windows of the request limits, shared by every process.",
)

leases = sa.Table(
    "lease",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("holder", sa.String(64), nullable=False),
    sa.Column("expires_at", sa.Double, nullable=False),
    comment="Locks that outlive no crash: each ends by itself.",
)

api_usage = sa.Table(
    "api_usage",
    metadata,
    sa.Column("realm_id", sa.String(64), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True, comment="UTC, YYYY-MM-DD"),
    sa.Column("purpose", sa.String(32), primary_key=True, comment="backfill, cdc, webhook, check, report or reference"),
    sa.Column("calls", sa.BigInteger, nullable=False),
    comment="API calls spent: QuickBooks meters them by the month, all companies of an app together.",
)

webhook_events = sa.Table(
    "webhook_event",
    metadata,
    sa.Column("key", sa.LargeBinary(16), primary_key=True, comment="digest of an event's id, words or place"),
    sa.Column("file", sa.String(255), nullable=False, comment="the delivery that brought the event first"),
    sa.Column("noted_at", sa.Double, nullable=False, index=True),
    sa.Column("applied_at", sa.Double, comment="when the warehouse had its change; empty before"),
    comment="Webhook events that were read, so that each is applied once however often it is delivered.",
    sqlite_with_rowid=False,
)

webhook_files = sa.Table(
    "webhook_file",
    metadata,
    sa.Column("name", sa.String(255), primary_key=True),
    sa.Column("deaths", sa.Integer, nullable=False, comment="processes that died while they had claimed it"),
    sa.Column("not_before", sa.Double, nullable=False, comment="nobody claims it until then"),
    comment="Deliveries that could not be applied at the first attempt, until they are.",
)

reference_changes = sa.Table(
    "reference_change",
    metadata,
    sa.Column("request_id", sa.String(50), primary_key=True, comment="QuickBooks does what has the same id once"),
    sa.Column("digest", sa.String(64), nullable=False, index=True, comment="of what is asked for; see `begin`"),
    sa.Column("realm_id", sa.String(64), nullable=False, index=True),
    sa.Column("entity", sa.String(64), nullable=False),
    sa.Column("record_id", sa.String(64), comment="empty until a creation is answered"),
    sa.Column("action", sa.String(32), nullable=False, comment="create, update, deactivate or reactivate"),
    sa.Column("changes", sa.Text, nullable=False, comment="JSON: fields with their values before and after"),
    sa.Column("os_user", sa.String(255), nullable=False),
    sa.Column("asked_at", sa.Double, nullable=False, comment="written before the request leaves"),
    sa.Column("attempts", sa.Integer, nullable=False, comment="how often it was begun"),
    sa.Column("outcome", sa.String(32), comment="applied, refused or conflict; empty while nobody knows"),
    sa.Column("answered_at", sa.Double),
    sa.Column("told", sa.Text, comment="why it was not applied"),
    sa.Column("intuit_tid", sa.String(128)),
    sa.Column("loaded_at", sa.Double, comment="when the record as it is since then was in the warehouse"),
    comment="Changes of reference data: what is to be sent, written before it is sent, and what came of it.",
)

deployments = sa.Table(
    "deployment",
    metadata,
    sa.Column("token", sa.String(32), primary_key=True, comment="the dataset's hidden measure Deployment answers it"),
    sa.Column("destination", sa.String(32), nullable=False),
    sa.Column("place", sa.String(255), nullable=False, comment="workspace and name of the dataset"),
    sa.Column("dataset_id", sa.String(64), comment="empty until the creation is known to have come about"),
    sa.Column("schema", sa.Text, nullable=False, comment="JSON: what the dataset was made of and changed to"),
    sa.Column("status", sa.String(16), nullable=False, comment="creating, staged, active or retired"),
    sa.Column("seen_before", sa.Text, nullable=False, comment="JSON: datasets of that name before it was created"),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("changed_at", sa.Double, nullable=False),
    comment="Datasets made at destinations, with their schema: the destination does not tell it.",
)

deliveries = sa.Table(
    "delivery",
    metadata,
    sa.Column("batch", sa.String(32), primary_key=True, comment="each row of the batch carries it"),
    sa.Column("number", sa.BigInteger, nullable=False, comment="order in which batches of a dataset are sent"),
    sa.Column("destination", sa.String(32), nullable=False),
    sa.Column("dataset", sa.String(64), nullable=False, index=True),
    sa.Column("table_name", sa.String(255), nullable=False),
    sa.Column("companies", sa.Text, comment="realm ids, comma separated; empty for all"),
    sa.Column("kind", sa.String(16), nullable=False, comment="what it does: clear, append … publish, update, refresh"),
    sa.Column("digest", sa.String(64), nullable=False, comment="SHA-256 of the request's body"),
    sa.Column("row_count", sa.BigInteger, nullable=False),
    sa.Column("byte_count", sa.BigInteger, nullable=False),
    sa.Column("payload", sa.Text, comment="file below data/outbox; empty where there is nothing to send but the order"),
    sa.Column("sequence", sa.BigInteger, comment="X-PowerBI-PushData-SequenceNumber of the last attempt"),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("status", sa.String(16), nullable=False, comment="planned, sending, confirmed, done, failed, superseded"),
    sa.Column("planned_at", sa.Double, nullable=False),
    sa.Column("sent_at", sa.Double),
    sa.Column("settled_at", sa.Double, comment="when it was known what came of it"),
    sa.Column("request_id", sa.String(128), comment="the destination's name for the last request"),
    sa.Column("told", sa.Text, comment="why it is not done, or how it is known to be"),
    comment="The outbox: every batch that is sent to a destination, written before it is sent.",
)

delivery_publishers = sa.Table(
    "delivery_publisher",
    metadata,
    sa.Column("dataset", sa.String(300), primary_key=True),
    sa.Column("place", sa.String(64), nullable=False, comment="the data folder that publishes"),
    sa.Column("told", sa.Text, nullable=False, comment="machine and process, for people"),
    sa.Column("expires_at", sa.Double, nullable=False),
    comment="Who publishes to a dataset: one data folder at a time.",
)

delivery_quarantine = sa.Table(
    "delivery_quarantine",
    metadata,
    sa.Column("destination", sa.String(32), primary_key=True),
    sa.Column("dataset", sa.String(64), primary_key=True),
    sa.Column("table_name", sa.String(255), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("company", sa.String(64)),
    sa.Column("row_key", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("noted_at", sa.Double, nullable=False),
    comment="Rows that do not fit the deployed table and were left out by the latest publish.",
)

push_windows = sa.Table(
    "push_window",
    metadata,
    sa.Column("dataset", sa.String(64), primary_key=True),
    sa.Column("posts", sa.LargeBinary, nullable=False, comment="instant and rows of the last hour's POSTs, as doubles"),
    sa.Column("closed_until", sa.Double, nullable=False, comment="Power BI asked for silence until then"),
    comment="The sliding windows of a push dataset's limits, kept over restarts.",
)

publications = sa.Table(
    "publication",
    metadata,
    sa.Column("destination", sa.String(32), primary_key=True),
    sa.Column("started_at", sa.Double, primary_key=True),
    sa.Column("finished_at", sa.Double, nullable=False),
    sa.Column("dataset", sa.String(255), comment="its id at the destination; empty where it did not come to that"),
    sa.Column("warehouse", sa.String(96), comment="the state of the warehouse that it showed; empty for parts of it"),
    sa.Column("outcome", sa.String(16), nullable=False, comment="done or failed"),
    sa.Column("row_count", sa.BigInteger, nullable=False, comment="rows that were sent"),
    sa.Column("batches", sa.BigInteger, nullable=False),
    sa.Column("quarantined", sa.BigInteger, nullable=False, comment="rows that did not fit and were left out"),
    sa.Column("totals", sa.Integer, nullable=False, comment="totals that were compared"),
    sa.Column("unequal", sa.Text, nullable=False, comment="JSON: those that differ, in words"),
    sa.Column("told", sa.Text, comment="what failed and what to do"),
    sa.Column("place", sa.String(300), comment="which of the destination's, as settings tell it from others"),
    comment="Publications to destinations, with what came of comparing their totals.",
)

tableau_sessions = sa.Table(
    "tableau_session",
    metadata,
    sa.Column("credential", sa.String(64), primary_key=True, comment="SHA-256 of server, site and token or app"),
    sa.Column("told", sa.Text, nullable=False, comment="server, site and the token's or app's name, for people"),
    sa.Column("session", sa.LargeBinary, comment="the session's token, site and user, encrypted; empty: none is open"),
    sa.Column("first_signed_in_at", sa.Double, comment="with this token or app, from here"),
    sa.Column("signed_in_at", sa.Double, comment="when the session was opened"),
    sa.Column("expires_at", sa.Double, comment="when Tableau ends it, by our clock"),
    sa.Column("refused_at", sa.Double, comment="when a sign-in was refused; empty since one succeeded"),
    sa.Column("reason", sa.Text, comment="why it was refused"),
    comment="Sessions at Tableau, shared by every process: a personal access token has one at a time.",
)

tableau_windows = sa.Table(
    "tableau_window",
    metadata,
    sa.Column("site", sa.String(64), primary_key=True, comment="SHA-256 of server and site"),
    sa.Column("kind", sa.String(32), primary_key=True, comment="publish, refresh or job_status"),
    sa.Column("counts", sa.Text, nullable=False, comment="JSON: [start, requests] of each part of the window"),
    sa.Column("closed_until", sa.Double, nullable=False, comment="Tableau asked for silence until then"),
    comment="What a site's limits have left, kept over restarts.",
)

tableau_contents = sa.Table(
    "tableau_content",
    metadata,
    sa.Column("place", sa.String(64), primary_key=True, comment="SHA-256 of server, site, project and name"),
    sa.Column("kind", sa.String(32), primary_key=True, comment="data_source or workbook"),
    sa.Column("luid", sa.String(64), nullable=False),
    sa.Column("updated_at", sa.String(40), comment="as Tableau told it when it was left"),
    sa.Column("digest", sa.String(64), comment="of what it was made of"),
    sa.Column("url", sa.Text, comment="where people see it"),
    sa.Column("payload_limit", sa.BigInteger, comment="bytes of an update, learned from a refusal"),
    sa.Column("payload_limit_at", sa.Double, comment="when it was learned"),
    sa.Column("noted_at", sa.Double, nullable=False),
    comment="What was published to Tableau, as it was left there.",
)

tableau_downstream = sa.Table(
    "tableau_downstream",
    metadata,
    sa.Column("data_source", sa.String(64), primary_key=True, comment="LUID of the data source that was published"),
    sa.Column("workbook", sa.String(64), primary_key=True, comment="LUID"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("updated_at", sa.String(40), comment="as Tableau told it when its connections were asked for"),
    sa.Column("hangs", sa.Boolean, nullable=False, comment="whether a connection of it names the data source"),
    sa.Column("task", sa.String(64), comment="its full extract refresh task"),
    sa.Column("nothing_to_refresh", sa.Boolean, nullable=False, comment="Tableau said so (409090)"),
    sa.Column("failures", sa.Integer, nullable=False, comment="refreshes that failed since one succeeded"),
    sa.Column("failed_job", sa.String(128), comment="the last of them"),
    sa.Column("not_before", sa.Double, comment="it is not refreshed before"),
    sa.Column("looked_at", sa.Double, nullable=False, comment="when it was seen; 0: look anew"),
    comment="Workbooks of the site, and which hang on our data source: what is refreshed after a publication.",
)

tableau_events = sa.Table(
    "tableau_event",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True, comment="SHA-256 of the body: duplicates are byte for byte"),
    sa.Column("file", sa.String(255), nullable=False, comment="the delivery that brought it first"),
    sa.Column("received_at", sa.Double, nullable=False, index=True),
    sa.Column("event", sa.String(64), nullable=False, comment="WorkbookRefreshFailed …; test for an empty body"),
    sa.Column("resource", sa.String(64), comment="LUID"),
    sa.Column("resource_name", sa.Text),
    sa.Column("created_at", sa.Double, comment="as the event says"),
    sa.Column("settled_at", sa.Double, nullable=False),
    sa.Column("outcome", sa.String(32), nullable=False),
    sa.Column("told", sa.Text, nullable=False, comment="what came of it, in words"),
    comment="Events of Tableau that were read, so that each counts once, and what came of each.",
)

tableau_alerts = sa.Table(
    "tableau_alert",
    metadata,
    sa.Column("job", sa.String(128), primary_key=True, comment="the refresh that failed"),
    sa.Column("raised_at", sa.Double, nullable=False, index=True),
    sa.Column("workbook", sa.String(64), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False, comment="in a row"),
    sa.Column("told", sa.Text, nullable=False),
    sa.Column("again_at", sa.Double, comment="when it is tried again; empty: not by itself"),
    sa.Column("reported_at", sa.Double, comment="when somebody was told"),
    comment="Refreshes at Tableau that failed.",
)

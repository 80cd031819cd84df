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
    sa.Column("purpose", sa.String(32), primary_key=True, comment="backfill, cdc, webhook, check or reference"),
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

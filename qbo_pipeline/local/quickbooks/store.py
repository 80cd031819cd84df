"""Everything the service knows, in one SQLite file: companies, records as text, deletions, tokens."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol
from uuid import uuid4

from qbo_pipeline.local.quickbooks.clock import epoch
from qbo_pipeline.local.quickbooks.entities import NAMES, SUFFIXED, WITH_WEBHOOKS
from qbo_pipeline.local.quickbooks.json_text import dumps, loads

Record = dict[str, Any]

Operation = Literal["Create", "Update", "Delete", "Merge", "Void", "Emailed"]
"""What webhooks tell of a record."""

DELETED_SUFFIX = " (deleted)"
"""What the names of inactive records end with in answers."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS company (realm TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS record (
    number INTEGER PRIMARY KEY,
    realm TEXT NOT NULL,
    entity TEXT NOT NULL,
    id TEXT NOT NULL,
    sync_token INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    txn_date TEXT,
    active INTEGER NOT NULL,
    name TEXT,
    body TEXT NOT NULL,
    shown TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS record_id ON record (realm, entity, id);
CREATE INDEX IF NOT EXISTS record_created ON record (realm, entity, active, created);
CREATE INDEX IF NOT EXISTS record_creation ON record (realm, entity, created);
CREATE INDEX IF NOT EXISTS record_updated ON record (realm, entity, updated);
CREATE INDEX IF NOT EXISTS record_date ON record (realm, entity, txn_date);
CREATE TABLE IF NOT EXISTS deletion (
    realm TEXT, entity TEXT, id TEXT, deleted INTEGER, PRIMARY KEY (realm, entity, id)
);
CREATE TABLE IF NOT EXISTS unlisted_transaction (
    realm TEXT, kind TEXT, id TEXT, body TEXT NOT NULL, PRIMARY KEY (realm, kind, id)
);
CREATE TABLE IF NOT EXISTS attached_file (
    realm TEXT, id TEXT, key TEXT UNIQUE, body BLOB NOT NULL, PRIMARY KEY (realm, id)
);
CREATE TABLE IF NOT EXISTS webhook_subscription (
    number INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, token TEXT NOT NULL, shape TEXT NOT NULL,
    delivered INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL DEFAULT 0,
    answer TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS webhook_event (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, realm TEXT NOT NULL, entity TEXT NOT NULL, identity TEXT NOT NULL,
    operation TEXT NOT NULL, deleted_id TEXT, at INTEGER NOT NULL, linked INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS webhook_pending (
    subscription INTEGER, event INTEGER, in_delivery INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (subscription, event)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS moved_clock (number INTEGER PRIMARY KEY CHECK (number = 1), ahead REAL NOT NULL);
CREATE TABLE IF NOT EXISTS authorization_code (code TEXT PRIMARY KEY, realm TEXT, redirect_uri TEXT, expires REAL);
CREATE TABLE IF NOT EXISTS refresh_token (
    value TEXT PRIMARY KEY, realm TEXT, granted REAL, issued REAL, used REAL, state TEXT
);
CREATE TABLE IF NOT EXISTS access_token (value TEXT PRIMARY KEY, realm TEXT, expires REAL);
"""

_FIELDS = ("realm", "entity", "id", "sync_token", "created", "updated", "txn_date", "active", "name", "body", "shown")
_INSERT = f"INSERT INTO record ({', '.join(_FIELDS)}) VALUES ({', '.join('?' * len(_FIELDS))})"
_WRITE = (
    # A changed record keeps its number: the order among records of one second is the order of their creation.
    f"{_INSERT} ON CONFLICT (realm, entity, id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _FIELDS[3:])
)


class CompanyData(Protocol):
    """What can be loaded: any object with these."""

    @property
    def realm_id(self) -> str:
        """Realm id."""

    @property
    def name(self) -> str:
        """Company name."""

    @property
    def records(self) -> Iterable[tuple[str, Record]]:
        """Entity and record, as the API returns it; inactive names without suffix."""

    @property
    def deleted(self) -> Iterable[Any]:
        """Objects with `entity`, `id` and `deleted_at` (text with offset)."""


class Store:
    """The state of the service. Threads share one connection, one statement at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)
        self._lock = threading.RLock()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @property
    def version(self) -> int:
        """Another number after every write."""
        return self._connection.total_changes

    def rows(self, sql: str, parameters: Iterable[Any] = ()) -> list[Any]:
        """All rows of a statement."""
        with self._lock:
            return self._connection.execute(sql, tuple(parameters)).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements of the block, or none."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def companies(self) -> list[tuple[str, str]]:
        """Realm id and name of every company."""
        return [(realm, name) for realm, name in self.rows("SELECT realm, name FROM company ORDER BY name")]

    def add_company(self, company: CompanyData) -> None:
        """Load a company, replacing what was there of it."""
        realm = company.realm_id
        with self.transaction():
            for table in ("record", "deletion", "unlisted_transaction", "attached_file", "company"):
                self._connection.execute(f"DELETE FROM {table} WHERE realm = ?", [realm])
            self._connection.execute("INSERT INTO company VALUES (?, ?)", [realm, company.name])
            self._connection.executemany(_INSERT, (_row(realm, entity, record) for entity, record in company.records))
            self._connection.executemany(
                "INSERT OR REPLACE INTO deletion VALUES (?, ?, ?, ?)",
                ((realm, one.entity, one.id, epoch(one.deleted_at)) for one in company.deleted),
            )

    def add_texts(self, realm: str, entity: str, texts: Iterable[tuple[str, int, int, str | None, str]]) -> None:
        """Load many records that are text already: id, created, updated (seconds since 1970), date, JSON."""
        with self.transaction():
            self._connection.executemany(
                _INSERT,
                (
                    (realm, entity, identity, 0, created, updated, day, 1, None, text, None)
                    for identity, created, updated, day, text in texts
                ),
            )

    def put(self, realm: str, entity: str, record: Record) -> None:
        """Write one record as it stands."""
        with self.transaction():
            self._connection.execute(_WRITE, _row(realm, entity, record))

    def get(self, realm: str, entity: str, identity: str) -> Record | None:
        """One record, inactive names without suffix."""
        rows = self.rows("SELECT body FROM record WHERE realm = ? AND entity = ? AND id = ?", [realm, entity, identity])
        return loads(rows[0][0]) if rows else None

    def shown(self, realm: str, entity: str, identity: str) -> str | None:
        """One record as the API shows it."""
        rows = self.rows(
            "SELECT coalesce(shown, body) FROM record WHERE realm = ? AND entity = ? AND id = ?",
            [realm, entity, identity],
        )
        return rows[0][0] if rows else None

    def records(self, realm: str, entity: str) -> Iterator[str]:
        """Every record as the API shows it, inactive ones included."""
        rows = self.rows(
            "SELECT coalesce(shown, body) FROM record WHERE realm = ? AND entity = ? ORDER BY number", [realm, entity]
        )
        for (text,) in rows:
            yield text

    def texts(self, realm: str, entity: str) -> Iterator[tuple[str, str]]:
        """Id and JSON of every record of an entity, as it is kept."""
        yield from self.rows("SELECT id, body FROM record WHERE realm = ? AND entity = ?", [realm, entity])

    def add_unlisted(self, realm: str, kind: str, transaction: Record) -> None:
        """Add a transaction that is in the books and the reports, but that no entity shows.

        `kind` is its type in reports: `Inventory Starting Value`, `Payroll Check` … For what it holds see
        `books.posting.post_unlisted`.
        """
        with self.transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO unlisted_transaction VALUES (?, ?, ?, ?)",
                [realm, kind, transaction["Id"], dumps(transaction)],
            )

    def unlisted(self, realm: str) -> list[tuple[str, str, str]]:
        """Kind, id and JSON of the transactions that no entity shows."""
        return self.rows("SELECT kind, id, body FROM unlisted_transaction WHERE realm = ?", [realm])

    def counts(self, realm: str) -> dict[str, int]:
        """Entity → records."""
        rows = self.rows("SELECT entity, count(*) FROM record WHERE realm = ? GROUP BY entity ORDER BY entity", [realm])
        return dict(rows)

    def delete(self, realm: str, entity: str, identity: str, at: float) -> None:
        """Remove a record and remember that it was deleted."""
        with self.transaction():
            self._connection.execute(
                "DELETE FROM record WHERE realm = ? AND entity = ? AND id = ?", [realm, entity, identity]
            )
            self._connection.execute(
                "INSERT OR REPLACE INTO deletion VALUES (?, ?, ?, ?)", [realm, entity, identity, int(at)]
            )

    def record_event(
        self,
        realm: str,
        entity: str,
        identity: str,
        operation: Operation,
        deleted_id: str | None = None,
        *,
        linked: bool = False,
    ) -> None:
        """Note a change for the webhooks, in the transaction that makes it, where anybody has subscribed.

        Its time is that of the record or of its deletion. `deleted_id` is the record that a merge left inactive;
        `linked` marks changes that another record's change brought about.
        """
        if entity not in WITH_WEBHOOKS or not self.rows("SELECT 1 FROM webhook_subscription LIMIT 1"):
            return
        source = "SELECT deleted FROM deletion" if operation == "Delete" else "SELECT updated FROM record"
        with self.transaction():
            [(at,)] = self.rows(f"{source} WHERE realm = ? AND entity = ? AND id = ?", [realm, entity, identity])
            [(number,)] = self.rows(
                "INSERT INTO webhook_event (id, realm, entity, identity, operation, deleted_id, at, linked) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number",
                [str(uuid4()), realm, entity, identity, operation, deleted_id, at, int(linked)],
            )
            self.rows(
                "INSERT INTO webhook_pending (subscription, event) SELECT number, ? FROM webhook_subscription", [number]
            )

    def clock_ahead(self) -> float:
        """Seconds that the clock was last moved ahead of the real time."""
        return float(next((ahead for (ahead,) in self.rows("SELECT ahead FROM moved_clock")), 0.0))

    def keep_clock_ahead(self, seconds: float) -> None:
        """Remember how far the clock is ahead."""
        self.rows("INSERT OR REPLACE INTO moved_clock VALUES (1, ?)", [seconds])

    def next_id(self, realm: str) -> str:
        """An id nobody has or had, transactions that no entity shows among them: reports name those by their ids, too.

        Ids of attachments are no measure (recorded: 5000000000000503624).
        """
        highest = (
            self.rows(f"SELECT max(CAST(id AS INTEGER)) FROM {table} WHERE realm = ?{others}", [realm])[0][0]
            for table, others in (
                ("record", " AND entity <> 'Attachable'"),
                ("deletion", " AND entity <> 'Attachable'"),
                ("unlisted_transaction", ""),
            )
        )
        return str(max(one or 0 for one in highest) + 1)


def inner(record: Record) -> Record:
    """The object itself, where the record is wrapped in its type (RecurringTransaction)."""
    if "Id" not in record and len(record) == 1:
        (only,) = record.values()
        if isinstance(only, dict):
            return only
    return record


def _row(realm: str, entity: str, record: Record) -> tuple[Any, ...]:
    content = inner(record)
    meta = content.get("MetaData", {})
    active = content.get("Active", True)
    updated = epoch(meta["LastUpdatedTime"]) if "LastUpdatedTime" in meta else 0
    created = epoch(meta["CreateTime"]) if "CreateTime" in meta else updated
    identity = content.get("Id") or f"{content.get('SourceCurrencyCode')}:{content.get('AsOfDate')}"
    name = content.get(NAMES.get(entity, "Name"))
    shown = None
    if active is False:
        marked = {key: f"{value}{DELETED_SUFFIX}" if key in SUFFIXED else value for key, value in content.items()}
        shown = dumps(marked)
    return (
        realm, entity, identity, int(content.get("SyncToken", 0)), created, updated,
        content.get("TxnDate") or content.get("PaymentDate") or content.get("AsOfDate"),
        int(active is not False), name, dumps(record), shown,
    )  # fmt: skip

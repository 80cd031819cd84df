"""A session without QuickBooks: a few records in a DuckDB of their own, and a note of every question asked."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from typing import TYPE_CHECKING, Any, Self, cast

import duckdb

from qbo_pipeline.ingestion.failures import LoadError
from qbo_pipeline.ingestion.reports.results import MonthAsked, ReportPull, Why
from qbo_pipeline.ingestion.results import EntityLoad, Period, Query
from qbo_pipeline.lake.batch_files import write_schema_files
from qbo_pipeline.orchestration import QuickBooksBooks
from qbo_pipeline.orchestration.metadata import date_column
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.errors import AuthorizationError, RequestContext
from qbo_pipeline.quickbooks.reports.requests import Basis
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.vault import Connection, ConnectionStatus
from qbo_pipeline.warehouse.schema import literal
from qbo_pipeline.warehouse.storage import create, look_into
from qbo_pipeline_tests.warehouse.every_column import store_every_column

if TYPE_CHECKING:
    from qbo_pipeline.ingestion import Session

LARKSPUR = "9341452000000001"
IRONBARK = "9341452000000002"
FEW = tuple(entity(name) for name in ("CompanyInfo", "Customer", "Item", "Invoice", "Bill"))
"""A singleton, two lists and two transactions: enough to show every shape."""


@cache
def _empty_books() -> Path:
    """A database with every column of every table, and its lake, without rows; every session has a copy of its own.

    Describing the columns takes more than a second, copying them a tenth of one.
    """
    folder = Path(mkdtemp(prefix="books-on-paper-"))
    atexit.register(shutil.rmtree, folder)
    write_schema_files(folder / "lake", FEW)
    with duckdb.connect(str(folder / "books.duckdb")) as database:
        create(database, FEW, folder / "lake")
        store_every_column(database, FEW)
    return folder


@dataclass(frozen=True)
class Company:
    realm_id: str
    name: str


@dataclass
class SessionOnPaper:
    """What orchestration asks of a session, answered from rows that tests put in."""

    settings: Settings
    companies_connected: list[Company] = field(
        default_factory=lambda: [Company(LARKSPUR, "Larkspur Advisory"), Company(IRONBARK, "Ironbark Fabrication")]
    )
    token_ends_in: dict[str, timedelta] = field(default_factory=dict)
    """By realm id, where it is not 100 days."""
    backfills: list[tuple[str, tuple[str, ...], Period | None]] = field(default_factory=list)
    pulls: list[str] = field(default_factory=list)
    """Realm ids whose reports were asked for."""
    pull_error: Exception | None = None
    counts: list[tuple[str, str, Period | None]] = field(default_factory=list)
    error: Exception | None = None
    refused: dict[str, set[str]] = field(default_factory=dict)
    """Entities that QuickBooks will not show, by company."""
    never_loaded: bool = False
    """Whether a sync finds no cursor, so that it loads everything."""
    news: bool = False
    """Whether change data capture names anything new."""
    interval: timedelta | None = timedelta(seconds=60)
    """Between two questions."""
    follows: set[str] = field(default_factory=lambda: {one.name for one in FEW})
    """Entities whose changes are followed, of every company but those never loaded."""
    unloaded: set[str] = field(default_factory=set)
    """Realm ids of which nothing was ever loaded."""
    lacking: dict[str, list[str]] = field(default_factory=dict)
    """By realm id, entities that the first load could not bring."""
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    unseen: int = 0
    """Records that QuickBooks counts and the warehouse does not get."""

    def __post_init__(self) -> None:
        self.writing = Lock()
        self.database = duckdb.connect()
        empty = _empty_books()
        shutil.copytree(empty / "lake", self.settings.data.lake, dirs_exist_ok=True)
        database = literal(str(empty / "books.duckdb"))
        self.database.execute(
            f"ATTACH {database} AS empty (READ_ONLY); COPY FROM DATABASE empty TO memory; DETACH empty"
        )
        look_into(self.database, self.settings.data.lake)
        self.settings.data.warehouse.touch()
        self.books_of: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for company in self.companies_connected:
            self.books_of[company.realm_id] = _small_books()

    def companies(self) -> list[Company]:
        return self.companies_connected

    def connections(self) -> list[Connection]:
        return [self._connection(one) for one in self.companies_connected]

    def _connection(self, company: Company) -> Connection:
        now = datetime.now(UTC)
        return Connection(
            realm_id=company.realm_id,
            status=ConnectionStatus.CONNECTED,
            reason=None,
            company_name=company.name,
            environment="local",
            client_id="local-client-id",
            authorized_at=now,
            refreshed_at=now,
            refresh_expires_at=now + self.token_ends_in.get(company.realm_id, timedelta(days=100)),
            refresh_hard_expires_at=None,
            unanswered_refresh_at=None,
        )

    def backfill(
        self, realm_id: str, entities: Sequence[Entity], period: Period | None, run_id: str, *, models: bool = True
    ) -> list[EntityLoad]:
        self.backfills.append((realm_id, tuple(one.name for one in entities), period))
        if self.error is not None:
            raise self.error
        refused = self.refused.get(realm_id, set())
        with self.writing:
            loads = [self._load(realm_id, one, period, run_id) for one in entities if one.name not in refused]
        if refused:
            request = RequestContext(realm_id, "GET", "query", ", ".join(refused), "SELECT *", 1, 403, "1-abc")
            raise LoadError(realm_id, dict.fromkeys(refused, AuthorizationError(request, "not allowed")), loads)
        return loads

    @property
    def changes(self) -> Self:
        return self

    def sync(self, realm_id: str, entities: Sequence[Entity], run_id: str) -> list[EntityLoad]:
        return [
            self._load(realm_id, one, None, run_id, source="backfill" if self.never_loaded else "cdc")
            for one in entities
        ]

    @property
    def reports(self) -> Self:
        return self

    def pull_all(self, realm_ids: Sequence[str], run_id: str) -> dict[str, ReportPull | Exception]:
        self.pulls += realm_ids
        month = MonthAsked(Basis.ACCRUAL, date(2026, 10, 1), Why.NEVER_PULLED)
        pulled = {
            one: ReportPull(one, run_id, datetime.now(UTC), 0.5, 12, 3456, 2, (month,), (), 40) for one in realm_ids
        }
        return {one: pulled[one] if self.pull_error is None else self.pull_error for one in realm_ids}

    def end_requests(self) -> None:
        """Nothing is under way."""

    def followed(self, realm_id: str) -> set[str]:
        return set() if realm_id in self.unloaded else self.follows

    def missing(self, realm_id: str) -> list[str]:
        return self.lacking.get(realm_id, [])

    def polling_interval(self, realm_id: str) -> timedelta | None:
        return self.interval

    def has_news(self, realm_id: str, entities: Sequence[Entity], within: float | None = None) -> bool:
        self.asked.append((realm_id, tuple(one.name for one in entities)))
        if self.error is not None:
            raise self.error
        return self.news and bool(entities)

    def count(self, realm_id: str, one: Entity, period: Period | None = None) -> int:
        self.counts.append((realm_id, one.name, period))
        return len(self._records(realm_id, one, period)) + self.unseen

    @contextmanager
    def reading(self) -> Iterator[Query]:
        yield self.rows

    def rows(self, sql: str, parameters: Sequence[object] = (), /) -> list[tuple[Any, ...]]:
        return self.database.execute(sql, list(parameters)).fetchall()

    def _records(self, realm_id: str, one: Entity, period: Period | None) -> list[dict[str, Any]]:
        rows = self.books_of[realm_id].get(one.name, [])
        column = date_column(one)
        if period is None or column is None:
            return rows
        return [row for row in rows if period.first_day <= row[column.name] <= period.last_day]

    def _load(
        self, realm_id: str, one: Entity, period: Period | None, run_id: str, source: str = "backfill"
    ) -> EntityLoad:
        records = self._records(realm_id, one, period)
        for row in records:
            stamped = {
                "realm_id": realm_id,
                "updated_at": datetime(2026, 11, 1, tzinfo=UTC).replace(tzinfo=None),
                "synced_at": datetime.now(UTC).replace(tzinfo=None),
                "deleted": False,
                **row,
            }
            self.database.execute(
                f'DELETE FROM stored."{one.table}" WHERE realm_id = ? AND id = ?', [realm_id, row["id"]]
            )
            names, marks = ", ".join(f'"{name}"' for name in stamped), ", ".join("?" for _ in stamped)
            self.database.execute(
                f'INSERT INTO stored."{one.table}" ({names}) VALUES ({marks})', list(stamped.values())
            )
        [(living,)] = self.rows(f'SELECT count(*) FROM quickbooks."{one.table}" WHERE realm_id = ?', [realm_id])
        return EntityLoad(
            realm_id=realm_id,
            entity=one.name,
            source=source,
            run_id=run_id,
            started_at=datetime.now(UTC) - timedelta(seconds=1),
            seconds=0.25,
            records=len(records),
            inserted=len(records),
            updated=0,
            deleted=0,
            unchanged=0,
            rejected=0,
            rows=living,
            counted=len(records) + self.unseen,
            api_calls=2,
            bytes_received=1000 * len(records),
            newest_change=datetime(2026, 11, 1, tzinfo=UTC) if records else None,
            unknown_fields={"Colour": 2} if one.name == "Customer" else {},
            files=(Path("/books/lake/customer/part-0.parquet"),),
        )


class BooksOnPaper(QuickBooksBooks):
    """The resource around a session on paper."""

    def __init__(self, session: SessionOnPaper) -> None:
        super().__init__()
        self._on_paper = session

    def session(self) -> Session:
        return cast("Session", self._on_paper)


def _small_books() -> dict[str, list[dict[str, Any]]]:
    return {
        "CompanyInfo": [{"id": "1", "company_name": "A company"}],
        "Customer": [{"id": str(number), "display_name": f"Customer {number}"} for number in range(1, 4)],
        "Item": [{"id": "1", "name": "Advice"}],
        "Invoice": [
            {
                "id": str(number),
                "txn_date": date(2025, number, 15),
                "customer_id": str(1 + number % 3),
                "total_amt": Decimal("1234567890.1200"),
            }
            for number in range(1, 13)
        ],
        "Bill": [{"id": "90", "txn_date": date(2024, 2, 29)}],
    }

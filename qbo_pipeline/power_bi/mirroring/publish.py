"""Mirroring: what changed goes table by table into the landing zone; then Fabric is asked what it made of it.

Dimensions go first and facts last. Nothing but the changes is sent; a file that is sent twice changes nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import Kind, SemanticModel, Table
from qbo_pipeline.power_bi.errors import NothingToPublishError
from qbo_pipeline.power_bi.mirroring import files
from qbo_pipeline.power_bi.mirroring.changes import can_follow, compare
from qbo_pipeline.power_bi.mirroring.database import TableStatus
from qbo_pipeline.power_bi.mirroring.errors import LandingZoneError
from qbo_pipeline.power_bi.mirroring.publisher import MirrorManner, MirrorPublisher, open_mirror
from qbo_pipeline.power_bi.mirroring.record import FolderBefore, Record
from qbo_pipeline.power_bi.mirroring.replication import Replication, awaited
from qbo_pipeline.power_bi.source import warehouse_of
from qbo_pipeline.publishing.errors import NoWarehouseError
from qbo_pipeline.publishing.rows import LeftOut, columns_text, tables_with_rows
from qbo_pipeline.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TableMirroring:
    """What mirroring did to a table."""

    table: str
    loaded: bool
    """Whether it was loaded whole, in a new folder."""
    added: int
    changed: int
    removed: int
    left_out: int
    """Rows that have no key, a key that another one has, or a value that does not fit."""
    shown: tuple[LeftOut, ...]
    """The first of them, with reasons."""
    number: int | None
    """Of the file that was sent; None where nothing changed."""
    size: int
    """Its bytes."""
    holds: int
    """Rows of the table once Fabric has read its files."""
    seconds: float
    replication: Replication
    """What Fabric says of it."""

    @property
    def rows(self) -> int:
        """Rows sent."""
        return self.added + self.changed + self.removed


@dataclass(frozen=True, slots=True)
class Mirroring:
    """What mirroring did."""

    database: str
    database_id: str
    started_at: datetime
    seconds: float
    tables: tuple[TableMirroring, ...]
    dropped: tuple[str, ...]
    """Tables that the model has no more."""

    @property
    def files(self) -> int:
        """Files sent."""
        return sum(one.number is not None for one in self.tables)

    @property
    def rows(self) -> int:
        """Rows sent."""
        return sum(one.rows for one in self.tables)

    @property
    def left_out(self) -> int:
        """Rows left out."""
        return sum(one.left_out for one in self.tables)

    @property
    def failed(self) -> tuple[TableMirroring, ...]:
        """Tables that Fabric stopped replicating."""
        return tuple(one for one in self.tables if one.replication.failed)

    @property
    def replicated(self) -> bool:
        """Whether Fabric has processed as many rows of every table as were sent."""
        return all(one.replication.complete for one in self.tables)


def mirror(
    settings: Settings,
    tables: Collection[str] | None = None,
    companies: Sequence[str] | None = None,
    *,
    database: str | None = None,
    take_over: bool = False,
    model: SemanticModel = SEMANTIC_MODEL,
    manner: MirrorManner | None = None,
    tell: Callable[[TableMirroring], None] = lambda _: None,
) -> Mirroring:
    """Bring the mirrored database to what the warehouse has now, and compare the rows with Fabric's own count.

    Args:
        settings: which warehouse, which workspace.
        tables: names of tables to publish; all unless said.
        companies: realm ids whose rows to publish; all unless said. Rows of others stay as they are.
        database: name of the mirrored database; that of the dataset unless said. It is made if it is not there.
        take_over: whether a database that another installation wrote to is made this one's.
        model: the semantic model. Its table of measures has no rows of its own and is not mirrored.
        manner: patience.
        tell: is told of each table when it is sent.

    Raises:
        NothingToPublishError: there is no warehouse, or no such table. NotConfiguredError, MirrorBusyError,
        ForeignDatabaseError, DatabaseNotRunningError: nothing was sent.
        RequestError, TokenError, LandingZoneError: some tables are sent, the rest is by the next call.
        WarehouseBehindError: the warehouse does not fit the model.
    """
    began, started_at = time.monotonic(), datetime.now(UTC)
    chosen = chosen_tables(model, tables)
    if not settings.data.warehouse.exists():
        # In Fabric nothing is made then: a database that an empty data folder had claimed would be no other folder's.
        raise NothingToPublishError(str(NoWarehouseError(settings.data.warehouse)))
    with open_mirror(settings, database, manner, take_over=take_over) as publisher:
        # The warehouse is let go before Fabric is waited for: while it is read, publishing it costs a copy.
        with warehouse_of(settings, publisher.record.connection):
            dropped = _drop_others(publisher, model) if tables is None else ()
            folders = publisher.zone.tables()
            before = publisher.databases.tables(publisher.database)
            stopped = {one.table for one in before.values() if one.failed}
            done = []
            for table in chosen:
                usable = table.name in folders and table.name not in stopped
                done.append(_publish(publisher, table, companies, before.get(table.name), usable=usable))
                tell(done[-1])
        found = awaited(publisher, [one.replication for one in done], {one.table for one in done if one.loaded})
    sent = tuple(replace(one, replication=found[one.table]) for one in done)
    return Mirroring(
        publisher.database.name, publisher.database.id, started_at, time.monotonic() - began, sent, dropped
    )  # fmt: skip


def chosen_tables(model: SemanticModel, names: Collection[str] | None) -> list[Table]:
    """The tables that are mirrored, in the order in which they are.

    Raises:
        NothingToPublishError: the model has no table of a name, or it is not mirrored.
    """
    there = {table.name: table for table in tables_with_rows(model)}
    if names is not None and (unknown := sorted(set(names) - there.keys())):
        raise NothingToPublishError(
            f"The model has no table of rows {', '.join(unknown)}. It has {', '.join(sorted(there))}."
        )
    wanted = [table for table in there.values() if names is None or table.name in names]
    return sorted(wanted, key=lambda table: table.kind is Kind.FACT)


def _publish(
    publisher: MirrorPublisher, table: Table, companies: Sequence[str] | None, status: TableStatus | None, *,
    usable: bool,
) -> TableMirroring:  # fmt: skip
    """Send what changed of a table. `status`: what Fabric says of it. `usable`: its folder is there, and is read."""
    began = time.monotonic()
    record, zone = publisher.record, publisher.zone
    _settle(publisher, table.name)
    known = record.table(table.name)
    loaded = not usable or known is None or not can_follow(known.columns, table)
    columns = columns_text(table)
    others = loaded or known is None or known.columns != columns
    compared = compare(record, table, _scope(record, table, companies, others=others), whole=loaded)
    number: int | None = None
    size = 0
    if (
        not loaded
        and known is not None
        and compared.difference.rows
        and zone.last_number(table.name) != known.last_number
    ):
        logger.warning("Table %s: its files are not those that were sent; it is loaded anew.", table.name)
        loaded = True
        compared = compare(record, table, _scope(record, table, companies, others=True), whole=True)
    difference = compared.difference
    if loaded or difference.rows:
        if loaded:
            # From here on, until the file is in place, the table is unknown.
            record.doubt(table.name)
            told = None if status is None else FolderBefore(status.rows, status.synced_at)
            record.note_folder_before(table.name, told)
            zone.begin(table.name, table.key)
        number = 1 if loaded or known is None else known.last_number + 1
        written = files.write(record.connection, table, publisher.file, whole=loaded)
        if written != difference.rows:
            raise LandingZoneError(f"Table {table.name}: {written} rows were written instead of {difference.rows}.")
        size = publisher.file.stat().st_size
        record.plan(table.name, columns, number, written, whole=loaded)
        try:
            zone.put(table.name, number, publisher.file)
        except LandingZoneError:
            record.doubt(table.name)
            raise
        record.in_place(table.name)
    sent = record.table(table.name)
    return TableMirroring(
        table.name, loaded, difference.added, difference.changed, difference.removed,
        compared.checked.left_out, compared.checked.shown, number, size, record.rows(table.name),
        time.monotonic() - began,
        Replication(table.name, 0 if sent is None else sent.sent_rows, number is not None),
    )  # fmt: skip


def _settle(publisher: MirrorPublisher, table: str) -> None:
    """Find out what became of a file that a killed process, or a lost answer, left open."""
    pending = publisher.record.pending(table)
    if pending is None:
        return
    if publisher.zone.settle(table, pending.number):
        publisher.record.in_place(table)
    else:
        publisher.record.never(table)


def _scope(record: Record, table: Table, companies: Sequence[str] | None, *, others: bool) -> Sequence[str] | None:
    """The companies to compare. `others`: those it has, too, as a table that is loaded anew or has columns that it had
    not keeps their rows."""
    if companies is None or not others:
        return companies
    return sorted({*companies, *record.companies(table.name)})


def _drop_others(publisher: MirrorPublisher, model: SemanticModel) -> tuple[str, ...]:
    """Delete the tables that were sent and that the model has no more."""
    wanted = {table.name for table in chosen_tables(model, None)}
    gone = tuple(name for name in publisher.record.known() if name not in wanted)
    for name in gone:
        publisher.zone.drop(name)
        publisher.record.forget(name)
    return gone

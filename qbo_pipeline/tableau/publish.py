"""Publishing to Tableau: the extract, what changed of it, then the workbook and what hangs on the data source.

| what is known | what is sent |
|---|---|
| nothing differs, and the data source is as it was left | nothing |
| rows differ, the data source is as it was left and of the same definition | those rows, as an update |
| it is not there, is another's version, is of another definition, or a whole publication is asked for | everything |
| an update is too large, refused, or fails | everything |
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.publishing.snapshot import open_snapshot
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.deliveries import Kind as Sent
from qbo_pipeline.state.deliveries import QuarantinedRow
from qbo_pipeline.tableau.client import Content
from qbo_pipeline.tableau.delivery import DESCRIPTION, MARK, Deliverer
from qbo_pipeline.tableau.downstream.outcomes import Refresh
from qbo_pipeline.tableau.downstream.refresh import settle_refreshes
from qbo_pipeline.tableau.errors import (
    ForeignContentError,
    JobFailedError,
    PayloadTooLargeError,
    RefusedError,
    TableauError,
)
from qbo_pipeline.tableau.files import (
    TableauFiles,
    WriteWorkbook,
    definition_of,
    starter_workbook,
    write_extract,
    write_packages,
)
from qbo_pipeline.tableau.manner import EARLIER_PAYLOAD_LIMIT, Manner
from qbo_pipeline.tableau.outbox import DATA_SOURCE
from qbo_pipeline.tableau.publisher import TableauPublisher, open_publisher
from qbo_pipeline.tableau.workbook import WorkbookOutcome, publish_workbook

if TYPE_CHECKING:
    from qbo_pipeline.tableau.extract.build import Extract
    from qbo_pipeline.tableau.extract.record import Differences
    from qbo_pipeline.tableau.verify import Verification

logger = logging.getLogger(__name__)


class Kind(StrEnum):
    """What a publication sent."""

    NOTHING = "nothing"
    UPDATE = "update"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class TablePublication:
    """A table of a publication."""

    table: str
    rows: int
    """That it has now."""
    added: int
    changed: int
    removed: int
    left_out: int
    """Rows that do not fit."""
    shown: tuple[QuarantinedRow, ...]
    """The first of them, with reasons."""
    sums: int
    """Sums of money that were compared with the warehouse's: all are equal, or nothing is published."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publication did."""

    data_source: str
    project: str
    luid: str
    url: str | None
    kind: Kind
    started_at: datetime
    seconds: float
    warehouse: str
    """The state of the warehouse that it shows."""
    rows: int
    """Rows sent: of an update those that changed, else all."""
    bytes: int
    """Sent, the workbook included."""
    job: str | None
    """The last job."""
    tables: tuple[TablePublication, ...]
    workbook: WorkbookOutcome
    files: tuple[Path, ...]
    """Extract, data source and workbook on this disk."""
    refreshes: tuple[Refresh, ...]
    """What became of refreshing what hangs on the data source."""
    verification: Verification | None = None
    """What came of comparing what is published with the warehouse, where that was asked for."""

    @property
    def totals(self) -> int:
        """Counts and sums that were compared, and equal."""
        return sum(one.sums + 1 for one in self.tables)

    @property
    def left_out(self) -> int:
        """Rows that do not fit."""
        return sum(one.left_out for one in self.tables)


@dataclass(frozen=True)
class _Wanted:
    """What is to be published."""

    extract: Extract
    definition: str
    """Changes when the definition of the data source does."""
    name: str
    model: SemanticModel
    starter: WriteWorkbook

    @cached_property
    def files(self) -> TableauFiles:
        """Packed when they are sent, or at the end: an update that is waited for does not wait for them."""
        return write_packages(self.extract, self.name, self.model, self.starter)


def publish(
    settings: Settings,
    *,
    full: bool = False,
    model: SemanticModel = SEMANTIC_MODEL,
    starter: WriteWorkbook = starter_workbook,
    manner: Manner | None = None,
    refresh_within: float = 0.0,
    tell: Callable[[str], None] = lambda _: None,
) -> Publication:
    """Bring the data source to what the warehouse has now.

    Args:
        settings: which warehouse, which site.
        full: whether everything is published whatever changed.
        model: the semantic model.
        starter: writes the workbook of it.
        manner: patience and limits.
        refresh_within: how long the ends of refreshes of what hangs on the data source are waited for, in seconds.
        tell: is told of each step, in a few words.

    Raises:
        NotConfiguredError, NotInstalledError, NoWarehouseError, PublisherBusyError: nothing was done.
        ExtractError: the extract cannot be built, or is not equal to the warehouse; nothing was published.
        ForeignContentError: the data source of the name is somebody else's; nothing was published.
        DeliveryInterruptedError: it is written down; run it again, or `replay`.
        JobFailedError, RefusedError: Tableau does not take it; it is written down for `replay`.
        RequestError, SignInError: Tableau could not be asked.
    """
    began, started_at = time.monotonic(), datetime.now(UTC)
    with open_publisher(settings, manner) as publisher:
        project_id = project_of(publisher)
        deliverer = Deliverer(publisher, project_id, tell)
        deliverer.settle(resend=False)
        with tempfile.TemporaryDirectory(prefix="qbo-pipeline-tableau-") as work:
            tell("Building the extract")
            # The warehouse is let go before Tableau is waited for: while it is read, publishing it costs a copy.
            with open_snapshot(settings.data.warehouse) as warehouse:
                state = warehouse.state
                extract = write_extract(settings, publisher.name, warehouse, model, Path(work))
            _quarantine(publisher, extract)
            wanted = _Wanted(extract, definition_of(model, publisher.name), publisher.name, model, starter)
            try:
                there = _there(publisher, project_id)
                kind, differences, there = _publish(publisher, deliverer, there, wanted, full=full)
                workbook = publish_workbook(publisher, deliverer, project_id, model, there, starter, Path(work))
            finally:
                files = wanted.files
        tell("Refreshing what hangs on it")
        refreshes = _refreshed(publisher, there, refresh_within)
    rows = {Kind.NOTHING: 0, Kind.UPDATE: differences.rows, Kind.FULL: extract.rows}[kind]
    return Publication(
        publisher.name, publisher.configured.project, there.luid, there.url, kind, started_at,
        time.monotonic() - began, state, rows, deliverer.tally.bytes, deliverer.tally.job,
        _tables(extract, differences), workbook, files.paths, refreshes,
    )  # fmt: skip


def project_of(publisher: TableauPublisher) -> str:
    """LUID of the configured project, which is made if it is not there. Errors: see `TableauClient.call`."""
    name = publisher.configured.project
    return publisher.client.project(name) or publisher.client.make_project(name, DESCRIPTION)


def _there(publisher: TableauPublisher, project_id: str) -> Content | None:
    """The data source on the site, if it is there.

    Raises:
        ForeignContentError: it is somebody else's.
    """
    luid = publisher.record.luid
    there = None if luid is None else publisher.client.data_source(luid)
    if there is None or (there.name, there.project_id) != (publisher.name, project_id):
        there = publisher.client.find_data_source(publisher.name, project_id)
    if there is None:
        return None
    # Killed before it was noted which one it is: then there is an entry that was sent.
    ours = there.luid == luid or there.description.startswith(MARK) or (luid is None and publisher.outbox.ever_sent())
    if not ours:
        raise ForeignContentError(publisher.configured.project, publisher.name, there.luid)
    return there


def _publish(
    publisher: TableauPublisher, deliverer: Deliverer, there: Content | None, wanted: _Wanted, *, full: bool
) -> tuple[Kind, Differences, Content]:
    record = publisher.record
    noted = publisher.contents.get("data_source")
    as_left = there is not None and (there.luid, there.updated_at) == (record.luid, record.updated_at)
    if record.known and not as_left:
        logger.warning(
            "Data source %s is not as it was left: %s. Everything is published.", publisher.name,
            "it is gone" if there is None else f"somebody changed it at {there.updated_at}",
        )  # fmt: skip
        record.doubt()
    differences = record.compare(wanted.extract, wanted.extract.model)
    same = as_left and noted is not None and noted.digest == wanted.definition
    if there is not None and not full and same and differences.comparable:
        if differences.nothing:
            publisher.outbox.give_up(DATA_SOURCE)
            return Kind.NOTHING, differences, there
        updated = _update(publisher, deliverer, differences, wanted.extract)
        if updated is not None:
            return Kind.UPDATE, differences, updated
        whole = record.compare(wanted.extract, wanted.extract.model)
    else:
        whole = differences
    batch, path = publisher.outbox.new(".tdsx")
    publisher.outbox.keep(wanted.files.data_source, path)
    record.plan(batch, whole=True)
    rows, definition = wanted.extract.rows, wanted.definition
    there = deliverer.see_through(publisher.outbox.plan(batch, Sent.PUBLISH, path, rows, digest=definition))
    return Kind.FULL, differences if differences.comparable else whole, there


def _update(
    publisher: TableauPublisher, deliverer: Deliverer, differences: Differences, extract: Extract
) -> Content | None:
    """Send the rows that differ; None where everything is to be published instead."""
    from qbo_pipeline.tableau.extract.payload import write_payload

    if not publisher.client.takes_updates:
        return None
    record, outbox = publisher.record, publisher.outbox
    batch, path = outbox.new(".hyper")
    payload = write_payload(record, differences, extract, path)
    limit = publisher.contents.payload_limit("data_source") or publisher.manner.payload_limit
    if payload.bytes > limit:
        logger.info("The changes have %d bytes, more than an update may have (%d).", payload.bytes, limit)
        path.unlink(missing_ok=True)
        return None
    record.plan(batch, whole=False)
    entry = outbox.plan(batch, Sent.UPDATE, path, payload.rows, actions=payload.actions, digest=payload.digest)
    try:
        return deliverer.see_through(entry)
    except PayloadTooLargeError as error:
        learned = EARLIER_PAYLOAD_LIMIT if payload.bytes > EARLIER_PAYLOAD_LIMIT else payload.bytes // 2
        publisher.contents.learn_payload_limit("data_source", learned)
        logger.warning("%s From now on updates have %d bytes at most.", error, learned)
        record.never(batch)
    except JobFailedError as error:
        # Nobody knows whether a part of it was done.
        logger.warning("%s Everything is published instead.", error)
        record.doubt()
    except RefusedError as error:
        logger.warning("%s Everything is published instead.", error)
        record.never(batch)
    return None


def _quarantine(publisher: TableauPublisher, extract: Extract) -> None:
    for table in extract.tables:
        rows = [QuarantinedRow(one.table, one.company, one.key, one.reason) for one in table.shown]
        publisher.outbox.deliveries.quarantine(publisher.outbox.dataset, table.name, None, rows)
        if table.left_out:
            logger.warning(
                "Table %s: %d rows do not fit and are left out: %s", table.name, table.left_out,
                "; ".join(f"{one.key}: {one.reason}" for one in table.shown[:3]),
            )  # fmt: skip


def _refreshed(publisher: TableauPublisher, there: Content, wait_seconds: float) -> tuple[Refresh, ...]:
    """Refresh what hangs on the data source, and was ordered; what cannot be done now stays so."""
    try:
        return settle_refreshes(
            publisher.client, there.luid, settings=publisher.settings, store=publisher.store,
            wait_seconds=wait_seconds, sleep=publisher.sleep,
        )  # fmt: skip
    except TableauError as error:
        logger.warning("What hangs on data source %s is not refreshed yet: %s", publisher.name, error)
        return ()


def _tables(extract: Extract, differences: Differences) -> tuple[TablePublication, ...]:
    changed = {one.name: one for one in differences.tables}
    return tuple(
        TablePublication(
            one.name, one.rows, changed[one.name].added, changed[one.name].changed, changed[one.name].removed,
            one.left_out, tuple(QuarantinedRow(row.table, row.company, row.key, row.reason) for row in one.shown),
            len(one.sums),
        )
        for one in extract.tables
    )  # fmt: skip

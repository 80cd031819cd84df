"""Publishing to Tableau: the extract, what changed of it, then the workbook and what hangs on the data source.

| what is known | what is sent |
|---|---|
| nothing differs, and the data source is as it was left | nothing |
| rows differ, the data source is as it was left and of the same definition | those rows, as an update |
| it is not there, is another's version, is of another definition, or a whole publication is asked for | everything |
| an update is too large, refused, or fails | everything |

An update is made from the warehouse alone: the extract on this disk is written for a whole publication, and where files
are asked for, then before anything is sent and of the same state.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.publishing.errors import NoWarehouseError
from qbo_pipeline.publishing.scratch import scratch_folder
from qbo_pipeline.publishing.snapshot import attached, warehouse_state
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.deliveries import Kind as Sent
from qbo_pipeline.state.deliveries import QuarantinedRow
from qbo_pipeline.tableau.answers import Content
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
    writing_files,
)
from qbo_pipeline.tableau.manner import EARLIER_PAYLOAD_LIMIT, Manner
from qbo_pipeline.tableau.outbox import DATA_SOURCE
from qbo_pipeline.tableau.publication import Kind, Publication, TablePublication
from qbo_pipeline.tableau.publisher import TableauPublisher, open_publisher
from qbo_pipeline.tableau.settling import settle
from qbo_pipeline.tableau.verify import verify
from qbo_pipeline.tableau.workbook import publish_workbook

if TYPE_CHECKING:
    from qbo_pipeline.tableau.extract.build import Extract
    from qbo_pipeline.tableau.extract.payload import Payload
    from qbo_pipeline.tableau.extract.record import Differences, TableDifference

logger = logging.getLogger(__name__)


@dataclass
class _Publishing:
    """One publication, as far as it has come."""

    publisher: TableauPublisher
    deliverer: Deliverer
    project_id: str
    model: SemanticModel
    starter: WriteWorkbook
    work: Path
    """A folder for what is needed only now."""
    writes_files: bool
    """Whether the files on this disk are written, too, where that is not needed for what is sent."""
    differences: Differences = field(init=False)
    """Of the last comparison, with the warehouse in the state that comes next."""
    state: str = ""
    extract: Extract | None = None
    """Of the same state, where the files are written."""
    files: TableauFiles | None = None
    """Of the same state, where they were written."""
    compared: Mapping[str, int] = field(default_factory=dict)
    """Table → counts and sums that were compared, of what was sent."""

    def rows(self, *, full: bool) -> tuple[Kind, Content]:
        """Bring the data source to what the warehouse has now."""
        there = _there(self.publisher, self.project_id)
        definition = definition_of(self.model, self.publisher.name)
        if there is not None and not full and self._is_as_it_was_left(there, definition):
            kind, content = self._update(there)
            if content is not None:
                return kind, content
        elif there is None and self.publisher.record.known:
            self.publisher.record.doubt()
        return Kind.FULL, self._whole(definition)

    def _is_as_it_was_left(self, there: Content, definition: str) -> bool:
        """Whether it is known what the data source holds, and it is of this definition."""
        record, noted = self.publisher.record, self.publisher.contents.get("data_source")
        as_left = (there.luid, there.updated_at) == (record.luid, record.updated_at)
        if record.known and not as_left:
            logger.warning(
                "Data source %s is not as it was left: somebody changed it at %s. Everything is published.",
                self.publisher.name, there.updated_at,
            )  # fmt: skip
            record.doubt()
        return as_left and noted is not None and noted.digest == definition

    def _update(self, there: Content) -> tuple[Kind, Content | None]:
        """Send the rows that differ; None where everything is to be published instead."""
        with self._written() if self.writes_files else nullcontext():
            kind, planned = self._planned()
        if planned is None:
            return kind, there if kind is Kind.NOTHING else None
        return kind, self._sent(*planned)

    @contextmanager
    def _written(self) -> Iterator[None]:
        """Have the files written, of the state that is compared and sent in the block."""
        with writing_files(self.publisher.settings, self.publisher.manner.lock_wait_seconds):
            yield
            if self.extract is not None:
                self.files = write_packages(self.extract, self.publisher.name, self.model, self.starter)

    def _planned(self) -> tuple[Kind, tuple[str, Payload] | None]:
        """What is to be done, and for an update its batch and payload."""
        from qbo_pipeline.tableau.extract.payload import write_payload

        settings, record, outbox = self.publisher.settings, self.publisher.record, self.publisher.outbox
        # The warehouse is let go before Tableau is waited for: while it is read, publishing it costs a copy.
        with attached(settings.data.warehouse, record.connection) as warehouse:
            self.state = warehouse.state
            self._compare()
            if not self.differences.comparable:
                return Kind.FULL, None
            if not self.differences.nothing and not self.publisher.client.takes_updates:
                return Kind.FULL, None
            planned = None
            if self.differences.nothing:
                outbox.give_up(DATA_SOURCE)
            else:
                batch, path = outbox.new(".hyper")
                planned = batch, write_payload(record, self.differences, self.model, path)
            if self.writes_files:
                self.extract = write_extract(settings, self.publisher.name, warehouse, self.model, self.work)
        return Kind.NOTHING if planned is None else Kind.UPDATE, planned

    def _sent(self, batch: str, payload: Payload) -> Content | None:
        record, contents = self.publisher.record, self.publisher.contents
        limit = contents.payload_limit("data_source") or self.publisher.manner.payload_limit
        if payload.bytes > limit:
            logger.info("The changes have %d bytes, more than an update may have (%d).", payload.bytes, limit)
            payload.path.unlink(missing_ok=True)
            return None
        record.plan(batch, whole=False)
        entry = self.publisher.outbox.plan(
            batch, Sent.UPDATE, payload.path, payload.rows, actions=payload.actions, digest=payload.digest
        )
        try:
            updated = self.deliverer.see_through(entry)
        except PayloadTooLargeError as error:
            learned = EARLIER_PAYLOAD_LIMIT if payload.bytes > EARLIER_PAYLOAD_LIMIT else payload.bytes // 2
            contents.learn_payload_limit("data_source", learned)
            logger.warning("%s From now on updates have %d bytes at most.", error, learned)
            record.never(batch)
        except JobFailedError as error:
            # Nobody knows whether a part of it was done.
            logger.warning("%s Everything is published instead.", error)
            record.doubt()
        except RefusedError as error:
            logger.warning("%s Everything is published instead.", error)
            record.never(batch)
        else:
            self.compared = payload.compared
            return updated
        return None

    def _whole(self, definition: str) -> Content:
        """Publish everything."""
        settings, name, record = self.publisher.settings, self.publisher.name, self.publisher.record
        # What is sent is the file that was compared, and not one that somebody else writes in its place.
        with writing_files(settings, self.publisher.manner.lock_wait_seconds):
            with attached(settings.data.warehouse, record.connection) as warehouse:
                self.state = warehouse.state
                self._compare()
                extract = write_extract(settings, name, warehouse, self.model, self.work)
            self.files = write_packages(extract, name, self.model, self.starter)
            batch, path = self.publisher.outbox.new(".tdsx")
            self.publisher.outbox.keep(self.files.data_source, path)
        self.compared = {one.name: one.figures.compared for one in extract.tables}
        record.plan(batch, whole=True)
        entry = self.publisher.outbox.plan(batch, Sent.PUBLISH, path, extract.rows, digest=definition)
        return self.deliverer.see_through(entry)

    def tables(self) -> tuple[TablePublication, ...]:
        """What became of each."""
        return tuple(
            TablePublication(
                one.name, one.rows_now, one.added, one.changed, one.removed, one.left_out,
                _quarantined(one), self.compared.get(one.name, 0),
            )
            for one in self.differences.tables
        )  # fmt: skip

    def _compare(self) -> None:
        self.differences = self.publisher.record.compare(self.model)
        for table in self.differences.tables:
            self.publisher.outbox.leave_out(table.name, _quarantined(table))
            if table.left_out:
                logger.warning(
                    "Table %s: %d rows do not fit and are left out: %s", table.name, table.left_out,
                    "; ".join(f"{one.key}: {one.reason}" for one in table.shown[:3]),
                )  # fmt: skip


def publish(
    settings: Settings,
    *,
    full: bool = False,
    files: bool = True,
    verified: bool = False,
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
        files: whether the files on this disk are written, too, where that is not needed for what is sent.
        verified: whether it is downloaded and compared with the files, before any other process may publish.
        model: the semantic model.
        starter: writes the workbook of it.
        manner: patience and limits.
        refresh_within: how long the ends of refreshes of what hangs on the data source are waited for, in seconds.
        tell: is told of each step, in a few words.

    Raises:
        NotConfiguredError, NotInstalledError, NoWarehouseError, PublisherBusyError: nothing was done.
        ExtractError: what is to be sent cannot be made, or is not equal to the warehouse; nothing was published.
        ForeignContentError: the data source of the name is somebody else's; nothing was published.
        DeliveryInterruptedError: it is written down; run it again, or `replay`.
        JobFailedError, RefusedError: Tableau does not take it; it is written down for `replay`.
        RequestError, SignInError: Tableau could not be asked.
    """
    began, started_at = time.monotonic(), datetime.now(UTC)
    with (
        open_publisher(settings, manner) as publisher,
        scratch_folder() as work,
    ):
        project_id = project_of(publisher)
        deliverer = Deliverer(publisher, project_id, tell)
        settle(publisher, deliverer, resend=False)
        if warehouse_state(settings.data.warehouse) is None:
            raise NoWarehouseError(settings.data.warehouse)
        tell("Looking for what changed")
        this = _Publishing(publisher, deliverer, project_id, model, starter, work, files or verified)
        kind, there = this.rows(full=full)
        workbook = publish_workbook(publisher, deliverer, project_id, model, there, starter, work)
        tell("Refreshing what hangs on it")
        refreshes = _refreshed(publisher, there, refresh_within)
        found = None
        if verified and this.files is not None:
            tell("Comparing what is published with the warehouse")
            found = verify(settings, extract=this.files.extract, shown=this.state, model=model, manner=manner)
    rows = {Kind.NOTHING: 0, Kind.UPDATE: this.differences.rows}
    return Publication(
        publisher.name, publisher.configured.project, there.luid, there.url, kind, started_at,
        time.monotonic() - began, this.state, rows.get(kind, sum(one.rows_now for one in this.differences.tables)),
        deliverer.tally.bytes, deliverer.tally.job, this.tables(), workbook, this.files, refreshes, found,
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
    left = None if luid is None else publisher.client.data_source(luid)
    there = left
    if there is None or (there.name, there.project_id) != (publisher.name, project_id):
        there = publisher.client.find_data_source(publisher.name, project_id)
    if there is None:
        if publisher.record.known:
            logger.warning("%s", _gone(publisher, left))
        return None
    # Killed before it was noted which one it is: then there is an entry that was sent.
    ours = there.luid == luid or there.description.startswith(MARK) or (luid is None and publisher.outbox.ever_sent())
    if not ours:
        raise ForeignContentError(publisher.configured.project, there.name, there.luid)
    return there


def _gone(publisher: TableauPublisher, left: Content | None) -> str:
    """Why the data source is not where it was left, for people. `left`: as it is now, if it is anywhere."""
    if left is None:
        return f"Data source {publisher.name} is gone. Everything is published."
    return (
        f"Data source {publisher.name} is not in project {publisher.configured.project} any more: somebody renamed or "
        f"moved it, or the project. It is left as it is, {left.name} ({left.luid}), and a new one is published; what "
        "is built on it shows no changes any more. To go on with it, name where it is by TABLEAU_PROJECT and "
        "TABLEAU_DATA_SOURCE."
    )


def _quarantined(table: TableDifference) -> tuple[QuarantinedRow, ...]:
    """The first rows of a table that are left out, as they are written down."""
    return tuple(QuarantinedRow(one.table, one.company, one.key, one.reason) for one in table.shown)


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

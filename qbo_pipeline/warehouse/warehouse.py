"""The writer's side of the warehouse: the private build database, under the writer's lock."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from qbo_pipeline.lake.batch_files import declaration, write_schema_files
from qbo_pipeline.lake.layout import Batch, read_batch
from qbo_pipeline.lake.memory import give_back
from qbo_pipeline.lake.report_batches import ReportBatch, batch_name, read_report_batch, report_lake
from qbo_pipeline.lake.waiting import BatchName, committed, settle, waiting
from qbo_pipeline.quickbooks.calls import ApiCall
from qbo_pipeline.quickbooks.catalogue import ENTITIES, entity
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.warehouse.lock import WAIT_SECONDS, writer_lock
from qbo_pipeline.warehouse.memory import lacks_memory
from qbo_pipeline.warehouse.merge import MergeOutcome, merge, together
from qbo_pipeline.warehouse.merges import MergedRecord, record_merges
from qbo_pipeline.warehouse.publications import file_state, take_publications
from qbo_pipeline.warehouse.publish import publish
from qbo_pipeline.warehouse.records import RunRecord, WebhookRecord
from qbo_pipeline.warehouse.reports import MonthMerged, merge_reports
from qbo_pipeline.warehouse.schema import literal, sql
from qbo_pipeline.warehouse.storage import FORM, create, look_into
from qbo_pipeline.warehouse.template import copy_template
from qbo_pipeline.warehouse.trail import carry_over, is_empty
from qbo_pipeline.warehouse.transaction import transaction
from qbo_pipeline.warehouse.written import log_writes, writes

T = TypeVar("T")

_MEMORY_LIMITS = ("60MB", "1GB", "8GB")
"""What DuckDB may keep in memory. It spills most of what is beyond, but not all: what does not fit is done again with
more. A first load, however large, does with the least; ten thousand changed documents in a million take the second."""

ROWS_TOGETHER = 61_440
"""Rows of a group: DuckDB compresses and writes them at once. Half of what it takes by default: what is being inserted
needs half the memory, what a change touches is written again with half as many beside it, and files stay as small."""

_LOG_LIMIT = "64MB"
"""How much DuckDB writes into its log before it brings all into the file. What commits more at once does not go through
the log at all; small commits would each write the last groups of their tables again, were it less."""

_LOOK_THROUGH_LAKE_SECONDS = 86_400.0
"""How often all of the lake is looked through for batches to merge, such as somebody copied into it. Those that our own
processes left are known without that."""
_VIEWS = ("audit.sql", "reports.sql", "record.sql", "record_event.sql", "merged_record.sql", "surviving_record.sql")
"""What the schema is made of beside the entities' own tables and views."""


class Warehouse:
    """The build database, open for writing. Get one from `open_warehouse`."""

    def __init__(self, build: Path, target: Path, lake: Path) -> None:
        self._more_memory = iter(_MEMORY_LIMITS)
        self._publications = take_publications(build)
        self.connection = _connect(build, next(self._more_memory))
        self._build = build
        self._target = target
        self._lake = lake
        # What readers do not see yet waits for longer: the next pull looks at what is published.
        self._unpublished_reports: list[BatchName] = []

    def merge(self, of: Entity, new: Sequence[Batch]) -> MergeOutcome:
        """Bring batches of one entity and company in; idempotent and order-free."""
        if not new:
            return MergeOutcome()
        records = self._lake / new[0].manifest.realm_id / of.table
        outcome = self.transact(lambda connection: merge(connection, of, new, records))
        settle(self._lake, [_name(batch) for batch in new])
        return outcome

    def merge_reports(self, new: Sequence[ReportBatch]) -> list[MonthMerged]:
        """Bring reports in; idempotent and order-free. Returns the months of legs that were replaced."""
        merged = self.transact(lambda connection: merge_reports(connection, new))
        self._unpublished_reports += [batch_name(one) for one in new]
        return merged

    def transact(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Do `work`, which commits all of it or nothing; where it needs more memory, again with more."""
        give_back()
        while True:
            try:
                done = work(self.connection)
                self._note_writes()
                return done
            except duckdb.Error as error:
                limit = next(self._more_memory, None) if lacks_memory(error) else None
                if limit is None:
                    raise
                # Nothing was committed; but a statement cut short by this leaves marks that only opening anew removes.
                self.connection.close()
                self._publications.forget()
                self.connection = _connect(self._build, limit)

    def unmerged(self) -> list[Batch]:
        """Batches of the lake that a process wrote and died before merging, oldest first."""
        folders, known = self._sorted_out(self._lake, "audit.lake_batch")
        settle(self._lake, known)
        return [read_batch(folder) for folder in folders]

    def unmerged_reports(self) -> list[ReportBatch]:
        """The same of reports."""
        folders, known = self._sorted_out(report_lake(self._lake), "audit.report_batch")
        self._unpublished_reports += known
        return [read_report_batch(one) for one in folders]

    def _sorted_out(self, lake: Path, noted: str) -> tuple[list[Path], list[BatchName]]:
        """Of the batches that may wait: folders of those that are not noted in a table of the trail, and the others."""
        found = waiting(lake) if self._follows_lake() else committed(lake)
        if not found:
            return [], []
        merged = set(self.rows(f"SELECT batch, realm_id FROM {noted} WHERE batch >= ?", [found[0].number]))
        known = [one for one in found if (one.number, one.realm_id) in merged]
        new = [one.folder(lake) for one in found if (one.number, one.realm_id) not in merged]
        return [folder for folder in new if folder.exists()], known

    def catch_up(self) -> int:
        """Merge what earlier processes left unmerged; returns how many batches."""
        looking = time.time() if not self._follows_lake() else self._publications.lake_looked_through
        missed, reports = self.unmerged(), self.unmerged_reports()
        for group in together(missed):
            self.merge(entity(group[0].manifest.entity), group)
        if reports:
            self.merge_reports(reports)
        self._publications.lake_looked_through = looking
        return len(missed) + len(reports)

    def _follows_lake(self) -> bool:
        looked_through = self._publications.lake_looked_through
        return looked_through is not None and 0 <= time.time() - looked_through < _LOOK_THROUGH_LAKE_SECONDS

    def record_runs(self, runs: Iterable[RunRecord]) -> None:
        """Note what a run did, a row a company and entity."""
        rows = [run.row() for run in runs]
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.connection.executemany(f"INSERT INTO audit.sync_run VALUES ({marks})", rows)

    def record_calls(self, run_id: str, calls: Sequence[ApiCall]) -> None:
        """Note every request of a run."""
        if not calls:
            return
        rows = [
            {
                "run_id": run_id,
                "realm_id": call.realm_id,
                "method": call.method,
                "endpoint": call.endpoint,
                "entity": call.entity,
                "query": call.query,
                "status": call.status,
                "intuit_tid": call.intuit_tid,
                "started_at": call.started_at.replace(tzinfo=None),
                "seconds": call.seconds,
                "bytes_received": call.bytes_received,
                "attempt": call.attempt,
                "outcome": str(call.outcome),
                "fault_code": call.fault_code,
                "rows": call.rows,
            }
            for call in calls
        ]
        with self._arriving(rows):
            self.connection.execute("INSERT INTO audit.api_call BY NAME SELECT * FROM arriving")

    def record_webhooks(self, records: Sequence[WebhookRecord]) -> None:
        """Note what came of events. What was applied stays noted as that, however often its file is tried again."""
        if not records:
            return
        with self._arriving([_in_utc(asdict(one)) for one in records]):
            self.connection.execute(
                """
                DELETE FROM audit.webhook_event AS known USING arriving
                WHERE known.file = arriving.file AND known.position = arriving.position AND known.outcome <> 'applied'
                """
            )
            self.connection.execute(
                """
                INSERT INTO audit.webhook_event BY NAME
                SELECT * FROM arriving ANTI JOIN audit.webhook_event USING (file, position)
                """
            )

    def record_merges(self, realm_id: str, of: Entity, told: Iterable[MergedRecord], run_id: str) -> None:
        """Note which records webhooks say were merged into which."""
        record_merges(self.connection, realm_id, of, told, run_id)

    @contextmanager
    def _arriving(self, rows: Sequence[dict[str, Any]]) -> Iterator[None]:
        """Rows as the table `arriving`, for statements that take effect together."""
        self.connection.register("arriving", pa.Table.from_pylist(list(rows)))
        try:
            with transaction(self.connection):
                yield
        finally:
            self.connection.unregister("arriving")

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query on what is built."""
        return self.connection.execute(sql, list(parameters)).fetchall()

    def publish(self) -> None:
        """Show everything merged so far to readers."""
        self._checkpoint()
        publish(self._build, self._target, self._publications)
        settle(report_lake(self._lake), self._unpublished_reports)
        self._unpublished_reports = []

    def close(self) -> None:
        """Close the build database in good order, so that the next writer knows what has been done."""
        self._checkpoint()
        state = file_state(self._build)
        self.connection.close()
        if file_state(self._build) == state:  # closing wrote nothing that the log could not tell of any more
            self._publications.save(self._build)

    def _checkpoint(self) -> None:
        """Bring everything committed into the file."""
        self.connection.execute("CHECKPOINT")
        self._note_writes()

    def _note_writes(self) -> None:
        self._publications.written(writes(self.connection, self._build))


def _in_utc(row: dict[str, Any]) -> dict[str, Any]:
    """Instants as the tables have them: in UTC, without saying so."""
    return {
        name: value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def _name(batch: Batch) -> BatchName:
    return BatchName(batch.manifest.batch, batch.manifest.realm_id, entity(batch.manifest.entity).table)


@contextmanager
def open_warehouse(
    build: Path,
    target: Path,
    lake: Path,
    *,
    entities: Sequence[Entity] = ENTITIES,
    wait_seconds: float = WAIT_SECONDS,
    keep_trail: bool = True,
) -> Iterator[Warehouse]:
    """Open the build database for writing, making what is missing.

    One that was lost has the lake brought in anew by `catch_up`, and the audit trail, which is in no lake, from what
    was published last, unless `keep_trail` is false.

    Raises:
        WarehouseBusyError: another process kept writing for `wait_seconds`.
        duckdb.IOException: somebody has open for writing what alone has the audit trail.
    """
    build.parent.mkdir(parents=True, exist_ok=True)
    lake.mkdir(parents=True, exist_ok=True)
    with writer_lock(build.with_name("writer.lock"), wait_seconds):
        if not build.exists() and tuple(entities) == ENTITIES:
            copy_template(build, lake, lambda connection, kept: _prepare(connection, entities, kept))
        warehouse = Warehouse(build, target, lake)
        try:
            _prepare(warehouse.connection, entities, lake)
            if keep_trail and target.exists() and is_empty(warehouse):
                carry_over(warehouse, target)
            yield warehouse
            warehouse.close()
        finally:
            warehouse.connection.close()


def _connect(build: Path, memory_limit: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    log_writes(connection)
    # Before the file is attached: that reads again what a killed process had committed, and may have to spill it.
    connection.execute(f"SET temp_directory = {literal(str(build.parent / 'spill'))}")
    connection.execute(f"ATTACH {literal(str(build))} AS warehouse (ROW_GROUP_SIZE {ROWS_TOGETHER})")
    connection.execute("USE warehouse")
    connection.execute(f"SET memory_limit = {literal(memory_limit)}")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(f"SET checkpoint_threshold = '{_LOG_LIMIT}'")
    # A second thread costs a third more CPU and as much more memory, and a load has other work for the other core.
    connection.execute("SET threads = 1")
    # What is joined with a few hundred changed records is scanned for their ids; by default that is so up to fifty.
    connection.execute("SET dynamic_or_filter_threshold = 500")
    return connection


def _prepare(connection: duckdb.DuckDBPyConnection, entities: Sequence[Entity], lake: Path) -> None:
    """Make schema, tables and views, unless they were made from these very declarations in this very place.

    A database that was made in another place, as a moved one was, needs little.
    """
    write_schema_files(lake, entities)
    trail = hashlib.sha256("".join(sql(name) for name in _VIEWS).encode()).hexdigest()[:16]
    declarations = [declaration(one) for one in entities]
    fingerprint = {"lake": str(lake), "declarations": declarations, "audit": trail, "form": FORM}
    connection.execute("CREATE SCHEMA IF NOT EXISTS audit")
    connection.execute("CREATE TABLE IF NOT EXISTS audit.made_from (fingerprint VARCHAR)")
    found = connection.execute("SELECT fingerprint FROM audit.made_from").fetchall()
    made_from = [json.loads(text) for (text,) in found]
    if made_from == [fingerprint]:
        return
    if [{**one, "lake": str(lake)} for one in made_from] == [fingerprint]:
        look_into(connection, lake)
    else:
        create(connection, entities, lake)
    connection.execute(sql("reports.sql"))
    with transaction(connection):
        connection.execute("DELETE FROM audit.made_from")
        connection.execute("INSERT INTO audit.made_from VALUES (?)", [json.dumps(fingerprint)])
        connection.execute(
            "COMMENT ON TABLE audit.made_from IS 'What the tables were made from, one row. Source: the pipeline.';"
            "COMMENT ON COLUMN audit.made_from.fingerprint IS 'Digests of the declarations, and the path of the lake.'"
        )

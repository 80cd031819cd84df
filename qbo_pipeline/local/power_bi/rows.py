"""Pushed rows: appended in batches, deleted all at once, trimmed first in first out; never changed, never found by key.

A row's number says which batch it came in: the batch's number times `PER_BATCH`, plus its place in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from qbo_pipeline.local.power_bi import errors
from qbo_pipeline.local.power_bi.data_types import DataType, WrongValueError
from qbo_pipeline.local.power_bi.datasets import Dataset, PushTable
from qbo_pipeline.local.power_bi.store import Store
from qbo_pipeline.local.power_bi.switches import Switches

PER_BATCH = 1 << 24


@dataclass(frozen=True, slots=True)
class Push:
    """A POST of rows as it arrived: by whom, how many bytes, with which sequence number (None: without)."""

    rows: list[dict[str, Any]]
    size: int
    client: str
    request_id: str
    sequence: int | None = None
    late: float = 0.0
    """Seconds until queries see the rows."""


class PushedRows:
    """The rows of all datasets."""

    def __init__(self, store: Store, switches: Callable[[], Switches], now: Callable[[], float]) -> None:
        self._store = store
        self._switches = switches
        self._now = now
        self.changes = 0
        """How often rows were pushed or deleted since the service was started."""
        self.changed_at = 0.0
        """When that was last, by `time.monotonic`."""

    def push(self, dataset: Dataset, table: PushTable, push: Push) -> None:
        """Append rows, all or none.

        Raises:
            PowerBIAnswerError: a row does not fit, the table is full, or the sequence number is rejected.
        """
        switches, now = self._switches(), self._now()
        columns = arrow_rows(table, push.rows, switches)
        with self._store.transaction() as connection:
            if push.sequence is not None and not self._is_next(dataset, table, push, switches):
                return
            [(number,)] = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM batch").fetchall()
            if push.rows:
                first = number * PER_BATCH
                numbered = columns.append_column("_row", pa.array(range(first, first + len(push.rows)), pa.int64()))
                connection.register("pushed_rows", numbered)
                connection.execute(f"INSERT INTO {table.physical} BY NAME SELECT * FROM pushed_rows")
                connection.unregister("pushed_rows")
            _keep_within(connection, dataset, table, switches)
            connection.execute(
                "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    number, dataset.id, table.name, now, len(push.rows), push.size, push.sequence,
                    now + push.late if push.late else None, push.request_id,
                ],
            )  # fmt: skip
        self._note_change()

    def delete(self, table: PushTable) -> None:
        """Remove all rows of a table."""
        with self._store.transaction() as connection:
            connection.execute(f"DELETE FROM {table.physical}")
        self._note_change()

    def _note_change(self) -> None:
        self.changes, self.changed_at = self.changes + 1, time.monotonic()

    def count(self, table: PushTable) -> int:
        """Rows of a table, seen by queries or not."""
        [(count,)] = self._store.rows(f"SELECT count(*) FROM {table.physical}")
        return int(count)

    def unseen(self, dataset: Dataset) -> dict[str, list[tuple[int, int]]]:
        """Ranges of row numbers, by table, that queries do not see yet."""
        ranges: dict[str, list[tuple[int, int]]] = {}
        for name, number in self._store.rows(
            "SELECT table_name, number FROM batch WHERE dataset = ? AND visible_at > ?", [dataset.id, self._now()]
        ):
            ranges.setdefault(name, []).append((number * PER_BATCH, (number + 1) * PER_BATCH))
        return ranges

    def sequence_numbers(self, dataset: Dataset, table: PushTable) -> list[tuple[str, int]]:
        """Client and its last sequence number."""
        return [
            (str(client), int(number))
            for client, number in self._store.rows(
                "SELECT client, number FROM sequence_number WHERE dataset = ? AND table_name = ? ORDER BY client",
                [dataset.id, table.name],
            )
        ]

    def _is_next(self, dataset: Dataset, table: PushTable, push: Push, switches: Switches) -> bool:
        """Whether a batch is to be inserted for its sequence number, which is noted then."""
        sent = push.sequence or 0
        last = dict(self.sequence_numbers(dataset, table)).get(push.client)
        if switches.sequence_numbers != "ignored" and last is not None and sent <= last:
            if switches.sequence_numbers == "rejected":
                raise errors.sequence_repeated(sent, last)
            return False
        with self._store.transaction() as connection:
            owner = [dataset.id, table.name, push.client]
            connection.execute("DELETE FROM sequence_number WHERE dataset = ? AND table_name = ? AND client = ?", owner)
            connection.execute("INSERT INTO sequence_number VALUES (?, ?, ?, ?)", [*owner, sent])
        return True


def arrow_rows(table: PushTable, rows: list[dict[str, Any]], switches: Switches) -> pa.Table:
    """Rows as columns, by their names in DuckDB; what a row does not say is blank.

    Raises:
        PowerBIAnswerError: 400 naming the row and the column; the texts are a guess.
    """
    sent = _columns(rows)
    names = {column.name for column in table.columns}
    if switches.unknown_columns == "rejected" and not sent.keys() <= names:
        place, row = next((place, row) for place, row in enumerate(rows) if not row.keys() <= names)
        unknown = ", ".join(sorted(row.keys() - names))
        raise errors.invalid_request(f"Row {place} has columns that table '{table.name}' lacks: {unknown}.")
    arrays = []
    for column in table.columns:
        values = sent.get(column.name) or (None,) * len(rows)
        try:
            arrays.append(column.type.column(values, switches.text_characters))
        except WrongValueError as wrong:
            place = _first_wrong(column.type, values, switches.text_characters)
            told = f"Row {place}, column '{column.name}' ({column.type.name}): {wrong}."
            raise errors.invalid_request(told) from wrong
    return pa.table(arrays, names=[column.physical for column in table.columns])


def _columns(rows: list[dict[str, Any]]) -> dict[str, Sequence[Any]]:
    """Values by the columns that any row names."""
    wrong = next((place for place, row in enumerate(rows) if not isinstance(row, dict)), None)
    if wrong is not None:
        raise errors.bad_request(f"Row {wrong} is no object.", "rows")
    names = list(rows[0]) if rows else []
    if all(list(row) == names for row in rows):
        return dict(zip(names, zip(*(row.values() for row in rows), strict=True), strict=True)) if names else {}
    return {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}


def _first_wrong(kind: DataType, values: Sequence[Any], texts: int) -> int:
    for place, value in enumerate(values):
        try:
            kind.column([value], texts)
        except WrongValueError:
            return place
    return 0


def _keep_within(connection: duckdb.DuckDBPyConnection, dataset: Dataset, table: PushTable, switches: Switches) -> None:
    [(count,)] = connection.execute(f"SELECT count(*) FROM {table.physical}").fetchall()
    if dataset.retention == "basicFIFO":
        if count > switches.fifo_rows + switches.fifo_slack_rows:
            oldest = f"SELECT _row FROM {table.physical} ORDER BY _row DESC LIMIT 1 OFFSET {switches.fifo_rows - 1}"
            connection.execute(f"DELETE FROM {table.physical} WHERE _row < ({oldest})")
    elif count > switches.table_rows:
        raise errors.table_full(table.name, switches.table_rows)

"""Asking Power BI what it has of a batch, where no answer said so.

The sequence number of the last rows that were added is asked first, where the service keeps one; then the rows that
carry the batch are counted. Rows may be seen some time after they were added, so that "none" has to last.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from decimal import Decimal
from enum import Enum

from qbo_pipeline.power_bi import dax
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.errors import MalformedAnswerError, RefusedError, RequestError
from qbo_pipeline.power_bi.payloads import BatchSums
from qbo_pipeline.power_bi.push_schema import BATCH, PushTable

logger = logging.getLogger(__name__)


class Found(Enum):
    """What is known of a batch after asking."""

    ARRIVED = "arrived"
    ABSENT = "absent"
    OTHERWISE = "otherwise"
    """Some of its rows are there, or more than were sent."""
    UNASKABLE = "unaskable"
    """Nobody may ask, or nobody knows."""


class Asking:
    """Questions about one dataset. `visible_within` is how long added rows may take to be seen, in seconds."""

    def __init__(
        self,
        client: PowerBIClient,
        dataset: str,
        *,
        visible_within: float,
        every: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._dataset = dataset
        self._visible_within = visible_within
        self._every = every
        self._sleep = sleep
        self._told = False

    def batch(self, table: PushTable, batch: str, sums: BatchSums, sequence: int | None) -> Found:
        """Whether the rows of a batch are there.

        Raises:
            RequestError: no answer to the question either.
        """
        if sequence is not None:
            latest = self._client.sequence_number(self._dataset, table.name)
            if latest is not None and latest >= sequence:
                return Found.ARRIVED
        query = dax.rows_of_batch(table.name, batch, signed=table.signed, control=sums.control_of)
        deadline = time.monotonic() + self._visible_within
        while True:
            try:
                answered = self._client.query(self._dataset, query)
            except (RefusedError, MalformedAnswerError) as error:
                self._unaskable(table, error)
                return Found.UNASKABLE
            found = _sums(answered[0] if answered else {}, sums.control_of, signed=table.signed)
            if _same(found, sums, signed=table.signed):
                return Found.ARRIVED
            if found.rows > sums.rows:
                return Found.OTHERWISE
            if time.monotonic() >= deadline:
                return Found.ABSENT if found.rows == 0 else Found.OTHERWISE
            self._sleep(self._every)

    def differences(self, table: PushTable, expected: dict[str, BatchSums]) -> list[str] | None:
        """How the batches of a table differ from what is expected; None where nobody may ask.

        Raises:
            RequestError: no answer.
        """
        controls = {one.control_of for one in expected.values()}
        control = controls.pop() if len(controls) == 1 else None
        query = dax.rows_of_batches(table.name, signed=table.signed, control=control)
        deadline = time.monotonic() + self._visible_within
        while True:
            try:
                answered = self._client.query(self._dataset, query)
            except (RefusedError, MalformedAnswerError) as error:
                self._unaskable(table, error)
                return None
            found = {str(dax.value(row, BATCH) or ""): _sums(row, control, signed=table.signed) for row in answered}
            told = _told(found, expected, control, signed=table.signed)
            missing_alone = all(
                name in expected and found.get(name, _NOTHING).rows <= expected[name].rows
                for name in {*found, *expected}
            )
            # More than was sent never goes away by waiting; less may.
            if not told or not missing_alone or time.monotonic() >= deadline:
                return told
            self._sleep(self._every)

    def _unaskable(self, table: PushTable, error: RequestError) -> None:
        """Tell once that nobody may ask; it is seldom about one table."""
        level = logging.DEBUG if self._told else logging.WARNING
        logger.log(level, "Table %s: what it holds cannot be asked. %s", table.name, error)
        self._told = True


_NOTHING = BatchSums(0, 0, Decimal(0), None)


def _told(
    found: dict[str, BatchSums], expected: dict[str, BatchSums], control: str | None, *, signed: bool
) -> list[str]:
    told = []
    for name in sorted({*found, *expected}):
        here, there = expected.get(name, _NOTHING), found.get(name, _NOTHING)
        if here.rows == there.rows == 0:
            continue
        if name not in expected:
            told.append(f"{there.rows} rows of a batch {name!r} that is not of this publisher")
        elif here.rows != there.rows:
            told.append(f"batch {name} has {there.rows} rows instead of {here.rows}")
        elif signed and here.signs != there.signs:
            told.append(f"batch {name} has {there.signs} rows net instead of {here.signs}")
        elif control is not None and not dax.same(there.control, here.control):
            told.append(f"{control} of batch {name} is {there.control} instead of {here.control}")
    return told


def _same(found: BatchSums, sums: BatchSums, *, signed: bool) -> bool:
    return (
        found.rows == sums.rows
        and (not signed or found.signs == sums.signs)
        and (sums.control_of is None or dax.same(found.control, sums.control))
    )


def _sums(row: dict[str, object], control: str | None, *, signed: bool) -> BatchSums:
    return BatchSums(
        int(dax.number(dax.value(row, "Rows"))),
        int(dax.number(dax.value(row, "Signs"))) if signed else 0,
        dax.number(dax.value(row, "Sum")) if control is not None else Decimal(0),
        control,
    )

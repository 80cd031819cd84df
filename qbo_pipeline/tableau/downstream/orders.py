"""Refreshes in the outbox: what is owed for a publication, and one order for each workbook.

An order is known by what it is for: the same publication, or the same job that failed, never orders a refresh twice. At
most one order of a workbook waits at a time, as a refresh that begins later shows what was published before as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from uuid import UUID, uuid5

from qbo_pipeline.state.deliveries import Batch, Deliveries, Entry, Kind, Status
from qbo_pipeline.state.tableau_downstream import DownstreamWorkbook

_NAMESPACE = UUID("8a0f4b0e-6c1f-4b8e-9f0a-3d1f5f0f7c55")
EVERYTHING = "everything downstream"
"""Stands for the workbooks where they are not looked for yet."""
_WORKBOOK = "workbook "


class RefreshOrders:
    """The refreshes among the deliveries of one data source, by its name and place.

    Without a place they are of whoever asks for them first: earlier versions noted none.
    """

    def __init__(self, deliveries: Deliveries, data_source: str, place: str | None = None) -> None:
        self._deliveries = deliveries
        self._name = data_source
        self._place = None if place is None else f"tableau/{place}"

    def owe(self, publication: str) -> None:
        """What hangs on the data source is to be refreshed for this publication; durable when it returns."""
        self._order(uuid5(_NAMESPACE, publication).hex, EVERYTHING, ())

    def owed(self) -> list[Entry]:
        """Publications whose workbooks are not ordered yet."""
        return [one for one in self.outstanding() if one.table == EVERYTHING]

    def orders(self) -> list[Entry]:
        """The orders of workbooks that are not settled, in the order in which they are to be carried out."""
        return [one for one in self.outstanding() if one.table.startswith(_WORKBOOK)]

    def outstanding(self) -> list[Entry]:
        """Everything that is not settled."""
        outstanding = self._deliveries.outstanding(self._name)
        return [one for one in outstanding if one.kind is Kind.REFRESH and one.payload in (None, self._place)]

    def jobs(self) -> set[str]:
        """Ids of the jobs that are known to be of our orders."""
        entries = self._deliveries.entries(self._name)
        return {one.request_id for one in entries if one.kind is Kind.REFRESH and one.request_id is not None}

    def divide(self, owed: Entry, workbooks: Iterable[DownstreamWorkbook]) -> int:
        """Order a refresh of each workbook in place of what is owed; how many."""
        ordered = list(workbooks)
        for workbook in ordered:
            batch = uuid5(UUID(owed.batch), workbook.luid).hex
            waiting = [one for one in self._of(workbook.luid) if one.status is Status.PLANNED and one.batch != batch]
            self._order(batch, _WORKBOOK + workbook.luid, waiting)
        self.settle(owed, None, f"{len(ordered)} workbooks hang on it")
        return len(ordered)

    def again(self, workbook: str, failed_job: str) -> None:
        """Order the refresh of a workbook again, as a job failed; unless a later order waits already."""
        if not any(one.status is Status.PLANNED for one in self._of(workbook)):
            self._order(uuid5(_NAMESPACE, f"after {failed_job}").hex, _WORKBOOK + workbook, ())

    def started(self, order: Entry, job: str) -> None:
        """Tableau made a job of it."""
        self._deliveries.confirmed(order.batch, job)

    def begin(self, order: Entry) -> None:
        """The request is about to leave; durable when it returns."""
        self._deliveries.begin(order.batch, order.number)

    def not_sent(self, order: Entry, told: str) -> None:
        """It is known not to have arrived, and waits."""
        self._deliveries.not_sent(order.batch, told)

    def settle(self, order: Entry, job: str | None, told: str | None) -> None:
        """It is done, or needs nothing to be done."""
        self._deliveries.confirmed(order.batch, job, told)
        self._deliveries.done(order.batch)

    def failed(self, order: Entry, job: str | None, told: str) -> None:
        """It came to nothing."""
        self._deliveries.refused(order.batch, told, job)

    def _of(self, workbook: str) -> list[Entry]:
        return [one for one in self.outstanding() if one.table == _WORKBOOK + workbook]

    def _order(self, batch: str, table: str, instead_of: Iterable[Entry]) -> None:
        replaced = list(instead_of)
        # A workbook that waits keeps its place: else those that come last would never have their turn.
        number = min((one.number for one in replaced), default=self._deliveries.next_number(self._name))
        digest = hashlib.sha256(f"{batch} {table}".encode()).hexdigest()
        order = Batch(batch, number, self._name, table, None, Kind.REFRESH, digest, 0, 0, self._place)
        self._deliveries.plan_once(order, [one.batch for one in replaced])


def workbook_of(order: Entry) -> str:
    """LUID of the workbook that an order is about."""
    return order.table.removeprefix(_WORKBOOK)

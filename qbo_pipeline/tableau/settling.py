"""Finding out what became of what an earlier publisher left open, before anything new is sent.

| what was left open | what is done | to be replayed |
|---|---|---|
| what never left | given up, for something newer | sent |
| an update without an answer | sent again with the same request id: it is carried out once | the same |
| the same, and the data source is not as the record left it | everything is published | the same |
| a publication without an answer | its jobs are waited for, then everything is published | sent again after them |
| the workbook's without an answer | a job that it made soon is waited for; without one, it never left | the same |
| a job | waited for | the same |
| what was refused | given up | sent, but never over what is somebody else's by now |
| what lost its file | everything is published | the same |
"""

from __future__ import annotations

import logging

from qbo_pipeline.state.deliveries import Entry, Kind, Status
from qbo_pipeline.tableau.delivery import Deliverer
from qbo_pipeline.tableau.errors import JobFailedError, RefusedError
from qbo_pipeline.tableau.outbox import DATA_SOURCE, WORKBOOK, FileLostError
from qbo_pipeline.tableau.publisher import TableauPublisher

logger = logging.getLogger(__name__)


def settle(publisher: TableauPublisher, deliverer: Deliverer, *, resend: bool) -> None:
    """Find out what became of what an earlier publisher left open.

    Args:
        publisher: of the data source.
        deliverer: of the same one.
        resend: whether what was refused or never sent is sent now; else it is given up, for something newer.

    Raises:
        DeliveryInterruptedError: Tableau cannot be asked.
        JobFailedError, RefusedError: what was sent again failed again, and still waits. With `resend` only.
    """
    _Settlement(publisher, deliverer, resend=resend).run()


class _Settlement:
    def __init__(self, publisher: TableauPublisher, deliverer: Deliverer, *, resend: bool) -> None:
        self._name = publisher.name
        self._outbox = publisher.outbox
        self._entries = publisher.outbox.deliveries
        self._record = publisher.record
        self._deliverer = deliverer
        self._resend = resend

    def run(self) -> None:
        if self._resend:
            for entry in self._outbox.failed():
                self._entries.not_sent(entry.batch, "to be sent again")
        for entry in self._outbox.outstanding(WORKBOOK):
            self._workbook(entry)
        pending = self._record.pending
        found = None if pending is None else self._entries.entry(pending)
        if pending is not None:
            if found is None:
                # Killed before it was in the outbox: it never left.
                self._record.never(pending)
            else:
                self._data_source(found)
        for entry in self._outbox.outstanding(DATA_SOURCE):
            if entry.batch == self._record.pending:
                continue
            if entry.status is Status.CONFIRMED:
                # Killed after the record had taken it over.
                self._entries.done(entry.batch)
            elif entry.attempts:
                self._record.doubt()
        if self._record.pending is None:
            self._outbox.give_up(DATA_SOURCE)

    def _data_source(self, entry: Entry) -> None:
        unsent = entry.status is Status.SENDING or (self._resend and entry.status is Status.PLANNED)
        if entry.kind is Kind.UPDATE and unsent and entry.request_id is None:
            there = self._deliverer.as_it_is(entry)
            if there is None or there.updated_at != self._record.updated_at:
                # By this update or by somebody else: there is no telling.
                self._record.doubt()
                return
        if entry.kind is Kind.PUBLISH and entry.status is Status.SENDING and entry.request_id is None:
            self._deliverer.until_ended(entry)
            if not self._resend:
                self._record.doubt()
                return
            self._entries.not_sent(entry.batch, "nobody knows what came of it; to be sent again")
            entry = self._entries.entry(entry.batch) or entry
        if entry.kind is Kind.PUBLISH and entry.status is Status.PLANNED and self._is_theirs(entry):
            self._give_up(entry)
            return
        open_end = entry.status in (Status.SENDING, Status.CONFIRMED)
        if open_end or (self._resend and entry.status is Status.PLANNED):
            try:
                self._deliverer.see_through(entry)
            except (JobFailedError, RefusedError):
                if self._resend:
                    raise
                self._give_up(entry)
            except FileLostError as lost:
                logger.warning("Data source %s: %s; everything is published anew.", self._name, lost)
                self._record.doubt()
        elif entry.status in (Status.DONE, Status.SUPERSEDED) and entry.attempts:
            self._record.doubt()
        else:
            self._give_up(entry)

    def _workbook(self, entry: Entry) -> None:
        if entry.status is Status.SENDING and entry.request_id is None:
            entry = self._deliverer.asked_after(entry)
        if entry.status is Status.PLANNED and not self._resend:
            return  # whoever publishes makes it anew
        if entry.status is Status.PLANNED and self._is_theirs(entry):
            self._outbox.give_up(WORKBOOK)
            return
        try:
            self._deliverer.see_through(entry)
        except FileLostError:
            self._outbox.give_up(WORKBOOK)
        except (JobFailedError, RefusedError):
            if self._resend:
                raise

    def _is_theirs(self, entry: Entry) -> bool:
        """Whether something that is certain not to have arrived would now be sent over somebody else's work."""
        found = self._resend and self._deliverer.is_theirs(entry)
        if found:
            what = "Workbook" if entry.table == WORKBOOK else "Data source"
            logger.warning("%s %s on the site is somebody else's now and is left as it is.", what, self._name)
        return found

    def _give_up(self, entry: Entry) -> None:
        """It will not be sent any more. An update that failed may have been carried out in part."""
        if entry.kind is Kind.UPDATE and entry.attempts and entry.status is not Status.PLANNED:
            self._record.doubt()
        else:
            self._record.never(entry.batch)

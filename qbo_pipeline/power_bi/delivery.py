"""Sending what is written down, so that every batch arrives once, whatever happens on the way.

| what happens | what is done |
|---|---|
| 200 | it arrived; the record of the dataset takes it over, once |
| 429 | not carried out: every process waits as long as Power BI says, else longer each time; then again |
| no connection | nothing was sent; again, backing off |
| no answer, 5xx, or this process was killed | Power BI is asked; what is absent is sent again |
| asked in vain, or found in part or twice | the table is replaced by what it ought to hold |
| 400, 413 | the batch is divided until the row that is refused is alone; that one waits, the others go on |
| 401, 403, 404 | nothing can be delivered; what is left waits |

A number of the last attempt goes along as X-PowerBI-PushData-SequenceNumber; where the service honours it, a batch that
is sent twice is added once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qbo_pipeline.power_bi.asking import Asking, Found
from qbo_pipeline.power_bi.changes import kept
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.delivered import Delivered
from qbo_pipeline.power_bi.errors import (
    DeliveryError,
    DeliveryInterruptedError,
    InvalidRequestError,
    PayloadTooLargeError,
    PowerBIError,
    RequestError,
    ThrottledError,
    UnsettledTableError,
)
from qbo_pipeline.power_bi.limits import PushWindows
from qbo_pipeline.power_bi.outbox import Outbox
from qbo_pipeline.power_bi.payloads import Payload, PayloadLostError, Row
from qbo_pipeline.power_bi.push_schema import PushTable
from qbo_pipeline.power_bi.timing import Timing
from qbo_pipeline.state.deliveries import Entry, Kind, Status

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Tally:
    """What a delivery took."""

    batches: int = 0
    rows: int = 0
    posts: int = 0
    """Requests that added rows, those without an answer included."""
    refused: int = 0
    """Batches that Power BI does not take."""
    waited: float = 0.0
    """Seconds that limits held it up."""
    replaced: int = 0
    """Full replacements to come out right."""


class _Doubt(Exception):  # noqa: N818  # no error: it is seen to before anybody hears of it
    """Nobody knows what the table holds."""


class Deliverer:
    """Delivers to one dataset. Whoever makes it holds the dataset's lock; `claim` goes on holding it."""

    def __init__(
        self,
        client: PowerBIClient,
        dataset: str,
        outbox: Outbox,
        delivered: Delivered,
        windows: PushWindows,
        *,
        claim: Callable[[], None],
        timing: Timing,
        sleep: Callable[[float], None] = time.sleep,
        may_wait: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._client = client
        self._dataset = dataset
        self._outbox = outbox
        self._entries = outbox.deliveries
        self._delivered = delivered
        self._windows = windows
        self._claim = claim
        self._timing = timing
        self._sleep = sleep
        self._may_wait = may_wait
        self._asking = Asking(
            client, dataset, visible_within=timing.visible_within, every=timing.ask_every, sleep=sleep
        )
        self.tally = Tally()
        self._divisions = timing.divisions

    def drain(self, table: PushTable) -> None:
        """Send what is written down of a table; what nobody can make sure of is sent by replacing the table.

        Raises:
            DeliveryInterruptedError: Power BI takes no more; the rest stays written down.
            UnsettledTableError: the table does not come out right. PublisherBusyError: the claim was lost.
        """
        try:
            self._drain(table)
        except _Doubt:
            self.restore(table)

    def make_sure(self, table: PushTable) -> bool | None:
        """Ask what the table holds of each batch, and replace it where that is not right.

        Answers whether it was right; None where nobody may ask. Errors: see `drain`.
        """
        right: bool | None = True
        for _ in range(self._timing.replacements):
            differing = self._differences(table)
            if differing is None:
                return None
            if not differing:
                return right
            right = False
            logger.warning("Table %s: %s; it is replaced.", table.name, "; ".join(differing[:5]))
            self._delivered.doubt(table.name)
            self.restore(table)
        raise UnsettledTableError(table.name, "; ".join(self._differences(table) or ["it cannot be asked any more"]))

    def restore(self, table: PushTable) -> None:
        """Replace a table by what it ought to hold, by the record and what is written down. Errors: see `drain`."""
        for _ in range(self._timing.replacements):
            meant = []
            for entry in self._entries.outstanding(self._dataset, table.name):
                try:
                    meant.append((entry, self._outbox.load(entry)))
                except PayloadLostError as lost:
                    logger.warning("Table %s: %s", table.name, lost)
            self._delivered.doubt(table.name, meant)
            self._entries.supersede(self._dataset, table.name, refused=False)
            self.tally.replaced += 1
            self.plan(table, Kind.REPLACE, kept(self._delivered, table.name), companies=None, restores=True)
            try:
                self._drain(table)
            except _Doubt:
                continue
            return
        raise UnsettledTableError(table.name, "no answer says what came of the last batch, and nobody may ask")

    def plan(
        self, table: PushTable, kind: Kind, groups: Iterator[Sequence[Row]], companies: Sequence[str] | None, *,
        restores: bool = False,
    ) -> None:  # fmt: skip
        """Write down what is to be sent; `restores`: it is what the table was to hold, and nothing of the warehouse."""
        state = self._delivered.state(table.name)
        clear = kind is Kind.REPLACE and not (state.known and state.rows == 0)
        self._outbox.plan(
            table.name, kind, groups, signed=table.signed, control=table.control, companies=companies, clear=clear,
            restores=restores,
        )  # fmt: skip

    def _drain(self, table: PushTable) -> None:
        self._divisions = self._timing.divisions
        while waiting := self._entries.outstanding(self._dataset, table.name):
            for entry in waiting:
                try:
                    payload = self._outbox.load(entry)
                except PayloadLostError as lost:
                    logger.warning("Table %s: %s", table.name, lost)
                    raise _Doubt from None
                self._settle(table, entry, payload)

    def _settle(self, table: PushTable, entry: Entry, payload: Payload | None) -> None:
        """See one batch through."""
        if entry.status is not Status.CONFIRMED and not self._arrives(table, entry, payload):
            return
        self._delivered.arrived(entry, payload)
        self._entries.done(entry.batch)
        self._outbox.drop(entry)
        if payload is not None:
            self.tally.batches += 1
            self.tally.rows += len(payload.keys)

    def _arrives(self, table: PushTable, entry: Entry, payload: Payload | None) -> bool:
        """Send a batch until it is known to have arrived; False where it is refused for good."""
        sequence = entry.sequence
        # An attempt that nobody knows the end of keeps its number: where numbers count, it is not added twice.
        unknown = entry.status is Status.SENDING
        attempts = throttles = 0
        while True:
            if unknown and payload is not None:
                found = self._ask(table, entry, payload, sequence)
                if found is Found.ARRIVED:
                    self._entries.confirmed(entry.batch, None, "no answer came; Power BI was asked and has it")
                    return True
                if found is not Found.ABSENT:
                    raise _Doubt
                self._entries.not_sent(entry.batch, "no answer came; Power BI was asked and does not have it")
            if not unknown or sequence is None:
                sequence = self._entries.next_number(self._dataset)
            try:
                request_id = self._send(table, entry, payload, sequence)
            except ThrottledError as error:
                self._entries.not_sent(entry.batch, error.reason)
                throttles += 1
                if throttles > self._timing.throttles:
                    raise self._interrupted(table, error) from error
                self._windows.close(self._dataset, self._silence(error, throttles))
                unknown = False
                continue
            except RequestError as error:
                attempts += 1
                if not error.ambiguous:
                    # A second attempt may be refused because the first did arrive after all, where numbers count.
                    second = unknown and payload is not None and not error.retryable
                    if second and payload and self._ask(table, entry, payload, sequence) is Found.ARRIVED:
                        self._entries.confirmed(entry.batch, None, "the attempt without an answer had arrived")
                        return True
                    if isinstance(error, InvalidRequestError | PayloadTooLargeError) and payload is not None:
                        self._refused(table, entry, payload, error)
                        return False
                    self._entries.not_sent(entry.batch, error.reason)
                unknown = error.ambiguous
                if attempts >= self._timing.attempts or not (error.retryable or error.ambiguous):
                    raise self._interrupted(table, error) from error
                logger.warning("Table %s, batch %s: %s", table.name, entry.batch, error)
                self._sleep(min(self._timing.backoff * 2 ** (attempts - 1), self._timing.longest_backoff))
                continue
            except DeliveryError as error:
                self._entries.not_sent(entry.batch, str(error))
                raise
            except PowerBIError as error:
                self._entries.not_sent(entry.batch, str(error))
                raise self._interrupted(table, error) from error
            self._entries.confirmed(entry.batch, request_id)
            return True

    def _refused(self, table: PushTable, entry: Entry, payload: Payload, error: RequestError) -> None:
        """One row may spoil a batch: it is divided until that row is alone, and the others go."""
        if self._divisions > 0 and self._outbox.divide(entry, payload):
            self._divisions -= 1
            logger.warning("Table %s: batch %s is sent in parts. %s", table.name, entry.batch, error)
            return
        self.tally.refused += 1
        rows = ", ".join(dict.fromkeys(payload.keys[:3])) + (" …" if len(payload.keys) > 3 else "")
        told = f"row {rows}: {error.reason}"
        logger.error("Table %s: batch %s is refused, with %s. %s", table.name, entry.batch, told, error)
        self._entries.refused(entry.batch, told, error.context.request_id)

    def _send(self, table: PushTable, entry: Entry, payload: Payload | None, sequence: int) -> str | None:
        """One attempt, on record before it leaves."""
        self._claim()
        if payload is None:
            if (wait := self._room(table, entry)) > 0:
                self._wait(table, wait)
            # Deleting all rows twice does no harm: nothing is sent after it before it is known to be done.
            self._entries.begin(entry.batch, sequence)
            return self._client.delete_rows(self._dataset, table.name).request_id
        wait = self._windows.grant(
            self._dataset, len(payload.keys), most_rows=self._delivered.most_rows(), may_wait=self._may_wait
        )
        if wait > 0:
            self._wait(table, wait)
        body = payload.request()
        self._entries.begin(entry.batch, sequence)
        self.tally.posts += 1
        return self._client.post_rows(self._dataset, table.name, body, sequence).request_id

    def _room(self, table: PushTable, clear: Entry) -> float:
        """Seconds until all that follows a CLEAR may leave: no table is to be empty while limits are waited for."""
        following = [one for one in self._entries.outstanding(self._dataset, table.name) if one.number > clear.number]
        return self._windows.room(
            self._dataset, len(following), sum(one.rows for one in following), most_rows=self._delivered.most_rows(),
            may_wait=self._may_wait,
        )  # fmt: skip

    def _wait(self, table: PushTable, seconds: float) -> None:
        """Wait for the limits, and hold the claim meanwhile."""
        if seconds > 5:
            logger.info("Table %s: the limits of the dataset hold it up for %.0f s.", table.name, seconds)
        self.tally.waited += seconds
        while seconds > 0:
            step = min(seconds, 60.0)
            self._sleep(step)
            seconds -= step
            self._claim()

    def _silence(self, error: ThrottledError, throttles: int) -> float:
        backoff = min(self._timing.backoff * 2**throttles, self._timing.longest_backoff)
        # A date that is past already says that our clock is ahead, not that there is nothing to wait for.
        wait = error.retry_after or backoff
        logger.warning("%s Waiting %.1f s.", error, wait)
        return wait

    def _ask(self, table: PushTable, entry: Entry, payload: Payload, sequence: int | None) -> Found:
        try:
            return self._asking.batch(table, entry.batch, payload.sums(), sequence)
        except PowerBIError as error:
            raise self._interrupted(table, error) from error

    def _differences(self, table: PushTable) -> list[str] | None:
        try:
            return self._asking.differences(table, self._delivered.sums(table.name))
        except PowerBIError as error:
            raise self._interrupted(table, error) from error

    def _interrupted(self, table: PushTable, cause: PowerBIError) -> DeliveryInterruptedError:
        waiting = len(self._entries.outstanding(self._dataset, table.name))
        return DeliveryInterruptedError(table.name, waiting, cause)

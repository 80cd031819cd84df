"""Sending again what failed or was left behind, from the outbox alone: no call to QuickBooks, no warehouse."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from qbo_pipeline.settings import Settings
from qbo_pipeline.state.deliveries import Entry, Status
from qbo_pipeline.tableau.delivery import Deliverer
from qbo_pipeline.tableau.errors import JobFailedError, RefusedError
from qbo_pipeline.tableau.manner import Manner
from qbo_pipeline.tableau.publish import project_of
from qbo_pipeline.tableau.publisher import open_publisher
from qbo_pipeline.tableau.settling import settle


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay did."""

    sent: tuple[Entry, ...]
    """What arrived."""
    refused: tuple[Entry, ...]
    """What Tableau still does not take; it waits."""
    given_up: tuple[Entry, ...]
    """What cannot be sent from the outbox any more; the next publish brings its rows."""
    in_doubt: bool
    """Whether nobody knows what the data source holds; the next publish sends everything."""


def replay(settings: Settings, *, manner: Manner | None = None, tell: Callable[[str], None] = lambda _: None) -> Replay:
    """Send again every publication and update that failed, or that a killed process left behind.

    What a later publication brought is not among them.

    Raises:
        NotConfiguredError, NotInstalledError, PublisherBusyError: nothing was done.
        DeliveryInterruptedError: Tableau takes no more; the rest stays written down.
        RequestError, SignInError: Tableau could not be asked.
    """
    with open_publisher(settings, manner) as publisher:
        outbox = publisher.outbox
        waiting = [*outbox.outstanding(), *outbox.failed()]
        if not waiting and publisher.record.pending is None:
            return Replay((), (), (), in_doubt=not publisher.record.known)
        # What is refused again says so in its entry.
        with suppress(JobFailedError, RefusedError):
            settle(publisher, Deliverer(publisher, project_of(publisher), tell), resend=True)
        now = [outbox.deliveries.entry(one.batch) or one for one in waiting]
        return Replay(
            tuple(one for one in now if one.status is Status.DONE),
            tuple(one for one in now if one.status in (Status.FAILED, Status.PLANNED)),
            tuple(one for one in now if one.status is Status.SUPERSEDED),
            in_doubt=not publisher.record.known,
        )

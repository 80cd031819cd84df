"""Publications that are written down: what they showed, what was compared, why one failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from qbo_pipeline.publishing.errors import PublishingError
from qbo_pipeline.publishing.haste import Haste
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.publications import Publications
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.tableau.errors import PatienceError, TableauError
from qbo_pipeline.tableau.files import write_books
from qbo_pipeline.tableau.manner import JobPatience, Manner
from qbo_pipeline.tableau.publication import Kind, Publication
from qbo_pipeline.tableau.publish import publish
from qbo_pipeline.tableau.publisher import DESTINATION
from qbo_pipeline.tableau.requests import Patience
from qbo_pipeline.tableau.verify import verify


def publish_recorded(
    settings: Settings,
    *,
    full: bool = False,
    files: bool = True,
    within: float | None = None,
    refresh_within: float = 0.0,
    compare: Callable[[], bool] = lambda: False,
    tell: Callable[[str], None] = lambda _: None,
) -> Publication:
    """`publish`, and write down what came of it. Other arguments and errors: see there.

    Args:
        compare: asked when all is published, whether it is downloaded and compared with the warehouse; what differs
            is mended by publishing everything. The files on this disk are written for that.
        within: for so many seconds limits, jobs and other publishers are waited for at most, and what Tableau does not
            answer is not asked again; by default everything is waited for.

    Raises:
        PatienceError: `within` is over. What was sent stays written down.
    """
    started_at = datetime.now(UTC)
    manner = None if within is None else _hurried(within)
    with StateStore(settings.state_url) as store:
        records = Publications(store, DESTINATION, place=settings.place_of(DESTINATION))
        try:
            done = publish(
                settings, full=full, files=files, manner=manner, refresh_within=refresh_within, tell=tell
            )  # fmt: skip
            if compare():
                tell("Comparing what is published with the warehouse")
                done = _compared(settings, done, manner)
                if _differs(done):
                    # The warehouse went on meanwhile, or somebody else published what is newer: once more, and alone.
                    tell("It differs: what is new is published, and both are compared in one state")
                    newer = publish(settings, verified=True, manner=manner, refresh_within=refresh_within, tell=tell)
                    done = _both(done, newer)
                if _differs(done):
                    # Somebody changed it unnoticed, or an update did not do what its job said.
                    tell("It differs: everything is published")
                    done = publish(
                        settings, full=True, verified=True, manner=manner, refresh_within=refresh_within, tell=tell
                    )  # fmt: skip
        except (TableauError, PublishingError) as error:
            records.record(started_at, failure=str(error))
            raise
        found = done.verification
        records.record(
            started_at,
            dataset=done.luid,
            warehouse=done.warehouse,
            rows=done.rows,
            batches=0 if done.kind is Kind.NOTHING else 1,
            quarantined=done.left_out,
            totals=0 if found is None else found.compared,
            unequal=() if found is None else found.differences,
        )
    return done


def _both(done: Publication, newer: Publication) -> Publication:
    """Two publications in a row as one, for people: of the second, unless it had nothing to send."""
    if newer.kind is not Kind.NOTHING:
        return newer
    return replace(done, warehouse=newer.warehouse, files=newer.files, verification=newer.verification)


def _differs(done: Publication) -> bool:
    return done.verification is not None and not done.verification.equal


def _compared(settings: Settings, done: Publication, manner: Manner | None) -> Publication:
    """Compare what is published with the warehouse, by the extract on this disk."""
    written = done.files or write_books(settings)
    found = verify(settings, extract=written.extract, shown=done.warehouse, manner=manner)
    return replace(done, files=written, verification=found)


def _hurried(seconds: float) -> Manner:
    haste = Haste(seconds, PatienceError)
    return Manner(
        patience=Patience(attempts=1, throttles=1),
        jobs=replace(JobPatience(), within=seconds),
        attempts=1,
        lock_wait_seconds=seconds,
        sleep=haste,
        may_wait=haste.may_wait,
    )

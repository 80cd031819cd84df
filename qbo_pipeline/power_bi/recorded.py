"""Publications that are written down: what they showed, whether their totals agree, why one failed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.errors import DeliveryError, PowerBIError
from qbo_pipeline.power_bi.publication import Publication, TablePublication
from qbo_pipeline.power_bi.publish import publish
from qbo_pipeline.power_bi.publisher import DESTINATION, Manner
from qbo_pipeline.power_bi.requests import Patience
from qbo_pipeline.power_bi.timing import PATIENT
from qbo_pipeline.power_bi.verify import Total
from qbo_pipeline.publishing.haste import Haste
from qbo_pipeline.publishing.snapshot import warehouse_state
from qbo_pipeline.settings import PowerBISettings, Settings
from qbo_pipeline.state.publications import PublicationRecord, Publications
from qbo_pipeline.state.store import StateStore

logger = logging.getLogger(__name__)

_ONCE = Patience(attempts=1)


class PatienceError(DeliveryError):
    """Power BI's limits hold the publication up for longer than whoever asked for it waits."""

    hint = "Nothing is lost: what is left is sent by the next publication."

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Power BI's limits ask for {seconds:.0f} more seconds of waiting. {self.hint}")


def publish_recorded(
    settings: Settings,
    *,
    tables: Collection[str] | None = None,
    companies: Sequence[str] | None = None,
    allow_breaking: bool = False,
    everything: bool = False,
    within: float | None = None,
    compare: Callable[[], bool] = lambda: True,
    tell: Callable[[TablePublication], None] = lambda _: None,
) -> Publication:
    """`publish`, and write down what came of it. Other arguments and errors: see there.

    Where totals of all of it are not those of the warehouse, Power BI is asked what every table holds, and what is
    something else is replaced: somebody else, or another data folder, wrote to it since.

    Args:
        within: for so many seconds limits and other publishers are waited for at most, and what Power BI does not
            answer is not asked again; by default everything is waited for.

    Raises:
        PatienceError: `within` is over.
    """
    started_at = datetime.now(UTC)
    whole = tables is None and companies is None
    shows = warehouse_state(settings.data.warehouse) if whole else None
    manner, client = (None, PowerBIClient) if within is None else _hurried(within)
    with StateStore(settings.state_url) as store:
        records = Publications(store, DESTINATION, place=settings.place_of(DESTINATION))
        publishing = partial(
            publish,
            settings,
            tables=tables,
            companies=companies,
            allow_breaking=allow_breaking,
            manner=manner,
            client=client,
            compare=compare,
            tell=tell,
        )
        try:
            done = publishing(everything=everything)
            if whole and not everything and any(one.astray for one in done.totals):
                logger.warning("Totals in Power BI are not the warehouse's: every table is asked what it holds.")
                done = _together(done, publishing(everything=True))
        except PowerBIError as error:
            records.record(started_at, failure=str(error))
            raise
        records.record(
            started_at,
            dataset=done.dataset_id,
            warehouse=shows,
            rows=done.rows,
            batches=done.batches,
            quarantined=done.quarantined,
            totals=len(done.totals),
            unequal=[
                *(in_words(one) for one in done.totals if not one.equal),
                *(() if whole else _not_looked_at(records.last(succeeded=True, compared=True), done)),
            ],
        )
    return done


def _not_looked_at(last: PublicationRecord | None, done: Publication) -> list[str]:
    """What differed before of companies and measures that were not compared now: it is not to pass for equal."""
    if last is None or last.dataset != done.dataset_id or not done.totals:
        return []
    compared = tuple(_subject(one) for one in done.totals)
    return [told for told in last.unequal if not told.startswith(compared)]


def _together(first: Publication, then: Publication) -> Publication:
    """Two publications, one after the other, as the one that whoever asked knows of: rows of both, the end of `then`.

    What only `first` sent is not to pass for unchanged: assets and the record of publications have it from here.
    """
    before = {one.table: one for one in first.tables}
    return replace(
        then,
        started_at=first.started_at,
        seconds=first.seconds + then.seconds,
        schema=first.schema,
        tables=tuple(_both(before[one.table], one) if one.table in before else one for one in then.tables),
    )


def _both(first: TablePublication, then: TablePublication) -> TablePublication:
    return replace(
        then,
        kind=then.kind or first.kind,
        added=first.added + then.added,
        changed=first.changed + then.changed,
        removed=first.removed + then.removed,
        rows=first.rows + then.rows,
        batches=first.batches + then.batches,
        posts=first.posts + then.posts,
        replaced=first.replaced + then.replaced,
        seconds=first.seconds + then.seconds,
        waited=first.waited + then.waited,
        companies=None if first.companies is None or then.companies is None else first.companies | then.companies,
    )


def _hurried(seconds: float) -> tuple[Manner, Callable[[PowerBISettings], PowerBIClient]]:
    haste = Haste(seconds, PatienceError)
    manner = Manner(
        timing=replace(PATIENT, attempts=1), lock_wait_seconds=seconds, sleep=haste, may_wait=haste.may_wait
    )
    return manner, partial(PowerBIClient, patience=_ONCE, sleep=haste)


def in_words(total: Total) -> str:
    """`Net Income of 9341452000000001, 2023-11-01 to 2026-11-30: 12.00 in the warehouse, 11.00 in Power BI`."""
    ways = [f"{total.warehouse:,} in the warehouse"]
    if total.power_bi is not None:
        ways.append(f"{total.power_bi:,} in Power BI")
    if total.quickbooks is not None:
        ways.append(f"{total.quickbooks:,} in QuickBooks' report")
    return f"{_subject(total)}{total.first_day} to {total.last_day}: {', '.join(ways)}"


def _subject(total: Total) -> str:
    """What a total is of, with which its words begin."""
    return f"{total.measure} of {total.company}, "

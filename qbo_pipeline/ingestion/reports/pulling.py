"""One pull: the statements of all months, then the legs of those that changed, then what is open today."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from qbo_pipeline.ingestion.ledger import RequestLedger, charge_to
from qbo_pipeline.ingestion.reading import Progress
from qbo_pipeline.ingestion.reports.digests import first_with_figures, month_digests
from qbo_pipeline.ingestion.reports.known import KnownReports
from qbo_pipeline.ingestion.reports.months import month_of, months_between, plus
from qbo_pipeline.ingestion.reports.planning import EARLIEST, Span, due, months_to_ask_for, spans
from qbo_pipeline.ingestion.reports.reading import ReportReader
from qbo_pipeline.ingestion.reports.results import MonthAsked
from qbo_pipeline.lake.report_batches import ReportBatch
from qbo_pipeline.quickbooks.company import CompanyApi
from qbo_pipeline.quickbooks.errors import QuickBooksError
from qbo_pipeline.quickbooks.reports.requests import Basis, ReportName
from qbo_pipeline.quickbooks.reports.statements import Figure
from qbo_pipeline.quickbooks.together import together

logger = logging.getLogger(__name__)

STATEMENT_MONTHS = 48
"""Months of one request for a statement: few requests, and far from the 100 columns that QuickBooks caps reports at."""

_STATEMENTS = (ReportName.BALANCE_SHEET, ReportName.PROFIT_AND_LOSS)


@dataclass(slots=True)
class PullRead:
    """What a pull brought into the lake."""

    started_at: datetime
    ledger: RequestLedger = field(default_factory=RequestLedger)
    batches: list[ReportBatch] = field(default_factory=list)
    months: int = 0
    asked: list[MonthAsked] = field(default_factory=list)
    legs: int = 0
    failures: dict[str, Exception] = field(default_factory=dict)
    """What was asked for → what went wrong."""


class ReportPuller:
    """Pulls the reports of one company, for one run."""

    def __init__(
        self,
        company: CompanyApi,
        lake: Path,
        run_id: str,
        known: KnownReports,
        on_progress: Progress | None,
        now: datetime,
        *,
        everything: bool,
    ) -> None:
        self._company = company
        self._lake = lake
        self._run_id = run_id
        self._known = known
        self._on_progress = on_progress
        self._now = now
        self._everything = everything

    async def pull(self) -> PullRead:
        """Pull; what fails is in the answer, and what was received until then."""
        read = PullRead(self._now)
        charge_to(read.ledger)
        with ReportReader(self._company, self._lake, self._run_id, self._known.chart) as reader:
            try:
                await self._pull(reader, read)
            except (QuickBooksError, OSError) as error:
                read.failures["statements"] = error
            read.batches = reader.batches
        return read

    async def _pull(self, reader: ReportReader, read: PullRead) -> None:
        today = self._now.astimezone(self._known.zone).date()
        months = months_to_ask_for(self._known.dated, today)
        self._tell_of_far_dates(months)
        statements = dict(
            zip(Basis, await together(self._statements(reader, basis, months) for basis in Basis), strict=True)
        )
        # Of the months before the first document only those count in which there is something, on either basis.
        begins = [one for found in statements.values() if (one := first_with_figures(*found)) is not None]
        months = months_between(min([months[1], *begins]), months[-1])
        read.months = len(months)
        pulls, touched, computed = self._known.pulls, self._known.touched, self._known.retained_earnings
        digests = {basis: month_digests(months, *found, computed) for basis, found in statements.items()}
        for basis in Basis:
            read.asked += due(basis, digests[basis], pulls, touched, everything=self._everything)
        about = self._known.legs_about if read.asked else {}
        legs = {
            (one.basis, one.month): max(
                about.get(one.month, 0), pull.legs if (pull := pulls.get((one.basis, one.month))) else 0
            )
            for one in read.asked
        }
        pulled_at = self._before(reader)
        work: dict[str, Awaitable[None]] = {
            _told(span): self._legs(reader, read, span, digests[span.basis], pulled_at)
            for span in spans(read.asked, legs)
        }
        work |= self._as_of(reader, today, changed=bool(read.asked))
        await self._all(work, read)

    def _tell_of_far_dates(self, months: Sequence[date]) -> None:
        for day in self._known.dated or ():
            if not months[0] <= month_of(day) <= months[-1]:
                logger.warning(
                    "company %s: a document is dated %s, which QuickBooks' reports are not pulled for. Look for it by "
                    "txn_date, and mend its date in QuickBooks.", self._company.realm_id, day,
                )  # fmt: skip

    async def _statements(
        self, reader: ReportReader, basis: Basis, months: Sequence[date]
    ) -> tuple[list[Figure], list[Figure]]:
        """Figures of balance sheet and income statement of months, and of earlier ones while those are not empty."""
        found: dict[ReportName, list[Figure]] = {one: [] for one in _STATEMENTS}
        chunks = [months[at : at + STATEMENT_MONTHS] for at in range(0, len(months), STATEMENT_MONTHS)]
        while chunks:
            asked = [(report, chunk) for report in _STATEMENTS for chunk in chunks]
            answered = await together(reader.figures(report, basis, chunk) for report, chunk in asked)
            for (report, _), figures in zip(asked, answered, strict=True):
                found[report] += figures
            earliest = chunks[0][0]
            is_empty = first_with_figures(*found.values()) != earliest
            chunks = [] if is_empty or earliest <= EARLIEST else [_before(earliest)]
        return found[ReportName.BALANCE_SHEET], found[ReportName.PROFIT_AND_LOSS]

    def _before(self, reader: ReportReader) -> datetime:
        """QuickBooks' time from before the first statement. Its stamps are whole seconds, so that what changes within
        that second may or may not be in the answers: it counts as later."""
        times = [datetime.fromisoformat(one.manifest.pulled_at) for one in reader.batches]
        return min(times).astimezone(UTC).replace(microsecond=0) - timedelta(seconds=1)

    async def _legs(
        self, reader: ReportReader, read: PullRead, span: Span, digests: Mapping[date, str], pulled_at: datetime
    ) -> None:
        received = await reader.legs(span, digests, pulled_at)
        read.legs += received

    def _as_of(self, reader: ReportReader, today: date, *, changed: bool) -> dict[str, Awaitable[None]]:
        """Balances and open documents at the end of the last month, and today; again only where something changed."""
        work: dict[str, Awaitable[None]] = {}

        def due(report: ReportName, basis: Basis | None, day: date) -> bool:
            return changed or (report, basis, day) not in self._known.as_of

        for day in (month_of(today) - timedelta(days=1), today):
            for basis in Basis:
                if due(ReportName.TRIAL_BALANCE, basis, day):
                    work[f"TrialBalance, {basis}, {day}"] = reader.trial_balance(basis, day)
            for report in (ReportName.AGED_RECEIVABLES, ReportName.AGED_PAYABLES):
                if due(report, None, day):
                    work[f"{report}, {day}"] = reader.aging(report, day)
            if due(ReportName.INVENTORY_VALUATION, None, day):
                work[f"InventoryValuationSummary, {day}"] = reader.inventory_valuation(day)
        return work

    async def _all(self, work: Mapping[str, Awaitable[None]], read: PullRead) -> None:
        """Wait for all, side by side; one that fails says so, and the others go on."""
        done = 0

        async def one(name: str, asked: Awaitable[None]) -> None:
            nonlocal done
            try:
                await asked
            except (QuickBooksError, OSError) as error:
                read.failures[name] = error
            done += 1
            if self._on_progress is not None:
                self._on_progress("reports", done, len(work))

        await asyncio.gather(*(one(*each) for each in work.items()))


def _before(month: date) -> list[date]:
    return months_between(max(plus(month, -STATEMENT_MONTHS), EARLIEST), plus(month, -1))


def _told(span: Span) -> str:
    return f"legs, {span.basis}, {span.months[0]:%Y-%m} to {span.months[-1]:%Y-%m}"

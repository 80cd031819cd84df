"""Pulling QuickBooks' own reports of companies: asking, merging, showing them to readers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from qbo_pipeline.ingestion.access import Access
from qbo_pipeline.ingestion.reading import Progress
from qbo_pipeline.ingestion.reports.known import KnownReports, known_reports
from qbo_pipeline.ingestion.reports.pulling import PullRead, ReportPuller
from qbo_pipeline.ingestion.reports.results import ReportPull, ReportPullError
from qbo_pipeline.lake.report_batches import report_lake
from qbo_pipeline.lake.waiting import left_behind
from qbo_pipeline.quickbooks.reports.requests import Basis
from qbo_pipeline.warehouse.reports import MonthMerged


class ReportPulls:
    """Pulls reports of companies."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def pull(
        self, realm_id: str, run_id: str, *, on_progress: Progress | None = None, everything: bool = False
    ) -> ReportPull:
        """Bring QuickBooks' own reports up to date, and publish.

        Asks for the statements of all months, then for the legs of the months that changed since they were pulled.

        Args:
            realm_id: the company.
            run_id: who asks.
            on_progress: told `reports`, how many are there and how many there will be.
            everything: ask for the legs of all months.

        Raises:
            ReportPullError: some reports could not be had; the others are in the warehouse and published.
        """
        answer = self.pull_all([realm_id], run_id, on_progress=on_progress, everything=everything)[realm_id]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pull_all(
        self,
        realm_ids: Sequence[str],
        run_id: str,
        *,
        on_progress: Progress | None = None,
        everything: bool = False,
    ) -> Mapping[str, ReportPull | Exception]:
        """The same for several companies side by side, shown to readers together: what came of each, or its error."""
        began, now = time.monotonic(), datetime.now(UTC)
        settings = self._access.settings
        if left_behind(report_lake(settings.data.lake)):  # a process died before it merged what it had pulled
            with self._access.publishing() as warehouse:
                warehouse.catch_up()
        budget = settings.call_budget_per_month
        if self._access.spent_this_month(now) >= budget:
            with self._access.publishing():  # the models of a load that left them to the reports
                pass
            note = f"The {budget:,} calls of this month are spent; QBO_CALL_BUDGET_PER_MONTH sets how many there are."
            return {one: ReportPull(one, run_id, now, 0.0, 0, 0, 0, (), (), 0, note) for one in realm_ids}
        known = self._known(realm_ids)
        pullers = [
            ReportPuller(
                self._access.company(one), settings.data.lake, run_id, known[one], on_progress, now,
                everything=everything,
            )
            for one in realm_ids
        ]  # fmt: skip

        async def pull() -> list[PullRead | BaseException]:
            return await asyncio.gather(*(one.pull() for one in pullers), return_exceptions=True)

        read: dict[str, PullRead] = {}
        answers: dict[str, ReportPull | Exception] = {}
        for one, pulled in zip(realm_ids, self._access.loop.run(pull()), strict=True):
            if isinstance(pulled, PullRead):
                read[one] = pulled
            elif isinstance(pulled, Exception):
                answers[one] = pulled
            else:
                raise pulled
        for one, done in self._merge(run_id, read, began).items():
            failures = read[one].failures
            answers[one] = ReportPullError(one, failures, done) if failures else done
        return answers

    def _known(self, realm_ids: Sequence[str]) -> Mapping[str, KnownReports]:
        if not self._access.settings.data.warehouse.exists():
            return {one: known_reports(lambda *_: [], one) for one in realm_ids}
        with self._access.reading() as query:
            return {one: known_reports(query, one) for one in realm_ids}

    def _merge(self, run_id: str, read: Mapping[str, PullRead], began: float) -> Mapping[str, ReportPull]:
        """Bring pulled reports, by realm id, into the warehouse, and show them."""
        merged: dict[str, list[MonthMerged]] = {}
        with self._access.publishing() as warehouse:
            for realm_id, one in read.items():
                merged[realm_id] = warehouse.merge_reports(one.batches)
            warehouse.catch_up()
            for one in read.values():
                warehouse.record_calls(run_id, one.ledger.calls)
        for realm_id, one in read.items():
            self._access.usage.add(realm_id, "report", len(one.ledger.calls))
        return {
            realm_id: ReportPull(
                realm_id=realm_id,
                run_id=run_id,
                started_at=one.started_at,
                seconds=time.monotonic() - began,
                requests=len(one.ledger.calls),
                bytes_received=one.ledger.bytes_received,
                months=one.months,
                months_asked=tuple(one.asked),
                months_changed=tuple((Basis(month.basis), month.month) for month in merged[realm_id] if month.changed),
                legs=one.legs,
            )
            for realm_id, one in read.items()
        }

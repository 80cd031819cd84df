"""From QuickBooks to the lake: reports are asked for, kept as received, read, and typed."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Generic, TypeVar

import pyarrow as pa

from qbo_pipeline.ingestion.reports.months import halves, last_day, month_of, months_between
from qbo_pipeline.ingestion.reports.planning import Span
from qbo_pipeline.lake.report_batches import (
    KeptAnswer,
    MonthOfLegs,
    ReportBatch,
    ReportBatchWriter,
    ReportManifest,
)
from qbo_pipeline.lake.report_rows import aging_rows, balance_rows, figure_rows, inventory_rows, leg_rows
from qbo_pipeline.quickbooks.company import CompanyApi
from qbo_pipeline.quickbooks.errors import QuickBooksError
from qbo_pipeline.quickbooks.reports import requests
from qbo_pipeline.quickbooks.reports.balances import parse_aging, parse_inventory_valuation, parse_trial_balance
from qbo_pipeline.quickbooks.reports.document import decode
from qbo_pipeline.quickbooks.reports.errors import (
    ReportError,
    ReportShapeError,
    SmallestReportTruncatedError,
    TruncatedReportError,
    UnusableReportError,
)
from qbo_pipeline.quickbooks.reports.general_ledger import parse_general_ledger
from qbo_pipeline.quickbooks.reports.journal import parse_journal
from qbo_pipeline.quickbooks.reports.legs import Leg, check_balanced
from qbo_pipeline.quickbooks.reports.requests import Basis, ReportName, ReportRequest
from qbo_pipeline.quickbooks.reports.statements import Figure, parse_statement
from qbo_pipeline.quickbooks.together import together

T = TypeVar("T")
R = TypeVar("R")

SIDE_BY_SIDE = 6
"""Requests under way at once, so that no more than so many large answers wait in memory."""

_ZERO = Decimal(0)
_SIDES = {ReportName.AGED_RECEIVABLES: "receivable", ReportName.AGED_PAYABLES: "payable"}


@dataclass(slots=True)
class _Asked(Generic[T]):
    """What is to become one batch."""

    requests: Sequence[ReportRequest]
    first_day: date
    last_day: date
    read: Callable[[bytes, ReportRequest], list[T]]
    typed: Callable[[list[T], int], pa.Table]
    """The rows, given the number of the pull."""
    months: Callable[[list[T]], list[MonthOfLegs]] = field(default=lambda _: [])
    pulled_at: datetime | None = None
    """None: when QuickBooks made the first of the answers."""
    basis: Basis | None = None

    @property
    def report(self) -> ReportName:
        return self.requests[0].report


class ReportReader:
    """Reads reports of one company into the lake, for one run; a context manager, for its thread."""

    def __init__(self, company: CompanyApi, lake: Path, run_id: str, chart: Mapping[str, str]) -> None:
        self._company = company
        self._lake = lake
        self._run_id = run_id
        self._chart = chart
        self._room = asyncio.Semaphore(SIDE_BY_SIDE)
        self._typing = ThreadPoolExecutor(1, thread_name_prefix="reports")
        self.batches: list[ReportBatch] = []
        """What was written so far, that could not be used included."""

    def __enter__(self) -> ReportReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._typing.shutdown()

    async def figures(self, report: ReportName, basis: Basis, months: Sequence[date]) -> list[Figure]:
        """BalanceSheet or ProfitAndLoss of months that follow on each other.

        Raises:
            UnusableReportError, RequestError, OAuthError: nothing was taken from it.
        """
        realm_id, days = self._company.realm_id, (months[0], last_day(months[-1]))

        def read(body: bytes, request: ReportRequest) -> list[Figure]:
            asked = months_between(month_of(request.first_day or months[0]), month_of(request.last_day))
            return parse_statement(decode(body), asked)

        asked = _Asked(
            [requests.statement(report, basis, *days)], *days, read,
            lambda figures, pull: figure_rows(figures, realm_id, basis, report, pull), basis=basis,
        )  # fmt: skip
        return await self._batch(asked)

    async def legs(self, span: Span, digests: Mapping[date, str], pulled_at: datetime) -> int:
        """The legs of months; returns how many.

        Args:
            span: the months, and how to ask for them.
            digests: of their statements, that were asked for before.
            pulled_at: QuickBooks' time from before the statements.

        Raises:
            UnusableReportError, RequestError, OAuthError: nothing was taken from it.
        """
        realm_id = self._company.realm_id

        def read(body: bytes, request: ReportRequest) -> list[Leg]:
            report = decode(body)
            legs = parse_journal(report) if span.basis is Basis.ACCRUAL else parse_general_ledger(report, self._chart)
            _check_days(legs, request)
            return legs

        asked = _Asked(
            [requests.legs(span.basis, *days) for days in span.parts], span.months[0], last_day(span.months[-1]), read,
            lambda legs, pull: leg_rows(legs, realm_id, span.basis, pull),
            lambda legs: _months_of_legs(legs, span.months, digests), pulled_at, span.basis,
        )  # fmt: skip
        return len(await self._batch(asked))

    async def trial_balance(self, basis: Basis, day: date) -> None:
        """The trial balance at the end of a day. Errors: see `figures`."""
        realm_id = self._company.realm_id
        await self._batch(
            _Asked(
                [requests.trial_balance(basis, day)], day, day,
                lambda body, _: parse_trial_balance(decode(body)),
                lambda balances, pull: balance_rows(balances, realm_id, basis, day, pull), basis=basis,
            )
        )  # fmt: skip

    async def aging(self, report: ReportName, day: date) -> None:
        """Open documents of one side at the end of a day. Errors: see `figures`."""
        realm_id = self._company.realm_id
        await self._batch(
            _Asked(
                [requests.as_of(report, day)], day, day,
                lambda body, _: parse_aging(decode(body)),
                lambda items, pull: aging_rows(items, realm_id, _SIDES[report], day, pull),
            )
        )  # fmt: skip

    async def inventory_valuation(self, day: date) -> None:
        """What is on stock at the end of a day. Errors: see `figures`."""
        realm_id = self._company.realm_id
        await self._batch(
            _Asked(
                [requests.as_of(ReportName.INVENTORY_VALUATION, day)], day, day,
                lambda body, _: parse_inventory_valuation(decode(body)),
                lambda values, pull: inventory_rows(values, realm_id, day, pull),
            )
        )  # fmt: skip

    async def _batch(self, asked: _Asked[T]) -> list[T]:
        """Ask, and write one batch of what came, whatever came."""
        answers: list[KeptAnswer] = []
        try:
            parts = await together(self._whole(request, asked.read, answers) for request in asked.requests)
        except QuickBooksError as error:
            if answers:
                await self._aside(self._write, asked, answers, [], str(error))
            raise
        rows = [row for part in parts for row in part]
        try:
            await self._aside(self._write, asked, answers, rows, None)
        except ReportError as error:
            refused = UnusableReportError(self._company.realm_id, asked.requests[0], error.reason)
            await self._aside(self._write, asked, answers, [], str(refused))
            raise refused from None
        return rows

    async def _whole(
        self, request: ReportRequest, read: Callable[[bytes, ReportRequest], list[T]], answers: list[KeptAnswer]
    ) -> list[T]:
        """The rows of one request; where its answer is cut, of its halves."""
        async with self._room:
            answer = await self._company.report(request)
        problem: str | None = None
        try:
            return await self._aside(read, answer.body, request)
        except TruncatedReportError as error:
            problem = error.reason
        except ReportError as error:
            problem = error.reason
            raise UnusableReportError(self._company.realm_id, request, error.reason) from None
        finally:
            answers.append(
                KeptAnswer(
                    request.endpoint, request.parameters, answer.body, answer.received_at, answer.value,
                    answer.intuit_tid, problem,
                )
            )  # fmt: skip
        parts = _parts(request)
        if parts is None:
            raise SmallestReportTruncatedError(self._company.realm_id, request, problem)
        first, second = await together(self._whole(part, read, answers) for part in parts)
        return first + second

    def _write(self, asked: _Asked[T], answers: Sequence[KeptAnswer], rows: list[T], error: str | None) -> None:
        """Write a batch: the answers as received before anything else."""
        writer = ReportBatchWriter(self._lake, self._company.realm_id, asked.report)
        try:
            writer.keep(answers)
            months = asked.months(rows) if error is None else []
            if error is None:
                writer.write(asked.typed(rows, writer.number))
            manifest = ReportManifest(
                batch=writer.number,
                realm_id=self._company.realm_id,
                report=asked.report,
                basis=asked.basis,
                first_day=asked.first_day.isoformat(),
                last_day=asked.last_day.isoformat(),
                pulled_at=(asked.pulled_at or min(_made_at(one) for one in answers)).astimezone(UTC).isoformat(),
                run_id=self._run_id,
                received_at=max(one.received_at for one in answers).astimezone(UTC).isoformat(),
                answers=len(answers),
                rows=len(rows),
                months=months,
                error=error,
            )
            self.batches.append(writer.commit(manifest))
        except BaseException:
            writer.discard()
            raise

    def _aside(self, work: Callable[..., R], *arguments: object) -> Awaitable[R]:
        """Run what computes in the reports' thread, so that requests go on."""
        return asyncio.get_running_loop().run_in_executor(self._typing, work, *arguments)


def _parts(request: ReportRequest) -> tuple[ReportRequest, ReportRequest] | None:
    """The request in two; None where it cannot be divided: it is of a day, or of a month in one column."""
    if request.report is ReportName.TRIAL_BALANCE or request.first_day is None:
        return None
    if request.by_month and month_of(request.first_day) == month_of(request.last_day):
        return None
    days = halves(request.first_day, request.last_day)
    if days is None:
        return None
    first, second = (
        ReportRequest(request.report, *part, request.basis, request.columns, request.by_month) for part in days
    )
    return first, second


def _made_at(answer: KeptAnswer) -> datetime:
    return answer.server_time or answer.received_at


def _check_days(legs: Sequence[Leg], request: ReportRequest) -> None:
    """Legs lie within the days asked for."""
    for leg in legs:
        if not (request.first_day or leg.transaction_date) <= leg.transaction_date <= request.last_day:
            raise ReportShapeError(
                f"{request.report} has a leg of {leg.transaction_title} {leg.transaction_id} on {leg.transaction_date}"
            )


def _months_of_legs(legs: Sequence[Leg], months: Sequence[date], digests: Mapping[date, str]) -> list[MonthOfLegs]:
    """What the batch has of each month; transactions are compared first.

    Raises:
        UnbalancedReportError: debits and credits of a transaction differ.
    """
    check_balanced(legs)
    counts: Counter[date] = Counter()
    debits: defaultdict[date, Decimal] = defaultdict(lambda: _ZERO)
    credit: defaultdict[date, Decimal] = defaultdict(lambda: _ZERO)
    for leg in legs:
        month = month_of(leg.transaction_date)
        counts[month] += 1
        debits[month] += leg.debit
        credit[month] += leg.credit
    return [
        MonthOfLegs(one.isoformat(), digests[one], counts[one], str(debits[one]), str(credit[one])) for one in months
    ]

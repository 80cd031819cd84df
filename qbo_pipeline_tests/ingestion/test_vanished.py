"""What was deleted unseen is found by counting, with few requests however many records there are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbo_pipeline.ingestion import vanished as module
from qbo_pipeline.ingestion.known import KnownRecords, Span
from qbo_pipeline.ingestion.vanished import lacking, vanished
from qbo_pipeline.quickbooks.catalogue import Entity, entity
from qbo_pipeline.quickbooks.company import CompanyApi, Count
from qbo_pipeline.quickbooks.pages import PAGE_SIZE, Page
from qbo_pipeline_tests.lake.pages import REALM, page, record

INVOICE = entity("Invoice")
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=1)


def known(created: Sequence[int]) -> KnownRecords:
    """Records of the warehouse, by the second in which each was created; ids count from 0."""
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA quickbooks")
    connection.execute(
        "CREATE TABLE quickbooks.invoice AS SELECT ? AS realm_id, (row_number() OVER () - 1)::VARCHAR AS id, "
        "TIMESTAMP '2020-01-01' + INTERVAL (second) SECOND AS created_at, false AS deleted, "
        "TIMESTAMP '2020-01-01' AS updated_at, DATE '2020-01-01' AS txn_date "
        "FROM (SELECT unnest(?::BIGINT[]) AS second)",
        [REALM, list(created)],
    )
    connection.execute(
        "INSERT INTO quickbooks.invoice VALUES ('another', '0', TIMESTAMP '2020-01-01', false, NULL, NULL)"
    )
    connection.execute(
        "CREATE SCHEMA audit; CREATE TABLE audit.rejected_record "
        "(realm_id VARCHAR, entity VARCHAR, id VARCHAR, raw VARCHAR, resolved_at TIMESTAMP)"
    )
    return KnownRecords(lambda sql, values=(): connection.cursor().execute(sql, list(values)).fetchall(), REALM)


@dataclass
class QuickBooks:
    """What QuickBooks still has, by the second of creation; answers conditions on it and counts requests."""

    created: dict[str, int]
    requests: int = 0
    answers_batches: bool = True
    counted: list[str] = field(default_factory=list)

    async def counted_together(self, questions: Sequence[tuple[Entity, str]]) -> list[Count | None]:
        self.requests += -(-len(questions) // 30)
        return [Count(len(self._fitting(text)), None) if self.answers_batches else None for _, text in questions]

    async def counted_alone(self, _: Entity, condition: str) -> Count:
        self.requests += 1
        return Count(len(self._fitting(condition)), None)

    async def scan(self, _: Entity, *, where: str, count: int) -> AsyncIterator[Page]:
        found = self._fitting(where)
        assert count <= PAGE_SIZE or len({self.created[one] for one in found}) == 1
        self.requests += max(1, -(-count // 1000))
        yield page("Invoice", *(record(one) for one in found))

    def _fitting(self, condition: str) -> list[str]:
        after, until = -1, 0
        for part in condition.split(" AND "):
            _, sign, text = part.split(" ", 2)
            second = int((datetime.fromisoformat(text.strip("'")) - BEGIN).total_seconds())
            after, until = (second, until) if sign == ">" else (after, second)
        return [one for one, at in self.created.items() if after < at <= until]


def company(quickbooks: QuickBooks) -> CompanyApi:
    api: Any = quickbooks
    api.counted = quickbooks.counted_alone
    return cast(CompanyApi, api)


def found(created: Sequence[int], gone: set[int], until: datetime = END) -> tuple[list[str], int]:
    """What is found missing, and with how many requests."""
    warehouse = known(created)
    quickbooks = QuickBooks({str(one): at for one, at in enumerate(created) if one not in gone})

    async def ask() -> list[str]:
        api = company(quickbooks)
        short = await lacking(api, [(INVOICE, warehouse.created_until(INVOICE, until))], warehouse)
        return [one for of, spans in short.items() for one in await vanished(api, of, spans, warehouse)]

    return asyncio.run(ask()), quickbooks.requests


def test_where_nothing_is_missing_one_count_is_all() -> None:
    assert found(range(5000), set()) == ([], 1)


@pytest.mark.parametrize("gone", [{0}, {49_999}, {31_415}, {1, 2, 3}])
def test_a_few_among_fifty_thousand_take_a_handful_of_requests(gone: set[int]) -> None:
    missing, requests = found(range(50_000), gone)
    assert set(missing) == {str(one) for one in gone}
    assert requests <= 5


def test_what_was_created_after_the_cursor_is_not_looked_at() -> None:
    assert found(range(100), {60}, BEGIN + timedelta(seconds=50)) == ([], 1)
    assert found(range(100), {50}, BEGIN + timedelta(seconds=50, milliseconds=900)) == (["50"], 2)


def test_records_of_one_second_stay_together() -> None:
    created = [7] * 2500 + [8]
    assert found(created, {3}) == (["3"], 5)


def test_counts_that_a_batch_does_not_answer_are_asked_alone() -> None:
    warehouse, quickbooks = known(range(10)), QuickBooks({"1": 1}, answers_batches=False)
    span = warehouse.created_until(INVOICE, END)
    assert asyncio.run(lacking(company(quickbooks), [(INVOICE, span)], warehouse)) == {INVOICE: [span]}
    assert quickbooks.requests == 2


def test_of_what_was_never_loaded_nothing_is_asked() -> None:
    quickbooks = QuickBooks({})
    asyncio.run(lacking(company(quickbooks), [(INVOICE, Span(None, END, 0))], known([])))
    assert quickbooks.requests == 0


@settings(max_examples=40, deadline=None)
@given(
    created=st.lists(st.integers(0, 60), min_size=1, max_size=300),
    gone=st.sets(st.integers(0, 299), max_size=40),
)
def test_exactly_what_is_gone_is_found(created: list[int], gone: set[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PAGE_SIZE", 5)
        missing, _ = found(created, gone)
    assert set(missing) == {str(one) for one in gone if one < len(created)}

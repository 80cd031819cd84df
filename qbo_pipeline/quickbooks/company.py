"""The API of one company: counting, scanning, reading by id, and what changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.changes import Changes, Glance, ask_for_changes, glance
from qbo_pipeline.quickbooks.envelopes import (
    ChangesAnswer,
    EnvelopeError,
    QueryAnswer,
    split_changes,
    split_counts,
    split_object,
    split_query,
    split_report,
)
from qbo_pipeline.quickbooks.pages import PAGE_SIZE, Page
from qbo_pipeline.quickbooks.queries import count_statement, id_list, select_statement
from qbo_pipeline.quickbooks.reports.requests import ReportRequest
from qbo_pipeline.quickbooks.requests import Answer, ApiRequest, RequestSender
from qbo_pipeline.quickbooks.scan import in_completion_order, page_starts
from qbo_pipeline.quickbooks.together import together

IDS_IN_A_QUERY = 200
"""Ids a statement names. No limit is documented; 1,000 changed records cost five reads this way."""

BATCH_ITEMS = 30
"""Operations of one batch request (Intuit, .NET SDK 2025-11-11: 30 at most)."""

_LONGEST_GET = 1500
"""Longer statements are sent by POST, as Intuit's data queries page describes: URLs of many ids outgrow proxies."""


@dataclass(frozen=True, slots=True)
class Count:
    """What `count(*)` answered."""

    total: int
    counted_at: datetime | None
    """UTC, by QuickBooks' clock."""


class CompanyApi:
    """Reads of one company. All methods raise `RequestError` and `OAuthError`; requests share the client's limits."""

    def __init__(
        self,
        realm_id: str,
        sender: RequestSender,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_page: Callable[[Page], None] = lambda page: None,
    ) -> None:
        self.realm_id = realm_id
        self._sender = sender
        self._now = now
        self._on_page = on_page

    def noting(self, on_page: Callable[[Page], None]) -> CompanyApi:
        """The same, which shows each page of records to `on_page` when it arrives, whatever fails after that."""
        return CompanyApi(self.realm_id, self._sender, self._now, on_page)

    async def count(self, entity: Entity, where: str | None = None) -> int:
        """How many records there are, inactive ones included. A singleton costs no request: it is one."""
        return (await self.counted(entity, where)).total

    async def counted(self, entity: Entity, where: str | None = None) -> Count:
        """`count`, with the time at which it was true."""
        if entity.category is Category.SINGLETON:
            return Count(1, None)
        answer = await self._query(entity, count_statement(entity, where), _split_count)
        return Count(answer.value.total_count or 0, answer.value.server_time)

    async def counted_together(self, questions: Sequence[tuple[Entity, str | None]]) -> list[Count | None]:
        """`counted` for many entities (with their conditions) in one batch request for every thirty.

        None where the batch did not answer: ask that one alone, which names what is wrong.
        """
        counts: list[Count | None] = []
        for first in range(0, len(questions), BATCH_ITEMS):
            group = questions[first : first + BATCH_ITEMS]
            items = [
                {"bId": str(number), "Query": count_statement(entity, condition)}
                for number, (entity, condition) in enumerate(group)
            ]
            content = msgspec.json.encode({"BatchItemRequest": items}).decode()
            names = ",".join(entity.name for entity, _ in group)
            request = ApiRequest(
                self.realm_id, "batch", method="POST", content=content, content_type="application/json", entity=names
            )
            answer = await self._sender.send(request, split_counts)
            totals, moment = answer.value.totals, answer.value.server_time
            counts += [Count(totals[key], moment) if (key := item["bId"]) in totals else None for item in items]
        return counts

    def scan(self, entity: Entity, *, where: str | None = None, count: int) -> AsyncIterator[Page]:
        """All records, `count` of them, in pages of 1,000 that arrive in any order.

        `ceil(count / 1000)` requests, up to ten at a time; no more than ten pages wait for the caller. The order of
        paging is the creation time: an edit moves nothing and a new record comes last (past `count`: change data
        capture from before the count brings it). A deletion while the scan runs moves what follows one position up, so
        that a record can slip from the page not yet read to the one already read: compare the ids received with the
        count and, where some are missing, scan again or read the surroundings of page borders with `read_positions`.
        """
        if entity.category is Category.SINGLETON:
            return self.read_positions(entity, [1])
        return self.read_positions(entity, page_starts(count), where=where)

    def read_positions(
        self, entity: Entity, starts: Iterable[int], *, where: str | None = None, size: int = PAGE_SIZE
    ) -> AsyncIterator[Page]:
        """Windows of `size` records in the order of a scan, from each of `starts` (counted from 1), in any order."""

        async def read(start: int) -> Page:
            statement = select_statement(entity, where, start=start, size=size)
            return await self.query_page(entity, statement, "backfill", start)

        return in_completion_order(read, starts)

    async def read_many(self, entity: Entity, ids: Sequence[str], *, source: str = "webhook") -> list[Page]:
        """The records of `ids`, inactive ones included; deleted ones are absent. 200 ids a request, each id once."""
        if entity.key != ("Id",):
            raise ValueError(f"{entity.name} has no Id to read by")
        distinct = list(dict.fromkeys(ids))
        groups = [distinct[at : at + IDS_IN_A_QUERY] for at in range(0, len(distinct), IDS_IN_A_QUERY)]
        statements = [select_statement(entity, id_list(group)) for group in groups]
        return await together(self.query_page(entity, statement, source, 1) for statement in statements)

    async def read(self, entity: Entity, record_id: str, *, source: str = "cdc") -> Page:
        """One record by id, straight from the object: it sees what query answers may still lag behind.

        Raises:
            ObjectNotFoundError: it was deleted (or, for some lists, made inactive).
        """
        request = ApiRequest(self.realm_id, f"{entity.name.lower()}/{record_id}", entity=entity.name)
        answer = await self._sender.send(request, lambda body: split_object(body, entity.response_key))
        return self._page(entity, answer, answer.value, source, request.endpoint, None)

    async def company_info(self) -> dict[str, Any]:
        """The CompanyInfo object, parsed: name, country, home currency; also the cheapest proof of a connection."""
        request = ApiRequest(self.realm_id, f"companyinfo/{self.realm_id}", entity="CompanyInfo")
        answer = await self._sender.send(request, lambda body: split_object(body, "CompanyInfo"))
        return msgspec.json.decode(answer.value.records[0], type=dict[str, Any])

    async def changes(self, since: Mapping[Entity, datetime], refused: Collection[str] = ()) -> Changes:
        """What changed since each entity's cursor, with the fewest requests; see `ask_for_changes`."""
        return await ask_for_changes(self, since, self._now(), refused)

    async def glance(self, since: Mapping[Entity, datetime]) -> Glance | None:
        """What one request of change data capture shows; None when it does not look back that far."""
        return await glance(self, since, self._now())

    async def query_page(self, entity: Entity, statement: str, source: str, start: int | None) -> Page:
        """The page of one statement about one entity, as written."""
        answer = await self._query(entity, statement, split_query)
        return self._page(entity, answer, answer.value, source, statement, start)

    async def capture(self, entities: Sequence[Entity], since: datetime) -> tuple[list[Page], Answer[ChangesAnswer]]:
        """One change data capture request: a page for each entity with changes, and the answer they came in."""
        names = ",".join(entity.name for entity in entities)
        moment = since.astimezone(UTC).isoformat(timespec="seconds")
        request = ApiRequest(
            self.realm_id, "cdc", (("entities", names), ("changedSince", moment)), entity=names,
            query=f"cdc?entities={names}&changedSince={moment}",
        )  # fmt: skip
        answer = await self._sender.send(request, split_changes)
        by_key = answer.value.records
        pages = [
            self._page(entity, answer, QueryAnswer(by_key[entity.response_key], None, answer.value.server_time), "cdc",
                       request.query or "", None)
            for entity in entities
            if by_key.get(entity.response_key)
        ]  # fmt: skip
        return pages, answer

    async def report(self, asked: ReportRequest) -> Answer[datetime | None]:
        """A report as received; the value is QuickBooks' time when it was made. `quickbooks.reports` reads it."""
        told = "&".join(f"{name}={value}" for name, value in asked.parameters)
        request = ApiRequest(
            self.realm_id, asked.endpoint, asked.parameters, entity=asked.report, query=f"{asked.endpoint}?{told}"
        )
        return await self._sender.send(request, split_report)

    async def _query(
        self, entity: Entity, statement: str, split: Callable[[bytes, str], QueryAnswer]
    ) -> Answer[QueryAnswer]:
        request = ApiRequest(self.realm_id, "query", (("query", statement),), entity=entity.name, query=statement)
        if len(statement) > _LONGEST_GET:
            request = ApiRequest(
                self.realm_id, "query", method="POST", content=statement, entity=entity.name, query=statement
            )
        return await self._sender.send(request, lambda body: split(body, entity.response_key))

    def _page(
        self, entity: Entity, answer: Answer[Any], content: QueryAnswer, source: str, query: str, start: int | None
    ) -> Page:
        page = Page(
            realm_id=self.realm_id,
            entity=entity,
            records=content.records,
            body=answer.body,
            received_at=answer.received_at,
            server_time=content.server_time,
            source=source,
            query=query,
            intuit_tid=answer.intuit_tid,
            start_position=start,
        )
        self._on_page(page)
        return page


def _split_count(body: bytes, response_key: str) -> QueryAnswer:
    answer = split_query(body, response_key)
    if answer.total_count is None:
        raise EnvelopeError("the answer has no totalCount")  # never to be taken for a count of none
    return answer

"""Deletions: what is claimed is confirmed, and what is found absent becomes a deletion like any other."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec

from qbo_pipeline.ingestion.known import KnownRecords
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.company import CompanyApi
from qbo_pipeline.quickbooks.errors import ObjectNotFoundError
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.quickbooks.record import claimed_deletion, identity, last_updated
from qbo_pipeline.quickbooks.together import together

logger = logging.getLogger(__name__)

LAG = timedelta(minutes=10)
"""For how long queries may not show a change that a read by id shows already: they have been seen to lag behind
(github.com/intuit/QuickBooks-V3-DotNET-SDK/issues/366)."""


def deletion_page(
    company: CompanyApi, entity: Entity, deleted_at: Mapping[str, datetime], source: str, why: str
) -> Page:
    """Deletions as change data capture writes them: id → instant; `why` stands where a page has its query."""
    stubs = [_stub(one, instant) for one, instant in deleted_at.items()]
    body = b"[" + b",".join(stubs) + b"]"
    records = [msgspec.Raw(stub) for stub in stubs]
    return Page(company.realm_id, entity, records, body, datetime.now(UTC), None, source, why, None)


def without_claims(page: Page) -> Page:
    """The page without deletions: nobody has confirmed them."""
    return replace(page, records=[record for record in page.records if claimed_deletion(record, page.entity) is None])


async def confirmed(company: CompanyApi, page: Page) -> list[Page]:
    """The page without the deletions that are not true: QuickBooks has reported living records as deleted.

    A query that shows a record as it was before its deletion may only lag behind, so that one is read once more by its
    id: a true deletion is told once and must not be taken for a false one. One that has no time gets that of the
    answer: without any, it would be older than all that is known of the record.
    """
    entity = page.entity
    claimed = {one: record for record in page.records if (one := claimed_deletion(record, entity)) is not None}
    if not claimed:
        return [page]
    now = page.server_time or datetime.now(UTC)
    timeless = {
        one: msgspec.Raw(_stub(one, now)) for one, claim in claimed.items() if last_updated(claim, entity) is None
    }
    alive = await company.read_many(entity, list(claimed), source=page.source)
    shown = {one: record for part in alive for record in part.records if (one := identity(record, entity)) is not None}
    older = [one for one, record in shown.items() if _is_older(record, claimed[one], entity)]
    again = await together(read_directly(company, entity, one, page.source) for one in older)
    living = shown.keys() - {one for one, found in zip(older, again, strict=True) if found is None}
    if living:
        logger.warning(
            "company %s, %s: reported as deleted but alive, kept: %s",
            company.realm_id, entity.name, ", ".join(sorted(living)),
        )  # fmt: skip
    ids = [claimed_deletion(record, entity) for record in page.records]
    true = [timeless.get(one or "", record) for one, record in zip(ids, page.records, strict=True) if one not in living]
    return [replace(page, records=true), *alive, *(found for found in again if found is not None)]


async def read_directly(company: CompanyApi, entity: Entity, one: str, source: str) -> Page | None:
    """The record straight from the object, which is ahead of what queries answer; None where there is none."""
    try:
        return await company.read(entity, one, source=source)
    except ObjectNotFoundError:
        return None


def _is_older(record: msgspec.Raw, claim: msgspec.Raw, entity: Entity) -> bool:
    at, deleted_at = last_updated(record, entity), last_updated(claim, entity)
    return at is not None and deleted_at is not None and at < deleted_at


async def gone_or_moved(
    company: CompanyApi,
    entity: Entity,
    ids: Sequence[str],
    known: KnownRecords,
    as_of: datetime | None,
    source: str,
) -> list[Page]:
    """Records that were looked for and not seen: read again, and deleted at `as_of` where they are absent.

    By default at QuickBooks' own time, which tells deletions from later versions; our clock may be behind it. A
    deletion that is not true would be later than the record and so would stay, however often that is loaded again: what
    is known to have changed a moment ago, which queries may not show yet, is read by its id first.
    """
    if not ids:
        return []
    found = await company.read_many(entity, ids, source=source)
    living = {identity(record, entity) for page in found for record in page.records}
    now = next((page.server_time for page in found if page.server_time is not None), None) or datetime.now(UTC)
    absent = [one for one in ids if one not in living]
    states = await asyncio.to_thread(known.states, entity, absent) if absent else {}
    fresh = [
        one
        for one in absent
        if one in states and (at := states[one].updated_at) is not None and at > (as_of or now) - LAG
    ]
    again = await together(read_directly(company, entity, one, source) for one in fresh)
    found += [page for page in again if page is not None]
    living |= {one for one, page in zip(fresh, again, strict=True) if page is not None}
    gone = {one: as_of or now for one in absent if one not in living}
    if not gone:
        return found
    why = "deleted: absent from all that was read and from a read by id"
    return [*found, deletion_page(company, entity, gone, source, why)]


def _stub(one: str, deleted_at: datetime) -> bytes:
    time_text = deleted_at.astimezone(UTC).isoformat(timespec="seconds")
    stub = {"domain": "QBO", "status": "Deleted", "Id": one, "MetaData": {"LastUpdatedTime": time_text}}
    return json.dumps(stub, separators=(",", ":")).encode()

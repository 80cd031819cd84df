"""A page: the records of one answer, each exactly the bytes that QuickBooks sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from qbo_pipeline.quickbooks.catalogue.model import Entity

PAGE_SIZE = 1000
"""Records of a full page; QuickBooks gives no more (Intuit, data queries)."""


@dataclass(frozen=True, slots=True)
class Page:
    """Records of one entity of one company out of one answer.

    A page from change data capture may hold deletion stubs among its records:
    `{"domain": "QBO", "status": "Deleted", "Id": …, "MetaData": {"LastUpdatedTime": …}}`, without SyncToken. They are
    claims: QuickBooks has reported living records so. `CompanyApi.read` tells.
    """

    realm_id: str
    entity: Entity
    records: list[msgspec.Raw]
    """One JSON object each. They are views of `body`: keep one and you keep the whole page in memory."""
    body: bytes
    """The whole answer as received, decompressed."""
    received_at: datetime
    """UTC, by our clock."""
    server_time: datetime | None
    """UTC, by QuickBooks' clock: `time` of the answer."""
    source: str
    """`backfill`, `cdc` or `webhook`: why it was read."""
    query: str
    """The statement, or the path and parameters of a request that has none."""
    intuit_tid: str | None
    start_position: int | None = None
    """Position of the first record in the order of the query, from 1; None where there is no paging."""

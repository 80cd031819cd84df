"""A company that is loaded from a QuickBooks over HTTP, for whoever suffers from what comes after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.end_to_end.conftest import (
    quickbooks,
    realm_id,
    session,
    small_company,
    start,
    without_models,
)

__all__ = ["quickbooks", "realm_id", "session", "small_company", "start", "without_models"]


def add_transfers(service: LocalQuickBooks, realm: str, count: int, first: int | None = None) -> None:
    """Many transfers, a second apart, created two years ago unless it is said when."""
    begin = first or int(service.clock.now()) - 730 * 86_400

    def texts() -> Iterator[tuple[str, int, int, str, str]]:
        for number in range(count):
            at, one = begin + number, str(5_000_000 + number)
            stamp = datetime.fromtimestamp(at, UTC).isoformat()
            record: dict[str, Any] = {"domain": "QBO", "Id": one, "SyncToken": "0", "TxnDate": "2024-11-01"}
            record |= {"MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp}, "Amount": number}
            yield one, at, at, "2024-11-01", json.dumps(record)

    service.store.add_texts(realm, "Transfer", texts())

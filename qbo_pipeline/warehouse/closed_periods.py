"""What was changed in books that had been closed: the edits an accountant wants to know of.

A change counts when the transaction is, or was, dated in what was closed when it was made, and when something of
substance changed: that an invoice of last year is paid today moves its balance and its links, and no books.

What it costs depends on how much came lately. Of the records that did, the dates of all versions are read, column by
column (beside a million invoices in less than a second), and the JSON of those in closed books alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from string import Template
from typing import Any

from qbo_pipeline.lake.layout import VERSION_BITS
from qbo_pipeline.quickbooks.catalogue.model import Entity, snake_case
from qbo_pipeline.warehouse.edits import Edit, edit_of
from qbo_pipeline.warehouse.schema import literal, no_pattern, sql

Ask = Callable[[str, Sequence[object]], list[tuple[Any, ...]]]
"""SQL on the published warehouse, with values for its question marks, and its rows."""

NOT_OF_THE_BOOKS = frozenset(
    {
        "Balance", "HomeBalance", "RemainingCredit", "LinkedTxn",
        "EmailStatus", "PrintStatus", "DeliveryInfo", "InvoiceStatus", "InvoiceLink",
    }
)  # fmt: skip
"""Members that change with other records, or by printing and sending."""


@dataclass(frozen=True, slots=True)
class Closing:
    """The closing date of a company, as long as it was the one."""

    realm_id: str
    last_day: date
    """Of the closed books."""
    closed_from: datetime
    """When it was set, as far as is known, UTC."""
    closed_until: datetime | None = None
    """When another was; None while it holds."""


def closings(ask: Ask, realm_ids: Sequence[str]) -> list[Closing]:
    """The closing dates that companies set in their preferences, with those of before."""
    rows = ask(sql("closings.sql"), [list(realm_ids)])
    return [Closing(realm_id, last_day, _utc(begin), end and _utc(end)) for realm_id, last_day, begin, end in rows]


def closed_period_edits(
    ask: Ask, lake: Path, entity: Entity, closed: Sequence[Closing], arrived_since: datetime
) -> list[Edit]:
    """What was changed in closed books, of what was received since an instant, oldest first.

    Args:
        ask: the published warehouse.
        lake: its lake.
        entity: a transaction.
        closed: of the companies to look at.
        arrived_since: with time zone.
    """
    if entity.date_field is None or not closed:
        return []
    versions = Template(sql("closed_period_versions.sql")).substitute(
        table=entity.table,
        dated=snake_case(entity.date_field),
        files=literal(f"{no_pattern(lake)}/*/{entity.table}/*/{entity.table}.parquet"),
        since=_timestamp(arrived_since),
    )
    pairs = ask(
        versions,
        [
            [one.realm_id for one in closed],
            [one.last_day for one in closed],
            [_naive(one.closed_from) for one in closed],
            [one.closed_until and _naive(one.closed_until) for one in closed],
        ],
    )
    if not pairs:
        return []
    batches = {(realm_id, one >> VERSION_BITS) for realm_id, *both in pairs for one in both if one is not None}
    files = [literal(f"{lake}/{realm_id}/{entity.table}/{batch}/record.parquet") for realm_id, batch in sorted(batches)]
    edited = Template(sql("edited_versions.sql")).substitute(
        files=f"[{', '.join(files)}]", patch=literal(json.dumps(dict.fromkeys(sorted(_NOT_COMPARED))))
    )
    rows = ask(edited, [[after for _, after, _ in pairs], [before for _, _, before in pairs]])
    return [edit for row in rows if _is_of_substance(edit := edit_of(*row))]


_NOT_COMPARED = NOT_OF_THE_BOOKS | {"MetaData", "SyncToken", "sparse", "domain"}


def _is_of_substance(edit: Edit) -> bool:
    if edit.operation != "changed" or not edit.seen_before:
        return True
    return any(one.path.replace("[", ".").split(".")[0] not in NOT_OF_THE_BOOKS for one in edit.differences)


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)


def _timestamp(instant: datetime) -> str:
    return f"TIMESTAMP {literal(_naive(instant).isoformat(sep=' '))}"

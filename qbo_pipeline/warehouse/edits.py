"""Who changed what in the books, and how much money moved: the versions of a period beside those before them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import Any, Literal

import duckdb

from qbo_pipeline.warehouse.differences import Difference, differences
from qbo_pipeline.warehouse.schema import literal, no_pattern, sql

Operation = Literal["created", "changed", "voided", "deleted"]


@dataclass(frozen=True, slots=True)
class Edit:
    """A version of a record, compared with the one before it."""

    realm_id: str
    entity: str
    id: str
    at: datetime
    """UTC, by QuickBooks."""
    operation: Operation
    source: str
    """How it was received: `backfill`, `cdc` or `webhook`."""
    number: str
    """Document number or name; empty where there is neither."""
    dated: date | None
    """Transaction date; None for lists."""
    dated_before: date | None
    by: str | None
    """Who changed it, where QuickBooks says so (MetaData.LastModifiedByRef)."""
    amount_before: Decimal | None
    """Total in the transaction's currency; None where there is none, or the version before was never received."""
    amount_after: Decimal | None
    """Of what was deleted, zero."""
    currency: str | None
    """Of the amounts, ISO 4217; None where QuickBooks does not say it."""
    seen_before: bool
    """Whether the version before is known, or there was none. Otherwise what changed cannot be told."""
    differences: tuple[Difference, ...]

    @property
    def moved(self) -> Decimal | None:
        """By how much the amount changed."""
        if self.amount_after is None or not self.seen_before:
            return None
        return self.amount_after - (self.amount_before or Decimal(0))

    def touches(self, closed: date) -> bool:
        """Whether it changed what is, or was, dated on or before a day."""
        days = [day for day in (self.dated, self.dated_before) if day is not None]
        return any(day <= closed for day in days)


def edits(lake: Path, since: datetime, until: datetime, closed_before: date | None = None) -> Iterator[Edit]:
    """What changed between two instants, oldest first; with `closed_before` only transactions dated until that day.

    Records received for the first time count as changed when QuickBooks dates their change into the period.
    """
    query = Template(sql("edits.sql")).substitute(
        files=literal(f"{no_pattern(lake)}/*/*/*/record.parquet"), since=_timestamp(since), until=_timestamp(until)
    )
    with duckdb.connect() as connection:
        cursor = connection.execute(query)
        while rows := cursor.fetchmany(1000):
            for row in rows:
                edit = edit_of(*row)
                if closed_before is None or edit.touches(closed_before):
                    yield edit


def edit_of(
    realm_id: str, entity: str, identity: str, at: datetime, deleted: bool, created_at: datetime | None,
    source: str, raw: str, raw_before: str | None,
) -> Edit:  # fmt: skip
    """An edit from a version and the JSON of the one before, where that was received; instants are UTC, unzoned."""
    after, before = _content(raw), _content(raw_before) if raw_before is not None else None
    shown = (before or after) if deleted else after
    new = before is None and created_at is not None and created_at == at
    return Edit(
        realm_id=realm_id,
        entity=entity,
        id=identity,
        at=at.replace(tzinfo=UTC),
        operation=_operation(deleted=deleted, new=new, after=after, before=before),
        source=source,
        number=next((str(shown[name]) for name in _NUMBERS if shown.get(name)), ""),
        dated=_day(shown),
        dated_before=None if before is None else _day(before),
        by=_who(after),
        amount_before=None if before is None else _amount(before),
        amount_after=Decimal(0) if deleted else _amount(after),
        currency=_currency(shown),
        seen_before=before is not None or new,
        differences=() if deleted or before is None else differences(before, after),
    )


_NUMBERS = ("DocNumber", "FullyQualifiedName", "DisplayName", "Name", "CompanyName")


def _content(raw: str) -> dict[str, Any]:
    """The record; the one inside, where it is wrapped in its type (RecurringTransaction)."""
    record: dict[str, Any] = json.loads(raw, parse_float=Decimal)
    if len(record) == 1:
        [only] = record.values()
        if isinstance(only, dict):
            return only
    return record


def _operation(*, deleted: bool, new: bool, after: dict[str, Any], before: dict[str, Any] | None) -> Operation:
    if deleted:
        return "deleted"
    if new:
        return "created"
    return "voided" if _is_voided(after) and not (before is not None and _is_voided(before)) else "changed"


def _is_voided(record: dict[str, Any]) -> bool:
    """Whether its note says so and no amount is left; the total of a journal entry is zero, whatever its lines have."""
    lines = [line for line in record.get("Line") or () if isinstance(line, dict)]
    amounts = [_amount(record), *(_amount(line) for line in lines)]
    return "Voided" in str(record.get("PrivateNote", "")) and not any(amounts)


def _amount(record: dict[str, Any]) -> Decimal | None:
    value = record.get("TotalAmt", record.get("Amount"))
    return None if value is None else Decimal(value)


def _currency(record: dict[str, Any]) -> str | None:
    reference = record.get("CurrencyRef")
    return reference.get("value") if isinstance(reference, dict) else None


def _day(record: dict[str, Any]) -> date | None:
    text = record.get("TxnDate")
    return None if text is None else date.fromisoformat(text[:10])


def _who(record: dict[str, Any]) -> str | None:
    reference = (record.get("MetaData") or {}).get("LastModifiedByRef") or {}
    return reference.get("name") or reference.get("value")


def _timestamp(instant: datetime) -> str:
    return f"TIMESTAMP {literal(instant.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' '))}"

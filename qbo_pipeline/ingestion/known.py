"""What the published warehouse holds of a company, as far as a load compares it with QuickBooks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from qbo_pipeline.ingestion.periods import month, where
from qbo_pipeline.ingestion.results import Period, Query
from qbo_pipeline.lake.layout import VERSION_BITS
from qbo_pipeline.quickbooks.catalogue.model import Entity, snake_case
from qbo_pipeline.quickbooks.queries import instant_literal
from qbo_pipeline.warehouse.schema import literals

CREATED = "MetaData.CreateTime"


@dataclass(frozen=True, slots=True)
class State:
    """The newest version that is known of a record."""

    updated_at: datetime | None
    """UTC."""
    sync_token: int | None
    deleted: bool
    received_at: datetime
    """UTC."""
    version_id: int
    """Of the lake."""


@dataclass(frozen=True, slots=True)
class Span:
    """Living records, those in quarantine included, by when they were created: after one instant, until another."""

    after: datetime | None
    """UTC, whole seconds; None: from the beginning."""
    until: datetime
    """UTC, whole seconds; included."""
    known: int
    """How many of them were received."""
    dated: Period | None = None
    """Only those dated in it."""

    def condition(self, entity: Entity) -> str:
        """In QuickBooks' query language."""
        begins = None if self.after is None else f"{CREATED} > {instant_literal(self.after)}"
        ends = f"{CREATED} <= {instant_literal(self.until)}"
        return " AND ".join(part for part in (begins, ends, where(entity, self.dated)) if part)


class KnownRecords:
    """The living records of one company."""

    def __init__(self, query: Query, realm_id: str) -> None:
        self._query = query
        self._realm_id = realm_id

    def ids(self, entity: Entity, condition: str = "true", parameters: Sequence[object] = ()) -> set[str]:
        """Those that fulfil a condition in SQL."""
        rows = self._query(
            f'SELECT id FROM quickbooks."{entity.table}" WHERE realm_id = ? AND NOT deleted AND {condition}',
            [self._realm_id, *parameters],
        )
        return {str(row[0]) for row in rows}

    def first_received(self, entity: Entity, condition: str) -> datetime | None:
        """When the first of those that fulfil a condition in SQL came as it is held (UTC); None where there are none.

        All that changed of them without us changed after that.
        """
        rows = self._query(
            f'SELECT min(synced_at) FROM quickbooks."{entity.table}" WHERE realm_id = ? AND NOT deleted '
            f"AND {condition}",
            [self._realm_id],
        )
        first = rows[0][0] if rows else None
        return None if first is None else first.replace(tzinfo=UTC)

    def states(self, entity: Entity, ids: Sequence[str]) -> Mapping[str, State]:
        """Of those among `ids` that were ever held, what is known of them."""
        marks = ", ".join("?" * len(ids))
        rows = self._query(
            f'SELECT id, updated_at, sync_token, deleted, synced_at, version_id FROM stored."{entity.table}" '
            f"WHERE realm_id = ? AND id IN ({marks})",
            [self._realm_id, *ids],
        )
        return {
            str(one): State(at and at.replace(tzinfo=UTC), token, bool(deleted), came.replace(tzinfo=UTC), version)
            for one, at, token, deleted, came, version in rows
        }

    def contents(self, entity: Entity, versions: Collection[int], lake: Path) -> Mapping[int, bytes]:
        """The JSON of versions, as it was received; those that the lake has no more are left out."""
        folder = lake / self._realm_id / entity.table
        batches = sorted({version >> VERSION_BITS for version in versions})
        files = [path for batch in batches if (path := folder / str(batch) / "record.parquet").exists()]
        if not files:
            return {}
        rows = self._query(
            f"SELECT version_id, raw FROM read_parquet({literals(files)}) WHERE list_contains(?::BIGINT[], version_id)",
            [sorted(versions)],
        )
        return {int(version): str(raw).encode() for version, raw in rows}

    def created_until(self, entity: Entity, instant: datetime) -> Span:
        """All that were created until an instant, those in quarantine included."""
        until = instant.astimezone(UTC).replace(microsecond=0)
        rows = self._query(
            f"{_held(entity)} SELECT count(*) FROM held WHERE created_at <= ?", [*self._whose(entity), _naive(until)]
        )
        return Span(None, until, int(rows[0][0]) if rows else 0)

    def created_after(self, entity: Entity, instant: datetime) -> set[str]:
        """Ids of those that were created after the second of an instant."""
        return self.ids(entity, "created_at > ?", [_naive(instant.replace(microsecond=0))])

    def by_month(self, entity: Entity, span: Span) -> list[Span]:
        """A span by the months that its records are dated in; those that have no date are left out."""
        condition, bounds = _within(span)
        rows = self._query(
            f"{_held(entity)} SELECT year(dated), month(dated), count(*) FROM held "
            f"WHERE {condition} AND dated IS NOT NULL GROUP BY ALL ORDER BY ALL",
            [*self._whose(entity), *bounds],
        )
        return [Span(span.after, span.until, int(known), month(year, number)) for year, number, known in rows]

    def parts(self, entity: Entity, span: Span, most: int) -> list[Span]:
        """A span in at most so many parts of about as many records; records of one second stay together."""
        condition, bounds = _within(span)
        rows = self._query(
            f"""
            {_held(entity)},
            second AS (
                SELECT created_at, count(*) AS records FROM held WHERE {condition} GROUP BY created_at
            ),
            placed AS (
                SELECT *, sum(records) OVER (ORDER BY created_at) - records AS before, sum(records) OVER () AS total
                FROM second
            )
            SELECT max(created_at), sum(records) FROM placed GROUP BY before * ? // total ORDER BY 1
            """,
            [*self._whose(entity), *bounds, most],
        )
        ends = [at.replace(tzinfo=UTC) for at, _ in rows]
        # QuickBooks may have records that we do not know of between two of ours, and they belong to some part too.
        begins = [span.after, *ends[:-1]]
        return [
            Span(after, span.until if end == ends[-1] else end, int(known), span.dated)
            for after, end, (_, known) in zip(begins, ends, rows, strict=True)
        ]

    def ids_within(self, entity: Entity, span: Span) -> set[str]:
        """Those created within a span, those in quarantine included."""
        condition, bounds = _within(span)
        rows = self._query(f"{_held(entity)} SELECT id FROM held WHERE {condition}", [*self._whose(entity), *bounds])
        return {str(one) for (one,) in rows}

    def _whose(self, entity: Entity) -> list[object]:
        """The values that `_held` asks for."""
        return [self._realm_id, self._realm_id, entity.name]


def _held(entity: Entity) -> str:
    """SQL for all living records that were ever received: those that no version fitted lie in quarantine alone.

    QuickBooks counts them too. Without them, each would stand in for one that was deleted unseen.
    """
    table = f'quickbooks."{entity.table}"'
    dated = "NULL::DATE" if entity.date_field is None else snake_case(entity.date_field)
    in_json = "NULL::DATE" if entity.date_field is None else _in_calendar(f"$.{entity.date_field}", "DATE")
    return f"""
        WITH held AS (
            SELECT id, created_at, {dated} AS dated FROM {table} WHERE realm_id = ? AND NOT deleted
            UNION ALL
            SELECT id, {_in_calendar("$.MetaData.CreateTime", "TIMESTAMPTZ")} AT TIME ZONE 'UTC', {in_json}
            FROM audit.rejected_record AS unfit
            WHERE realm_id = ? AND entity = ? AND resolved_at IS NULL AND id IS NOT NULL
              AND NOT EXISTS (FROM {table} AS own WHERE own.realm_id = unfit.realm_id AND own.id = unfit.id)
            GROUP BY id
        )
    """


def _in_calendar(path: str, kind: str) -> str:
    """SQL for the latest that a record in quarantine has there, but for what Python's calendar does not have."""
    found = f"try_cast(raw ->> '{path}' AS {kind})"
    return f"max({found}) FILTER ({found} BETWEEN '0001-01-02'::{kind} AND '9999-12-30'::{kind})"


def _within(span: Span) -> tuple[str, list[object]]:
    bounds: list[object] = [_naive(span.until)]
    condition = "created_at <= ?"
    if span.after is not None:
        bounds.append(_naive(span.after))
        condition += " AND created_at > ?"
    if span.dated is not None:
        bounds += [span.dated.first_day, span.dated.last_day]
        condition += " AND dated BETWEEN ? AND ?"
    return condition, bounds


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)

"""What must hold of a loaded table, asked of the published warehouse in SQL. Knows nothing of Dagster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from qbo_pipeline.ingestion.results import Period
from qbo_pipeline.orchestration.metadata import date_column
from qbo_pipeline.quickbooks.catalogue import tables
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity, Table
from qbo_pipeline.warehouse.query import Query
from qbo_pipeline.warehouse.verdict import LISTED, Verdict

if TYPE_CHECKING:
    from qbo_pipeline.warehouse.closed_periods import Closing
    from qbo_pipeline.warehouse.edits import Edit

QUIET_AT_LEAST = timedelta(days=7)
"""No table is called stale before this."""
LONGER_THAN_USUAL = 2
"""Stale is what has not changed for this many times the longest pause it ever had."""
EDITS_REMEMBERED = timedelta(days=30)
"""How long a change to closed books is shown after it came."""
CHANGES_TO_JUDGE_BY = 20
"""A table with fewer distinct change times has no habits to judge by."""


@dataclass(frozen=True, slots=True)
class Expected:
    """How many records QuickBooks says a company has, in a period or in all."""

    realm_id: str
    period: Period | None
    count: int


def row_count_matches(query: Query, entity: Entity, expected: Sequence[Expected]) -> Verdict:
    """The warehouse has as many rows as QuickBooks counts."""
    if not expected:
        return Verdict(True, "Nothing of this table has been loaded yet.")
    found = [(one, rows_within(query, entity, one.realm_id, one.period)) for one in expected]
    differences = tuple(
        {
            "company": one.realm_id,
            "period": _period_text(one.period),
            "rows in the warehouse": str(rows),
            "records in QuickBooks": str(one.count),
        }
        for one, rows in found
        if rows != one.count
    )
    rows_in_all, counted_in_all = sum(rows for _, rows in found), sum(one.count for one in expected)
    return Verdict(
        not differences,
        f"{rows_in_all:,} rows in the warehouse, {counted_in_all:,} records in QuickBooks"
        + ("." if not differences else "; load the company again, and if it stays, see audit.rejected_record."),
        {"rows": rows_in_all, "counted_in_quickbooks": counted_in_all},
        differences,
    )


def rows_within(query: Query, entity: Entity, realm_id: str, period: Period | None) -> int:
    """Rows of one company dated in a period, deleted ones left out."""
    condition, values = "", [realm_id]
    column = date_column(entity)
    if period is not None and column is not None:
        condition = f' AND "{column.name}" BETWEEN ?::DATE AND ?::DATE'
        values += [period.first_day.isoformat(), period.last_day.isoformat()]
    rows = query(
        f'SELECT count(*) FROM quickbooks."{entity.table}" WHERE realm_id = ? AND NOT deleted{condition}',
        values,
    )
    return int(rows[0][0])


def no_duplicate_keys(query: Query, entity: Entity, realm_ids: Sequence[str]) -> Verdict:
    """No key is there twice, in the entity's table nor in those of its arrays."""
    offenders: list[Mapping[str, str]] = []
    duplicated = 0
    for table in tables(entity):
        key = _key(entity, table)
        columns = ", ".join(f'"{name}"' for name in key)
        rows = query(
            f"SELECT {columns}, count(*) AS times, count(*) OVER () AS keys "
            f'FROM quickbooks."{table.name}" WHERE realm_id IN ({_marks(realm_ids)}) '
            f"GROUP BY {columns} HAVING count(*) > 1 ORDER BY {columns} LIMIT {LISTED}",
            list(realm_ids),
        )
        duplicated += rows[0][-1] if rows else 0
        offenders += [
            {"table": table.name, "key": ", ".join(str(part) for part in row[:-2]), "times": str(row[-2])}
            for row in rows
        ]
    return Verdict(
        duplicated == 0,
        "Every key is there once."
        if duplicated == 0
        else f"{duplicated:,} keys are there more than once; run rebuild.",
        {"duplicated_keys": duplicated},
        tuple(offenders[:LISTED]),
    )


def no_orphan_references(
    query: Query, entity: Entity, realm_ids: Sequence[str], entities: Mapping[str, Entity]
) -> Verdict:
    """Every reference to a list finds its row. Lists of which nothing is loaded yet are left out, and named.

    Ids are numbers; the words among them (SHIPPING_ITEM_ID, GRATUITY_ITEM_ID, TAX, NON) are QuickBooks' own and stand
    for no record.
    """
    offenders: list[Mapping[str, str]] = []
    orphans = judged = 0
    missing: set[str] = set()
    loaded = {}
    references = list(_references(entity, entities))
    used = _used_columns(query, references, realm_ids)
    for table, column, targets in references:
        for target in targets:
            if target.table not in loaded:
                loaded[target.table] = rows_of_any(query, target, realm_ids)
        if not all(loaded[target.table] for target in targets):
            missing |= {target.table for target in targets if not loaded[target.table]}
            continue
        judged += 1
        if (table.name, column) not in used:
            continue
        key = ", ".join(f'source."{name}"' for name in _key(entity, table))
        absent = " AND ".join(
            f'NOT EXISTS (FROM quickbooks."{target.table}" AS target '
            f'WHERE target.realm_id = source.realm_id AND target.id = source."{column}")'
            for target in targets
        )
        rows = query(
            f'SELECT {key}, source."{column}", count(*) OVER () FROM quickbooks."{table.name}" AS source '
            f"WHERE source.realm_id IN ({_marks(realm_ids)}) AND {absent} "
            f'AND TRY_CAST(source."{column}" AS BIGINT) IS NOT NULL '
            f"ORDER BY {key} LIMIT {LISTED}",
            list(realm_ids),
        )
        orphans += rows[0][-1] if rows else 0
        offenders += [
            {
                "table": table.name,
                "key": ", ".join(str(part) for part in row[:-2]),
                "column": column,
                "points at": str(row[-2]),
                "in": " or ".join(target.table for target in targets),
            }
            for row in rows
        ]
    not_judged = f" Not judged, because nothing of it is loaded: {', '.join(sorted(missing))}." if missing else ""
    return Verdict(
        orphans == 0,
        (
            f"All references found, in {judged} columns."
            if orphans == 0
            else f"{orphans:,} references point at rows that are not there; load the lists they point at again."
        )
        + not_judged,
        {"orphans": orphans, "columns_judged": judged},
        tuple(offenders[:LISTED]),
    )


def nothing_quarantined(query: Query, entity: Entity, realm_ids: Sequence[str]) -> Verdict:
    """No record is kept out of the tables because a value does not fit its declared type.

    A record is over it when a later version of it did fit, or when a replay brought it in.
    """
    rows = query(
        "SELECT realm_id, id, arg_max(field, version_id), arg_max(reason, version_id), count(*) OVER () "
        f"FROM audit.rejected_record AS rejected WHERE entity = ? AND realm_id IN ({_marks(realm_ids)}) "
        f'AND resolved_at IS NULL AND NOT EXISTS (FROM quickbooks."{entity.table}" AS later '
        "WHERE later.realm_id = rejected.realm_id AND later.id = rejected.id "
        "AND later.version_id > rejected.version_id) "
        f"GROUP BY realm_id, id ORDER BY realm_id, id LIMIT {LISTED}",
        [entity.name, *realm_ids],
    )
    rejected = rows[0][-1] if rows else 0
    return Verdict(
        rejected == 0,
        "No record is quarantined."
        if rejected == 0
        else f"{rejected:,} records are quarantined, their amounts are missing; audit.rejected_record says why.",
        {"quarantined": rejected},
        tuple({"company": str(row[0]), "id": str(row[1]), "field": str(row[2]), "reason": str(row[3])} for row in rows),
    )


def newest_change_is_recent(query: Query, entity: Entity, realm_ids: Sequence[str], now: datetime) -> Verdict:
    """The newest change is not much older than this table's own habits make usual."""
    rows: list[tuple[str, datetime, int, float]] = query(
        "WITH change AS (SELECT DISTINCT realm_id, updated_at FROM quickbooks."
        f'"{entity.table}" WHERE realm_id IN ({_marks(realm_ids)})), '
        "pause AS (SELECT realm_id, updated_at, epoch(updated_at) - lag(epoch(updated_at)) "
        "OVER (PARTITION BY realm_id ORDER BY updated_at) AS seconds FROM change) "
        "SELECT realm_id, max(updated_at), count(*), coalesce(max(seconds), 0) FROM pause GROUP BY realm_id ORDER BY 1",
        list(realm_ids),
    )
    stale = []
    newest_of_all = None
    for realm_id, newest, changes, longest_pause in rows:
        newest = newest.replace(tzinfo=UTC) if newest.tzinfo is None else newest
        newest_of_all = newest if newest_of_all is None else max(newest_of_all, newest)
        usual = max(QUIET_AT_LEAST, LONGER_THAN_USUAL * timedelta(seconds=float(longest_pause)))
        if changes >= CHANGES_TO_JUDGE_BY and now - newest > usual:
            stale.append(
                {
                    "company": realm_id,
                    "newest change": newest.isoformat(),
                    "days since": f"{(now - newest).days}",
                    "expected within days": f"{usual.days}",
                }
            )
    return Verdict(
        not stale,
        "The newest change is as recent as usual."
        if not stale
        else "Nothing has changed for unusually long: is the company still connected and in use?",
        {} if newest_of_all is None else {"newest_change": newest_of_all.isoformat()},
        tuple(stale),
    )


def closed_periods_unchanged(closed: Sequence[Closing], edits: Sequence[Edit]) -> Verdict:
    """Nothing was changed in closed books; `edits` are those that came lately."""
    if not closed:
        return Verdict(True, "No company has a closing date.")
    days = {one.realm_id: one.last_day.isoformat() for one in closed if one.closed_until is None}
    offenders = tuple(
        {
            "company": edit.realm_id,
            "record": f"{edit.entity} {edit.number or edit.id}",
            "what": edit.operation,
            "changed": edit.at.isoformat(),
            "by": edit.by or "",
            "dated": " → ".join(str(day) for day in dict.fromkeys((edit.dated_before, edit.dated)) if day is not None),
            "moved": "" if edit.moved is None else f"{edit.moved:,}",
        }
        for edit in edits[-LISTED:]
    )
    return Verdict(
        not edits,
        f"Nothing in closed books was changed in {EDITS_REMEMBERED.days} days."
        if not edits
        else f"{len(edits):,} changes to closed books came within {EDITS_REMEMBERED.days} days; see all of them with: "
        f"qbo-pipeline changes --since {EDITS_REMEMBERED.days}d --closed-before {max(one.last_day for one in closed)}",
        {"changes": len(edits), **{f"closed_until_{realm_id}": day for realm_id, day in days.items()}},
        offenders,
    )


def rows_of_any(query: Query, entity: Entity, realm_ids: Sequence[str]) -> bool:
    """Whether anything of an entity is in the warehouse."""
    rows = query(
        f'SELECT 1 FROM quickbooks."{entity.table}" WHERE realm_id IN ({_marks(realm_ids)}) LIMIT 1',
        list(realm_ids),
    )
    return bool(rows)


def _references(entity: Entity, entities: Mapping[str, Entity]) -> Iterator[tuple[Table, str, list[Entity]]]:
    """Columns that point at lists. Transactions may be loaded for some months only, so nothing is asked of them."""
    for table in tables(entity):
        for column in table.columns:
            targets = [entities[name] for name in column.references if name in entities]
            if targets and all(target.category is Category.LIST for target in targets):
                yield table, column.name, targets


def _used_columns(
    query: Query, references: Sequence[tuple[Table, str, list[Entity]]], realm_ids: Sequence[str]
) -> set[tuple[str, str]]:
    """Tables and columns, of those that point at lists, in which there is anything: a company uses few of them."""
    columns_of: dict[str, list[str]] = {}
    for table, column, _ in references:
        columns_of.setdefault(table.name, []).append(column)
    used: set[tuple[str, str]] = set()
    for name, columns in columns_of.items():
        counted = ", ".join(f'count("{column}")' for column in columns)
        [counts] = query(
            f'SELECT {counted} FROM quickbooks."{name}" WHERE realm_id IN ({_marks(realm_ids)})', list(realm_ids)
        )
        used |= {(name, column) for column, count in zip(columns, counts, strict=True) if count}
    return used


def _key(entity: Entity, table: Table) -> tuple[str, ...]:
    if not table.array_path:
        return ("realm_id", "id")
    return ("realm_id", f"{entity.table}_id", *table.ordinals)


def _marks(values: Iterable[str]) -> str:
    return ", ".join("?" for _ in values)


def _period_text(period: Period | None) -> str:
    return "everything" if period is None else f"{period.first_day} to {period.last_day}"

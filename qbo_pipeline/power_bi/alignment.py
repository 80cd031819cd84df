"""Whether lists in the dataset are those of QuickBooks: read back by DAX, compared row by row, replaced where not.

Deliveries keep a record of what they sent. This looks at what is there: somebody may have changed it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import Delivery, SemanticModel, Table
from qbo_pipeline.power_bi import dax
from qbo_pipeline.power_bi.answers import decode
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.delivered import Delivered
from qbo_pipeline.power_bi.publish import publish
from qbo_pipeline.power_bi.publisher import Manner, open_publisher
from qbo_pipeline.power_bi.push_schema import PushColumn, PushTable
from qbo_pipeline.settings import PowerBISettings, Settings

logger = logging.getLogger(__name__)

REFERENCE_TABLES = ("Account", "Class", "Location")
"""Accounts, classes and departments, which QuickBooks also calls locations."""
_SHOWN = 20
_INSTANT = timedelta(milliseconds=4)
"""Power BI keeps instants to a 300th of a second."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How a table of the dataset differs from what it is to hold."""

    table: str
    rows: int
    """Rows it is to hold."""
    missing: tuple[str, ...]
    """Keys that are not there."""
    extra: tuple[str, ...]
    """Keys that are there and should not be, or more than once."""
    differing: tuple[str, ...]
    """Columns that differ, with the key of the row and both values."""
    repaired: bool = False

    @property
    def aligned(self) -> bool:
        """Whether it is as it is to be."""
        return not (self.missing or self.extra or self.differing)

    def __str__(self) -> str:
        if self.aligned:
            return f"Table {self.table}: {self.rows:,} rows as in QuickBooks"
        parts = [
            f"{len(found)} {word}: {', '.join(found[:_SHOWN])}{' …' if len(found) > _SHOWN else ''}"
            for word, found in (("missing", self.missing), ("not of it", self.extra), ("other", self.differing))
            if found
        ]
        return f"Table {self.table}: {'; '.join(parts)}{'; repaired' if self.repaired else ''}"


def align(
    settings: Settings,
    *,
    tables: Collection[str] = REFERENCE_TABLES,
    repair: bool = True,
    model: SemanticModel = SEMANTIC_MODEL,
    manner: Manner | None = None,
    client: Callable[[PowerBISettings], PowerBIClient] = PowerBIClient,
) -> tuple[Drift, ...]:
    """Publish lists, read them back, and replace those that are not what was published.

    Args:
        settings: which warehouse, which workspace.
        tables: names of tables of replaced rows; those that the model does not have are left out.
        repair: whether to replace a table that drifted.
        model: the semantic model. manner: limits and patience. client: makes the client of a workspace.

    Raises:
        NothingToPublishError: the dataset was not made yet. Otherwise as `publish` and `drift`.
    """
    names = [table.name for table in model.tables if table.name in tables]
    publish(settings, tables=names, model=model, compare=lambda: False, manner=manner, client=client)
    found = []
    with open_publisher(settings, model, manner, client) as publisher:
        target = next(one for one in reversed(publisher.deployer.existing()) if one.active)
        with publisher.delivered(target) as delivered:
            deliverer = publisher.deliverer(target, delivered)
            for name in names:
                deployed = target.schema.by_name[name]
                one = drift(publisher.client, target.dataset_id, delivered, model.by_name[name], deployed)
                if not one.aligned:
                    logger.warning("%s", one)
                    if repair:
                        delivered.doubt(name)
                        deliverer.restore(deployed)
                        after = drift(publisher.client, target.dataset_id, delivered, model.by_name[name], deployed)
                        one = replace(one, repaired=after.aligned)
                found.append(one)
    return tuple(found)


def drift(client: PowerBIClient, dataset_id: str, delivered: Delivered, table: Table, deployed: PushTable) -> Drift:
    """Read a table of replaced rows back and compare it with what was delivered.

    Raises:
        QueryError, NotAuthorizedError: it cannot be asked. RequestError: no answer.
    """
    if table.delivery is not Delivery.REPLACE:
        raise ValueError(f"table {table.name} has reversals; its batches are compared instead")
    rows = client.query(dataset_id, f"EVALUATE {dax.table(table.name)}")
    held = delivered.connection.execute(f"SELECT row_key, body FROM {delivered.rows_of(table.name)}").fetchall()
    columns = [column for column in deployed.columns if column.name in table.by_name]
    return compared(table.name, table.key, columns, {str(key): decode(body.encode()) for key, body in held}, rows)


def compared(
    name: str, key: str, columns: Sequence[PushColumn], wanted: Mapping[str, Mapping[str, Any]],
    rows: Collection[Mapping[str, Any]],
) -> Drift:  # fmt: skip
    """Compare rows as Power BI answers them with those that are wanted, by key."""
    key_column = next(column for column in columns if column.name == key)
    by_key = {_value(body.get(key), key_column): (row_key, body) for row_key, body in wanted.items()}
    seen: set[Any] = set()
    extra, differing = [], []
    for row in rows:
        identity = _value(dax.value(row, key), key_column)
        if identity not in by_key or identity in seen:
            extra.append(str(identity))
            continue
        seen.add(identity)
        row_key, body = by_key[identity]
        for column in columns:
            there, here = _value(dax.value(row, column.name), column), _value(body.get(column.name), column)
            if not _same(there, here):
                differing.append(f"{row_key} [{column.name}] is {there!r} instead of {here!r}")
    missing = [row_key for identity, (row_key, _) in by_key.items() if identity not in seen]
    return Drift(name, len(wanted), tuple(sorted(missing)), tuple(sorted(extra)), tuple(sorted(differing)))


def _value(found: Any, column: PushColumn) -> Any:
    """A value in the form in which both sides are the same."""
    if found is None:
        return None
    kind = column.data_type.lower()
    if kind in {"int64", "decimal"}:
        return Decimal(str(found))
    if kind == "double":
        return float(found)
    if kind == "datetime":
        # Power BI answers instants without a zone.
        return datetime.fromisoformat(str(found).replace("Z", "+00:00")).replace(tzinfo=None)
    return found if kind != "string" else str(found)


def _same(there: Any, here: Any) -> bool:
    if isinstance(there, datetime) and isinstance(here, datetime):
        return abs(there - here) < _INSTANT
    if isinstance(there, str) and isinstance(here, str):
        # Power BI keeps a column's texts that differ in case or spaces at their end alone as one, in the form in which
        # the first of them came. Source: sqlbi.com, Letter case-sensitivity in DAX; learn.microsoft.com, Data types.
        return there.rstrip().lower() == here.rstrip().lower()
    return bool(there == here)

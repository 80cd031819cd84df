"""`qbo-pipeline audit`: one record's whole life, from QuickBooks to the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from string import Template
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.companies import realm_of_lake
from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import print_json, results
from qbo_pipeline.command_line.warehouse_reader import WarehouseReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbo_pipeline.quickbooks.catalogue.model import Entity
    from qbo_pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """Something that happened to a record."""

    at: datetime
    """UTC."""
    realm_id: str
    what: str
    detail: str
    run_id: str | None


def show_life(settings: Settings, entity: Entity, identity: str, company: str | None, *, as_json: bool) -> None:
    """Write everything that is known to have happened to a record, oldest first; `company`: its realm id or name.

    Raises:
        CommandError: there is no warehouse yet, its folder has moved, or nothing is known of such a record.
        typer.BadParameter: there is no company of this name, or there are several.
    """
    realm_id = None if company is None else realm_of_lake(settings, company)
    events = read_life(settings, entity, identity, realm_id)
    if not events:
        where = f" of company {realm_id}" if realm_id else ""
        raise CommandError(
            f"Nothing is known of {entity.name} {identity}{where}.",
            f"The id is QuickBooks' own, not the document number: qbo-pipeline sql "
            f'"SELECT id FROM quickbooks.{entity.table} LIMIT 5"',
        )
    if as_json:
        print_json(events)
        return
    for realm in dict.fromkeys(one.realm_id for one in events):
        results().print(_table([one for one in events if one.realm_id == realm], f"{entity.name} {identity}, {realm}"))


def read_life(settings: Settings, entity: Entity, identity: str, realm_id: str | None) -> list[LifeEvent]:
    """The events of a record, oldest first; of every company that has one of this id, where none is named."""
    from qbo_pipeline.warehouse.schema import literal, sql

    query = Template(sql("record_life.sql")).substitute(
        entity=literal(entity.name),
        table=entity.table,
        id=literal(identity),
        realm_id="NULL::VARCHAR" if realm_id is None else literal(realm_id),
    )
    with WarehouseReader(settings.data.warehouse, settings.data.lake) as reader:
        rows = reader.connection().execute(query).fetchall()
    return [
        LifeEvent(at.replace(tzinfo=UTC), realm, what, detail or "", run_id) for at, realm, what, detail, run_id in rows
    ]


def _table(events: Sequence[LifeEvent], title: str) -> object:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    for name in ("when (UTC)", "what", "detail", "run"):
        table.add_column(name, overflow="fold", no_wrap=name == "when (UTC)")
    for one in events:
        moment = f"{one.at:%Y-%m-%d %H:%M:%S}.{one.at.microsecond // 1000:03d}"
        table.add_row(*(Text(cell) for cell in (moment, one.what, one.detail, (one.run_id or "")[:8])))
    return table

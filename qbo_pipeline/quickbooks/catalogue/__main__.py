"""`python -m qbo_pipeline.quickbooks.catalogue > docs/entities.md`: every table and column, from the catalogue."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from qbo_pipeline.quickbooks.catalogue import ENTITIES, Entity, tables
from qbo_pipeline.quickbooks.catalogue.tables import RECORD_COLUMNS


def page() -> str:
    """The page, in Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Entities, tables, columns"
    yield ""
    yield "Generated from the catalogue by `python -m qbo_pipeline.quickbooks.catalogue > docs/entities.md`."
    yield ""
    yield f"Every entity's table starts with `{'`, `'.join(RECORD_COLUMNS)}` and ends with `version_id`;"
    yield "every table of an array with `realm_id`, the id of its document and one ordinal for each array on the way."
    for entity in ENTITIES:
        yield from _entity(entity)


def _entity(entity: Entity) -> Iterator[str]:
    yield ""
    yield f"## {entity.name}"
    yield ""
    yield f"{entity.description} {_habits(entity)}"
    for table in tables(entity):
        yield ""
        described = "" if not table.array_path else f": {table.description}"
        yield f"**`{table.name}`**{described}"
        yield ""
        yield ", ".join(f"`{column.name}` {column.type.value}" for column in table.columns)


def _habits(entity: Entity) -> str:
    parts = [f"A {entity.category.value}"]
    if entity.date_field:
        parts.append(f"dated by {entity.date_field}")
    if entity.active_flag:
        parts.append("made inactive instead of deleted" if not entity.deletable else "can be made inactive")
    if entity.deletable:
        parts.append("can be deleted")
    if not entity.change_data_capture:
        parts.append("not served by change data capture")
    return ", ".join(parts) + "."


if __name__ == "__main__":
    sys.stdout.write(page())

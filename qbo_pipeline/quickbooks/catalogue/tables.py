"""From an entity's tree to its tables and columns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from qbo_pipeline.quickbooks.catalogue.model import (
    Array,
    Column,
    Entity,
    Field,
    Member,
    Object,
    Reference,
    Table,
    Type,
    snake_case,
)

Path = tuple[str, ...]

RECORD_PATHS: frozenset[Path] = frozenset(
    {("Id",), ("SyncToken",), ("MetaData", "CreateTime"), ("MetaData", "LastUpdatedTime")}
)
"""What becomes the record columns `id`, `sync_token`, `created_at` and `updated_at` of an entity's own table."""

RECORD_COLUMNS = ("realm_id", "id", "sync_token", "created_at", "updated_at", "deleted", "synced_at", "source")
"""The columns every entity's own table starts with."""

_VERSION_COLUMNS = ("version_id", "record_number")
"""Which version of a record a row of any table belongs to: in the warehouse, and in its batch while it is typed."""

TRANSACTION_TYPE = Column("transaction_type", Type.TEXT, "Kind of document the template makes.", ())
"""Of wrapped entities: the key the record was wrapped in. It has no path inside the record."""


class CatalogueError(Exception):
    """A declaration cannot become tables; the message names the entity and the members."""


@cache
def tables(entity: Entity) -> tuple[Table, ...]:
    """The tables of an entity: its own first, then one for each array, parents before children.

    Raises:
        CatalogueError: two members claim one column or two arrays one table.
    """
    derived = tuple(_tables(entity, entity.table, entity.description, entity.members, (), ()))
    names = [table.name for table in derived]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise CatalogueError(f"{entity.name}: several arrays become the table {', '.join(sorted(twice))}")
    return derived


def _tables(
    entity: Entity,
    name: str,
    description: str,
    members: tuple[Member, ...],
    array_path: tuple[Path, ...],
    ordinals: tuple[str, ...],
) -> Iterator[Table]:
    columns: dict[str, Column] = {}
    if not array_path and entity.wrapped:
        columns[TRANSACTION_TYPE.name] = TRANSACTION_TYPE
    for column in _columns(members, (), ""):
        if not array_path and column.paths[0] in RECORD_PATHS:
            continue
        keys = RECORD_COLUMNS if not array_path else ("realm_id", f"{entity.table}_id", *ordinals)
        if column.name in (*keys, *_VERSION_COLUMNS):
            raise CatalogueError(
                f"{entity.name}: {'.'.join(column.paths[0])} claims {name}.{column.name}, which is a key of the table; "
                "give it a column name of its own"
            )
        known = columns.get(column.name)
        columns[column.name] = column if known is None else _coalesced(entity, name, known, column)
    yield Table(name, entity.name, description, array_path, ordinals, tuple(columns.values()))
    for path, member in _arrays(members, ()):
        suffix = member.table or snake_case(member.name)
        yield from _tables(
            entity,
            f"{name}_{suffix}",
            member.description,
            member.members,
            (*array_path, path),
            (*ordinals, f"{suffix}_number"),
        )


def _columns(members: tuple[Member, ...], path: Path, prefix: str) -> Iterator[Column]:
    for member in members:
        here = (*path, member.name)
        match member:
            case Field(_, kind, description, column):
                yield Column(prefix + (column or snake_case(member.name)), kind, description, (here,))
            case Reference(name, description, to, column, typed):
                stem = prefix + (column or snake_case(name.removesuffix("Ref")))
                yield Column(f"{stem}_id", Type.TEXT, f"{description} Its id.", ((*here, "value"),), to)
                yield Column(f"{stem}_name", Type.TEXT, f"{description} Its name.", ((*here, "name"),))
                if typed:
                    yield Column(f"{stem}_type", Type.TEXT, f"{description} Its kind.", ((*here, "type"),))
            case Object(name, inner, inner_prefix):
                inherited = f"{snake_case(name)}_" if inner_prefix is None else inner_prefix
                yield from _columns(inner, here, prefix + inherited)
            case Array():
                pass


def _arrays(members: tuple[Member, ...], path: Path) -> Iterator[tuple[Path, Array]]:
    for member in members:
        match member:
            case Array(name):
                yield (*path, name), member
            case Object(name, inner):
                yield from _arrays(inner, (*path, name))
            case _:
                pass


def _coalesced(entity: Entity, table: str, known: Column, other: Column) -> Column:
    """One column for a fact that comes from several kinds of line detail, of which a line has one."""
    alternatives = all(len(path) > 1 for path in (*known.paths, *other.paths))
    heads = {path[0] for path in known.paths}
    if not alternatives or other.paths[0][0] in heads or known.type is not other.type:
        raise CatalogueError(
            f"{entity.name}: {'.'.join(known.paths[0])} and {'.'.join(other.paths[0])} both claim the column "
            f"{table}.{other.name}; give one a column name of its own"
        )
    references = tuple(dict.fromkeys((*known.references, *other.references)))
    return Column(known.name, known.type, known.description, (*known.paths, *other.paths), references)

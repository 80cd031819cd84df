"""Relations that a query makes on its way, as temporary tables in DuckDB.

An expression is evaluated for all rows of all tables that are looped over at once. Every loop is a `Frame`: a relation
with a number for each of its rows, its key. What is computed for the rows of a frame is a relation that has the
frame's key as a column, so that it can be joined to it; what depends on two loops has two keys; a constant has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.model import Column, Kind
from qbo_pipeline.local.power_bi.dax.values import Scalar

Keys = frozenset[int]
NO_KEYS: Keys = frozenset()


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table value: its name, what it is called in the relation, its type, and the model's column that
    its values come from, if they do."""

    name: str
    sql: str
    kind: Kind
    column: Column | None = None


@dataclass(frozen=True, slots=True)
class TableValue:
    """What a table expression gives: a relation, by the keys of the loops it depends on.

    `rows_of` is the table of the model whose rows these are, numbered by a column `_row`.
    """

    relation: str
    keys: Keys
    columns: tuple[TableColumn, ...]
    rows_of: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A loop over the rows of a table value; its relation has the name `table`, its key is `k{id}`."""

    id: int
    table: str
    keys: Keys
    """Of the loops it is inside of and depends on, without its own."""
    columns: tuple[TableColumn, ...]
    rows_of: str | None = None

    @property
    def all_keys(self) -> Keys:
        """Those it depends on, and its own."""
        return self.keys | {self.id}


class Workspace:
    """The temporary relations of one query."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._count = 0
        self._frames: dict[int, Frame] = {}
        self._frames_by_table: dict[str, Frame] = {}
        self._keys: dict[str, Keys] = {}
        self._names: dict[str, str] = {}

    def create(self, select: str) -> str:
        """The name of a new relation with the rows of a SELECT.

        Raises:
            DaxError: it cannot be computed; says what DuckDB says.
        """
        # Measures filter the same tables in the same ways: what is made once is never changed, and serves all of them.
        if (known := self._names.get(select)) is not None:
            return known
        self._count += 1
        name = f"r{self._count}"
        self.run(f"CREATE TEMP TABLE {name} AS {select}")
        self._names[select] = name
        return name

    def run(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of a statement.

        Raises:
            DaxError: it cannot be computed.
        """
        try:
            return self._connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise DaxError(str(error).split("\n")[0].removeprefix("Invalid Input Error: ")) from error

    def value(self, select: str, keys: Iterable[int], kind: Kind) -> Scalar:
        """A value for every combination of keys: a SELECT of the keys and of `v`."""
        name = self.create(select)
        self._keys[name] = frozenset(keys)
        return Scalar(f"{name}.v", kind, frozenset({name}))

    def frame(self, table: TableValue, wanted: Iterable[str] | None = None) -> Frame:
        """A loop over a table value; of its columns those that are `wanted` (all: None)."""
        self._count += 1
        identity, names = self._count, None if wanted is None else {name.lower() for name in wanted}
        columns = tuple(one for one in table.columns if names is None or one.name.lower() in names)
        listed = [f"k{key}" for key in sorted(table.keys)] + [one.sql for one in columns]
        if table.rows_of is not None:
            listed.append("_row")
        select = ", ".join(["row_number() OVER () AS k" + str(identity), *dict.fromkeys(listed)])
        name = self.create(f"SELECT {select} FROM {table.relation} t")
        frame = Frame(identity, name, table.keys, columns, table.rows_of)
        self._frames[identity] = self._frames_by_table[name] = frame
        return frame

    def domain(self, needs: Iterable[str], *frames: Frame) -> tuple[str, dict[int, str]]:
        """A FROM clause with the rows of loops and all that is needed beside them; and where each key is found.

        Loops that what is needed depends on are joined as well, so that there is a row for every combination.
        """
        needed = sorted(set(needs))
        sources: list[str] = []
        keys: dict[int, str] = {}
        joined: set[int] = set()

        def join(frame: Frame) -> None:
            on = " AND ".join(f"{keys[key]} = {frame.table}.k{key}" for key in frame.all_keys if key in keys)
            how = "" if not sources else "JOIN " if on else "CROSS JOIN "
            sources.append(f"{how}{frame.table}{f' ON {on}' if on else ''}")
            for key in frame.all_keys:
                keys.setdefault(key, f"{frame.table}.k{key}")
            joined.add(frame.id)

        for frame in frames:
            join(frame)
        looked_at = {self._frames_by_table[one].id for one in needed if one in self._frames_by_table}
        wanted = looked_at.union(*(self._keys.get(one, NO_KEYS) for one in needed))
        for identity in sorted(wanted, reverse=True):
            if identity not in joined and (identity not in keys or identity in looked_at):
                join(self._frames[identity])
        if not sources:
            sources.append("(SELECT 1 AS one) nothing")
        for one in needed:
            if one not in self._frames_by_table:
                on = " AND ".join(f"{keys[key]} = {one}.k{key}" for key in self._keys[one])
                sources.append(f"LEFT JOIN {one} ON {on or 'TRUE'}")
        return " ".join(sources), keys

    def settled(self, value: Scalar) -> Scalar:
        """A value that was computed once, where its expression is long."""
        if len(value.sql) < 300 or "error(" in value.sql:
            return value
        source, keys = self.domain(value.needs)
        return self.value(f"SELECT {key_list(keys)}{value.sql} AS v FROM {source}", keys, value.kind)

    def frame_of(self, key: int) -> Frame:
        """The loop of a key."""
        return self._frames[key]


def key_list(keys: Mapping[int, str]) -> str:
    """Keys as the first columns of a SELECT."""
    return "".join(f"{sql} AS k{key}, " for key, sql in sorted(keys.items()))


def grouping(keys: Mapping[int, str]) -> str:
    """GROUP BY keys; nothing where there are none."""
    return f" GROUP BY {', '.join(sql for _, sql in sorted(keys.items()))}" if keys else ""

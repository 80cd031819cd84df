"""Tables of the model under filters: one SELECT, with the tables beside it that filters reach it through."""

from __future__ import annotations

from collections.abc import Iterable

from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.filters import Filter
from qbo_pipeline.local.power_bi.dax.model import Column, Model, Relationship
from qbo_pipeline.local.power_bi.dax.relations import Workspace


class Tables:
    """The model's tables as SQL. A table on the one end has a blank row for rows of the many end that find none."""

    def __init__(self, model: Model, workspace: Workspace) -> None:
        self.model = model
        self.workspace = workspace
        self._checked: dict[str, bool] = {}

    def base(self, table: str) -> str:
        """Its rows, without those that are not seen yet."""
        found = self.model.tables[table]
        if not found.unseen:
            return found.relation
        hidden = " OR ".join(f"_row >= {first} AND _row < {end}" for first, end in found.unseen)
        return f"(SELECT * FROM {found.relation} WHERE NOT ({hidden}))"

    def extended(self, table: str) -> str:
        """Its rows, and a blank one where rows of another table find none in it."""
        if not any(self.has_unmatched(one) for one in self.model.many_ends(table)):
            return self.base(table)
        names = ["_row", *(self.model.physical(column) for column in self.model.columns(table))]
        blanks = ", ".join(f"NULL AS {name}" for name in names)
        return f"(SELECT {', '.join(names)} FROM {self.base(table)} b UNION ALL SELECT {blanks})"

    def has_unmatched(self, relationship: Relationship) -> bool:
        """Whether rows of the many end find none at the one end; a key that is there twice is an error.

        Raises:
            DaxError: two rows at the one end have the same key.
        """
        if relationship.name not in self._checked:
            many, one = relationship.many, relationship.one
            key, own = self.model.physical(many), self.model.physical(one)
            base = self.base(one.table)
            twice = self.workspace.run(f"SELECT {own} FROM {base} t GROUP BY 1 HAVING count(*) > 1 LIMIT 1")
            if twice:
                raise DaxError(
                    f"Column '{one.name}' in Table '{one.table}' contains a duplicate value '{twice[0][0]}' and this "
                    "is not allowed for columns on the one side of a many-to-one relationship or for columns that are "
                    "used as the primary key of a table."
                )
            found = f"SELECT 1 FROM {base} o WHERE o.{own} = m.{key}"
            lost = f"SELECT 1 FROM {self.base(many.table)} m WHERE NOT EXISTS ({found}) LIMIT 1"
            self._checked[relationship.name] = bool(self.workspace.run(lost))
        return self._checked[relationship.name]


class Scan:
    """A SELECT over one table."""

    def __init__(self, tables: Tables, table: str, *, extended: bool = False) -> None:
        self._tables = tables
        self._model = tables.model
        self._table = table
        relation = tables.extended(table) if extended else tables.base(table)
        self._sources = [f"{relation} t0"]
        self._aliases = {table: "t0"}
        self._condensed: dict[Column, str] = {}
        self.keys: dict[int, str] = {}

    @property
    def source(self) -> str:
        """The FROM clause."""
        return " ".join(self._sources)

    def column(self, column: Column) -> str:
        """A column of the table, or of one that filters it."""
        if column in self._condensed:
            return f"t0.{self._condensed[column]}"
        return f"{self._alias(column.table)}.{self._model.physical(column)}"

    def restrict(self, filters: Iterable[Filter]) -> Scan:
        """Only rows that filters leave; those on tables that do not filter this one leave all."""
        for one in filters:
            self._restrict(one)
        return self

    def condensed(self, filters: Iterable[Filter], aggregate: str) -> tuple[Scan, bool]:
        """The scan under filters, and whether it has a row for every combination of values that they are on, with an
        aggregate of the rows as `t0.v`, in place of the rows. It has where many keys would find the same rows again.
        """
        listed, reached = list(filters), self._model.paths(self._table)
        keyed = [one for one in listed if one.keys and any(column.table in reached for column, _ in one.columns)]
        if all(one.single for one in keyed) or any(one.rows_of is not None for one in keyed):
            return self.restrict(listed), False
        self.restrict(one for one in listed if not one.keys)
        columns = dict.fromkeys(column for one in keyed for column, _ in one.columns if column.table in reached)
        names = {column: f"x{place}" for place, column in enumerate(columns)}
        values = ", ".join(f"{self.column(column)} AS {name}" for column, name in names.items())
        name = self._tables.workspace.create(f"SELECT {values}, {aggregate} AS v FROM {self.source} GROUP BY ALL")
        self._sources, self._condensed = [f"{name} t0"], names
        return self.restrict(keyed), True

    def _restrict(self, one: Filter) -> None:
        reached = self._model.paths(self._table)
        own = [(column, sql) for column, sql in one.columns if column.table in reached]
        if one.rows_of in reached:
            relation, pairs = one.relation, [(f"{self._alias(one.rows_of)}._row", "_row")]
        elif own:
            relation, pairs = one.relation, [(self.column(column), sql) for column, sql in own]
            if len(own) < len(one.columns) and not one.single:
                listed = ", ".join([*(f"k{key}" for key in sorted(one.keys)), *(sql for _, sql in own)])
                relation = f"(SELECT DISTINCT {listed} FROM {one.relation} f)"
        else:
            return
        alias = f"f{len(self._sources)}"
        on = [f"{sql} IS NOT DISTINCT FROM {alias}.{name}" for sql, name in pairs]
        on += [f"{self.keys[key]} = {alias}.k{key}" for key in one.keys if key in self.keys]
        self._sources.append(f"JOIN {relation} {alias} ON {' AND '.join(on)}")
        for key in one.keys:
            self.keys.setdefault(key, f"{alias}.k{key}")

    def _alias(self, table: str) -> str:
        if table in self._aliases:
            return self._aliases[table]
        path = self._model.paths(self._table)[table]
        last = path[-1]
        self._tables.has_unmatched(last)
        before = self._alias(last.many.table)
        alias = self._aliases[table] = f"d{len(self._aliases)}"
        key, own = self._model.physical(last.many), self._model.physical(last.one)
        self._sources.append(f"LEFT JOIN {self._tables.base(table)} {alias} ON {before}.{key} = {alias}.{own}")
        return alias

"""What stands in the schemas of the models, and taking away what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from qbo_pipeline.finance.model import KEPT, SCHEMAS, Built, Model, Relation
from qbo_pipeline.finance.rendering import quoted
from qbo_pipeline.finance.running import Running


class Standing:
    """Tables, views and macros that were there before this build. Looked for once, and only where it matters."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def drop(self, relations: Iterable[Relation]) -> None:
        """Take away what is no model any more."""
        for relation in relations:
            for kind in self._kinds.get(relation, ()):
                self._running.run(f"DROP {kind} {quoted(relation)}")

    def make_room(self, model: Model) -> None:
        """A table does not take the place of a view, nor the other way round."""
        due = "MACRO TABLE" if model.built is Built.MACRO else "TABLE" if model.built in KEPT else "VIEW"
        for kind in self._kinds.get(model.relation, ()):
            if kind != due:
                self._running.run(f"DROP {kind} {quoted(model.relation)}")

    @cached_property
    def _kinds(self) -> Mapping[Relation, tuple[str, ...]]:
        """As what there is a relation of a name."""
        here = "database_name = current_database() AND list_contains($1, schema_name)"
        rows = self._running.query(
            f"SELECT DISTINCT schema_name, table_name, 'TABLE' FROM duckdb_tables() WHERE {here} "
            f"UNION ALL SELECT schema_name, view_name, 'VIEW' FROM duckdb_views() WHERE {here} "
            f"UNION ALL SELECT DISTINCT schema_name, function_name, 'MACRO TABLE' FROM duckdb_functions() WHERE {here}",
            [list(SCHEMAS)],
        )
        found: dict[Relation, tuple[str, ...]] = {}
        for schema, name, kind in rows:
            relation = Relation(schema, name)
            found[relation] = (*found.get(relation, ()), kind)
        return found

"""How the rows of a model come to be: all of them, or those of touched documents or months."""

from __future__ import annotations

from dataclasses import dataclass, field

from qbo_pipeline.finance import definitions, touched
from qbo_pipeline.finance.catalogue import document_tables
from qbo_pipeline.finance.model import KEPT, MONTH_KEY, Built, Model, Relation
from qbo_pipeline.finance.rendering import Reading, as_written, quoted, render, without_rows
from qbo_pipeline.finance.running import WHOLE, Running
from qbo_pipeline.finance.standing import Standing

_MATERIALIZED = 20_000
"""Up to so many touched documents their rows are copied once and read by every model; more are looked up anew."""
_REMADE = "temp.main.remade"


@dataclass
class Rows:
    """Makes the rows of models in one build."""

    running: Running
    reading: Reading
    standing: Standing
    documents: int = 0
    """How many are touched."""
    touched_tables: frozenset[str] = frozenset()
    """Tables of the entities of which any document is touched."""
    _copies: dict[Relation, str] = field(default_factory=dict)
    """Relation → where the rows of touched documents were copied to."""
    _empty: frozenset[str] | None = None

    def define(self, model: Model, *, is_new: bool) -> None:
        """Make a model as it is written now, with all its rows and descriptions."""
        if model.built in (Built.DOCUMENTS, Built.MONTHS):
            self.running.take(WHOLE)
        if is_new:
            self.standing.make_room(model)
        statement = self._statement(model) if model.built in KEPT else as_written(self.running.models, model)
        self.running.run(definitions.create(model, statement))
        # There is nothing to optimize in a comment.
        told = ["PRAGMA disable_optimizer", *definitions.comments(model), "PRAGMA enable_optimizer"]
        self.running.run(";".join(told))

    def remake(self, model: Model) -> bool:
        """Make all rows of a table anew that stays defined as it is; returns whether they are others than before.

        Rows that are the same stay, so that nothing is made anew because of them and nothing is written.
        """
        self.running.run(f"CREATE OR REPLACE TEMP TABLE remade AS\n{self._statement(model)}")
        now, before = self.running.query(definitions.fingerprints(_REMADE, quoted(model.relation)))
        if now != before:
            self.running.run(f"DELETE FROM {quoted(model.relation)}")
            self.running.run(definitions.insert(model, f"FROM {_REMADE}"))
        return now != before

    def replace_months(self, model: Model) -> None:
        """Replace the rows of touched months."""
        statement = render(self.running.models, model, self.reading.everything, self.reading.of_months)
        self.running.run(definitions.remove_touched(model))
        self.running.run(definitions.insert(model, statement))

    def replace_documents(self, model: Model) -> None:
        """Replace the rows of touched documents; the months in which they had or have any are touched, too."""
        statement = render(self.running.models, model, self.reading.everything, self._copy, self._without_rows())
        tells_months = all(column in model.column_names for column in MONTH_KEY)
        connection = self.running.connection
        if self.documents > _MATERIALIZED:
            if tells_months:
                touched.touch_months_of(connection, model)
            self.running.run(definitions.remove_touched(model))
            self.running.run(definitions.insert(model, statement))
            if tells_months:
                touched.touch_months_of(connection, model)
            return
        # What is to be there is what later models read of touched documents, too: nobody looks for it in all rows.
        new = self._kept_aside(model.relation, statement)
        self.running.run(definitions.find_touched(model, MONTH_KEY if tells_months else ()))
        if tells_months:
            touched.touch_months_in(connection, definitions.FOUND)
            touched.touch_months_in(connection, new)
        self.running.run(definitions.remove_found(model))
        self.running.run(definitions.insert(model, f"FROM {new}"))

    def give_back(self) -> None:
        """Leave nothing of the build in memory."""
        for name in (*self._copies.values(), _REMADE, definitions.FOUND):
            self.running.connection.execute(f"DROP TABLE IF EXISTS {name}")

    def _statement(self, model: Model) -> str:
        return render(self.running.models, model, self.reading.everything, self.reading.everything)

    def _without_rows(self) -> frozenset[str]:
        if self._empty is None:
            self._empty = without_rows(self.running.models, self.touched_tables)
        return self._empty

    def _kept_aside(self, relation: Relation, rows: str) -> str:
        """Keep rows of touched documents for the rest of this build; returns where."""
        name = f'"changed.{relation.schema}.{relation.name}"'
        self.running.run(f"CREATE OR REPLACE TEMP TABLE {name} AS\n{rows}")
        self._copies[relation] = f"temp.main.{name}"
        return self._copies[relation]

    def _copy(self, relation: Relation, by: Model) -> str:
        """Where the rows of touched documents are read from: a copy, where they are few."""
        table = document_tables().get(relation.name) if relation.schema == "quickbooks" else None
        if table is not None and table.entity not in self.touched_tables:
            return self.reading.nothing(relation, by)
        if self.documents > _MATERIALIZED:
            return self.reading.of_documents(relation, by)
        if relation not in self._copies:
            self._kept_aside(relation, f"FROM {self.reading.of_documents(relation)}")
        return self._copies[relation]

"""How the rows of a model come to be: all of them, or those of touched documents or months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from qbo_pipeline.finance import definitions, touched
from qbo_pipeline.finance.catalogue import document_tables
from qbo_pipeline.finance.model import KEPT, MONTH_KEY, Built, Model, Relation
from qbo_pipeline.finance.rendering import Reading, as_written, inline_above, leave_out, quoted, render
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
    _without: set[Relation] = field(default_factory=set)
    """Relations that have no rows of touched documents."""

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

    def replace_documents(self, model: Model) -> bool:
        """Replace the rows of touched documents; returns whether they had or have any.

        The months in which they had or have any are touched, too.
        """
        tells_months = all(column in model.column_names for column in MONTH_KEY)
        connection = self.running.connection
        if self.documents > _MATERIALIZED:
            if tells_months:
                touched.touch_months_of(connection, model)
            self.running.run(definitions.remove_touched(model))
            self.running.run(definitions.insert(model, self._of_touched(model)))
            if tells_months:
                touched.touch_months_of(connection, model)
            return True
        # What is to be there is what later models read of touched documents, too: nobody looks for it in all rows.
        self._copy_what_is_read(model)
        has_rows = leave_out(self.running.models, self._is_empty).rest(model).has_rows
        if has_rows:
            self._keep_aside(model.relation, self._of_touched(model))
        else:
            self._without.add(model.relation)
        had_rows = self._remove(model, MONTH_KEY if tells_months else ()) > 0
        if model.relation in self._without:
            return had_rows
        if tells_months:
            touched.touch_months_in(connection, self._copies[model.relation])
        self.running.run(definitions.insert(model, f"FROM {self._copies[model.relation]}"))
        return True

    def _remove(self, model: Model, month: Sequence[str]) -> int:
        """Take the rows of touched documents away, and touch their months where they tell them; how many rows."""
        if self.reading.named_documents is not None:
            which = f"WHERE {self.reading.among_named('known')}"
            if month:
                touched.touch_months_in(self.running.connection, f"{quoted(model.relation)} AS known {which}")
            return self._count(f"DELETE FROM {quoted(model.relation)} AS known {which}")
        self.running.run(definitions.find_touched(model, month))
        if month:
            touched.touch_months_in(self.running.connection, definitions.FOUND)
        return self._count(definitions.remove_found(model))

    def _count(self, statement: str) -> int:
        """Run a statement; how many rows it is about."""
        [(rows,)] = self.running.run(statement).fetchall()
        return int(rows)

    def give_back(self) -> None:
        """Leave nothing of the build in memory."""
        for name in (*self._copies.values(), _REMADE, definitions.FOUND):
            self.running.connection.execute(f"DROP TABLE IF EXISTS {name}")

    def _statement(self, model: Model) -> str:
        return render(self.running.models, model, self.reading.everything, self.reading.everything)

    def _of_touched(self, model: Model) -> str:
        return render(self.running.models, model, self.reading.everything, self._copy, self._is_empty)

    def _keep_aside(self, relation: Relation, rows: str) -> None:
        """Keep rows of touched documents for the rest of this build."""
        name = f'"changed.{relation.schema}.{relation.name}"'
        count = self._count(f"CREATE OR REPLACE TEMP TABLE {name} AS\n{rows}")
        self._copies[relation] = f"temp.main.{name}"
        if not count:
            self._without.add(relation)

    def _copy_what_is_read(self, model: Model) -> None:
        """Copy the rows of touched documents, so that it is known of which relations there are none."""
        leaving = leave_out(self.running.models, self._is_empty)
        for one in (leaving.rest(model).model, *inline_above(self.running.models, model, leaving)):
            for reference in one.references:
                relation = self.running.models.behind(reference.relation)
                if (
                    reference.relation.schema == "changed"
                    and relation not in self._copies
                    and not self._is_idle(relation)
                ):
                    self._keep_aside(relation, f"FROM {self.reading.of_documents(relation)}")

    def _is_empty(self, relation: Relation) -> bool:
        """Whether a relation, as it is named in a statement, has no rows of touched documents."""
        behind = self.running.models.behind(relation)
        return relation.schema == "changed" and (behind in self._without or self._is_idle(behind))

    def _is_idle(self, relation: Relation) -> bool:
        """Whether it is a table of an entity of which no document is touched."""
        table = document_tables().get(relation.name) if relation.schema == "quickbooks" else None
        return table is not None and table.entity not in self.touched_tables

    def _copy(self, relation: Relation, by: Model) -> str:
        """Where the rows of touched documents are read from: a copy, where they are few."""
        if relation in self._copies:
            return self._copies[relation]
        if self._is_idle(relation):
            return self.reading.nothing(relation, by)
        return (
            f"(FROM {quoted(relation)} LIMIT 0)"
            if relation in self._without
            else self.reading.of_documents(relation, by)
        )

"""Building the finance models in the build database: all of them, or what changes in the tables made due.

A build is one transaction: whoever looks sees all of it or nothing, and one cut short has not happened. The statement
of a model makes the same rows for a document whether it is run for all or for some, so that any sequence of builds ends
in the rows of a full one.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import duckdb

from qbo_pipeline.finance import definitions, touched
from qbo_pipeline.finance.catalogue import DOCUMENT_LINK, POSTING_INPUT, Models, document_tables, shipped
from qbo_pipeline.finance.errors import ModelError
from qbo_pipeline.finance.model import KEPT, MONTH_KEY, Built, Model, Relation
from qbo_pipeline.finance.rendering import Reading, as_written, inline_above, plainly, quoted, render, stored_columns
from qbo_pipeline.finance.state import Remembered, forget, prepare, remember, remembered
from qbo_pipeline.warehouse.schema import literal

_MATERIALIZED = 20_000
"""Up to so many touched documents their rows are copied once and read by every model; more are looked up anew."""
_FEW = 50_000
"""Up to so many touched documents are replaced, however few there are in all."""
_SHARE = 3
"""Where more than one document in three is touched, making all anew is quicker."""


class How(StrEnum):
    """What a build did to a model."""

    WHOLE = "whole"
    DOCUMENTS = "documents"
    MONTHS = "months"
    DEFINED = "defined"
    """A view or macro, made as it is written now."""
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """What a build did to one model."""

    name: str
    how: How
    rows: int | None
    """Rows afterwards; None for what has none of its own."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Build:
    """What a build did."""

    models: tuple[BuiltModel, ...]
    """In the order in which they were built, unchanged ones included, inline ones not."""
    documents: int | None
    """Touched documents; None: all."""
    months: int | None
    """Touched months, a company and basis each; None: all."""
    seconds: float

    @property
    def rebuilt(self) -> tuple[BuiltModel, ...]:
        """Those that were not left as they were."""
        return tuple(one for one in self.models if one.how is not How.UNCHANGED)


def build(
    connection: duckdb.DuckDBPyConnection,
    models: Models | None = None,
    *,
    full: bool = False,
    anew: Collection[str] = (),
) -> Build:
    """Bring the models up to date with the tables, in one transaction.

    Args:
        connection: the build database; no transaction is open.
        models: the shipped ones, if none are given.
        full: make everything anew.
        anew: names of models to make anew whatever has changed, `finance.dim_customer`.

    Raises:
        ModelError: a model cannot be built; nothing of this build is in the database.
        duckdb.OutOfMemoryException: more memory is needed.
    """
    builder = _Builder(connection, models or shipped(), full, frozenset(anew))
    prepare(connection)
    connection.execute("BEGIN TRANSACTION")
    try:
        done = builder.build()
        connection.execute("COMMIT")
    except BaseException as error:
        with contextlib.suppress(duckdb.Error):  # a transaction that cannot even be rolled back ends with the process
            connection.execute("ROLLBACK")
        if isinstance(error, duckdb.Error) and not lacks_memory(error):
            raise builder.explained(error) from error
        raise
    finally:
        builder.give_back()
    return done


def lacks_memory(error: duckdb.Error) -> bool:
    """Whether a statement would do with more memory."""
    return isinstance(error, duckdb.OutOfMemoryException) or "failed to pin block" in str(error)


@dataclass
class _Builder:
    connection: duckdb.DuckDBPyConnection
    models: Models
    full: bool
    anew: frozenset[str]
    reading: Reading = field(init=False)
    current: Model | None = None
    """The model that is being built."""
    statement: str = ""
    """What is being run for it."""
    done: dict[str, BuiltModel] = field(default_factory=dict)
    changed: set[Relation] = field(default_factory=set)
    """Relations with other rows than at the last build."""
    settled: set[str] = field(default_factory=set)
    """Models that the database has as they are written now."""
    whole: bool = False
    """Whether all documents and months are made anew."""
    touched_known: bool = False
    inputs_changed: bool = False
    """Whether documents may post otherwise though none of them changed."""
    documents: int = 0
    """How many are touched."""
    touched_tables: frozenset[str] = frozenset()
    """Tables of the entities of which any document is touched."""
    copies: dict[Relation, str] = field(default_factory=dict)
    """Relation → where the rows of touched documents were copied to."""
    resources: tuple[str, int] | None = None
    """Memory limit and threads as they were."""

    def build(self) -> Build:
        began = time.monotonic()
        known = remembered(self._query)
        upstream = frozenset().union(*self.models.upstream.values())
        sources = touched.sources(self.connection, upstream)
        self.changed = set(sources.changed)
        due = [model for model in self.models.ordered if self._is_due(model, known)]
        # Without the links as they were it is not known what else is touched.
        links_due = any(model.name == DOCUMENT_LINK for model in due)
        self.whole = self.full or sources.declarations_changed or links_due
        if not (self.whole or self.changed or due or known.keys() - {one.name for one in self.models.ordered}):
            return self._outcome(known, began)
        if not self.whole:
            self.settled = {name for name, one in known.items() if one.digest == self._digest_of(name)} - self.anew
        self._drop_former(known)
        touched.prepare_touched(self.connection)
        self.reading = Reading(self.models, stored_columns(self.connection))
        for model in self.models.ordered:
            if model.built is not Built.INLINE:
                self._build_model(model, known, is_due=model in due)
        self._keep(sources)
        return self._outcome(known, began)

    def _digest_of(self, name: str) -> str | None:
        model = self.models.named(name)
        return None if model is None else self.models.digest(model)

    def _is_due(self, model: Model, known: Mapping[str, Remembered]) -> bool:
        """Whether a model is to be made anew whatever has changed in the tables."""
        before = known.get(model.name)
        if model.built is Built.INLINE:
            return False
        return (
            before is None
            or model.name in self.anew
            or before.digest != self.models.digest(model)
            or before.told_digest != definitions.told_digest(model)
        )

    def _build_model(self, model: Model, known: Mapping[str, Remembered], *, is_due: bool) -> None:
        self.current = model
        began = time.monotonic()
        how = self._way(model, known.get(model.name), is_due=is_due)
        if how is not How.UNCHANGED:
            self.statement = model.statement
            if how in (How.WHOLE, How.DEFINED):
                self._make(model)
            else:
                self._replace_touched(model)
            self.changed.add(model.relation)
        elif self.changed & self.models.upstream[model.name] and model.built in (Built.VIEW, Built.MACRO):
            self.changed.add(model.relation)
        rows = None
        if model.built in KEPT and how is not How.UNCHANGED:
            [(rows,)] = self._query(f"SELECT count(*) FROM {quoted(model.relation)}")
        self.done[model.name] = BuiltModel(model.name, how, rows, time.monotonic() - began)
        self.current = None

    def _way(self, model: Model, before: Remembered | None, *, is_due: bool) -> How:
        """How a model is to be brought up to date."""
        if model.built in (Built.VIEW, Built.MACRO):
            return How.DEFINED if is_due or self.whole else How.UNCHANGED
        statement_changed = before is None or before.digest != self.models.digest(model)
        if self.whole or is_due:
            # New descriptions alone are no reason to make rows anew, but rare enough to do just that.
            return How.WHOLE
        if statement_changed:
            return How.WHOLE
        if model.built is Built.DOCUMENTS and self._inputs_may_have_changed():
            self._find_touched()
        if not self._changed_upstream(model) and not (model.built is Built.DOCUMENTS and self.inputs_changed):
            return How.UNCHANGED
        if model.built is Built.TABLE:
            return How.WHOLE
        self._find_touched()
        if self.whole or self._is_made_from_whole(model):
            return How.WHOLE
        if model.built is Built.DOCUMENTS:
            return How.DOCUMENTS if self.documents else How.UNCHANGED
        return How.MONTHS if touched.touched_months(self.connection) else How.UNCHANGED

    def _changed_upstream(self, model: Model) -> bool:
        return any(self._has_changed(relation) for relation in self.models.upstream[model.name])

    def _inputs_may_have_changed(self) -> bool:
        posting_input = self.models.named(POSTING_INPUT)
        return posting_input is not None and self._changed_upstream(posting_input)

    def _has_changed(self, relation: Relation) -> bool:
        """Whether a relation has changed, or what an inline one is made from."""
        target = self.models.named(str(relation))
        if target is not None and target.built is Built.INLINE:
            return self._changed_upstream(target)
        return relation in self.changed

    def _is_made_from_whole(self, model: Model) -> bool:
        """Whether anything that it reads by documents was made anew, so that no touched ones are known."""
        for relation in self.models.upstream[model.name]:
            target = self.models.named(str(relation))
            if target is None:
                continue
            if target.built is Built.INLINE and self._is_made_from_whole(target):
                return True
            if target.built is Built.DOCUMENTS and self.done[target.name].how is How.WHOLE:
                return True
        return False

    def _make(self, model: Model) -> None:
        if model.built in (Built.DOCUMENTS, Built.MONTHS):
            self._take_resources("4GB", 2)
        everything = self.reading.everything
        in_warehouse = model.built in KEPT
        statement = (
            render(self.models, model, everything, everything) if in_warehouse else as_written(self.models, model)
        )
        if model.name in self.settled and model.built is Built.TABLE:
            self._run(f"DELETE FROM {quoted(model.relation)}")
            self._run(definitions.insert(model, statement))
            return
        if model.name not in self.settled:
            self._drop_other_kind(model)
        self._run(definitions.create(model, statement))
        # There is nothing to optimize in a comment.
        self._run(";".join(["PRAGMA disable_optimizer", *definitions.comments(model), "PRAGMA enable_optimizer"]))

    def _replace_touched(self, model: Model) -> None:
        if model.built is Built.MONTHS:
            statement = render(self.models, model, self.reading.everything, self.reading.of_months)
            self._run(definitions.remove_touched(model))
            self._run(definitions.insert(model, statement))
            return
        statement = render(self.models, model, self.reading.everything, self._copy)
        tells_months = all(column in model.column_names for column in MONTH_KEY)
        if self.documents > _MATERIALIZED:
            if tells_months:
                touched.touch_months_of(self.connection, model)
            self._run(definitions.remove_touched(model))
            self._run(definitions.insert(model, statement))
            if tells_months:
                touched.touch_months_of(self.connection, model)
            return
        # What is to be there is what later models read of touched documents, too: nobody looks for it in all rows.
        new = self._kept_aside(model.relation, statement)
        self._run(definitions.find_touched(model, MONTH_KEY if tells_months else ()))
        if tells_months:
            touched.touch_months_in(self.connection, definitions.FOUND)
            touched.touch_months_in(self.connection, new)
        self._run(definitions.remove_found(model))
        self._run(definitions.insert(model, f"FROM {new}"))

    def _kept_aside(self, relation: Relation, rows: str) -> str:
        """Keep rows of touched documents for the rest of this build; returns where."""
        name = f'"changed.{relation.schema}.{relation.name}"'
        self._run(f"CREATE OR REPLACE TEMP TABLE {name} AS\n{rows}")
        self.copies[relation] = f"temp.main.{name}"
        return self.copies[relation]

    def _copy(self, relation: Relation, by: Model) -> str:
        """Where the rows of touched documents are read from: a copy, where they are few."""
        if self.documents > _MATERIALIZED:
            return self.reading.of_documents(relation, by)
        table = document_tables().get(relation.name) if relation.schema == "quickbooks" else None
        if table is not None and table.entity not in self.touched_tables:
            return self.reading.nothing(relation, by)
        if relation not in self.copies:
            self._kept_aside(relation, f"FROM {self.reading.of_documents(relation)}")
        return self.copies[relation]

    def _find_touched(self) -> None:
        """Find the documents this build is about, once: after what they post by is up to date."""
        if self.touched_known:
            return
        self.touched_known = True
        self._take_resources("500MB", 1)
        if self._inputs_may_have_changed():
            building, self.current = self.current, self.models.named(POSTING_INPUT)
            self.inputs_changed = touched.find_changed_inputs(self.connection, self.models, self.reading) > 0
            self.current = building
            if self.inputs_changed:
                touched.touch_by_inputs(self.connection, self.models.ordered)
        touched.touch_changed(self.connection)
        if Relation("reports", "month_pull") in self.changed and touched.find_pulled_months(self.connection):
            posted = [
                model
                for model in self.models.kept
                if model.built is Built.DOCUMENTS and all(one in model.column_names for one in MONTH_KEY)
            ]
            touched.touch_pulled(self.connection, posted)
        touched.touch_linked(self.connection, self.models, self.reading)
        self.documents = touched.touched_documents(self.connection)
        if self.documents > _FEW and self.documents * _SHARE > touched.documents(self.connection):
            self.whole = True
        elif self.documents:
            self.touched_tables = touched.touched_tables(self.connection)

    def _keep(self, sources: touched.Sources) -> None:
        """Remember from what this build was made."""
        now = datetime.now(UTC)
        self.connection.execute("DELETE FROM audit.touched_record; DELETE FROM audit.model_failure")
        if self._inputs_may_have_changed() or (self.whole and self.models.named(POSTING_INPUT) is not None):
            touched.find_changed_inputs(self.connection, self.models, self.reading)
            touched.keep_inputs(self.connection)
        if self.whole or Relation("reports", "month_pull") in self.changed:
            touched.keep_pulls(self.connection)
        if sources.fingerprints:
            self.connection.execute("DELETE FROM audit.built_source")
            self.connection.executemany("INSERT INTO audit.built_source VALUES (?, ?)", list(sources.fingerprints))
        remember(
            self.connection,
            [
                Remembered(
                    one.name,
                    self.models.digest(self.models.by_name[one.name]),
                    definitions.told_digest(self.models.by_name[one.name]),
                    one.how.value,
                    one.rows,
                    one.seconds,
                    now,
                )
                for one in self.done.values()
                if one.how is not How.UNCHANGED
            ],
        )

    def _outcome(self, known: Mapping[str, Remembered], began: float) -> Build:
        every = []
        for model in self.models.ordered:
            if model.built is Built.INLINE:
                continue
            one = self.done.get(model.name) or BuiltModel(model.name, How.UNCHANGED, None, 0.0)
            rows = known[model.name].row_count if one.how is How.UNCHANGED and model.name in known else one.rows
            every.append(BuiltModel(one.name, one.how, rows, one.seconds))
        none = not self.touched_known and not self.whole
        return Build(
            tuple(every),
            None if self.whole else self.documents,
            None if self.whole else 0 if none else touched.touched_months(self.connection),
            time.monotonic() - began,
        )

    def _drop_former(self, known: Mapping[str, Remembered]) -> None:
        """Take away what is no model any more."""
        gone = [name for name in known if self.models.named(name) is None or self._is_inline(name)]
        for name in gone:
            schema, _, relation = name.partition(".")
            for kind in self._kinds(Relation(schema, relation)):
                self._run(f'DROP {kind} {schema}."{relation}"')
        if gone:
            forget(self.connection, gone)

    def _is_inline(self, name: str) -> bool:
        model = self.models.named(name)
        return model is not None and model.built is Built.INLINE

    def _drop_other_kind(self, model: Model) -> None:
        """A table does not take the place of a view, nor the other way round."""
        due = "MACRO TABLE" if model.built is Built.MACRO else "TABLE" if model.built in KEPT else "VIEW"
        for kind in self._kinds(model.relation):
            if kind != due:
                self._run(f"DROP {kind} {quoted(model.relation)}")

    def _kinds(self, relation: Relation) -> Iterator[str]:
        """As what there is a relation of that name in the database."""
        here = "database_name = current_database() AND schema_name"
        rows = self._query(
            f"SELECT 'TABLE' FROM duckdb_tables() WHERE {here} = $1 AND table_name = $2 "
            f"UNION ALL SELECT 'VIEW' FROM duckdb_views() WHERE {here} = $1 AND view_name = $2 "
            f"UNION ALL SELECT 'MACRO TABLE' FROM duckdb_functions() WHERE {here} = $1 AND function_name = $2",
            [relation.schema, relation.name],
        )
        yield from dict.fromkeys(kind for (kind,) in rows)

    def _query(self, sql: str, parameters: Sequence[object] = (), /) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, list(parameters)).fetchall()

    def _run(self, statement: str) -> duckdb.DuckDBPyConnection:
        self.statement = statement
        return self.connection.execute(statement)

    def _take_resources(self, memory: str, threads: int) -> None:
        """Let DuckDB have more for the rest of this build."""
        if self.resources is None:
            [(limit, before)] = self._query("SELECT current_setting('memory_limit'), current_setting('threads')")
            self.resources = str(limit), int(str(before))
        self.connection.execute(f"SET memory_limit = {literal(memory)}; SET threads = {threads}")

    def give_back(self) -> None:
        """Leave the database's settings as they were, and nothing of the build in memory."""
        for name in self.copies.values():
            self.connection.execute(f"DROP TABLE IF EXISTS {name}")
        if self.resources is not None:
            self.connection.execute(
                f"SET memory_limit = {literal(self.resources[0])}; SET threads = {self.resources[1]}"
            )

    def explained(self, error: duckdb.Error) -> ModelError:
        """Which model failed: the one that was built, or an inline one that its statement is made of."""
        message = str(error).strip()
        model = self.current
        if model is None:
            return ModelError("what has changed", None, self.statement, message)
        for one in inline_above(self.models, model):
            statement = render(self.models, one, plainly, plainly)
            try:
                self.connection.execute(f"EXPLAIN {statement}")
            except duckdb.Error as alone:
                # Another error is that tables it is made from were not there before this build either.
                if str(alone).splitlines()[:1] == message.splitlines()[:1]:
                    return ModelError(one.name, one.path, statement, str(alone).strip())
        return ModelError(model.name, model.path, self.statement, message)

"""The shipped models with what they depend on, in an order in which they can be built."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from qbo_pipeline.finance.header import SqlFileError
from qbo_pipeline.finance.model import DOCUMENT_KEY, KEPT, MONTH_KEY, Built, Model, Relation
from qbo_pipeline.finance.model_files import by_name, line_of, read_models
from qbo_pipeline.quickbooks.catalogue import ENTITIES, tables
from qbo_pipeline.quickbooks.catalogue.model import Category

FOLDER = Path(__file__).parent / "models"
"""The shipped models."""
POSTING_INPUT = "posting.posting_input"
"""The model of all that documents post by beside themselves; when a row of it changes, so may what they post."""
DOCUMENT_LINK = "posting.document_link"
"""The model of which documents refer to which; a document may post by those it is linked with."""
TRAIL = ("audit", "history")
"""Schemas of what nobody tells the changes of."""
_POSTED_LEG = Relation("reports", "posted_leg")


@dataclass(frozen=True, slots=True)
class DocumentTable:
    """A table of QuickBooks with rows of documents."""

    relation: Relation
    id_column: str
    """The column with the document's id."""
    entity: str
    """The table with a row a document."""


@cache
def document_tables() -> Mapping[str, DocumentTable]:
    """The tables of the transaction entities and of their arrays, by name."""
    return {
        table.name: DocumentTable(
            Relation("quickbooks", table.name), f"{entity.table}_id" if table.array_path else "id", entity.table
        )
        for entity in ENTITIES
        if entity.category is Category.TRANSACTION
        for table in tables(entity)
    }


def is_of_documents(relation: Relation) -> bool:
    """Whether it is a table of QuickBooks with rows of documents."""
    return relation.schema == "quickbooks" and relation.name in document_tables()


@dataclass(frozen=True, eq=False)
class Models:
    """Models that fit together."""

    ordered: tuple[Model, ...]
    """Each after those it is made from."""
    upstream: Mapping[str, frozenset[Relation]]
    """Model → the relations it is made from: models, tables of QuickBooks, of reports and of the audit trail."""
    by_name: Mapping[str, Model] = field(repr=False)

    def named(self, name: str) -> Model | None:
        """The model of that name, `finance.ar_aging`."""
        return self.by_name.get(name)

    @property
    def kept(self) -> tuple[Model, ...]:
        """Those with rows of their own in the warehouse, in order."""
        return tuple(model for model in self.ordered if model.built in KEPT)

    def digest(self, model: Model) -> str:
        """Tells the statements that make a model's rows from any others: its own and those of all it is made from."""
        return self._digests[model.name]

    @cached_property
    def _digests(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for model in self.ordered:
            above = sorted(found[str(one)] for one in self.upstream[model.name] if str(one) in found)
            told = "\n".join([model.built, model.parameters, model.statement, *above])
            found[model.name] = hashlib.sha256(told.encode()).hexdigest()[:16]
        return found

    def told_digest(self, model: Model) -> str:
        """Tells the descriptions of a model from any others."""
        return self._told_digests[model.name]

    @cached_property
    def _told_digests(self) -> Mapping[str, str]:
        return {model.name: model.told_digest for model in self.ordered}

    def columns_named(self, relation: Relation, by: Model | None = None) -> frozenset[str] | None:
        """The words that can be columns of a relation in the statements that read it, or in that of one model.

        None where any column can.
        """
        if by is not None:
            return by.words
        readers = [one.words for one in self.ordered if relation in self.upstream[one.name]]
        return None if None in readers else frozenset().union(*(one for one in readers if one is not None))

    def reads_trail(self, model: Model) -> bool:
        """Whether its rows become others without a build, with the audit trail."""
        return model.name in self._of_trail

    @cached_property
    def _of_trail(self) -> frozenset[str]:
        found: set[str] = set()
        for model in self.ordered:
            read = self.upstream[model.name]
            if model.built not in KEPT and any(one.schema in TRAIL or str(one) in found for one in read):
                found.add(model.name)
        return frozenset(found)

    def behind(self, reference: Relation) -> Relation:
        """The relation that a name stands for: `changed.invoice` for `quickbooks.invoice`."""
        return _behind(reference, self.by_name) or reference


def load_models(folder: Path = FOLDER) -> Models:
    """Read all models of a folder and find out how they hang together.

    Raises:
        SqlFileError: a file is no model, or names what is not there; naming file, line and what is wrong.
    """
    named = by_name(read_models(folder))
    upstream = {model.name: frozenset(_resolved(model, named)) for model in named.values()}
    ordered = _in_order(named, upstream)
    for model in ordered:
        _check(model, named, upstream)
    return Models(tuple(ordered), upstream, named)


@cache
def shipped() -> Models:
    """The models of this package."""
    return load_models()


def _resolved(model: Model, named: Mapping[str, Model]) -> Iterable[Relation]:
    for one in model.references:
        relation = _behind(one.relation, named)
        if relation is None:
            raise SqlFileError(
                model.path, one.line, f"{model.name} reads {one.relation}, and there is no such table or model."
            )
        yield relation


def _behind(relation: Relation, named: Mapping[str, Model]) -> Relation | None:
    """What a name stands for; None where there is nothing of that name."""
    if relation.schema == "changed":
        for schema in ("posting", "finance"):
            model = named.get(f"{schema}.{relation.name}")
            if model is not None and model.built is Built.DOCUMENTS:
                return model.relation
        if relation.name == _POSTED_LEG.name:
            return _POSTED_LEG
        table = document_tables().get(relation.name)
        return None if table is None else table.relation
    if relation.schema in ("posting", "finance"):
        return relation if str(relation) in named else None
    if relation.schema == "quickbooks":
        return relation if relation.name in _quickbooks_names() else None
    return relation


@cache
def _quickbooks_names() -> frozenset[str]:
    names = {table.name for entity in ENTITIES for table in tables(entity)}
    return frozenset(names | {"merged_record", "surviving_record"})


def _in_order(named: Mapping[str, Model], upstream: Mapping[str, frozenset[Relation]]) -> list[Model]:
    ordered: dict[str, Model] = {}
    path: list[str] = []

    def visit(model: Model) -> None:
        if model.name in ordered:
            return
        if model.name in path:
            circle = [*path[path.index(model.name) :], model.name]
            before = named[path[-1]]
            raise SqlFileError(
                before.path, line_of(before, model.relation), f"Models are made from each other: {' → '.join(circle)}."
            )
        path.append(model.name)
        for relation in sorted(upstream[model.name]):
            if str(relation) in named:
                visit(named[str(relation)])
        path.pop()
        ordered[model.name] = model

    # What is posted from comes first: which documents are touched depends on it.
    for model in sorted(named.values(), key=lambda one: one.name != POSTING_INPUT):
        visit(model)
    return list(ordered.values())


def _check(model: Model, named: Mapping[str, Model], upstream: Mapping[str, frozenset[Relation]]) -> None:
    """That a model reads only what is there when it is built or read.

    Raises:
        SqlFileError: it does not.
    """
    sample = named.get(str(model.sample))
    if sample is not None and not (sample.built in KEPT and set(DOCUMENT_KEY) <= set(sample.column_names)):
        raise SqlFileError(
            model.path, 1, f"{sample.name} has no rows with {', '.join(DOCUMENT_KEY)}: it names no documents."
        )
    for one in model.references:
        target = named.get(str(_behind(one.relation, named)))
        if one.relation.schema == "changed" and model.built in (Built.VIEW, Built.MACRO, Built.TABLE):
            raise SqlFileError(
                model.path,
                one.line,
                f"{one.relation} is for what is built by documents or months, or inline for these.",
            )
        if one.relation.schema == "changed" and model.built is Built.MONTHS:
            missing = [name for name in MONTH_KEY if target is not None and name not in target.column_names]
            if target is None or missing:
                raise SqlFileError(
                    model.path, one.line, f"{one.relation} has no {', '.join(missing or MONTH_KEY)} to be built by."
                )
        if target is None:
            continue
        if target.built is Built.INLINE and model.built in (Built.VIEW, Built.MACRO):
            raise SqlFileError(
                model.path, one.line, f"{target.name} is inline: readers of a {model.built} would not find it."
            )
        if (target.built is Built.MACRO) != one.is_call:
            raise SqlFileError(
                model.path, one.line, f"{target.name} is {'' if target.built is Built.MACRO else 'not '}a macro."
            )

"""Model files, read: `<schema>/<any folders>/<name>.sql`, each one SELECT under a head that says what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from qbo_pipeline.finance.header import Header, SqlFileError, read_header
from qbo_pipeline.finance.model import DOCUMENT_KEY, MONTH_KEY, SCHEMAS, Built, Model, Reference, Relation
from qbo_pipeline.finance.references import StatementError, column_words, references, tokens

_INLINE_ANEW = "inline anew"
_FACTS = ("Grain", "Key", "Built", "Documents", "Parameters", "Source", "Columns")


def read_models(folder: Path) -> Iterator[Model]:
    """The models of a folder, in the order of their paths.

    Raises:
        SqlFileError: a file is no model: which, where, and what is wrong.
    """
    for path in sorted(folder.rglob("*.sql")):
        schema, *between = path.relative_to(folder).parts[:-1] or ("",)
        if schema not in SCHEMAS:
            raise SqlFileError(path, 1, f"A model lies in a folder {' or '.join(SCHEMAS)}, not in '{schema}'.")
        yield read_model(path, Relation(schema, path.stem), "/".join(between))


def read_model(path: Path, relation: Relation, folder: str = "") -> Model:
    """One model of a file.

    Raises:
        SqlFileError: naming file, line and what is wrong.
    """
    header = read_header(path, path.read_text(encoding="utf-8"), _FACTS)
    built = _built(header)
    columns = [column.name for column in header.columns]
    key = tuple(name.strip() for name in header.facts.get("Key", "").split(",") if name.strip())
    if not columns:
        raise header.error("Columns", "The head describes no columns: '-- Columns:', then a line a column.")
    if not key and built is not Built.MACRO:
        raise header.error("Key", "The head says no key: '-- Key: realm_id, …', the columns unique together.")
    for name in key:
        if name not in columns:
            raise header.error("Key", f"Key column {name} is none of the columns.")
    for needed, kind in ((DOCUMENT_KEY, Built.DOCUMENTS), (MONTH_KEY, Built.MONTHS)):
        missing = [name for name in needed if built is kind and name not in columns]
        if missing:
            raise header.error("Built", f"What is built by {kind.value} has the columns {', '.join(missing)}, too.")
    if ("Parameters" in header.facts) != (built is Built.MACRO):
        raise header.error("Built", "A macro, and nothing else, has a line '-- Parameters: …'.")
    found = tokens(header.statement)
    try:
        named = references(header.statement, found)
    except StatementError as error:
        raise SqlFileError(path, header.statement_line + error.line - 1, str(error)) from None
    offset = header.statement_line - 1
    return Model(
        relation=relation,
        path=path,
        folder=folder,
        description=header.description,
        grain=header.fact("Grain"),
        key=key,
        built=built,
        is_read_anew=header.fact("Built") == _INLINE_ANEW,
        source=header.fact("Source"),
        parameters=header.facts.get("Parameters", ""),
        sample=_sample(header, built, named),
        columns=header.columns,
        statement=header.statement,
        references=tuple(replace(one, line=one.line + offset) for one in named),
        words=column_words(found, named),
    )


def _built(header: Header) -> Built:
    text = header.fact("Built")
    if text == _INLINE_ANEW:
        return Built.INLINE
    try:
        return Built(text)
    except ValueError:
        raise header.error("Built", f"'{text}' is no way to build: {', '.join((*Built, _INLINE_ANEW))}.") from None


def _sample(header: Header, built: Built, named: tuple[Reference, ...]) -> Relation | None:
    if "Documents" not in header.facts:
        return None
    schema, _, name = header.fact("Documents").partition(".")
    sample = Relation(schema, name)
    if built is not Built.TABLE or sample not in {one.relation for one in named}:
        raise header.error("Documents", f"Only a table can be of the documents of a model, and reads it: {sample}.")
    return sample


def line_of(model: Model, relation: Relation) -> int:
    """The line of a model's file that names a relation first."""
    return next((one.line for one in model.references if one.relation == relation), 1)


def by_name(models: Iterator[Model]) -> Mapping[str, Model]:
    """Models by `schema.name`.

    Raises:
        SqlFileError: there are two of a name.
    """
    found: dict[str, Model] = {}
    for model in models:
        if model.name in found:
            raise SqlFileError(model.path, 1, f"{model.name} is there twice: also in {found[model.name].path}.")
        found[model.name] = model
    return found

"""Parts of a statement that have no rows are left out of it, and nothing but time is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from qbo_pipeline.finance.build import build
from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.finance.model import Built, Model, Reference, Relation
from qbo_pipeline.finance.parts import Leaving, Query, queries, without
from qbo_pipeline.finance.references import references, replace_references, tokens
from qbo_pipeline.finance.rendering import plainly, render

BY_DOCUMENTS = [one for one in shipped().ordered if one.built in (Built.DOCUMENTS, Built.INLINE)]
UNITED = [(model, query) for model in BY_DOCUMENTS for query in queries(model.statement) if query.is_united]
PARTS = [(model, query, number) for model in BY_DOCUMENTS for query in queries(model.statement)
         for number, part in enumerate(query.parts) if part.sources]  # fmt: skip


@pytest.fixture(scope="module")
def built(empty_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """All models in an empty warehouse."""
    path = tmp_path_factory.mktemp("built") / "build.duckdb"
    shutil.copyfile(empty_warehouse, path)
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS warehouse; USE warehouse")
        build(connection, shipped())
        yield connection


def rows_of(model: Model, query: Query) -> Model:
    """A model of which one query is all the result."""
    if not query.name:
        return model
    end = query.parts[-1].end
    return replace(
        model,
        statement=f"{model.statement[:end]}) SELECT * FROM {query.name}",
        references=tuple(one for one in model.references if one.end <= end),
    )


def types(connection: duckdb.DuckDBPyConnection, model: Model) -> list[tuple[str, str]]:
    rows = connection.execute(f"DESCRIBE {render(shipped(), model, plainly, plainly)}").fetchall()
    return [(name, kind) for name, kind, *_ in rows]


def only(model: Model, query: Query, number: int) -> tuple[Model, Query]:
    """A model of which one query has only one of its parts."""
    found = next(one for one in queries(model.statement) if one.name == query.name)
    if number:
        part = found.parts[number]
        text = model.statement[part.start : part.end].removeprefix("UNION ALL").removeprefix("UNION")
        start, first = found.parts[0].start, part.start + len(model.statement[part.start : part.end]) - len(text)
        shift = first - start
        moved = tuple(
            replace(one, start=one.start - shift, end=one.end - shift)
            for one in model.references
            if first <= one.start < part.end
        )
        end = found.parts[-1].end
        shrunk = end - start - len(text)
        behind = tuple(
            replace(one, start=one.start - shrunk, end=one.end - shrunk) for one in model.references if one.start >= end
        )
        before = tuple(one for one in model.references if one.end <= start)
        model = replace(
            model,
            statement=model.statement[:start] + text + model.statement[end:],
            references=(*before, *moved, *behind),
        )
    else:
        model = without(model, found.parts[1:])
    return model, next(one for one in queries(model.statement) if one.name == query.name)


@pytest.mark.parametrize(("model", "query"), UNITED, ids=[f"{model.name}.{query.name}" for model, query in UNITED])
def test_the_first_part_says_what_all_columns_are(
    built: duckdb.DuckDBPyConnection, model: Model, query: Query
) -> None:
    assert types(built, rows_of(*only(model, query, 0))) == types(built, rows_of(model, query))


def test_a_part_has_no_rows_where_what_it_reads_has_none(built: duckdb.DuckDBPyConnection) -> None:
    """In an empty warehouse nothing has any."""
    having = []
    for model, query, number in PARTS:
        alone = rows_of(*only(model, query, number))
        if built.execute(f"SELECT count(*) FROM ({render(shipped(), alone, plainly, plainly)})").fetchall() != [(0,)]:
            having.append((model.name, query.name, number))

    assert having == []

"""Parts of a statement that have no rows are left out of it, and nothing but time is lost."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest

from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.finance.model import Built, Model, Relation
from qbo_pipeline.finance.parts import Leaving, Query, queries, without
from qbo_pipeline.finance.references import references, tokens
from qbo_pipeline.finance.rendering import leave_out, plainly, render

BY_DOCUMENTS = [one for one in shipped().ordered if one.built in (Built.DOCUMENTS, Built.INLINE)]
UNITED = [(model, query) for model in BY_DOCUMENTS for query in queries(model.statement) if query.is_united]
TOLD = [model for model in BY_DOCUMENTS if any(part.sources for one in queries(model.statement) for part in one.parts)]


def model_of(statement: str) -> Model:
    return replace(
        shipped().by_name["posting.document"],
        statement=statement,
        references=references(statement, tokens(statement)),
    )


def rest_of(statement: str, *empty: str) -> str | None:
    """What is left of a statement where some tables have no rows; None where it has none itself."""
    rest = Leaving(lambda _: None, lambda relation: relation.name in empty).rest(model_of(statement))
    for one in rest.model.references:
        assert rest.model.statement[one.start : one.end] == f"changed.{one.relation.name}"
    return " ".join(rest.model.statement.split()) if rest.has_rows else None


def test_a_part_that_reads_nothing_is_left_out() -> None:
    united = (
        "SELECT id FROM changed.bill UNION ALL SELECT id FROM changed.deposit UNION ALL SELECT id FROM changed.bill"
    )

    assert rest_of(united, "deposit") == "SELECT id FROM changed.bill UNION ALL SELECT id FROM changed.bill"


def test_the_first_part_stays_for_its_columns() -> None:
    united = "SELECT id AS x FROM changed.bill UNION ALL SELECT id FROM changed.deposit"

    assert rest_of(united, "bill") == united
    assert rest_of(united, "bill", "deposit") is None


def test_what_reads_an_expression_without_rows_has_none_either() -> None:
    united = (
        "WITH a AS (SELECT id FROM changed.bill WHERE id IN (SELECT 1)), b AS MATERIALIZED (SELECT id FROM a) "
        "SELECT id FROM changed.deposit UNION ALL SELECT id FROM b"
    )

    assert str(rest_of(united, "bill")).endswith("SELECT id FROM changed.deposit")


def test_parts_that_are_united_without_doubles_stay() -> None:
    united = "SELECT id FROM changed.deposit UNION SELECT id FROM changed.bill"

    assert rest_of(united, "bill") == united


@pytest.mark.parametrize("join", ["JOIN", "INNER JOIN", "SEMI JOIN", "CROSS JOIN"])
def test_nothing_comes_of_a_join_that_has_to_find_something(join: str) -> None:
    assert rest_of(f"SELECT 1 FROM changed.deposit {join} changed.bill", "bill") is None


@pytest.mark.parametrize("join", ["LEFT JOIN", "LEFT OUTER JOIN", "ANTI JOIN", "FULL JOIN", "RIGHT JOIN"])
def test_a_join_that_may_find_nothing_leaves_rows(join: str) -> None:
    assert rest_of(f"SELECT 1 FROM changed.deposit {join} changed.bill USING (id)", "bill")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 FROM changed.bill FULL JOIN changed.deposit USING (id)",
        "SELECT 1 FROM changed.bill RIGHT JOIN changed.deposit USING (id)",
        "SELECT count(*) FROM changed.bill GROUP BY ROLLUP (id)",
        "SELECT 1 FROM changed.deposit WHERE id IS DISTINCT FROM changed.bill",
        "SELECT 1 FROM (SELECT count(*) FROM changed.bill)",
        "WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT 2 FROM changed.bill) SELECT 1 FROM a",
    ],
)
def test_what_may_have_rows_stays(statement: str) -> None:
    assert rest_of(statement, "bill") == statement


def test_documents_of_other_entities_post_nothing() -> None:
    def is_empty(relation: Relation) -> bool:
        return relation.schema == "changed" and relation.name.split("_")[0] not in ("invoice", "payment", "posted")

    leaving = leave_out(shipped(), is_empty)

    def has_rows(name: str) -> bool:
        return leaving.rest(shipped().by_name[name]).has_rows

    assert not any(
        map(has_rows, ["posting.bill", "posting.deposit", "posting.journal_entry", "finance.fct_spend_line"])
    )
    assert all(map(has_rows, ["posting.invoice", "posting.payment", "posting.entity_leg", "posting.posted_leg"]))
    statement = render(shipped(), shipped().by_name["posting.leg"], plainly, plainly, is_empty)
    assert '"posting.invoice"' in statement
    assert "bill" not in statement


def rows_of(model: Model, query: Query) -> Model:
    """A model whose result is one of its expressions."""
    if not query.name:
        return model
    end = query.parts[-1].end
    return replace(
        model,
        statement=f"{model.statement[:end]}) SELECT * FROM {query.name}",
        references=tuple(one for one in model.references if one.end <= end),
    )


def first_of(model: Model, query: Query) -> Model:
    """The same, with its first part alone."""
    first = without(model, query.parts[1:])
    return rows_of(first, next(one for one in queries(first.statement) if one.name == query.name))


def types(connection: duckdb.DuckDBPyConnection, model: Model) -> list[tuple[str, str]]:
    rows = connection.execute(f"DESCRIBE {render(shipped(), model, plainly, plainly)}").fetchall()
    return [(name, kind) for name, kind, *_ in rows]


@pytest.mark.parametrize(("model", "query"), UNITED, ids=[f"{model.name} {query.name}" for model, query in UNITED])
def test_the_first_part_says_of_which_types_all_are(
    built: duckdb.DuckDBPyConnection, model: Model, query: Query
) -> None:
    assert types(built, first_of(model, query)) == types(built, rows_of(model, query))


@pytest.mark.parametrize("model", TOLD, ids=[model.name for model in TOLD])
def test_of_nothing_comes_nothing(built: duckdb.DuckDBPyConnection, model: Model) -> None:
    """In an empty warehouse no expression has rows that reads anything: none is a sum of it all."""
    last = queries(model.statement)[-1].parts[0].start
    told = [one for one in queries(model.statement) if one.name and all(part.sources for part in one.parts)]
    counts = "".join(f" UNION ALL SELECT count(*) FROM {one.name}" for one in told)
    prefix = model.statement[:last]
    alone = replace(
        model,
        statement=f"{prefix}SELECT count(*) FROM ({model.statement[last:]}){counts}",
        references=tuple(
            one
            if one.end <= last
            else replace(
                one, start=one.start + len("SELECT count(*) FROM ("), end=one.end + len("SELECT count(*) FROM (")
            )
            for one in model.references
        ),
    )

    rows = built.execute(render(shipped(), alone, plainly, plainly)).fetchall()

    assert rows == [(0,)] * (1 + len(told))

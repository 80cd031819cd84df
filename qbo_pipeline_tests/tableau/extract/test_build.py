"""The extract: what is in it, and what keeps it from being there."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from qbo_pipeline.model.definition import Relationship, SemanticModel
from qbo_pipeline.tableau.errors import ExtractError, UnequalExtractError
from qbo_pipeline.tableau.extract import build
from qbo_pipeline.tableau.extract.compare import TableFigures, read_figures, sums_of
from qbo_pipeline.tableau.extract.hyper_file import FilledTable, HyperFile
from qbo_pipeline_tests.tableau.extract.ledger import HARBOUR, LINES, LINK, MERIDIAN, MODEL, Ledger, Line
from qbo_pipeline_tests.tableau.extract.lines import lines
from qbo_pipeline_tests.tableau.extract.reading import query, tables

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=lines)
def test_every_row_is_in_the_extract_value_by_value(tmp_path: Path, found: dict[str, Line]) -> None:
    extract = Ledger(found).extract(tmp_path)

    assert extract.left_out == 0
    meant = sorted(
        [name.replace("\0", ""), *(one.replace("\0", "") if isinstance(one, str) else one for one in line.values)]
        for name, line in found.items()
    )  # fmt: skip
    assert sorted(tables(extract.path)["Ledger Lines"], key=lambda row: row[0]) == meant


def test_tables_are_typed_and_have_assumed_keys(tmp_path: Path) -> None:
    path = Ledger().extract(tmp_path).path

    types = query(
        path,
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_catalog.pg_attribute "
        "JOIN pg_catalog.pg_class ON attrelid = pg_class.oid WHERE relname = 'Ledger Lines' AND attnum > 0 "
        "ORDER BY attnum",
    )
    assert [kind for _, kind, _ in types] == [
        "text", "text", "date", "text", "numeric(18,4)", "numeric(18,4)", "double precision", "bigint", "boolean",
        "timestamp",
    ]  # fmt: skip
    assert [name for name, _, required in types if required] == ["Line Key"]
    assert sorted(kind for (kind,) in query(path, "SELECT contype FROM pg_catalog.pg_constraint")) == ["f", "p", "p"]


def test_every_tableau_since_2020_4_opens_the_file(tmp_path: Path) -> None:
    path = Ledger().extract(tmp_path).path

    assert path.read_bytes()[:13] == b"Hyper\x08\0\0\1\0\2\0\0"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (Line(amount=Decimal("100000000000000")), "Amount: 100000000000000.00000000 is no DECIMAL(18, 4)"),
        (Line(quantity=float("nan")), "Quantity: nan is no DOUBLE"),
        (Line(quantity=float("inf")), "Quantity: inf is no DOUBLE"),
        (Line(position=2**63), "Position: 9223372036854775808 is no BIGINT"),
        (Line(day="infinity"), "Line Date: infinity is no DATE"),  # type: ignore[arg-type]
        (Line(day="12345-01-01"), "Line Date: 12345-01-01 is no DATE"),  # type: ignore[arg-type]
        (Line(changed_at="infinity"), "Changed At: infinity is no TIMESTAMP"),  # type: ignore[arg-type]
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_row_that_does_not_fit_is_left_out_with_its_reason(tmp_path: Path, line: Line, reason: str) -> None:
    extract = Ledger({"1": Line(), "2": line}).extract(tmp_path)

    [lines, _] = sorted(extract.tables, key=lambda one: -one.left_out)
    assert (lines.rows, lines.left_out) == (1, 1)
    [left_out] = lines.shown
    assert (left_out.table, left_out.company, left_out.key, left_out.reason) == ("Ledger Lines", HARBOUR, "2", reason)
    assert [row[0] for row in tables(extract.path)["Ledger Lines"]] == ["1"]


def test_amounts_as_large_as_fit_are_exact(tmp_path: Path) -> None:
    largest = Decimal("99999999999999.9999")
    extract = Ledger({str(number): Line(amount=largest) for number in range(50)}).extract(tmp_path)

    [(total,)] = query(extract.path, 'SELECT sum("Amount") FROM "Extract"."Ledger Lines"')
    assert total == 50 * largest
    [lines] = [one for one in extract.tables if one.name == "Ledger Lines"]
    assert lines.sums == {(HARBOUR, "Amount"): 50 * largest, (HARBOUR, "Tax"): Decimal(0)}


def test_a_row_without_a_key_and_a_key_of_two_rows_are_left_out(tmp_path: Path) -> None:
    more = ((None, Line(memo="no key")), ("1", Line(memo="again")), ("1", Line(memo="and again")))
    extract = Ledger({"1": Line(), "2": Line()}, more=more).extract(tmp_path)

    [lines] = [one for one in extract.tables if one.left_out]
    assert lines.left_out == 3
    assert {(one.key, one.reason) for one in lines.shown} == {
        (None, "the row has no key"), ("1", "2 more rows have this key"),
    }  # fmt: skip
    assert [row[0] for row in tables(extract.path)["Ledger Lines"]] == ["1", "2"]


def test_rows_that_are_the_same_in_everything_are_one(tmp_path: Path) -> None:
    extract = Ledger({"1": Line()}, more=(("1", Line()),)).extract(tmp_path)

    assert [row[0] for row in tables(extract.path)["Ledger Lines"]] == ["1"]
    assert extract.left_out == 1


def test_a_relationship_that_a_row_breaks_is_not_assumed(tmp_path: Path) -> None:
    path = Ledger({"1": Line(), "2": Line(day=None)}).extract(tmp_path).path
    broken = Ledger({"1": Line(), "2": Line(day=date(2026, 2, 1))}).extract(tmp_path, "broken").path

    foreign_keys = "SELECT count(*) FROM pg_catalog.pg_constraint WHERE contype = 'f'"
    assert query(path, foreign_keys) == [[1]]
    assert query(broken, foreign_keys) == [[0]]


def test_a_relationship_to_a_table_that_is_made_later_is_no_key(tmp_path: Path) -> None:
    back = Relationship("Calendar", "Name", "Ledger Lines", "Line Key")
    model = SemanticModel("Ledger", MODEL.tables, (LINK, back), ())

    path = Ledger(days={}).extract(tmp_path, model=model).path
    assert query(path, "SELECT count(*) FROM pg_catalog.pg_constraint WHERE contype = 'f'") == [[0]]


def test_counts_and_sums_are_those_of_each_company(tmp_path: Path) -> None:
    ledger = Ledger({
        "1": Line(amount=Decimal("0.10")), "2": Line(amount=Decimal("0.2001")), "3": Line(MERIDIAN, tax=Decimal(-7)),
        "4": Line(company=None, amount=None),
    })  # fmt: skip
    [lines] = [one for one in ledger.extract(tmp_path).tables if one.name == "Ledger Lines"]

    assert lines.figures.counts == {HARBOUR: 2, MERIDIAN: 1, None: 1}
    assert lines.sums == {
        (HARBOUR, "Amount"): Decimal("0.3001"), (HARBOUR, "Tax"): 0, (MERIDIAN, "Amount"): Decimal("12.5"),
        (MERIDIAN, "Tax"): -7, (None, "Amount"): 0, (None, "Tax"): 0,
    }  # fmt: skip


def test_an_extract_that_differs_by_a_cent_does_not_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Ledger().extract(tmp_path).path.read_bytes()

    def off_by_a_cent(*given: Any) -> Mapping[str, TableFigures]:
        found = dict(read_figures(*given))
        lines = found["Ledger Lines"]
        sums = {**lines.sums, (HARBOUR, "Amount"): lines.sums[HARBOUR, "Amount"] + Decimal("0.01")}
        return {**found, "Ledger Lines": replace(lines, sums=sums)}

    monkeypatch.setattr(build, "read_figures", off_by_a_cent)
    with pytest.raises(UnequalExtractError, match=rf"Ledger Lines of {HARBOUR}, Amount: 12\.5000 .*, 12\.5100 in the"):
        Ledger({"1": Line(memo="new")}).extract(tmp_path)

    assert (tmp_path / "Ledger.hyper").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"Ledger.hyper", "work Ledger"}


def test_a_hyper_that_fails_is_told_and_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Ledger().extract(tmp_path).path.read_bytes()

    def without_its_file(hyper: HyperFile, filled: FilledTable, links: Collection[Relationship] = ()) -> None:
        add(hyper, replace(filled, parquet=filled.parquet.with_name("gone.parquet")), links)

    add = HyperFile.add
    monkeypatch.setattr(HyperFile, "add", without_its_file)
    with pytest.raises(ExtractError, match=r"Hyper: .*gone\.parquet"):
        Ledger({"1": Line(memo="new")}).extract(tmp_path)
    assert (tmp_path / "Ledger.hyper").read_bytes() == before


def test_a_warehouse_of_an_older_version_is_told_with_what_to_do(tmp_path: Path) -> None:
    model = SemanticModel("Ledger", (replace(LINES, relation="finance.semantic_line"),), (), ())

    with pytest.raises(ExtractError, match=r"Table Ledger Lines: finance\.semantic_line .*qbo-pipeline sync"):
        Ledger().extract(tmp_path, model=model)


def test_the_same_rows_give_the_same_figures(tmp_path: Path) -> None:
    found = {str(number): Line(amount=Decimal(number)) for number in range(500)}
    first = Ledger(found).extract(tmp_path, "first")
    second = Ledger(dict(reversed(found.items()))).extract(tmp_path, "second")

    assert first.tables == second.tables
    assert tables(first.path) == tables(second.path)


def test_an_empty_warehouse_is_an_extract_without_rows(tmp_path: Path) -> None:
    extract = Ledger({}, {}).extract(tmp_path)

    assert extract.rows == 0
    assert tables(extract.path) == {"Ledger Lines": [], "Calendar": []}
    assert set(sums_of(extract.path, MODEL)) == {"Ledger Lines", "Calendar"}


def test_a_folder_may_have_a_quote_in_its_name(tmp_path: Path) -> None:
    assert Ledger().extract(tmp_path / "Anna's books").rows == 3


def test_instants_are_kept_to_the_microsecond(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 26, 22, 0, 0, 1, tzinfo=UTC)
    path = Ledger({"1": Line(changed_at=moment.replace(tzinfo=None))}).extract(tmp_path).path

    assert query(path, 'SELECT "Changed At" FROM "Extract"."Ledger Lines"') == [[moment.replace(tzinfo=None)]]


def test_a_process_that_is_killed_while_it_builds_leaves_the_extract_as_it_was(tmp_path: Path) -> None:
    before = Ledger().extract(tmp_path).path.read_bytes()
    process = _processes.Process(target=_build_and_die, args=(tmp_path,))
    process.start()
    process.join(60.0)

    assert process.exitcode == -signal.SIGKILL
    assert (tmp_path / "Ledger.hyper").read_bytes() == before
    Ledger({"3": Line()}).extract(tmp_path)
    assert [row[0] for row in tables(tmp_path / "Ledger.hyper")["Ledger Lines"]] == ["3"]
    assert {path.name for path in tmp_path.iterdir()} == {"Ledger.hyper", "work Ledger"}


def _build_and_die(folder: Path) -> None:
    def dying(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    build.read_figures = dying  # type: ignore[attr-defined,assignment]
    Ledger({"2": Line()}).extract(folder)

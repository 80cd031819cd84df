"""The payload of an update: whoever carries out its actions on the old extract has the new one."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbo_pipeline.tableau.errors import ExtractError, UnequalExtractError
from qbo_pipeline.tableau.extract.build import Extract
from qbo_pipeline.tableau.extract.hyper_file import FilledTable, HyperFile
from qbo_pipeline.tableau.extract.payload import Payload, write_payload
from qbo_pipeline.tableau.extract.record import PublishedRecord
from qbo_pipeline_tests.tableau.extract.ledger import HARBOUR, MODEL, Ledger, Line
from qbo_pipeline_tests.tableau.extract.lines import days, lines
from qbo_pipeline_tests.tableau.extract.reading import apply, query, tables

_examples = itertools.count()
_twice = st.tuples(st.booleans(), st.booleans())


def published(folder: Path, old: Ledger) -> Extract:
    """An extract of which the record says that it is published."""
    extract = old.extract(folder, "old")
    with PublishedRecord(folder / "record.duckdb") as record:
        with old.attached(record.connection):
            record.compare(MODEL)
        record.plan("first", whole=True)
        record.in_place("first")
    return extract


def payload_of(folder: Path, new: Ledger) -> Payload:
    with PublishedRecord(folder / "record.duckdb") as record, new.attached(record.connection):
        return write_payload(record, record.compare(MODEL), MODEL, folder / "payload.hyper")


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=lines, new=lines, kept=st.sets(st.integers(0, 7)), old_days=days, new_days=days)
def test_the_actions_make_the_new_extract_of_the_old_one_however_often(
    tmp_path: Path, old: dict[str, Line], new: dict[str, Line], kept: set[int],
    old_days: Mapping[date, str], new_days: Mapping[date, str],
) -> None:  # fmt: skip
    folder = tmp_path / str(next(_examples))
    # Some keys stay as they were, some with another line, some go.
    names = sorted(old)
    new = {**new, **{name: old[name] for position, name in enumerate(names) if position in kept}}
    new |= {name: line for name, line in zip(names, new.values(), strict=False) if name not in new}
    before = published(folder, Ledger(old, old_days))
    after = Ledger(new, new_days)

    payload, meant = payload_of(folder, after), tables(after.extract(folder, "new").path)
    for _ in range(2):
        apply(before.path, payload.path, payload.actions)
        assert tables(before.path) == meant


def test_only_what_differs_is_in_the_payload(tmp_path: Path) -> None:
    same = {str(number): Line(amount=Decimal(number)) for number in range(1000)}
    published(tmp_path, Ledger({**same, "changed": Line(), "gone": Line()}))
    new = Ledger({**same, "changed": Line(memo="new"), "added": Line()})

    payload = payload_of(tmp_path, new)
    assert payload.rows == 3
    assert {name: [row[0] for row in rows] for name, rows in tables(payload.path).items()} == {
        "upsert Ledger Lines": ["added", "changed"], "delete Ledger Lines": ["gone"],
    }  # fmt: skip
    assert payload.bytes == payload.path.stat().st_size
    assert payload.digest == hashlib.sha256(payload.path.read_bytes()).hexdigest()


def test_actions_name_schema_tables_and_the_key(tmp_path: Path) -> None:
    published(tmp_path, Ledger({"1": Line()}))
    payload = payload_of(tmp_path, Ledger({"2": Line()}))

    eq = {"op": "eq", "source-col": "Line Key", "target-col": "Line Key"}
    place = {"source-schema": "Extract", "target-schema": "Extract", "target-table": "Ledger Lines"}
    assert payload.actions == [
        {"action": "upsert", "source-table": "upsert Ledger Lines", "condition": eq, **place},
        {"action": "delete", "source-table": "delete Ledger Lines", "condition": eq, **place},
    ]


def test_the_table_of_a_deletion_has_the_key_and_nothing_else(tmp_path: Path) -> None:
    published(tmp_path, Ledger({"1": Line()}, {date(2026, 1, 31): "the last"}))
    payload = payload_of(tmp_path, Ledger({"1": Line()}, {}))

    [action] = payload.actions
    assert (action["action"], action["target-table"]) == ("delete", "Calendar")
    assert query(payload.path, 'SELECT * FROM "Extract"."delete Calendar"') == [[date(2026, 1, 31)]]


def test_a_row_that_fits_no_more_is_deleted(tmp_path: Path) -> None:
    before = published(tmp_path, Ledger({"1": Line(), "2": Line()}))
    payload = payload_of(tmp_path, Ledger({"1": Line(), "2": Line(position=2**65)}))

    apply(before.path, payload.path, payload.actions)
    assert [row[0] for row in tables(before.path)["Ledger Lines"]] == ["1"]


def test_keys_that_look_alike_are_different_rows(tmp_path: Path) -> None:
    alike = ["", " ", "a", "a ", " a", "A", "\u00e1", "a\u0301", "a\t", "\ufeffa", "a%", "a_", "a\\", "a'", 'a"']
    before = published(tmp_path, Ledger({name: Line() for name in alike}))
    after = Ledger({name: Line(memo=name) for name in alike[::2]})

    payload = payload_of(tmp_path, after)
    assert payload.rows == len(alike)
    apply(before.path, payload.path, payload.actions)
    assert tables(before.path) == tables(after.extract(tmp_path, "new").path)


def test_a_company_that_is_gone_is_deleted_row_by_row(tmp_path: Path) -> None:
    before = published(tmp_path, Ledger())
    payload = payload_of(tmp_path, Ledger({"1": Line(company=HARBOUR)}))

    apply(before.path, payload.path, payload.actions)
    assert [row[1] for row in tables(before.path)["Ledger Lines"]] == [HARBOUR]


def test_a_payload_that_is_not_equal_to_the_warehouse_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(path: Path) -> None:
        """A cent gets lost on the way."""
        with duckdb.connect() as connection:
            connection.execute(f"CREATE TABLE lines AS SELECT * REPLACE (Amount - 0.01 AS Amount) FROM '{path}'")
            connection.execute(f"COPY lines TO '{path}' (FORMAT parquet)")

    def add(hyper: HyperFile, filled: FilledTable) -> None:
        short(filled.parquet)
        whole(hyper, filled)

    published(tmp_path, Ledger({"1": Line()}))
    whole = HyperFile.add
    monkeypatch.setattr(HyperFile, "add", add)
    with pytest.raises(UnequalExtractError, match=r"upsert Ledger Lines .*, Amount: 12\.5000 .* 12\.4900"):
        payload_of(tmp_path, Ledger({"1": Line(), "2": Line()}))
    assert not (tmp_path / "payload.hyper").exists()


def test_a_payload_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise ExtractError("the disk is full")

    published(tmp_path, Ledger({"1": Line()}))
    monkeypatch.setattr(HyperFile, "add", full)
    with pytest.raises(ExtractError, match="the disk is full"):
        payload_of(tmp_path, Ledger({"2": Line()}))

    assert not [path for path in tmp_path.iterdir() if "payload" in path.name]

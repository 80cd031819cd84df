"""The payload of an update: whoever carries out its actions on the old extract has the new one."""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbo_pipeline.tableau.extract.build import Extract
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
        record.compare(extract, MODEL)
        record.plan("first", whole=True)
        record.in_place("first")
    return extract


def payload_of(folder: Path, new: Extract) -> Payload:
    with PublishedRecord(folder / "record.duckdb") as record:
        return write_payload(record, record.compare(new, MODEL), new, folder / "payload.hyper")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    after = Ledger(new, new_days).extract(folder, "new")

    payload, meant = payload_of(folder, after), tables(after.path)
    for _ in range(2):
        apply(before.path, payload.path, payload.actions)
        assert tables(before.path) == meant


def test_only_what_differs_is_in_the_payload(tmp_path: Path) -> None:
    same = {str(number): Line(amount=Decimal(number)) for number in range(1000)}
    published(tmp_path, Ledger({**same, "changed": Line(), "gone": Line()}))
    new = Ledger({**same, "changed": Line(memo="new"), "added": Line()}).extract(tmp_path, "new")

    payload = payload_of(tmp_path, new)
    assert payload.rows == 3
    assert {name: [row[0] for row in rows] for name, rows in tables(payload.path).items()} == {
        "upsert Ledger Lines": ["added", "changed"], "delete Ledger Lines": ["gone"],
    }  # fmt: skip
    assert payload.bytes == payload.path.stat().st_size
    assert payload.digest == hashlib.sha256(payload.path.read_bytes()).hexdigest()


def test_actions_name_schema_tables_and_the_key(tmp_path: Path) -> None:
    published(tmp_path, Ledger({"1": Line()}))
    payload = payload_of(tmp_path, Ledger({"2": Line()}).extract(tmp_path, "new"))

    eq = {"op": "eq", "source-col": "Line Key", "target-col": "Line Key"}
    place = {"source-schema": "Extract", "target-schema": "Extract", "target-table": "Ledger Lines"}
    assert payload.actions == [
        {"action": "upsert", "source-table": "upsert Ledger Lines", "condition": eq, **place},
        {"action": "delete", "source-table": "delete Ledger Lines", "condition": eq, **place},
    ]


def test_the_table_of_a_deletion_has_the_key_and_nothing_else(tmp_path: Path) -> None:
    published(tmp_path, Ledger({"1": Line()}, {date(2026, 1, 31): "the last"}))
    payload = payload_of(tmp_path, Ledger({"1": Line()}, {}).extract(tmp_path, "new"))

    [action] = payload.actions
    assert (action["action"], action["target-table"]) == ("delete", "Calendar")
    assert query(payload.path, 'SELECT * FROM "Extract"."delete Calendar"') == [[date(2026, 1, 31)]]


def test_a_row_that_fits_no_more_is_deleted(tmp_path: Path) -> None:
    before = published(tmp_path, Ledger({"1": Line(), "2": Line()}))
    payload = payload_of(tmp_path, Ledger({"1": Line(), "2": Line(position=2**64)}).extract(tmp_path, "new"))

    apply(before.path, payload.path, payload.actions)
    assert [row[0] for row in tables(before.path)["Ledger Lines"]] == ["1"]


def test_keys_that_look_alike_are_different_rows(tmp_path: Path) -> None:
    alike = ["", " ", "a", "a ", " a", "A", "\u00e1", "a\u0301", "a\t", "\ufeffa", "a%", "a_", "a\\", "a'", 'a"']
    before = published(tmp_path, Ledger({name: Line() for name in alike}))
    after = Ledger({name: Line(memo=name) for name in alike[::2]}).extract(tmp_path, "new")

    payload = payload_of(tmp_path, after)
    assert payload.rows == len(alike)
    apply(before.path, payload.path, payload.actions)
    assert tables(before.path) == tables(after.path)


def test_a_company_that_is_gone_is_deleted_row_by_row(tmp_path: Path) -> None:
    before = published(tmp_path, Ledger())
    payload = payload_of(tmp_path, Ledger({"1": Line(company=HARBOUR)}).extract(tmp_path, "new"))

    apply(before.path, payload.path, payload.actions)
    assert [row[1] for row in tables(before.path)["Ledger Lines"]] == [HARBOUR]


def test_a_payload_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    published(tmp_path, Ledger({"1": Line()}))
    new = Ledger({"2": Line()}).extract(tmp_path, "new")
    with PublishedRecord(tmp_path / "record.duckdb") as record:
        differences = record.compare(new, MODEL)
        shutil.rmtree(new.parquet["Ledger Lines"].parent)
        with pytest.raises(Exception, match="ledger_lines"):
            write_payload(record, differences, new, tmp_path / "out" / "payload.hyper")

    assert list((tmp_path / "out").iterdir()) == []

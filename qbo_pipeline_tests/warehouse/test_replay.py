"""A replay mends rows, whatever was done to them, and brings no older state back."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from itertools import count
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.catalogue.model import Entity, Field, Type
from qbo_pipeline.warehouse.replay import Replayed, replay
from qbo_pipeline_tests.lake.pages import REALM, deletion, page, record
from qbo_pipeline_tests.warehouse.loading import Place
from qbo_pipeline_tests.warehouse.test_merge import at, invoice

INVOICE = entity("Invoice")
TABLES = ("invoice", "invoice_line")


def replay_records(
    place: Place, *ids: str, realm_id: str = REALM, of: Entity = INVOICE, dry_run: bool = False
) -> Replayed:
    with place.open() as warehouse:
        done = warehouse.transact(
            lambda connection: replay(
                connection, place.lake / realm_id / of.table, of, realm_id, ids,
                place.root / "workshop", dry_run=dry_run,
            )
        )  # fmt: skip
        warehouse.publish()
    return done


def rows(place: Place) -> list[list[tuple[Any, ...]]]:
    return [place.query(f"FROM quickbooks.{table} ORDER BY ALL") for table in TABLES]


def damage(place: Place, *statements: str) -> None:
    with place.open() as warehouse:
        for statement in statements:
            warehouse.rows(statement)
        warehouse.publish()


def load(place: Place) -> Place:
    """Invoice 1 in its third version, invoice 2 deleted, invoice 3 as it first came; and one of another company."""
    place.merge(page("Invoice", invoice("1", 1), invoice("2", 1), invoice("3", 1)))
    place.merge(page("Invoice", invoice("1", 3), invoice("2", 2), source="cdc"))
    place.merge(page("Invoice", invoice("1", 2), deletion("2", at(9)), source="cdc"))
    place.merge(page("Invoice", invoice("1", 1), realm_id="2000"))
    return place


def test_which_record_took_over_another_is_known_as_soon_as_their_rows_are_back(place: Place) -> None:
    """A process that is killed right then has left nothing to be done: the next finds the rows as they should be."""
    moment = "2026-05-05T00:00:10+00:00"
    place.merge(page("Customer", record("1", 0, "2026-05-04T00:00:01Z"), record("2", 0, "2026-05-04T00:00:02Z")))
    place.merge(page("Customer", record("2", 1, moment), deletion("1", moment), source="cdc"))
    damage(place, "DELETE FROM stored.customer", "DELETE FROM audit.merged_record")

    replay_records(place, "1", "2", of=entity("Customer"))

    assert place.query("SELECT id, surviving_id FROM quickbooks.surviving_record") == [("1", "2")]


@pytest.fixture
def loaded(place: Place) -> Place:
    return load(place)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The same for tests that leave it as they found it."""
    return load(Place(tmp_path_factory.mktemp("shared")))


DAMAGES = {
    "a row is gone": ["DELETE FROM stored.invoice WHERE id = '1'"],
    "a value was overwritten": ["UPDATE stored.invoice SET private_note = 'edited' WHERE id IN ('1', '2')"],
    "the row is of an older version": ["UPDATE stored.invoice SET sync_token = 1, version_id = 7 WHERE id = '1'"],
    "the row claims to be of a newer one": ["UPDATE stored.invoice SET sync_token = 99, updated_at = now()::TIMESTAMP"],
    "a row is there twice": ["INSERT INTO stored.invoice FROM stored.invoice"],
    "a record came back to life": ["UPDATE stored.invoice SET deleted = false WHERE id = '2'"],
    "a line is gone": ["DELETE FROM stored.invoice_line WHERE invoice_id = '1' AND line_number = 1"],
    "a line is there twice": ["INSERT INTO stored.invoice_line FROM stored.invoice_line"],
    "lines are of no known version": ["UPDATE stored.invoice_line SET amount = amount + 1, version_id = 7"],
    "everything is gone": ["DELETE FROM stored.invoice", "DELETE FROM stored.invoice_line"],
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_replay_mends_a_warehouse_in_which(shared: Place, kind: str) -> None:
    before = rows(shared)
    damage(shared, *DAMAGES[kind])
    assert rows(shared) != before

    replay_records(shared, "1", "2", "3")
    replay_records(shared, "1", realm_id="2000")

    assert rows(shared) == before


def test_what_needs_no_mending_stays_as_it_is_and_is_counted(loaded: Place) -> None:
    assert replay_records(loaded, "1", "2", "3") == Replayed(records=3, unchanged=3)

    damage(
        loaded,
        "DELETE FROM stored.invoice WHERE id = '1'",
        "UPDATE stored.invoice SET deleted = false WHERE id = '2'",
        "UPDATE stored.invoice_line SET amount = 0 WHERE invoice_id = '3'",
    )
    assert replay_records(loaded, "1", "2", "3") == Replayed(records=3, inserted=1, updated=1, deleted=1)
    assert replay_records(loaded, "1", "2", "3") == Replayed(records=3, unchanged=3)


def test_other_records_and_companies_are_not_touched(loaded: Place) -> None:
    damage(loaded, "UPDATE stored.invoice SET private_note = 'edited'")
    replay_records(loaded, "1")
    notes = loaded.query("SELECT realm_id, id, private_note FROM quickbooks.invoice ORDER BY ALL")
    assert notes == [(REALM, "1", "3"), (REALM, "2", "edited"), (REALM, "3", "edited"), ("2000", "1", "edited")]


def test_a_dry_run_says_what_it_would_do_and_does_nothing(loaded: Place) -> None:
    damage(loaded, "DELETE FROM stored.invoice")
    before = rows(loaded)
    assert replay_records(loaded, "1", "2", "3", dry_run=True) == Replayed(records=3, inserted=3)
    assert rows(loaded) == before
    assert replay_records(loaded, "1", "2", "3") == Replayed(records=3, inserted=3)


def test_a_record_the_lake_does_not_have_is_left_alone(loaded: Place) -> None:
    assert replay_records(loaded, "404") == Replayed()


def test_history_keeps_each_version_once(loaded: Place) -> None:
    before = loaded.query("FROM history.record ORDER BY ALL")
    damage(loaded, "DELETE FROM stored.invoice")
    replay_records(loaded, "1", "2", "3")
    assert loaded.query("FROM history.record ORDER BY ALL") == before
    assert len(before) == 8


def test_a_version_that_came_twice_is_shown_as_it_first_came(place: Place) -> None:
    batches = [place.write(page("Invoice", invoice("1", 1), source=source)) for source in ("backfill", "cdc")]
    with place.open() as warehouse:
        warehouse.merge(INVOICE, batches)
        warehouse.publish()
    joined = "SELECT record.source, raw IS NOT NULL FROM quickbooks.invoice JOIN history.record USING (version_id)"
    assert place.query(joined) == [("backfill", True)]
    assert replay_records(place, "1") == Replayed(records=1, unchanged=1)


def test_a_value_that_was_typed_wrongly_is_typed_anew_from_the_json(loaded: Place) -> None:
    before = rows(loaded)
    for typed in loaded.lake.glob(f"{REALM}/invoice/*/invoice.parquet"):
        duckdb.execute(
            f"COPY (SELECT * REPLACE ('wrong' AS private_note) FROM '{typed}') TO '{typed}' (FORMAT parquet)"
        )
    damage(loaded, f"UPDATE stored.invoice SET private_note = 'wrong' WHERE realm_id = '{REALM}'")
    assert rows(loaded) != before
    replay_records(loaded, "1", "2", "3")
    assert rows(loaded) == before


def test_fields_declared_since_then_get_their_values_and_columns(place: Place) -> None:
    then = replace(INVOICE, members=tuple(one for one in INVOICE.members if one.name != "PrivateNote"))
    place.merge(replace(page("Invoice", invoice("1", 1)), entity=then))
    assert place.query("SELECT private_note FROM quickbooks.invoice") == [(None,)]
    assert replay_records(place, "1", dry_run=True).updated == 1
    assert place.query("SELECT private_note FROM quickbooks.invoice") == [(None,)]
    assert replay_records(place, "1").updated == 1
    assert place.query("SELECT private_note FROM quickbooks.invoice") == [("1",)]


def test_what_does_not_fit_any_more_stays_as_it_is_with_the_reason(loaded: Place) -> None:
    dated = {"PrivateNote": Field("PrivateNote", Type.DATE, "When it was noted.")}
    narrowed = replace(INVOICE, members=tuple(dated.get(one.name, one) for one in INVOICE.members))
    damage(loaded, "DELETE FROM stored.invoice_line")
    before = rows(loaded)
    done = replay_records(loaded, "1", "3", of=narrowed)
    assert (done.records, done.unchanged, {one.id for one in done.misfits}) == (2, 0, {"1", "3"})
    assert "PrivateNote" in done.misfits[0].reason
    assert rows(loaded) == before


versions = st.sampled_from([("a", number, number == 4) for number in range(1, 6)] + [("b", 1, False), ("b", 2, True)])
"""Of two records; each is deleted once, one of them comes back."""


def test_a_replay_of_any_history_changes_nothing_and_makes_it_from_nothing(place: Place) -> None:
    companies = count(3000)
    with place.open() as warehouse:

        def again(company: str, known: set[str]) -> Replayed:
            folder = place.lake / company / "invoice"
            return replay(
                warehouse.connection, folder, INVOICE, company, sorted(known), place.root / "workshop", dry_run=False
            )

        @settings(max_examples=10, deadline=None)
        @given(st.lists(versions, min_size=1, max_size=8))
        def holds(seen: list[tuple[str, int, bool]]) -> None:
            company = str(next(companies))
            for part in (seen[::2], seen[1::2]):
                records = [deletion(one, at(version)) if gone else invoice(one, version) for one, version, gone in part]
                if records:
                    warehouse.merge(INVOICE, [place.write(page("Invoice", *records, realm_id=company))])
            known = {one for one, _, _ in seen}
            before = [warehouse.rows(f"FROM quickbooks.{table} ORDER BY ALL") for table in TABLES]
            assert again(company, known) == Replayed(records=len(known), unchanged=len(known))
            warehouse.rows("DELETE FROM stored.invoice WHERE realm_id = ?", [company])
            assert again(company, known).inserted == len(known)
            assert [warehouse.rows(f"FROM quickbooks.{table} ORDER BY ALL") for table in TABLES] == before

        holds()


KILLED = """
import os, signal, sys
from pathlib import Path
from qbo_pipeline.lake import retyping
from qbo_pipeline.warehouse import merge, replay, warehouse
from qbo_pipeline_tests.warehouse.loading import Place
from qbo_pipeline_tests.warehouse.test_replay import replay_records

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

exec(sys.argv[2])
replay_records(Place(Path(sys.argv[1])), "1", "2", "3")
"""

POINTS = {
    "with its files half written": "retyping.write_records = die",
    "with its files written": "replay._replace = die",
    "with the rows taken out": "replay.apply = die",
    "with new rows put in, not committed": "replay._compare = die",
    "committed and not shown": "warehouse.publish = die",
}


@pytest.mark.parametrize("point", POINTS, ids=lambda one: one)
def test_killed_and_run_again_the_rows_are_the_same(shared: Place, point: str) -> None:
    before = rows(shared)
    damage(shared, "DELETE FROM stored.invoice WHERE id = '1'", "UPDATE stored.invoice_line SET amount = 0")
    damaged = rows(shared)

    arguments = [sys.executable, "-c", KILLED, str(shared.root), POINTS[point]]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL

    assert rows(shared) == damaged
    replay_records(shared, "1", "2", "3")
    replay_records(shared, "1", realm_id="2000")
    assert rows(shared) == before
    assert not (shared.root / "workshop").exists()

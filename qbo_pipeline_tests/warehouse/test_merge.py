"""The newest version wins, whatever the order, however often; a deletion is a version."""

from __future__ import annotations

import random
from itertools import count
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.warehouse import warehouse as warehouse_module
from qbo_pipeline.warehouse.merge import MergeOutcome, merge
from qbo_pipeline_tests.lake.pages import deletion, page, record
from qbo_pipeline_tests.warehouse.loading import Place

LINES = [{"Id": "1", "Amount": 5}, {"Id": "2", "Amount": 7}]


def at(second: int) -> str:
    return f"2026-05-05T03:00:{second:02d}-07:00"


def invoice(identity: str, version: int, **fields: Any) -> dict[str, Any]:
    fields.setdefault("PrivateNote", str(version))
    made: dict[str, Any] = record(identity, version, at(version), Line=LINES[: version % 2 + 1], **fields)
    return made


def test_a_newer_version_replaces_record_and_lines(place: Place) -> None:
    place.merge(page("Invoice", invoice("1", 1)))
    place.merge(page("Invoice", invoice("1", 2)))
    assert place.query("SELECT sync_token, private_note FROM quickbooks.invoice") == [(2, "2")]
    assert place.query("SELECT count(*) FROM quickbooks.invoice_line") == [(1,)]


def test_a_late_old_version_does_not_win(place: Place) -> None:
    place.merge(page("Invoice", invoice("1", 5)))
    place.merge(page("Invoice", invoice("1", 4)))
    assert place.query("SELECT sync_token FROM quickbooks.invoice") == [(5,)]


def test_the_same_second_is_decided_by_the_sync_token(place: Place) -> None:
    place.merge(page("Invoice", record("1", 7, at(1)), record("1", 8, at(1)), record("1", 6, at(1))))
    assert place.query("SELECT sync_token FROM quickbooks.invoice") == [(8,)]


def test_a_deleted_record_keeps_its_row_and_loses_its_lines(place: Place) -> None:
    place.merge(page("Invoice", invoice("1", 1)))
    place.merge(page("Invoice", deletion("1", at(9)), source="cdc"))
    [row] = place.query("SELECT deleted, private_note, source, updated_at::VARCHAR FROM quickbooks.invoice")
    assert row == (True, "1", "cdc", "2026-05-05 10:00:09")
    assert place.query("SELECT count(*) FROM quickbooks.invoice_line") == [(0,)]


def test_a_deletion_of_what_was_never_seen_is_kept(place: Place) -> None:
    place.merge(page("Invoice", deletion("404", at(9))))
    assert place.query("SELECT id, deleted FROM quickbooks.invoice") == [("404", True)]


def test_a_record_that_comes_together_with_its_deletion_leaves_its_values(place: Place) -> None:
    place.merge(page("Invoice", deletion("1", at(9)), invoice("1", 3), invoice("1", 2)))
    assert place.query("SELECT deleted, private_note FROM quickbooks.invoice") == [(True, "3")]
    assert place.query("SELECT count(*) FROM quickbooks.invoice_line") == [(0,)]


def test_a_deletion_that_comes_first_does_not_lose_the_values(place: Place) -> None:
    place.merge(page("Invoice", deletion("1", at(9)), source="cdc"))
    place.merge(page("Invoice", invoice("1", 3)))
    place.merge(page("Invoice", invoice("1", 2)))
    [row] = place.query("SELECT deleted, private_note, source, updated_at::VARCHAR FROM quickbooks.invoice")
    assert row == (True, "3", "cdc", "2026-05-05 10:00:09")
    assert place.query("SELECT count(*) FROM quickbooks.invoice_line") == [(0,)]


def test_a_deletion_that_is_told_twice_is_shown_as_it_was_told_first(place: Place) -> None:
    """A webhook and change data capture write the same instant in two ways."""
    place.merge(page("Invoice", invoice("1", 1)))
    place.merge(page("Invoice", deletion("1", "2026-05-05T10:00:09+00:00"), source="webhook"))
    place.merge(page("Invoice", deletion("1", at(9)), source="cdc"))
    before = place.query("FROM quickbooks.invoice")
    assert place.query("SELECT source FROM quickbooks.invoice") == [("webhook",)]
    place.rebuild()
    assert place.query("FROM quickbooks.invoice") == before


def test_the_last_values_of_a_deleted_record_are_the_latest_by_their_stamp(place: Place) -> None:
    """A payment changes a balance without counting the SyncToken up."""
    place.merge(page("Invoice", record("1", 3, at(1), Balance=100)))
    place.merge(page("Invoice", deletion("1", at(9)), source="cdc"))
    for second, balance in ((5, 40), (3, 70)):
        place.merge(page("Invoice", record("1", 3, at(second), Balance=balance)))
    shown = "SELECT deleted, balance::INTEGER, source FROM quickbooks.invoice"
    assert place.query(shown) == [(True, 40, "cdc")]
    place.rebuild()
    assert place.query(shown) == [(True, 40, "cdc")]


def test_the_json_is_one_join_away_whoever_merges_first(place: Place) -> None:
    """Two processes read the same version; the one that received it last is the first to merge."""
    batches = [place.write(page("Invoice", invoice("1", 3), source=source)) for source in ("backfill", "webhook")]
    with place.open() as warehouse:
        for batch in reversed(batches):
            outcome = warehouse.merge(entity("Invoice"), [batch])
        warehouse.publish()
    assert outcome == MergeOutcome(unchanged=1)
    joined = "SELECT invoice.source, raw IS NOT NULL FROM quickbooks.invoice JOIN history.record USING (version_id)"
    assert place.query(joined) == [("backfill", True)]
    lines = "SELECT count(*) FROM quickbooks.invoice_line JOIN quickbooks.invoice USING (version_id)"
    assert place.query(lines) == [(2,)]
    before = [place.query(f"FROM quickbooks.{table} ORDER BY ALL") for table in ("invoice", "invoice_line")]
    place.rebuild()
    assert [place.query(f"FROM quickbooks.{table} ORDER BY ALL") for table in ("invoice", "invoice_line")] == before


def test_a_record_that_comes_back_lives_again(place: Place) -> None:
    place.merge(page("Invoice", invoice("1", 1)))
    place.merge(page("Invoice", deletion("1", at(5))))
    place.merge(page("Invoice", invoice("1", 6)))
    assert place.query("SELECT deleted FROM quickbooks.invoice") == [(False,)]
    assert place.query("SELECT count(*) FROM quickbooks.invoice_line") == [(1,)]


def test_companies_do_not_touch_one_another(place: Place) -> None:
    place.merge(page("Invoice", invoice("1", 1), realm_id="A"))
    place.merge(page("Invoice", invoice("1", 2), realm_id="B"))
    place.merge(page("Invoice", deletion("1", at(9)), realm_id="A"))
    assert place.query("SELECT realm_id, deleted FROM quickbooks.invoice ORDER BY 1") == [("A", True), ("B", False)]
    assert place.query("SELECT DISTINCT realm_id FROM quickbooks.invoice_line") == [("B",)]


def test_a_batch_merged_again_does_nothing_and_tells_what_it_did(place: Place) -> None:
    place.merge(page("Invoice", *(invoice(str(n), 1) for n in range(5))))
    batch = place.write(page("Invoice", invoice("0", 1), invoice("1", 2), invoice("9", 1), deletion("2", at(9))))
    with place.open() as warehouse:
        first = warehouse.merge(entity("Invoice"), [batch])
        rows = warehouse.rows("FROM quickbooks.invoice ORDER BY id")
        assert warehouse.merge(entity("Invoice"), [batch]) == first
        assert warehouse.rows("FROM quickbooks.invoice ORDER BY id") == rows


def test_the_outcome_counts_what_happened(place: Place) -> None:
    place.merge(page("Invoice", *(invoice(str(n), 1) for n in range(5))))
    batch = place.write(page("Invoice", invoice("0", 1), invoice("1", 2), invoice("9", 1), deletion("2", at(9))))
    with place.open() as warehouse:
        outcome = warehouse.merge(entity("Invoice"), [batch])
    assert (outcome.inserted, outcome.updated, outcome.deleted, outcome.unchanged) == (1, 1, 1, 1)


def test_the_trail_tells_batch_by_batch_what_came_of_them(place: Place) -> None:
    batches = [
        place.write(page("Invoice", invoice("1", 1), invoice("2", 1))),
        place.write(page("Invoice", invoice("2", 2), invoice("3", 1))),
        place.write(page("Invoice", deletion("3", at(9)))),
    ]
    with place.open() as warehouse:
        warehouse.merge(entity("Invoice"), batches)
        told = warehouse.rows("SELECT records, inserted, updated, deleted FROM audit.lake_batch ORDER BY batch")
    assert told == [(2, 1, 0, 0), (2, 2, 0, 0), (1, 0, 0, 1)]


def test_who_merges_what_another_process_caught_up_tells_what_that_did(place: Place) -> None:
    batch = place.write(page("Invoice", invoice("1", 1), invoice("2", 1)))
    with place.open() as warehouse:
        warehouse.catch_up()
    with place.open() as warehouse:
        assert warehouse.merge(entity("Invoice"), [batch]).inserted == 2


def test_what_was_written_and_not_merged_is_caught_up(place: Place) -> None:
    place.write(page("Invoice", invoice("1", 1)))
    with place.open() as warehouse:
        assert warehouse.catch_up() == 1
        assert warehouse.catch_up() == 0
        warehouse.publish()
    assert place.query("SELECT id FROM quickbooks.invoice") == [("1",)]


def test_the_quarantine_is_in_the_audit_trail(place: Place) -> None:
    place.merge(page("Invoice", invoice("1", 1), invoice("2", 1, DueDate="soon")))
    assert place.query("SELECT id, field FROM audit.rejected_record") == [("2", "DueDate")]
    assert place.query("SELECT id FROM quickbooks.invoice") == [("1",)]


versions = st.tuples(st.sampled_from("abc"), st.integers(1, 5), st.booleans())


def test_any_order_and_any_repetition_gives_the_same(place: Place) -> None:
    """Against a model: per id, the greatest (time, deleted), and the values of the greatest version that had any."""
    companies = count()

    @settings(max_examples=25, deadline=None)
    @given(st.lists(versions, min_size=1, max_size=12), st.integers(1, 4), st.randoms(use_true_random=False))
    def holds(seen: list[tuple[str, int, bool]], batches: int, chance: random.Random) -> None:
        model: dict[str, tuple[int, bool]] = {}
        values: dict[str, str] = {}
        for identity, version, deleted in seen:
            model[identity] = max(model.get(identity, (0, False)), (version, deleted))
            if not deleted:
                values[identity] = max(values.get(identity, "0"), str(version))
        shuffled = [*seen, *chance.sample(seen, len(seen) // 2)]
        chance.shuffle(shuffled)
        company = f"company {next(companies)}"
        for part in range(batches):
            records = [
                deletion(identity, at(version)) if deleted else invoice(identity, version)
                for identity, version, deleted in shuffled[part::batches]
            ]
            if records:
                batch = place.write(page("Invoice", *records, realm_id=company))
                warehouse.merge(entity("Invoice"), [batch])
        found = warehouse.rows(
            "SELECT id, epoch(updated_at)::BIGINT % 60, deleted, private_note FROM quickbooks.invoice "
            "WHERE realm_id = ?",
            [company],
        )
        lines = warehouse.rows(
            "SELECT invoice_id, count(*) FROM quickbooks.invoice_line WHERE realm_id = ? GROUP BY 1", [company]
        )
        assert {identity: (second, deleted) for identity, second, deleted, _ in found} == model
        assert {identity: note for identity, _, _, note in found} == {one: values.get(one) for one in model}
        living = ((one, version % 2 + 1) for one, (version, deleted) in model.items() if not deleted)
        assert sorted(lines, key=str) == sorted(living)

    with place.open() as warehouse:
        holds()


def test_a_merge_that_does_not_fit_into_memory_is_done_again_with_more(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[Any] = []

    def merge_short_of_memory(connection: duckdb.DuckDBPyConnection, *arguments: Any) -> MergeOutcome:
        limits.extend(connection.execute("SELECT current_setting('memory_limit')").fetchall())
        if len(limits) == 1:
            connection.execute("BEGIN TRANSACTION")
            connection.execute("DELETE FROM stored.invoice")
            raise duckdb.OutOfMemoryException("failed to pin block")
        return merge(connection, *arguments)

    place.merge(page("Invoice", invoice("1", 1), invoice("2", 1)))
    monkeypatch.setattr(warehouse_module, "merge", merge_short_of_memory)
    place.merge(page("Invoice", invoice("2", 2)))

    assert place.query("SELECT id, sync_token FROM quickbooks.invoice ORDER BY id") == [("1", 1), ("2", 2)]
    assert limits == [("57.2 MiB",), ("953.6 MiB",)]


def test_what_fits_into_no_memory_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def never_enough(*_: Any) -> MergeOutcome:
        raise duckdb.OutOfMemoryException("failed to pin block")

    monkeypatch.setattr(warehouse_module, "merge", never_enough)
    with pytest.raises(duckdb.OutOfMemoryException):
        place.merge(page("Invoice", invoice("1", 1)))

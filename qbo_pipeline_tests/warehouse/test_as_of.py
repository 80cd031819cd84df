"""The books as they were known to be at an instant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbo_pipeline.quickbooks.catalogue import entity, tables
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.warehouse.as_of import open_as_of, unseen
from qbo_pipeline.warehouse.merges import MergedRecord
from qbo_pipeline_tests.lake.pages import REALM, deletion, page, record
from qbo_pipeline_tests.warehouse.loading import ENTITIES, Place

INVOICE = [table.name for table in tables(entity("Invoice"))]


def second(number: int) -> str:
    return f"2026-05-05T00:00:{number:02d}+00:00"


def moment(number: int) -> datetime:
    return datetime(2026, 5, 5, 0, 0, number, tzinfo=UTC)


def version(identity: str, at: int, lines: int = 1) -> dict[str, Any]:
    made: dict[str, Any] = record(
        identity, at, second(at), TotalAmt=at, Line=[{"Id": str(one), "Amount": at} for one in range(lines)]
    )
    return made


@contextmanager
def as_of(place: Place, at: int) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_as_of(place.target, place.lake, moment(at), ENTITIES) as connection:
        yield connection


def test_a_record_shows_what_it_held_then_with_its_lines(place: Place) -> None:
    place.merge(page("Invoice", version("1", 10, lines=1)))
    place.merge(page("Invoice", version("1", 20, lines=2)))
    for at, expected in ((9, []), (10, [(10, 1)]), (19, [(10, 1)]), (20, [(20, 2)])):
        with as_of(place, at) as books:
            rows = books.execute(
                "SELECT total_amt, (SELECT count(*) FROM quickbooks.invoice_line WHERE invoice_id = id) "
                "FROM quickbooks.invoice"
            ).fetchall()
        assert rows == expected


def test_a_deleted_record_keeps_its_values_and_loses_its_lines_as_it_does_now(place: Place) -> None:
    place.merge(page("Invoice", version("1", 10)))
    place.merge(page("Invoice", deletion("1", second(20)), source="cdc"))
    with as_of(place, 30) as books:
        assert books.execute("SELECT deleted, total_amt, source FROM quickbooks.invoice").fetchall() == [
            (True, 10, "cdc")
        ]
        assert books.execute("SELECT count(*) FROM quickbooks.invoice_line").fetchall() == [(0,)]
    with as_of(place, 15) as books:
        assert books.execute("SELECT deleted FROM quickbooks.invoice").fetchall() == [(False,)]


def test_records_changed_before_they_were_first_received_are_counted(place: Place) -> None:
    place.merge(page("Invoice", version("1", 10), version("2", 20)))
    place.merge(page("Customer", record("3", 1, second(20))))
    with as_of(place, 15) as books:
        assert unseen(books, moment(15), ENTITIES) == {"Invoice": 1, "Customer": 1}
    with as_of(place, 20) as books:
        assert unseen(books, moment(20), ENTITIES) == {}


def test_merges_are_known_from_when_they_were_made(place: Place) -> None:
    place.merge(page("Customer", *(record(one, 0, second(int(one))) for one in "123")))
    for at, lost, kept in ((10, "1", "2"), (20, "2", "3")):
        place.merge(page("Customer", deletion(lost, second(at)), source="cdc"))
        with place.open() as warehouse:
            warehouse.record_merges(REALM, entity("Customer"), [MergedRecord(kept, lost, moment(at))], "run")
            warehouse.publish()
    for at, expected in ((9, []), (10, [("1", "2")]), (20, [("1", "3"), ("2", "3")])):
        with as_of(place, at) as books:
            query = "SELECT id, surviving_id FROM quickbooks.surviving_record ORDER BY id"
            assert books.execute(query).fetchall() == expected


def test_an_instant_needs_a_time_zone(place: Place) -> None:
    place.merge(page("Invoice", version("1", 10)))
    with pytest.raises(ValueError, match="time zone"):
        open_as_of(place.target, place.lake, moment(1).replace(tzinfo=None), ENTITIES)


def everything(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: sorted(connection.execute(f"SELECT * EXCLUDE (version_id) FROM quickbooks.{name}").fetchall(), key=repr)
        for name in INVOICE
    }


EVENTS = st.lists(st.tuples(st.sampled_from(["1", "2"]), st.integers(0, 3)), min_size=1, max_size=8)
"""Invoice and how many lines it gets; 0 deletes it. Events are a second apart."""


@settings(max_examples=6, deadline=None)
@given(events=EVENTS, at=st.integers(0, 9), data=st.data())
def test_it_equals_a_warehouse_that_received_only_what_had_happened_by_then(
    events: list[tuple[str, int]], at: int, data: st.DataObject
) -> None:
    happened = [
        (number, page("Invoice", version(one, number, lines) if lines else deletion(one, second(number))))
        for number, (one, lines) in enumerate(events)
    ]
    with TemporaryDirectory() as here, TemporaryDirectory() as there:
        whole, then = Place(Path(here)), Place(Path(there))
        received(whole, [event for _, event in data.draw(st.permutations(happened))])
        received(then, [event for number, event in happened if number <= at])
        with as_of(whole, at) as books, duckdb.connect(str(then.target), read_only=True) as expected:
            assert everything(books) == everything(expected)


def received(place: Place, pages: list[Page]) -> None:
    """Each page in a batch of its own."""
    batches = [place.write(one) for one in pages]
    with place.open() as warehouse:
        if batches:
            warehouse.merge(entity("Invoice"), batches)
        warehouse.publish()

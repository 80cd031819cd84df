"""A record that changes again within the second of its stamp: same SyncToken, same LastUpdatedTime, another balance."""

from __future__ import annotations

from typing import Any

from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline_tests.lake.pages import page, record
from qbo_pipeline_tests.warehouse.loading import Place

STAMP = "2026-05-05T03:00:01-07:00"


def owing(balance: int, identity: str = "1") -> dict[str, Any]:
    made: dict[str, Any] = record(identity, 3, STAMP, Balance=balance, Line=[{"Id": "1", "Amount": 5}])
    return made


def balances(place: Place) -> list[tuple[Any, ...]]:
    return place.query("SELECT balance::INTEGER FROM quickbooks.invoice ORDER BY id")


def history(place: Place) -> list[Any]:
    rows = place.query("SELECT (raw::JSON ->> 'Balance')::INTEGER FROM history.record ORDER BY version_id")
    return [balance for (balance,) in rows]


def test_what_was_received_later_is_shown_and_both_are_in_the_history(place: Place) -> None:
    place.merge(page("Invoice", owing(100)))
    place.merge(page("Invoice", owing(0)))

    assert balances(place) == [(0,)]
    assert place.query("SELECT count(*) FROM quickbooks.invoice_line") == [(1,)]
    assert history(place) == [100, 0]
    typed = place.query("SELECT balance::INTEGER FROM history.invoice WHERE valid_to IS NULL")
    assert typed == [(0,)]


def test_the_same_content_received_again_changes_nothing(place: Place) -> None:
    place.merge(page("Invoice", owing(100)))
    [first] = place.query("SELECT version_id FROM quickbooks.invoice")
    place.merge(page("Invoice", owing(100)))
    assert place.query("SELECT version_id FROM quickbooks.invoice") == [first]
    assert history(place) == [100]


def test_received_together_the_last_one_counts(place: Place) -> None:
    place.merge(page("Invoice", owing(100), owing(40), owing(0), owing(0), owing(9, "2")))
    assert balances(place) == [(0,), (9,)]
    assert history(place) == [100, 40, 0, 9]
    shown = place.query("SELECT count(*) FROM quickbooks.invoice JOIN history.record USING (version_id)")
    assert shown == [(2,)]


def test_the_trail_tells_which_of_them_is_shown(place: Place) -> None:
    for balance in (100, 100, 40, 0, 0):
        place.merge(page("Invoice", owing(balance)))
    told = place.query("SELECT outcome FROM audit.record_event ORDER BY version_id")
    assert [outcome for (outcome,) in told] == ["superseded", "repeated", "superseded", "current", "repeated"]
    shown = "SELECT outcome FROM quickbooks.invoice JOIN audit.record_event USING (version_id)"
    assert place.query(shown) == [("current",)]


def test_what_it_was_before_may_come_back(place: Place) -> None:
    for balance in (100, 0, 100):
        place.merge(page("Invoice", owing(balance)))

    def shown() -> list[list[tuple[Any, ...]]]:
        now = "SELECT version_id, balance::INTEGER FROM history.invoice WHERE valid_to IS NULL"
        return [place.query("SELECT version_id, balance::INTEGER FROM quickbooks.invoice"), place.query(now)]

    before = shown()
    assert before[0] == before[1]
    assert [balance for _, balance in before[0]] == [100]
    place.rebuild()
    assert shown() == before
    assert history(place) == [100, 0, 100]


def test_the_order_of_merging_does_not_matter(place: Place) -> None:
    first, second = place.write(page("Invoice", owing(100))), place.write(page("Invoice", owing(0)))
    with place.open() as warehouse:
        for batch in (second, first):
            warehouse.merge(entity("Invoice"), [batch])
        warehouse.publish()
    assert balances(place) == [(0,)]
    assert history(place) == [100, 0]

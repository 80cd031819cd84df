"""Records that were merged away: into which, how that is known, and where references to them lead."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbo_pipeline.quickbooks.catalogue import ENTITIES, entity
from qbo_pipeline.warehouse.merges import MergedRecord, are_merged
from qbo_pipeline_tests.lake.pages import REALM, deletion, page, record
from qbo_pipeline_tests.warehouse.loading import Place

CUSTOMER = entity("Customer")
MERGED = "SELECT deleted_id, into_id, source FROM quickbooks.merged_record ORDER BY deleted_id"
SURVIVING = "SELECT id, surviving_id, merges FROM quickbooks.surviving_record ORDER BY id"


def second(number: int) -> str:
    return f"2026-05-05T00:00:{number:02d}+00:00"


def moment(number: int) -> datetime:
    return datetime(2026, 5, 5, 0, 0, number, tzinfo=UTC)


def lists(place: Place, *identities: str) -> None:
    """Customers that were changed long before any merge, each at a time of its own."""
    place.merge(page("Customer", *(record(one, 0, f"2026-05-04T00:00:{int(one):02d}+00:00") for one in identities)))


def delete(place: Place, identity: str, at: int) -> None:
    place.merge(page("Customer", deletion(identity, second(at)), source="cdc"))


def tell(place: Place, *told: MergedRecord, times: int = 1) -> None:
    with place.open() as warehouse:
        for _ in range(times):
            warehouse.record_merges(REALM, CUSTOMER, told, "run")
        warehouse.publish()


def test_a_webhook_says_into_which_record_another_was_merged(place: Place) -> None:
    lists(place, "1", "2")
    delete(place, "1", 10)
    tell(place, MergedRecord("2", "1", moment(10)), times=3)
    assert place.query(MERGED) == [("1", "2", "webhook")]
    assert place.query(SURVIVING) == [("1", "2", 1)]
    assert place.query("SELECT count(*) FROM audit.merged_record") == [(1,)]


def test_the_row_of_a_merged_record_stays_and_its_references_resolve(place: Place) -> None:
    former = record("1", 0, second(1), DisplayName="Amy's Bird Sanctuary")
    place.merge(page("Customer", former, record("2", 0, second(5), DisplayName="Amy")))
    place.merge(page("Invoice", record("9", CustomerRef={"value": "1"}, TotalAmt=20)))
    delete(place, "1", 10)
    tell(place, MergedRecord("2", "1", moment(10)))
    assert place.query(
        "SELECT invoice.id, former.display_name, former.deleted, present.display_name FROM quickbooks.invoice "
        "JOIN quickbooks.customer AS former ON former.id = invoice.customer_id "
        "LEFT JOIN quickbooks.surviving_record AS merged ON merged.entity = 'Customer' AND merged.id = former.id "
        "JOIN quickbooks.customer AS present ON present.id = coalesce(merged.surviving_id, former.id)"
    ) == [("9", "Amy's Bird Sanctuary", True, "Amy")]


def test_merges_of_merges_are_followed_to_the_record_that_lives(place: Place) -> None:
    lists(place, "1", "2", "3", "4")
    for number, (lost, kept) in enumerate([("1", "2"), ("2", "3"), ("3", "4")], start=10):
        delete(place, lost, number)
        tell(place, MergedRecord(kept, lost, moment(number)))
    assert place.query(SURVIVING) == [("1", "4", 3), ("2", "4", 2), ("3", "4", 1)]
    assert place.query("SELECT into_id FROM quickbooks.merged_record WHERE deleted_id = '1'") == [("2",)]


@settings(max_examples=5, deadline=None)
@given(kept=st.lists(st.integers(0, 100), min_size=1, max_size=8))
def test_whatever_is_merged_every_reference_leads_to_a_living_record(
    tmp_path_factory: pytest.TempPathFactory, kept: list[int]
) -> None:
    place = Place(tmp_path_factory.mktemp("place"))
    living = [str(number) for number in range(len(kept) + 1)]
    lists(place, *living)
    expected: dict[str, str] = {}
    told, gone = [], []
    for number, choice in enumerate(kept):
        lost = living.pop(choice % len(living))
        winner = living[choice % len(living)]
        told.append(MergedRecord(winner, lost, moment(10 + number)))
        gone.append(deletion(lost, second(10 + number)))
        expected = {one: winner if into == lost else into for one, into in expected.items()} | {lost: winner}
    place.merge(page("Customer", *gone, source="cdc"))
    tell(place, *reversed(told))
    assert {one: into for one, into, _ in place.query(SURVIVING)} == expected


def test_a_webhook_that_names_the_survivor_alone_gets_its_other_record_from_the_deletion(place: Place) -> None:
    lists(place, "1", "2", "3")
    tell(place, MergedRecord("2", None, moment(10)))
    assert place.query(MERGED) == []
    delete(place, "1", 12)
    assert place.query(MERGED) == [("1", "2", "webhook")]
    delete(place, "3", 58)  # told nowhere: that webhook is spent
    assert place.query(MERGED) == [("1", "2", "webhook"), ("3", None, "deletion")]


def test_without_a_webhook_the_only_record_that_changed_in_that_moment_took_it_over(place: Place) -> None:
    lists(place, "1", "2", "3")
    place.merge(page("Customer", record("2", 1, second(10)), deletion("1", second(10)), source="cdc"))
    place.merge(page("Customer", record("2", 2, second(40)), source="cdc"))
    assert place.query(MERGED) == [("1", "2", "inferred")]


def test_the_survivor_may_arrive_after_the_deletion(place: Place) -> None:
    lists(place, "1", "2")
    delete(place, "1", 10)
    assert place.query(MERGED) == [("1", None, "deletion")]
    place.merge(page("Customer", record("2", 1, second(10)), source="cdc"))
    assert place.query(MERGED) == [("1", "2", "inferred")]


def test_where_several_changed_in_that_moment_nothing_is_guessed(place: Place) -> None:
    lists(place, "1", "2", "3")
    changed = [record("2", 1, second(10)), record("3", 1, second(11))]
    place.merge(page("Customer", *changed, deletion("1", second(10)), source="cdc"))
    assert place.query(MERGED) == [("1", None, "deletion")]
    assert place.query(SURVIVING) == [("1", None, 1)]


def test_what_a_webhook_says_counts_more_than_what_was_inferred(place: Place) -> None:
    lists(place, "1", "2", "3")
    place.merge(page("Customer", record("2", 1, second(10)), deletion("1", second(10)), source="cdc"))
    tell(place, MergedRecord("3", "1", moment(10)))
    assert place.query(MERGED) == [("1", "3", "webhook")]


def test_a_merge_of_a_record_that_lives_is_not_believed(place: Place) -> None:
    lists(place, "1", "2")
    tell(place, MergedRecord("2", "1", moment(10)))
    assert place.query(MERGED) == []


def test_a_merge_is_known_although_the_record_was_never_loaded(place: Place) -> None:
    lists(place, "2")
    tell(place, MergedRecord("2", "1", None))
    assert place.query(MERGED) == [("1", "2", "webhook")]


def test_contradicting_webhooks_end(place: Place) -> None:
    lists(place, "3")
    tell(place, MergedRecord("2", "1", moment(10)), MergedRecord("1", "2", moment(11)))
    assert [one for one, _, _ in place.query(SURVIVING)] == ["1", "2"]


def test_a_deleted_transaction_was_not_merged(place: Place) -> None:
    place.merge(page("Invoice", record("1"), record("2", 1, second(10))))
    place.merge(page("Invoice", deletion("1", second(10)), source="cdc"))
    assert place.query(MERGED) == []


def test_the_lists_that_merge_are_those_whose_records_cannot_be_deleted() -> None:
    merging = {one.name for one in ENTITIES if are_merged(one)}
    assert {"Account", "Class", "Customer", "Department", "Employee", "Item", "Vendor"} <= merging
    assert merging.isdisjoint({"Invoice", "Budget", "Attachable", "Preferences", "ExchangeRate", "TaxAgency"})


def test_merges_survive_a_rebuild(place: Place) -> None:
    lists(place, "1", "2")
    delete(place, "1", 10)
    tell(place, MergedRecord("2", "1", moment(10)))
    place.rebuild()
    assert place.query(MERGED) == [("1", "2", "webhook")]


def test_what_was_inferred_is_not_inferred_once_more_by_a_rebuild(place: Place) -> None:
    lists(place, "1", "2")
    place.merge(page("Customer", record("1", 1, second(10)), deletion("2", second(10)), source="cdc"))
    place.rebuild()
    assert place.query("SELECT deleted_id, into_id, source FROM audit.merged_record") == [("2", "1", "inferred")]

"""What events ask for, whatever they are and in whatever order they arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.webhooks.events import Operation, WebhookEvent
from qbo_pipeline.webhooks.work import SETTLING, DeletionClaim, Merge, WebhookWork, group, keys

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def event(operation: Operation = Operation.UPDATE, id_: str = "1", at: datetime | None = NOON) -> WebhookEvent:
    return WebhookEvent("an-id", "310687", "Invoice", id_, operation, operation.value, at, None, {})


instants = st.none() | st.datetimes(timezones=st.just(UTC))
events = st.builds(
    WebhookEvent,
    event_id=st.none() | st.sampled_from(["a", "b", "c"]),
    realm_id=st.sampled_from(["310687", "999"]),
    entity=st.sampled_from(["Invoice", "Customer", "somethingnew"]),
    id=st.sampled_from(["1", "2", "3"]),
    operation=st.sampled_from(Operation),
    said=st.sampled_from(["Create", "create", "Archived"]),
    changed_at=instants | st.sampled_from([NOON, LATER]),
    deleted_id=st.none() | st.sampled_from(["8", "9"]),
    raw=st.just({}),
)


@given(st.lists(events))
def test_every_event_is_in_the_work_of_its_company_and_entity_and_nowhere_else(told: list[WebhookEvent]) -> None:
    works = group(told)

    assert len({(work.realm_id, work.entity) for work in works}) == len(works)
    for work in works:
        own = [one for one in told if (one.realm_id, one.entity) == (work.realm_id, work.entity)]
        assert list(work.events) == own
    assert sum(len(work.events) for work in works) == len(told)


@given(st.lists(events))
def test_every_record_is_read_or_claimed_to_be_deleted_and_once(told: list[WebhookEvent]) -> None:
    for work in group(told):
        ids = [*work.read, *(claim.id for claim in work.deleted)]
        assert sorted(ids) == sorted({one.id for one in work.events})
        assert {merge.id for merge in work.merged} <= set(ids)


@given(st.lists(events).flatmap(lambda told: st.tuples(st.just(told), st.permutations(told))))
def test_the_order_of_arrival_decides_nothing_but_the_order_of_reading(
    orders: tuple[list[WebhookEvent], list[WebhookEvent]],
) -> None:
    told, shuffled = orders

    assert asked(group(shuffled)) == asked(group(told))


def asked(works: Sequence[WebhookWork]) -> set[tuple[object, ...]]:
    return {
        (one.realm_id, one.entity, frozenset(one.read), frozenset(one.deleted), frozenset(m.id for m in one.merged))
        for one in works
    }


@pytest.mark.parametrize(
    ("told", "is_deleted"),
    [
        ([event(at=NOON), event(Operation.DELETE, at=LATER)], True),
        ([event(Operation.DELETE, at=NOON), event(at=LATER)], False),
        ([event(Operation.DELETE, at=NOON), event(at=NOON)], True),
        ([event(Operation.VOID, at=NOON), event(Operation.EMAILED, at=LATER)], False),
        ([event(Operation.DELETE, at=LATER), event(at=None)], True),
        ([event(Operation.DELETE, at=None), event(at=None)], True),
    ],
)
def test_a_record_is_claimed_to_be_deleted_when_its_latest_event_says_so(
    told: list[WebhookEvent], is_deleted: bool
) -> None:
    for one_order in (told, told[::-1]):
        [work] = group(one_order)
        assert (work.read, len(work.deleted)) == (() if is_deleted else ("1",), int(is_deleted))


def test_a_deletion_says_when() -> None:
    assert group([event(Operation.DELETE, at=LATER)])[0].deleted == (DeletionClaim("1", LATER),)


def test_a_merge_reads_the_record_that_stays_and_names_each_that_ended_once() -> None:
    merged = replace(event(Operation.MERGE), deleted_id="7")

    [work] = group([merged, replace(merged, deleted_id="8"), merged, replace(merged, id="2", deleted_id=None)])

    assert work.read == ("1", "2")
    assert work.merged == (Merge("1", "7", NOON), Merge("1", "8", NOON), Merge("2", None, NOON))


def known(one: WebhookEvent, read_at: datetime = NOON + timedelta(days=1), place: str = "a file, 1") -> set[bytes]:
    return set(keys(one, read_at, place))


@given(events, instants.filter(bool), st.text())
def test_every_event_is_known_by_one_or_two_keys_of_16_bytes(one: WebhookEvent, now: datetime, place: str) -> None:
    found = keys(one, now, place)

    assert len(found) in (1, 2)
    assert {len(key) for key in found} == {16}


@given(events, events)
def test_events_that_share_a_key_are_of_one_record(one: WebhookEvent, other: WebhookEvent) -> None:
    if known(one, place="here") & known(other, place="there"):
        assert (one.realm_id, one.entity, one.id) == (other.realm_id, other.entity, other.id)
        assert one.event_id == other.event_id is not None or one.changed_at == other.changed_at is not None


def test_an_event_is_known_again_by_its_id_and_by_what_it_says() -> None:
    said = event()

    assert known(said) & known(replace(said, changed_at=LATER))
    assert known(said) & known(replace(said, event_id="another"))
    assert known(said) & known(replace(said, event_id=None))
    assert known(replace(said, entity="invoice")) == known(said)


@pytest.mark.parametrize(
    "changes",
    [
        {"realm_id": "999"},
        {"entity": "Bill"},
        {"id": "2"},
        {"operation": Operation.VOID},
        {"changed_at": NOON + timedelta(microseconds=1)},
        {"changed_at": None},
    ],
)
def test_what_says_something_else_under_another_id_is_another_event(changes: dict[str, object]) -> None:
    other = replace(event(), event_id="another", **changes)  # type: ignore[arg-type]

    assert known(event()).isdisjoint(known(other))


def test_words_we_do_not_know_tell_events_apart_in_any_case() -> None:
    archived = replace(event(Operation.OTHER), event_id=None, said="Archived")

    assert known(archived) & known(replace(archived, said="archived"), place="elsewhere")
    assert known(archived).isdisjoint(known(replace(archived, said="restored"), place="elsewhere"))


def test_a_change_of_this_moment_is_not_known_by_what_it_says() -> None:
    said = event()
    repeated = replace(said, event_id="another")

    assert known(said, NOON + SETTLING) & known(repeated, NOON + SETTLING)
    just_now = NOON + SETTLING - timedelta(microseconds=1)
    assert known(said, just_now).isdisjoint(known(repeated, just_now))
    assert known(said, just_now) & known(said)


def test_an_event_without_an_id_is_known_by_its_place() -> None:
    bare = replace(event(at=None), event_id=None)

    assert known(bare, place="a file, 1") == known(bare, place="a file, 1")
    assert known(bare, place="a file, 1").isdisjoint(known(bare, place="a file, 2"))

"""Deliveries that are as they should be: claimed in order, each event applied once, put away when it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from qbo_pipeline.state.webhook_events import REMEMBERED_SECONDS, WebhookEvents
from qbo_pipeline.webhooks.inbox import Claim, Inbox
from qbo_pipeline_tests.webhooks.deliveries import Readers, changed, drop, notification, whereabouts


def read(claim: Claim) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(work.realm_id, work.entity, work.read) for work in claim.work]


def older(record_id: str, instant: datetime | str, realm_id: str = "310687", **changes: str) -> bytes:
    """A body of the shape whose instants are whole seconds."""
    said = instant if isinstance(instant, str) else instant.strftime("%Y-%m-%dT%H:%M:%SZ")
    entity = {"name": "Invoice", "id": record_id, "operation": "Update", "lastUpdated": said} | changes
    return json.dumps(notification(entity, realm_id=realm_id)).encode()


def test_nothing_waits_in_an_empty_inbox(readers: Readers) -> None:
    inbox = readers.new()

    assert (inbox.waiting().files, inbox.waiting().oldest) == (0, None)
    assert (inbox.claim().files, inbox.claim().work) == ((), ())


def test_deliveries_are_claimed_in_the_order_of_their_arrival(readers: Readers) -> None:
    names = [f"20261120T2131{second}.000000000Z-x.webhook" for second in ("07", "03", "05")]
    for name in names:
        drop(readers.folders, changed(), name=name)
    inbox = readers.new()

    waiting = inbox.waiting()
    claim = inbox.claim()

    assert (waiting.files, waiting.oldest) == (3, datetime(2026, 11, 20, 21, 31, 3, tzinfo=UTC))
    assert [file.name for file in claim.files] == sorted(names)
    assert claim.files[0].received_at == waiting.oldest


def test_the_work_of_many_deliveries_is_grouped_by_company_and_entity(readers: Readers) -> None:
    drop(readers.folders, changed("1"), changed("7", type="qbo.customer.created.v1"))
    drop(readers.folders, changed("2"), changed("1"), changed("1", intuitaccountid="999"))

    claim = readers.new().claim()

    assert read(claim) == [
        ("310687", "Invoice", ("1", "2")),
        ("310687", "Customer", ("7",)),
        ("999", "Invoice", ("1",)),
    ]
    assert [len(work.events) for work in claim.work] == [3, 1, 1]


def test_at_most_so_many_files_are_claimed_and_the_others_wait(readers: Readers) -> None:
    names = [drop(readers.folders, changed()) for _ in range(5)]
    inbox = readers.new()

    first = inbox.claim(most=3)
    inbox.done(first)

    assert [file.name for file in first.files] == names[:3]
    assert [file.name for file in inbox.claim().files] == names[3:]


def test_what_is_done_is_in_processed_under_its_day_and_comes_never_again(readers: Readers) -> None:
    readers.clock.now = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC).timestamp()
    name = drop(readers.folders, changed())
    inbox = readers.new()

    inbox.done(inbox.claim())

    assert (readers.folders.processed / "2026-11-21" / name).exists()
    assert whereabouts(readers.folders) == {name: ["processed"]}
    assert inbox.waiting().files == 0


def test_what_is_claimed_and_not_done_waits_again_when_the_inbox_is_closed(readers: Readers) -> None:
    name = drop(readers.folders, changed("5"))
    with readers.new() as inbox:
        assert len(inbox.claim().files) == 1
        assert whereabouts(readers.folders) == {name: ["processing"]}

    assert whereabouts(readers.folders) == {name: ["inbox"]}
    assert read(readers.new().claim()) == [("310687", "Invoice", ("5",))]


def test_an_event_told_twice_within_a_file_is_applied_once(readers: Readers) -> None:
    event = changed("1")
    drop(readers.folders, changed("0"), event, changed("2"), event)

    [file] = readers.new().claim().files

    assert [event.id for event in file.events] == ["0", "1", "2", "1"]
    assert file.duplicates == {4}
    assert [event.id for event in file.fresh] == ["0", "1", "2"]


def test_an_event_in_two_files_of_a_claim_is_applied_once(readers: Readers) -> None:
    event = changed("1")
    names = [drop(readers.folders, event), drop(readers.folders, changed("2"), event)]
    inbox = readers.new()

    claim = inbox.claim()
    inbox.done(claim)

    assert [file.duplicates for file in claim.files] == [set(), {2}]
    assert whereabouts(readers.folders) == {name: ["processed"] for name in names}


@pytest.mark.parametrize("again", ["id", "what it says"])
def test_a_repeated_delivery_has_nothing_new_after_a_restart_either(readers: Readers, again: str) -> None:
    event = changed("1")
    drop(readers.folders, event)
    with readers.new() as inbox:
        inbox.done(inbox.claim())
    # QuickBooks repeats events under their ids; what says the same of the same instant is the same, whatever its id.
    repeated = event | ({"time": changed()["time"]} if again == "id" else {"id": changed()["id"]})
    name = drop(readers.folders, repeated)

    inbox = readers.new()
    claim = inbox.claim()
    inbox.done(claim)

    assert claim.work == ()
    assert claim.files[0].duplicates == {1}
    assert whereabouts(readers.folders)[name] == ["processed"]


def test_one_id_for_events_of_different_records_does_not_make_them_one(readers: Readers) -> None:
    event = changed("1")
    drop(readers.folders, event, event | {"intuitentityid": "2"}, event | {"intuitaccountid": "999"})

    assert read(readers.new().claim()) == [("310687", "Invoice", ("1", "2")), ("999", "Invoice", ("1",))]


def test_a_second_change_within_the_second_of_the_first_is_not_taken_for_its_repetition(readers: Readers) -> None:
    now = datetime.fromtimestamp(readers.clock.now, UTC)
    inbox = readers.new()
    drop(readers.folders, older("1", now))
    inbox.done(inbox.claim())
    drop(readers.folders, older("1", now))  # the same body, of another change: the record was read before it

    second = inbox.claim()
    inbox.done(second)
    assert read(second) == [("310687", "Invoice", ("1",))]

    readers.clock.now += 60
    drop(readers.folders, older("1", now))
    repeated = inbox.claim()
    inbox.done(repeated)
    drop(readers.folders, older("1", now))
    assert read(repeated) == [("310687", "Invoice", ("1",))]  # neither was known by what it says: they were too young
    assert inbox.claim().work == ()


@pytest.mark.parametrize("instant", ["of this moment", "none"])
def test_what_was_applied_of_a_file_is_not_read_again_from_it(readers: Readers, instant: str) -> None:
    said = datetime.fromtimestamp(readers.clock.now, UTC) if instant == "of this moment" else ""
    good, bad = older("1", said), older("2", said, realm_id="999")
    name = drop(readers.folders, b"[" + good + b"," + bad + b"]")
    inbox = readers.new()

    claim = inbox.claim()
    inbox.done(claim, [work for work in claim.work if work.realm_id != "999"], retry_after=lambda _: 30)
    readers.clock.now += 31

    assert whereabouts(readers.folders) == {name: ["inbox"]}
    assert read(readers.new().claim()) == [("999", "Invoice", ("2",))]


def test_the_failure_of_one_company_holds_up_no_other(readers: Readers) -> None:
    mixed = drop(readers.folders, changed("1"), changed("2", intuitaccountid="999"))
    healthy = drop(readers.folders, changed("3"))
    inbox = readers.new()

    claim = inbox.claim()
    inbox.done(claim, [work for work in claim.work if work.realm_id != "999"], retry_after=lambda _: 60)

    assert whereabouts(readers.folders) == {mixed: ["inbox"], healthy: ["processed"]}
    later = drop(readers.folders, changed("4"))
    assert [file.name for file in inbox.claim().files] == [later]

    readers.clock.now += 61
    again = inbox.claim()
    inbox.done(again)
    assert read(again) == [("999", "Invoice", ("2",))]
    assert again.files[0].duplicates == {1}
    assert whereabouts(readers.folders)[mixed] == ["processed"]


def test_a_duplicate_waits_until_the_delivery_that_owns_its_event_is_applied(readers: Readers) -> None:
    event = changed("1")
    owner = drop(readers.folders, event)
    first, second = readers.new(), readers.new()
    working = first.claim()
    repeated = drop(readers.folders, event, changed("2"))

    claim = second.claim()
    second.done(claim, retry_after=lambda _: 10)

    assert claim.files[0].duplicates == {1}
    assert whereabouts(readers.folders) == {owner: ["processing"], repeated: ["inbox"]}
    first.done(working)
    readers.clock.now += 11
    rest = second.claim()
    second.done(rest)
    assert rest.work == ()
    assert whereabouts(readers.folders) == {owner: ["processed"], repeated: ["processed"]}


def test_an_event_changes_hands_when_the_delivery_that_owned_it_was_rejected(readers: Readers) -> None:
    event = changed("1")
    owner = drop(readers.folders, event)
    inbox = readers.new()
    claim = inbox.claim()
    inbox.reject(claim.files[0], "it breaks the merge")
    inbox.done(claim, applied=())
    again = drop(readers.folders, event)

    assert [file.fresh[0].id for file in inbox.claim().files] == ["1"]
    assert whereabouts(readers.folders) == {owner: ["rejected"], again: ["processing"]}
    assert (readers.folders.rejected / f"{owner}.reason").read_text() == "it breaks the merge\n"


def test_parts_that_are_no_events_are_named_beside_the_file_when_it_is_done(readers: Readers) -> None:
    name = drop(readers.folders, changed("1"), {"type": "qbo.invoice.updated.v1"}, changed("2"))
    inbox = readers.new()

    claim = inbox.claim()
    inbox.done(claim)

    assert read(claim) == [("310687", "Invoice", ("1", "2"))]
    [reason] = readers.folders.processed.rglob("*.reason")
    assert reason.name == f"{name}.reason"
    assert reason.read_text() == "it names no company (intuitaccountid)\n"


def test_a_name_that_comes_again_overwrites_nothing(readers: Readers) -> None:
    inbox = readers.new()
    for record_id in ("1", "2", "3"):
        drop(readers.folders, changed(record_id), name="delivery.json")
        inbox.done(inbox.claim())

    kept = sorted(path.name for path in readers.folders.processed.rglob("delivery*"))
    assert kept == ["delivery-2.json", "delivery-3.json", "delivery.json"]


def test_events_that_are_forgotten_are_applied_again_and_no_others(readers: Readers) -> None:
    old, young = changed("1"), changed("2")
    events = WebhookEvents(readers.store, readers.clock)
    inbox = readers.new()
    for event in (old, young):
        drop(readers.folders, event)
        inbox.done(inbox.claim())
        readers.clock.now += 1000

    events.forget(1500)
    for event in (old, young):
        drop(readers.folders, event)

    assert read(inbox.claim()) == [("310687", "Invoice", ("1",))]


def test_an_inbox_without_a_verifier_token_is_refused(readers: Readers) -> None:
    with pytest.raises(ValueError, match="at least one verifier token"):
        Inbox(readers.folders, WebhookEvents(readers.store), ())


def test_what_was_applied_long_ago_is_forgotten_when_another_delivery_is_done(readers: Readers) -> None:
    inbox = readers.new()
    for record_id in ("1", "2"):
        drop(readers.folders, changed(record_id))
        inbox.done(inbox.claim())
        readers.clock.now += REMEMBERED_SECONDS + 1

    with readers.store.transaction() as connection:
        remembered = connection.exec_driver_sql("SELECT noted_at FROM webhook_event").scalars().all()
    assert set(remembered) == {readers.clock.now - REMEMBERED_SECONDS - 1}

"""What is read from a body of either shape, and what becomes of everything else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.webhooks.events import Contents, Operation, WebhookEvent, read_body
from qbo_pipeline.webhooks.instants import instant
from qbo_pipeline_tests.shared_data import required
from qbo_pipeline_tests.webhooks.deliveries import body_of, cloud_event, notification
from qbo_pipeline_tests.webhooks.test_signatures import VECTORS


def only(body: bytes) -> WebhookEvent:
    contents = read_body(body)
    assert contents.rejections == ()
    [event] = contents.events
    return event


def older(**changes: Any) -> bytes:
    entity = {"name": "Customer", "id": "1", "operation": "Create", "lastUpdated": "2015-10-05T14:42:19-0700"}
    return json.dumps(notification(entity | changes)).encode()


def reasons(contents: Contents) -> list[str]:
    return [rejection.reason for rejection in contents.rejections]


def test_a_cloud_event_says_company_entity_record_operation_and_instant() -> None:
    event = only(body_of(cloud_event()))

    assert event == WebhookEvent(
        event_id="88cd52aa-33b6-4351-9aa4-47572edbd068",
        realm_id="310687",
        entity="Invoice",
        id="1234",
        operation=Operation.UPDATE,
        said="updated",
        changed_at=datetime(2026, 11, 20, 21, 31, 25, 179851, UTC),
        deleted_id=None,
        raw={},
    )
    assert event.raw == cloud_event()


def test_the_older_shape_says_the_same_without_an_id_of_the_event() -> None:
    event = only(older())

    assert (event.event_id, event.realm_id, event.entity, event.id) == (None, "310687", "Customer", "1")
    assert (event.operation, event.changed_at) == (Operation.CREATE, datetime(2015, 10, 5, 21, 42, 19, tzinfo=UTC))
    assert event.raw["realmId"] == "310687"


def test_the_bodies_in_the_tests_of_intuits_own_kits_are_read() -> None:
    read = [read_body(vector["payload"].encode()) for vector in json.loads(required(VECTORS).read_text())]

    assert [contents.rejections for contents in read] == [(), ()]
    assert [(one.realm_id, one.entity, one.id, one.operation) for contents in read for one in contents.events] == [
        ("1185883450", "Customer", "1", Operation.CREATE),
        ("1269959970", "Vendor", "40", Operation.UPDATE),
        ("1269959970", "Customer", "43", Operation.CREATE),
    ]


def test_a_delivery_may_mix_companies() -> None:
    newer = read_body(body_of(cloud_event(), cloud_event(intuitaccountid="2")))
    entity = {"name": "Item", "id": "1", "operation": "Update"}
    both = notification(entity)["eventNotifications"] + notification(entity, realm_id="2")["eventNotifications"]

    assert [event.realm_id for event in newer.events] == ["310687", "2"]
    assert [event.realm_id for event in read_body(json.dumps({"eventNotifications": both}).encode()).events] == [
        "310687",
        "2",
    ]


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_every_entity_of_the_catalogue_is_known_in_lower_case(entity: Any) -> None:
    assert only(body_of(cloud_event(type=f"qbo.{entity.name.lower()}.created.v1"))).entity == entity.name


@pytest.mark.parametrize(
    ("newer", "older_word", "operation"),
    [
        ("created", "Create", Operation.CREATE),
        ("updated", "Update", Operation.UPDATE),
        ("deleted", "Delete", Operation.DELETE),
        ("merged", "Merge", Operation.MERGE),
        ("voided", "Void", Operation.VOID),
        ("emailed", "Emailed", Operation.EMAILED),
        ("sunk", "Sink", Operation.OTHER),
    ],
)
def test_both_shapes_have_words_for_the_same_operations(newer: str, older_word: str, operation: Operation) -> None:
    events = only(body_of(cloud_event(type=f"qbo.invoice.{newer}.v1"))), only(older(operation=older_word))

    assert [event.operation for event in events] == [operation, operation]
    assert [event.said for event in events] == [newer, older_word]


def test_currency_is_the_webhooks_name_of_the_company_currency() -> None:
    assert only(older(name="Currency")).entity == "CompanyCurrency"


def test_an_unknown_entity_keeps_its_name() -> None:
    assert only(body_of(cloud_event(type="qbo.yacht.created.v1"))).entity == "yacht"
    assert only(older(name="Yacht")).entity == "Yacht"


def test_a_merge_says_which_record_ended_where_quickbooks_does() -> None:
    assert only(older(operation="Merge", deletedId="43")).deleted_id == "43"
    assert only(body_of(cloud_event(type="qbo.customer.merged.v1", data={"deletedId": 43}))).deleted_id == "43"
    assert only(body_of(cloud_event(type="qbo.customer.merged.v1"))).deleted_id is None


def test_keys_of_another_case_new_keys_and_later_versions_are_no_obstacle() -> None:
    event = cloud_event(type="qbo.Invoice.Updated.v2", surprise={"deep": [1]}, specversion="1.1")
    shouted = {key.upper(): value for key, value in event.items()}

    assert only(body_of(shouted)) == only(body_of(cloud_event(type="qbo.Invoice.Updated.v1")))
    assert only(body_of(shouted)).raw["SURPRISE"] == {"deep": [1]}
    entry = '{"Name":"bill","ID":7,"operation":"VOID"}'
    lower = '{"eventnotifications":[{"realmid":1,"datachangeevent":{"entities":[%s]}}]}'
    read = only((lower % entry).encode())
    assert (read.realm_id, read.entity, read.id, read.operation, read.changed_at) == (
        "1",
        "Bill",
        "7",
        Operation.VOID,
        None,
    )


def test_one_cloud_event_that_is_not_in_an_array_is_read_too() -> None:
    assert only(json.dumps(cloud_event()).encode()) == only(body_of(cloud_event()))


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("text", "no object"),
        ({}, "no object"),
        (cloud_event(type=None), "qbo.invoice.updated.v1"),
        (cloud_event(type="com.example.thing"), "qbo.invoice.updated.v1"),
        (cloud_event(type="qbo.in\ud800voice.updated.v1"), "qbo.invoice.updated.v1"),
        (cloud_event(intuitaccountid=None), "no company"),
        (cloud_event(intuitaccountid=True), "no company"),
        (cloud_event(intuitentityid=""), "no record"),
        (cloud_event(intuitentityid="1') OR ('1"), "could be an id"),
        (cloud_event(intuitentityid={"id": 1}), "could be an id"),
    ],
)
def test_what_is_no_event_is_told_why_and_the_others_of_its_body_go_on(event: Any, reason: str) -> None:
    contents = read_body(body_of(cloud_event(), event, cloud_event(intuitentityid="1235")))

    assert [one.id for one in contents.events] == ["1234", "1235"]
    [rejection] = contents.rejections
    assert reason in rejection.reason
    assert rejection.raw == event


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": 7}, "no entity"),
        ({"operation": ""}, "no operation"),
        ({"id": None}, "no record"),
    ],
)
def test_an_entry_of_the_older_shape_is_told_why_too(changes: dict[str, Any], reason: str) -> None:
    [rejection] = read_body(older(**changes)).rejections

    assert reason in rejection.reason
    assert rejection.raw["realmId"] == "310687"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no JSON"),
        (b'[{"id": "cut off', "no JSON"),
        (b"\xff\xfe\xfa", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'[{"intuitentityid": ' + b"1" * 5_000 + b"}]", "no JSON"),
        (b"7", "no object"),
        (b'{"eventNotifications": 7}', "no list"),
        (b'{"eventNotifications": [null, {"realmId": "1"}]}', "dataChangeEvent.entities"),
        (b'{"eventNotifications":[{"realmId":"1","dataChangeEvent":{"entities":[7]}}]}', "no object"),
    ],
)
def test_a_body_that_is_none_of_both_is_rejected(body: bytes, reason: str) -> None:
    contents = read_body(body)

    assert contents.events == ()
    assert all(reason in told for told in reasons(contents))
    assert reasons(contents) != []


def test_an_id_of_an_event_that_is_none_leaves_the_event() -> None:
    assert [only(body_of(cloud_event(id=one))).event_id for one in ("\ud800", "", 7, None, "x" * 999)] == [None] * 5


def test_an_empty_delivery_holds_nothing() -> None:
    assert read_body(b"[]") == read_body(b'{"eventNotifications": []}') == Contents((), ())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
ATTRIBUTES = ("id", "type", "time", "intuitentityid", "intuitaccountid", "data", "specversion")
NEWER = st.dictionaries(st.sampled_from(ATTRIBUTES), JSON).map(lambda changes: cloud_event(**changes))
OLDER_KEYS = ("name", "id", "operation", "lastUpdated", "deletedId", "realmId")
ENTRIES: st.SearchStrategy[Any] = st.dictionaries(st.sampled_from(OLDER_KEYS), JSON) | JSON
OLDER = st.lists(ENTRIES).map(lambda entries: notification(*entries))


@given(st.one_of(JSON, st.lists(NEWER | JSON), OLDER))
@example([cloud_event(time="0001-01-01T00:00:00+14:00")])
def test_no_json_makes_reading_fail_and_nothing_disappears(document: Any) -> None:
    contents = read_body(json.dumps(document).encode())

    if isinstance(document, list):
        assert len(contents.events) + len(contents.rejections) >= len(document)
    for event in contents.events:
        assert event.changed_at is None or event.changed_at.tzinfo is UTC
        assert event.realm_id
        assert event.id


@given(st.binary())
def test_no_bytes_make_reading_fail(body: bytes) -> None:
    read_body(body)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2025-09-10T21:31:25.179851517Z", datetime(2025, 9, 10, 21, 31, 25, 179851, UTC)),
        ("2015-10-05T14:42:19-0700", datetime(2015, 10, 5, 21, 42, 19, 0, UTC)),
        ("2016-10-05T03:09:04.000Z", datetime(2016, 10, 5, 3, 9, 4, 0, UTC)),
        ("2026-11-20T13:31:25-08:00", datetime(2026, 11, 20, 21, 31, 25, 0, UTC)),
        ("2026-11-20T21:31:25", datetime(2026, 11, 20, 21, 31, 25, 0, UTC)),
        ("2026-11-20t21:31:25z", datetime(2026, 11, 20, 21, 31, 25, 0, UTC)),
        ("2026-11-20", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("now", None),
        (1763674285, None),
        (None, None),
    ],
)
def test_instants_of_all_forms_are_utc(written: Any, read: datetime | None) -> None:
    assert instant(written) == read


@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_survives_any_offset(moment: datetime) -> None:
    try:
        expected = moment.astimezone(UTC)
    except OverflowError:
        return
    if moment.utcoffset() == expected.astimezone(moment.tzinfo).utcoffset():
        assert instant(moment.isoformat()) == expected

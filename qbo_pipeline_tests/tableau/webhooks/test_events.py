"""What bodies are events, what they say, and which are believed so far."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.tableau.webhooks.events import (
    EventType,
    NotListenedToError,
    TableauEvent,
    UnusableEventError,
    concerns,
    digest,
    is_test,
    judge,
    read_event,
)

SITE, WORKBOOK = "1f2f3e4e-5d6d-7c8c-9b0b-1a2a3f4f5e6e", "8b2a3f4f-1f2f-3e4e-9b0b-5d6d7c8c5e6e"
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
FIELDS = {
    "resource": "EXTRACTS",
    "event_type": "WorkbookRefreshFailed",
    "resource_name": "Margins",
    "site_luid": SITE,
    "resource_luid": WORKBOOK,
    "created_at": "2026-11-26T11:59:58Z",
}


def body(**changed: Any) -> bytes:
    return json.dumps({**FIELDS, **changed}).encode()


def without(*names: str) -> bytes:
    return json.dumps({name: value for name, value in FIELDS.items() if name not in names}).encode()


EVENT = TableauEvent(EventType.REFRESH_FAILED, WORKBOOK, "Margins", SITE, NOW - timedelta(seconds=2))


def test_an_event_is_read() -> None:
    assert read_event(body()) == EVENT


def test_keys_with_hyphens_say_the_same() -> None:
    hyphens = json.dumps({name.replace("_", "-"): value for name, value in FIELDS.items()}).encode()
    older = without("resource_luid")[:-1] + f', "resource-id": "{WORKBOOK}"}}'.encode()

    assert read_event(hyphens) == read_event(older) == EVENT


def test_keys_that_are_not_known_are_left_alone() -> None:
    assert read_event(body(text="Margins failed", url="https://evil.example", more={"deep": [1]})) == EVENT


@pytest.mark.parametrize("resource", ["EXTRACTS", "WORKBOOK", "workbook"])
def test_the_resource_of_a_refresh_is_the_extract_or_what_has_it(resource: str) -> None:
    assert read_event(body(resource=resource)).resource == WORKBOOK


def test_luids_are_told_apart_without_case() -> None:
    assert read_event(body(resource_luid=WORKBOOK.upper(), site_luid=SITE.upper())) == EVENT


def test_names_are_fit_to_be_shown() -> None:
    assert read_event(body(resource_name="Margins\n\x1b[31m 2026 👩‍💻 ")).resource_name == "Margins  [31m 2026 👩 💻"
    assert len(read_event(body(resource_name="x" * 5_000)).resource_name) == 255


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", [None, "", " ", 5, [], {"a": "b"}])
def test_every_field_is_a_text(field: str, value: Any) -> None:
    with pytest.raises(UnusableEventError, match=field):
        read_event(body(**{field: value}))


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_there(field: str) -> None:
    with pytest.raises(UnusableEventError, match=f"has no {field}"):
        read_event(without(field))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"event_type": "rm -rf"}, "no name of an event"),
        ({"resource": "DATASOURCE"}, "does not belong to WorkbookRefreshFailed"),
        ({"event_type": "DatasourceUpdated"}, "does not belong to DatasourceUpdated"),
        ({"resource_luid": "../../etc/passwd"}, "resource_luid is no LUID"),
        ({"site_luid": f"{SITE}0"}, "site_luid is no LUID"),
        ({"created_at": "yesterday"}, "created_at is no instant"),
        ({"resource-name": "Another"}, "says resource_name twice"),
    ],
)
def test_what_is_not_as_an_event_is_says_why(changed: dict[str, str], why: str) -> None:
    with pytest.raises(UnusableEventError, match=why):
        read_event(body(**changed))


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"7", b"null", b'"text"', b"\xff\xfe{}", b"[" * 5_000, b"[[1, 2]]"])
def test_what_is_no_object_is_no_event(text: bytes) -> None:
    with pytest.raises(UnusableEventError):
        read_event(text)


def test_an_event_that_is_too_long_is_none() -> None:
    with pytest.raises(UnusableEventError, match="more than any event"):
        read_event(body(text="x" * 9_000))


def test_an_event_of_another_kind_is_of_no_use() -> None:
    with pytest.raises(NotListenedToError, match="AdminPromoted"):
        read_event(body(event_type="AdminPromoted", resource="USER"))


@given(st.binary(max_size=400))
def test_no_body_does_anything_but_be_refused(noise: bytes) -> None:
    with pytest.raises(UnusableEventError):
        read_event(noise)


@given(
    st.dictionaries(
        st.sampled_from([*FIELDS, "site-luid", "text"]),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)),
    )
)
def test_an_event_with_other_values_is_read_or_refused(changed: dict[str, Any]) -> None:
    try:
        found = read_event(body(**changed))
    except UnusableEventError:
        return
    assert isinstance(found, TableauEvent)


def test_an_event_of_our_site_and_of_its_time_is_believed_so_far() -> None:
    for received_at in (NOW, NOW + timedelta(hours=23), NOW - timedelta(minutes=9)):
        judge(EVENT, SITE.upper(), received_at)


@pytest.mark.parametrize(
    ("site", "received_at", "why"),
    [
        ("00000000-0000-0000-0000-000000000000", NOW, "is of site"),
        (SITE, NOW + timedelta(hours=25), "long before it arrived"),
        (SITE, NOW - timedelta(minutes=11), "after it arrived"),
    ],
)
def test_an_event_of_elsewhere_or_of_another_time_is_not_believed(site: str, received_at: datetime, why: str) -> None:
    with pytest.raises(UnusableEventError, match=why):
        judge(EVENT, site, received_at)


def test_only_what_hangs_on_our_data_source_is_ours() -> None:
    assert concerns(EVENT, None, [WORKBOOK.upper()])
    assert concerns(EVENT, WORKBOOK, [])
    assert not concerns(EVENT, SITE, [SITE])
    assert not concerns(EVENT, None, [])


def test_duplicates_are_the_same_byte_for_byte() -> None:
    assert digest(body()) == digest(body())
    assert digest(body()) != digest(body() + b" ")


@pytest.mark.parametrize(
    ("text", "is_one"), [(b"", True), (b" \n", True), (b"{}", True), (b"[]", False), (b"x", False)]
)
def test_a_test_is_empty(text: bytes, is_one: bool) -> None:
    assert is_test(text) is is_one

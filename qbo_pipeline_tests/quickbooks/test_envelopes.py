from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.quickbooks.envelopes import (
    AnswerFaultError,
    EnvelopeError,
    parse_time,
    split_changes,
    split_object,
    split_query,
)

RECORDINGS = Path(__file__).parents[3] / "shared" / "data" / "quickbooks_recordings"
needs_recordings = pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"the recordings are not at {RECORDINGS}")


def recorded() -> list[Any]:
    """Every recorded JSON body, compact as it was sent, with its status and request."""
    found = []
    for path in sorted(RECORDINGS.glob("spec__*.json")):
        recording = json.loads(path.read_text(encoding="utf-8"))
        body = json.dumps(recording["body"], separators=(",", ":")).encode()
        found.append(pytest.param(recording["status"]["code"], recording["request"]["uri"], body, id=path.stem))
    return found


@needs_recordings
@pytest.mark.parametrize(("status", "uri", "body"), recorded())
def test_every_recorded_answer_is_split_without_losing_a_byte(status: int, uri: str, body: bytes) -> None:
    content = json.loads(body)
    if "Fault" in content or content.get("fault"):
        with pytest.raises(AnswerFaultError):
            split_query(body, "Customer")
        assert status >= 400
    elif "/query" in uri or "QueryResponse" in content:
        entity = re.search(r"FROM%20(\w+)", uri, re.IGNORECASE)
        assert entity is not None
        answer = split_query(body, entity.group(1))
        listed = content["QueryResponse"].get(entity.group(1), [])
        assert [json.loads(bytes(record)) for record in answer.records] == listed
        assert b",".join(bytes(record) for record in answer.records) in body
        assert answer.total_count == content["QueryResponse"].get("totalCount")
        assert answer.server_time is not None
    elif "CDCResponse" in content:
        changes = split_changes(body)
        [response] = content["CDCResponse"][0]["QueryResponse"]
        assert {key: len(records) for key, records in changes.records.items()} == {
            "Estimate": len(response["Estimate"])
        }
        assert b",".join(bytes(record) for record in changes.records["Estimate"]) in body
    elif "time" in content and len(content) == 2:
        [key] = content.keys() - {"time"}
        if isinstance(content[key], dict):
            assert json.loads(bytes(split_object(body, key).records[0])) == content[key]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
records_ = st.lists(st.dictionaries(st.text(max_size=8), json_values, max_size=4), max_size=5)
extras = st.dictionaries(st.text(alphabet="xyz", min_size=1), json_values, max_size=3)


@given(records=records_, inside=extras, outside=extras, ascii_=st.booleans())
def test_records_come_out_byte_for_byte_whatever_else_is_in_the_answer(
    records: list[dict[str, Any]], inside: dict[str, Any], outside: dict[str, Any], ascii_: bool
) -> None:
    written = [json.dumps(record, ensure_ascii=ascii_).encode() for record in records]
    body = b'{"new": %s, "QueryResponse": {"newer": %s, "Invoice": [%s], "maxResults": 1}, "time": null}' % (
        json.dumps(outside).encode(),
        json.dumps(inside).encode(),
        b" , ".join(written),
    )
    assert [bytes(record) for record in split_query(body, "Invoice").records] == written


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (r"cut off \ud83d", "cut off \ufffd"),
        (r"\ud83d\u0041", "\ufffdA"),
        (r"\uDE00\uD83D", "\ufffd\ufffd"),
        (r"\ud83d\ud83d\ude00 \ud83d", "\ufffd\U0001f600 \ufffd"),
        (r"\\ud83d \\\ud83d \"\ud83d", '\\ud83d \\\ufffd "\ufffd'),
    ],
)
def test_half_an_emoji_costs_no_record(sent: str, read: str) -> None:
    body = b'{"QueryResponse":{"Invoice":[{"Id":"1"},{"Id":"2","PrivateNote":"%s"},{"Id":"3"}]}}' % sent.encode()
    records = [json.loads(bytes(record)) for record in split_query(body, "Invoice").records]
    assert records == [{"Id": "1"}, {"Id": "2", "PrivateNote": read}, {"Id": "3"}]


@given(records=st.lists(st.text(st.characters(categories=("Cs", "L", "P"))), max_size=4))
def test_whatever_text_is_escaped_a_page_is_read(records: list[str]) -> None:
    body = b'{"QueryResponse":{"Invoice":%s}}' % json.dumps([{"Id": one} for one in records]).encode()
    found = [json.loads(bytes(record))["Id"] for record in split_query(body, "Invoice").records]
    assert found == [re.sub("[\ud800-\udfff]", "\ufffd", json.loads(json.dumps(one))) for one in records]


@given(st.integers(0, 200))
def test_a_truncated_page_is_never_taken_for_a_page(cut: int) -> None:
    body = b'{"QueryResponse":{"Invoice":[{"Id":"1","Line":[{"Amount":1.10}]},{"Id":"2"}],"maxResults":2},"time":"x"}'
    if cut < len(body):
        with pytest.raises(EnvelopeError):
            split_query(body[:cut], "Invoice")


def test_a_page_that_is_nested_beyond_reading_is_refused_as_that() -> None:
    with pytest.raises(EnvelopeError, match="nested too deep"):
        split_query(b'{"QueryResponse":{"Invoice":[' + b'{"Line":' * 50_000 + b"1" + b"}" * 50_000 + b"]}}", "Invoice")


def test_an_empty_page_has_no_records_and_a_count_has_its_total() -> None:
    empty = split_query(b'{"QueryResponse":{},"time":"2026-05-05T05:16:21.718-07:00"}', "Invoice")
    assert empty.records == []
    assert empty.server_time == datetime(2026, 5, 5, 12, 16, 21, 718000, UTC)
    assert split_query(b'{"QueryResponse":{"totalCount":41}}', "Invoice").total_count == 41


def test_changes_are_found_in_every_element_and_stubs_are_kept() -> None:
    stub = b'{"domain":"QBO","status":"Deleted","Id":"2359","MetaData":{"LastUpdatedTime":"2026-05-05T03:20:37-07:00"}}'
    body = (
        b'{"CDCResponse":[{"QueryResponse":[{"Invoice":[{"Id":"1"}],"startPosition":1,"maxResults":1},{},'
        b'{"Payment":[' + stub + b'],"maxResults":1,"totalCount":1}]},{"QueryResponse":[{"Invoice":[{"Id":"3"}]}]}],'
        b'"time":"2026-05-05T05:16:21.718-07:00"}'
    )
    changes = split_changes(body)
    assert [bytes(record) for record in changes.records["Invoice"]] == [b'{"Id":"1"}', b'{"Id":"3"}']
    assert [bytes(record) for record in changes.records["Payment"]] == [stub]


def test_a_fault_inside_changes_is_a_fault() -> None:
    body = b'{"CDCResponse":[{"Fault":{"Error":[{"Message":"no","code":"4001"}],"type":"ValidationFault"}}]}'
    with pytest.raises(AnswerFaultError, match="4001"):
        split_changes(body)


def test_a_fault_in_place_of_records_is_no_empty_answer() -> None:
    fault = b'{"Fault":{"Error":[{"Message":"no","code":"4001"}],"type":"ValidationFault"}}'
    with pytest.raises(AnswerFaultError, match="4001"):
        split_query(b'{"QueryResponse":' + fault + b"}", "Invoice")
    with pytest.raises(AnswerFaultError, match="4001"):
        split_changes(b'{"CDCResponse":[{"QueryResponse":[{},' + fault + b"]}]}")


def test_no_fault_is_null_where_one_could_be() -> None:
    nothing = b'{"Fault":null}'
    assert split_query(b'{"QueryResponse":' + nothing + b"}", "Invoice").records == []
    assert split_changes(b'{"CDCResponse":[{"QueryResponse":[' + nothing + b"]}]}").records == {}


@pytest.mark.parametrize("body", [b'{"time":1}', b"[]", b'{"QueryResponse":null}', b'{"CDCResponse":3}'])
def test_another_endpoints_answer_is_refused(body: bytes) -> None:
    with pytest.raises(EnvelopeError):
        split_query(body, "Invoice")
    with pytest.raises(EnvelopeError):
        split_changes(body)
    with pytest.raises(EnvelopeError):
        split_object(body, "Invoice")


@given(json_values)
def test_any_time_is_an_instant_or_nothing(value: object) -> None:
    parsed = parse_time(value)
    assert parsed is None or parsed.tzinfo is UTC


def test_the_gateways_time_is_epoch_milliseconds() -> None:
    assert parse_time(1601391072830) == datetime(2020, 9, 29, 14, 51, 12, 830000, UTC)

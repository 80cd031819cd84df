"""Bodies and filters as they come over the wire."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tableauserverclient.server.request_factory import RequestFactory

from qbo_pipeline.local.tableau.errors import TableauAnswerError
from qbo_pipeline.local.tableau.frequencies import Frequency
from qbo_pipeline.local.tableau.multipart import parts
from qbo_pipeline.local.tableau.paging import page


@given(st.binary(max_size=2000))
def test_a_chunk_arrives_as_tableaus_client_sends_it(chunk: bytes) -> None:
    factory: Any = RequestFactory.Fileupload
    body, content_type = factory.chunk_req(chunk)

    assert parts(content_type, body) == {"request_payload": b"", "tableau_file": chunk}


@given(st.binary(max_size=300))
def test_what_is_no_multipart_body_is_refused_and_never_breaks(body: bytes) -> None:
    with suppress(TableauAnswerError):
        assert parts("multipart/mixed; boundary=b", body)


ROWS: list[dict[str, Any]] = [
    {"name": "Books", "size": 5},
    {"name": "Old books", "size": 12},
    {"name": "[x]", "size": 1},
]
FIELDS: dict[str, Any] = {"name": lambda row: row["name"], "size": lambda row: row["size"]}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("name:eq:books", ["Books"]),
        ("name:in:[Books,Old books]", ["Books", "Old books"]),
        ("name:eq:*books", ["Books", "Old books"]),
        ("name:has:old", ["Old books"]),
        ("size:gte:5,name:eq:Books", ["Books"]),
        ("size:lt:2", ["[x]"]),
    ],
)
def test_filters_find_what_they_name(filters: str, found: list[str]) -> None:
    rows, _ = page(ROWS, FIELDS, {"filter": filters}, 100)
    assert [row["name"] for row in rows] == found


@pytest.mark.parametrize("filters", ["name", "name:like:x", "shoe:eq:1", "size:gt:many", "name:eq:A & B"])
def test_a_filter_that_cannot_be_is_refused(filters: str) -> None:
    with pytest.raises(TableauAnswerError, match="400009"):
        page(ROWS, FIELDS, {"filter": filters}, 100)


DAY = 86400.0


@pytest.mark.parametrize(
    ("frequency", "start", "end", "intervals", "hours"),
    [
        ("Daily", "06:00:00", None, [], 6),
        ("Hourly", "06:00:00", "20:00:00", [("hours", "4")], 6),
        ("Weekly", "06:00:00", None, [("weekDay", "Saturday")], 48 + 6),
        ("Monthly", "06:00:00", None, [("monthDay", "2")], 24 + 6),
        ("Monthly", "06:00:00", None, [("monthDay", "LastDay")], 30 * 24 + 6),
    ],
)
def test_a_schedule_knows_when_it_is_next(
    frequency: str, start: str, end: str | None, intervals: list[tuple[str, str]], hours: int
) -> None:
    """From the first of January 1970, a Thursday."""
    assert Frequency(frequency, start, end, tuple(intervals)).next_run(0.0) == hours * 3600.0

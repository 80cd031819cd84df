"""A write that is sent again with its `requestid` is not done again."""

from __future__ import annotations

import httpx

from qbo_pipeline_tests.local.quickbooks.small_books import Caller


def write(caller: Caller, request_id: str, entity: str, **record: object) -> httpx.Response:
    return caller.http.post(entity, params={"requestid": request_id}, json=record)


def test_it_is_answered_as_the_first_time(caller: Caller) -> None:
    first = write(caller, "a-1", "class", Name="East")
    again = write(caller, "a-1", "class", Name="East")

    assert first.status_code == 200
    assert again.content == first.content
    assert write(caller, "a-2", "class", Name="East").json()["Fault"]["Error"][0]["code"] == "6240"


def test_what_was_refused_may_be_tried_again(caller: Caller) -> None:
    refused = write(caller, "b-1", "class", Name="West", ParentRef={"value": "77"})

    assert refused.status_code == 400
    assert write(caller, "b-1", "class", Name="West").status_code == 200


def test_where_it_is_not_remembered_it_is_done_again(caller: Caller) -> None:
    caller.service.answered_writes.remembers = False
    try:
        write(caller, "c-1", "class", Name="South")
        assert write(caller, "c-1", "class", Name="South").status_code == 400
    finally:
        caller.service.answered_writes.remembers = True


def test_an_id_of_more_than_fifty_characters_is_refused(caller: Caller) -> None:
    assert write(caller, "x" * 51, "class", Name="North").status_code == 400

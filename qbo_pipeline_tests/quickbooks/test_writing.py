"""The one operation that writes: what it refuses, and that it is never done twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qbo_pipeline.quickbooks import errors
from qbo_pipeline.quickbooks.catalogue import ENTITIES, entity
from qbo_pipeline.quickbooks.client import QuickBooksClient
from qbo_pipeline.quickbooks.requests import RequestSender
from qbo_pipeline.quickbooks.writing import WRITABLE, NotWritableError, ReferenceWriter, WritingNotAllowedError
from qbo_pipeline.settings import Settings
from qbo_pipeline.state import StateStore
from qbo_pipeline_tests.quickbooks.conftest import INVOICE, REALM, StartTalk, Talk
from qbo_pipeline_tests.quickbooks.stub_service import Reply, in_turn

SAVED = {"Class": {"Id": "9", "SyncToken": "0", "Name": "East"}, "time": "2026-05-05T05:16:21.718-07:00"}
CLASS = entity("Class")


def sender(talk: Talk) -> RequestSender:
    return talk.client._requests


async def test_a_write_is_a_post_with_its_request_id(talk: StartTalk) -> None:
    t = await talk(in_turn(Reply(SAVED)))

    written = await ReferenceWriter(REALM, sender(t)).save(CLASS, {"Name": "East"}, "request-1")

    [received] = t.service.received
    assert (received.method, received.path) == ("POST", f"/v3/company/{REALM}/class")
    assert received.parameters == {"requestid": "request-1", "minorversion": "75"}
    assert received.headers["content-type"] == "application/json"
    assert json.loads(received.body) == {"Name": "East"}
    assert (written.record["Id"], written.intuit_tid) == ("9", "1-stub")


async def test_what_gets_no_answer_is_sent_again_with_the_same_request_id(talk: StartTalk) -> None:
    t = await talk(in_turn(Reply(SAVED, reset=True), Reply(b"<html>", status=503), Reply(b'{"Class":'), Reply(SAVED)))

    await ReferenceWriter(REALM, sender(t)).save(CLASS, {"Name": "East"}, "request-1")

    assert [one.parameters["requestid"] for one in t.service.received] == ["request-1"] * 4


async def test_a_stale_version_is_a_typed_fault_and_not_sent_again(talk: StartTalk) -> None:
    fault = {"Fault": {"Error": [{"Message": "Stale Object Error", "Detail": "", "code": "5010"}]}}
    t = await talk(in_turn(Reply(fault, status=400)))

    with pytest.raises(errors.StaleObjectError):
        await ReferenceWriter(REALM, sender(t)).save(CLASS, {"Id": "9", "SyncToken": "0", "Name": "E"}, "request-1")
    assert len(t.service.received) == 1


async def test_nothing_but_reference_data_is_ever_written(talk: StartTalk) -> None:
    t = await talk(in_turn())
    refused = [one for one in ENTITIES if one.name not in {"Account", "Class", "Department"}]

    for one in (*refused, INVOICE):
        with pytest.raises(NotWritableError, match=one.name):
            await ReferenceWriter(REALM, sender(t)).save(one, {"Name": "x"}, "request-1")
    assert {"Account", "Class", "Department"} == WRITABLE
    assert t.service.received == []


async def test_a_client_gives_out_no_writer_unless_the_setting_says_so(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with StateStore(settings.state_url) as state:
        async with QuickBooksClient(settings, state) as client:
            with pytest.raises(WritingNotAllowedError, match="QBO_ALLOW_REFERENCE_WRITE=true"):
                client.reference_writer(REALM)
        async with QuickBooksClient(settings.model_copy(update={"allow_reference_write": True}), state) as client:
            assert client.reference_writer(REALM).realm_id == REALM


@pytest.mark.parametrize("request_id", ["", "x" * 51])
async def test_a_request_id_that_quickbooks_would_not_keep_is_refused(talk: StartTalk, request_id: str) -> None:
    t = await talk(in_turn())

    with pytest.raises(ValueError, match="1 to 50 characters"):
        await ReferenceWriter(REALM, sender(t)).save(CLASS, {"Name": "x"}, request_id)

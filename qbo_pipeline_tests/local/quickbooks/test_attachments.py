"""Files and notes at records: uploaded, described, downloaded, deleted."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Caller, Record

TO_INVOICE = {"AttachableRef": [{"EntityRef": {"type": "Invoice", "value": "11"}}]}
METADATA = {**TO_INVOICE, "FileName": "no_detail.xml", "ContentType": "text/xml"}


def part(name: str, content: bytes, content_type: str, file: str | None = None) -> Any:
    return (name, (file, content, content_type))


def upload(caller: Caller, content: bytes = b"<a/>", metadata: Record | None = METADATA, **more: Any) -> httpx.Response:
    files = [part("file_content_01", content, "text/xml", "no_detail.xml")]
    if metadata is not None:
        files.insert(0, part("file_metadata_01", json.dumps(metadata).encode(), "application/json", "attachment.json"))
    return caller.http.post("upload", files=files, **more)


def only(answer: httpx.Response) -> Record:
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["AttachableResponse", "time"]
    [found] = answer.json()["AttachableResponse"]
    one: Record = found
    return one


def test_an_upload_is_answered_as_recorded(caller: Caller) -> None:
    made = only(upload(caller, b"<IntuitResponse/>"))["Attachable"]
    assert list(made) == [
        "FileName", "FileAccessUri", "TempDownloadUri", "Size", "ContentType", "domain", "sparse", "Id", "SyncToken",
        "MetaData", "AttachableRef",
    ]  # fmt: skip
    assert (made["Id"], made["SyncToken"], made["Size"]) == ("5000000000000503624", "0", 17)
    assert made["FileAccessUri"] == f"/v3/company/{REALM}/download/{made['Id']}"
    assert made["AttachableRef"] == [{"EntityRef": {"value": "11", "type": "Invoice"}, "IncludeOnSend": False}]
    assert caller.read("Attachable", made["Id"]) == made


def test_the_file_is_behind_the_link_that_a_download_answers(caller: Caller) -> None:
    made = only(upload(caller, b"\x00\xff of any kind\r\n\r\n--"))["Attachable"]
    answer = caller.http.get(f"download/{made['Id']}")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == made["TempDownloadUri"]
    file = httpx.get(answer.text)
    assert (file.content, file.headers["content-type"]) == (
        b"\x00\xff of any kind\r\n\r\n--",
        "text/xml; charset=utf-8",
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_a_file_comes_back_byte_for_byte(caller: Caller, content: bytes) -> None:
    made = only(upload(caller, content))["Attachable"]
    assert httpx.get(made["TempDownloadUri"]).content == content


def test_without_metadata_the_file_tells_its_name_and_type(caller: Caller) -> None:
    made = only(upload(caller, metadata=None))["Attachable"]
    assert (made["FileName"], made["ContentType"]) == ("no_detail.xml", "text/xml")
    assert "AttachableRef" not in made


def test_files_of_one_request_are_kept_or_refused_each_for_itself(caller: Caller) -> None:
    missing = {"AttachableRef": [{"EntityRef": {"type": "Estimate", "value": "75"}}], "FileName": "b.txt"}
    files = [
        part("file_metadata_01", json.dumps(missing).encode(), "application/json"),
        part("file_content_01", b"one", "text/plain", "b.txt"),
        part("file_metadata_02", json.dumps(METADATA).encode(), "application/json"),
        part("file_content_02", b"two", "text/plain", "c.txt"),
        part("file_metadata_03", b"{", "application/json"),
        part("file_content_03", b"three", "text/plain", "d.txt"),
    ]
    refused, kept, unread = caller.http.post("upload", files=files).json()["AttachableResponse"]
    assert refused["Fault"]["Error"][0] == {
        "Message": "A business validation error has occurred while processing your request",
        "Detail": "Business Validation Error: The entity Estimate 75 that you are trying to link does not exist. "
        "Estimate 75",
        "code": "6000",
        "element": "",
    }
    assert kept["Attachable"]["Size"] == 3
    assert unread["Fault"]["Error"][0]["code"] == "2010"


def test_base64_in_lines_without_carriage_returns_is_read(caller: Caller) -> None:
    """As python-quickbooks sends it."""
    mark = "-------------PythonMultipartPost"
    disposition = "Content-Disposition: form-data; name="
    metadata = [f"--{mark}", f'{disposition}"file_metadata_01"', "Content-Type: application/json", ""]
    file = [f"--{mark}", f'{disposition}"file_content_01"', "Content-Type: text/xml"]
    encoded = ["Content-Transfer-Encoding: base64", "", "aGVsbG8=", "", f"--{mark}--", ""]
    body = "\n".join(["", *metadata, json.dumps(METADATA), "", *file, *encoded])
    head = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    made = only(caller.http.post("upload", content=body, headers=head))["Attachable"]
    assert httpx.get(made["TempDownloadUri"]).content == b"hello"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"{}", "application/json"), (b"", "multipart/form-data; boundary=x"), (b"no parts", "multipart/form-data")],
)
def test_what_is_no_upload_is_refused(caller: Caller, content: bytes, kind: str) -> None:
    answer = caller.http.post("upload", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "2010")


def test_a_note_is_written_changed_and_deleted(caller: Caller) -> None:
    note = caller.post("attachable", {**TO_INVOICE, "Note": "By phone"}).json()["Attachable"]
    assert note["AttachableRef"][0]["IncludeOnSend"] is False
    token = {"Id": note["Id"], "SyncToken": "0", "sparse": True}
    changed = caller.post("attachable", {**token, "Note": "By letter"}).json()["Attachable"]
    assert (changed["Note"], changed["SyncToken"]) == ("By letter", "1")
    wrong = {"AttachableRef": [{"EntityRef": {"type": "Bill", "value": "1"}}], "Note": "?"}
    assert caller.post("attachable", wrong).json()["Fault"]["Error"][0]["code"] == "6000"
    caller.post("attachable?operation=delete", {"Id": note["Id"]})
    assert caller.http.get(f"attachable/{note['Id']}").json()["Fault"]["Error"][0]["code"] == "610"


def test_a_deleted_file_is_gone_and_its_number_is_not_given_again(caller: Caller) -> None:
    first = only(upload(caller))["Attachable"]
    caller.post("attachable?operation=delete", {"Id": first["Id"]})
    assert httpx.get(first["TempDownloadUri"]).status_code == 403
    assert caller.http.get(f"download/{first['Id']}").json()["Fault"]["Error"][0]["code"] == "610"
    assert int(only(upload(caller))["Attachable"]["Id"]) == int(first["Id"]) + 1


def test_attachments_of_an_invoice_are_found_by_a_query(caller: Caller) -> None:
    made = only(upload(caller))["Attachable"]
    assert caller.ids(f"SELECT * FROM Attachable WHERE Id = '{made['Id']}'", "Attachable") == [made["Id"]]

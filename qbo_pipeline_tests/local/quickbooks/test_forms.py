"""Sales forms and orders leave the house: by e-mail and on paper."""

from __future__ import annotations

import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.pdf_pages import page
from qbo_pipeline_tests.local.quickbooks.small_books import Caller


def test_a_sent_invoice_says_so_and_remembers_the_address(service: LocalQuickBooks, caller: Caller) -> None:
    service.clock.advance(1800)
    answer = caller.http.post("invoice/11/send", params={"sendTo": "amy@birds.example"})
    invoice = answer.json()["Invoice"]
    assert (answer.status_code, list(answer.json())) == (200, ["Invoice", "time"])
    assert invoice["EmailStatus"] == "EmailSent"
    assert invoice["BillEmail"] == {"Address": "amy@birds.example"}
    assert invoice["DeliveryInfo"]["DeliveryType"] == "Email"
    assert "2026" < invoice["DeliveryInfo"]["DeliveryTime"] <= invoice["MetaData"]["LastUpdatedTime"]
    assert (invoice["Balance"], caller.read("Customer", "2")["Balance"]) == (100, 333.5)
    assert caller.http.post("invoice/11/send").json()["Invoice"]["BillEmail"]["Address"] == "amy@birds.example"


@pytest.mark.parametrize(
    ("path", "code"),
    [("invoice/11/send", "6000"), ("invoice/99/send", "610"), ("invoice/x/send", "2030"), ("bill/11/send", "500")],
    ids=["no address", "no invoice", "no id", "no form"],
)
def test_what_cannot_be_sent_is_refused(caller: Caller, path: str, code: str) -> None:
    answer = caller.http.post(path)
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, code)


def test_an_invoice_is_printed_as_pdf(caller: Caller) -> None:
    answer = caller.http.get("invoice/11/pdf", headers={"Accept": "application/pdf"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-1.4")
    assert b"(Invoice 1011) Tj" in answer.content
    assert b"(Amy's Bird Sanctuary) Tj" in answer.content


@pytest.mark.parametrize(("path", "code"), [("invoice/99/pdf", "610"), ("customer/2/pdf", "500")])
def test_what_is_no_form_is_not_printed(caller: Caller, path: str, code: str) -> None:
    assert caller.http.get(path).json()["Fault"]["Error"][0]["code"] == code


def test_pages_are_pdf_whatever_is_written_on_them() -> None:
    content = page(["Brackets ( and ) and \\", "Umlauts ä", "Kanji 字"])
    start = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert content[start:].startswith(b"xref\n0 6\n")
    places = [int(line[:10]) for line in content[start:].split(b"\n")[3:8]]
    assert [content[place : place + 7] for place in places] == [b"%d 0 obj" % number for number in range(1, 6)]
    assert b"(Brackets \\( and \\) and \\\\) Tj" in content

"""python-quickbooks and intuit-oauth, written for the real service, work with this one: only the URL is another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from intuitlib.client import AuthClient
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks
from quickbooks import exceptions as faults
from quickbooks import objects as qb
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.objects.base import AttachableRef
from quickbooks.objects.companycurrency import CompanyCurrency
from quickbooks.objects.customertype import CustomerType
from quickbooks.objects.recurringtransaction import RecurringInvoice, RecurringTransaction
from quickbooks.objects.taxservice import TaxRateDetails, TaxService

from qbo_pipeline.local.companies import generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.local.quickbooks.small_books import CLIENT, REALM, REDIRECT
from qbo_pipeline_tests.local.quickbooks.webhook_receiver import Receiver
from qbo_pipeline_tests.patience import PATIENCE_SECONDS

SCALE = 0.05
LISTS = [qb.Account, qb.Class, CompanyCurrency, qb.Customer, CustomerType, qb.Department, qb.Employee, qb.Item]
LISTS += [qb.PaymentMethod, qb.TaxAgency, qb.TaxCode, qb.TaxRate, qb.Term, qb.Vendor]
TRANSACTIONS = [qb.Bill, qb.BillPayment, qb.CreditMemo, qb.Deposit, qb.Estimate, qb.Invoice, qb.JournalEntry]
TRANSACTIONS += [qb.Payment, qb.Purchase, qb.PurchaseOrder, qb.RefundReceipt, qb.SalesReceipt, qb.TimeActivity]
TRANSACTIONS += [qb.Transfer, qb.VendorCredit, qb.Attachable]


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def sign_in(service: LocalQuickBooks, realm: str) -> AuthClient:
    discovery = f"{service.url}/.well-known/openid_configuration"
    auth = AuthClient(*CLIENT, REDIRECT, environment=discovery)
    auth.get_bearer_token(service.oauth.authorize(realm, REDIRECT), realm_id=realm)
    return auth


def open_company(service: LocalQuickBooks, auth: AuthClient) -> Any:
    client: Any = QuickBooks(
        auth_client=auth, refresh_token=auth.refresh_token, company_id=auth.realm_id, minorversion=75, use_decimal=True
    )
    client.api_url_v3 = f"{service.url}/v3"
    return client


@pytest.fixture
def books(service: LocalQuickBooks) -> Iterator[Any]:
    auth = sign_in(service, REALM)
    client = open_company(service, auth)
    yield client
    client.session.close()
    auth.close()


def pages(kind: Any, condition: str, client: Any) -> Iterator[Any]:
    start = 1
    while page := kind.where(
        condition, order_by="MetaData.CreateTime", start_position=start, max_results=250, qb=client
    ):
        yield from page
        start += 250


@pytest.mark.parametrize("name", ["larkspur", "ironbark"])
def test_it_reads_every_record_of_a_company(running: LocalQuickBooks, name: str) -> None:
    company = generate(name, scale=SCALE)
    running.add_company(company)
    auth = sign_in(running, company.realm_id)
    client = open_company(running, auth)
    for kind in LISTS + TRANSACTIONS:
        condition = "Active IN (true, false)" if kind in LISTS else ""
        read = list(pages(kind, condition, client))
        held = [json.loads(text) for text in running.store.records(company.realm_id, kind.qbo_object_name)]
        assert sorted(one.Id for one in read) == sorted(one["Id"] for one in held), kind.qbo_object_name
        assert {one.Id: one.SyncToken for one in read} == {one["Id"]: one["SyncToken"] for one in held}
    assert qb.CompanyInfo.get(1, qb=client).CompanyName == company.name
    client.session.close()
    auth.close()


def test_it_counts_filters_and_reads(books: Any) -> None:
    assert qb.Invoice.count(qb=books) == 4
    [found] = qb.Customer.filter(DisplayName="Cool Cars", qb=books)
    assert (found.Id, qb.Customer.get(4, qb=books).DisplayName) == ("4", "Cool Cars")
    assert len(qb.Customer.choose(["2", "3"], qb=books)) == 2


def test_it_creates_changes_and_deletes(books: Any) -> None:
    customer = qb.Customer()
    customer.DisplayName = "Python & Sons"
    saved = customer.save(qb=books)
    assert (saved.SyncToken, qb.Customer.get(saved.Id, qb=books).DisplayName) == ("0", "Python & Sons")
    saved.CompanyName = "Sons"
    assert saved.save(qb=books).SyncToken == "1"
    invoice = qb.Invoice.get(11, qb=books)
    invoice.delete(qb=books)
    with pytest.raises(faults.ObjectNotFoundException):
        qb.Invoice.get(11, qb=books)


def test_it_voids(books: Any) -> None:
    qb.Invoice.get(12, qb=books).void(qb=books)
    voided = qb.Invoice.get(12, qb=books)
    assert (voided.TotalAmt, voided.Balance, voided.PrivateNote) == (0, 0, "Voided")


def test_it_understands_the_faults(books: Any) -> None:
    twin = qb.Customer()
    twin.DisplayName = "Cool Cars"
    with pytest.raises(faults.QuickbooksException) as duplicate:
        twin.save(qb=books)
    assert duplicate.value.error_code == 6240
    with pytest.raises(faults.ValidationException) as wrong:
        qb.Invoice.query("SELECT * FROM Custmoer", qb=books)
    assert wrong.value.error_code == 4001


def test_it_sends_batches(books: Any) -> None:
    vendors = []
    for name in ("Vendor A", "Vendor B", "Tim Philip Masonry"):
        vendor = qb.Vendor()
        vendor.DisplayName = name
        vendors.append(vendor)
    done = batch_create(vendors, qb=books)
    assert [one.DisplayName for one in done.successes] == ["Vendor A", "Vendor B"]
    assert [fault.Error[0].code for fault in done.faults] == ["6240"]


def test_it_learns_of_changes(books: Any) -> None:
    changed = change_data_capture([qb.Invoice, qb.Customer], datetime(2026, 3, 1, tzinfo=UTC).isoformat(), qb=books)
    assert sorted(one.Id for one in changed.Invoice) == ["10", "11", "12"]
    assert not hasattr(changed, "Customer")


def test_it_refreshes_and_is_told_when_its_token_is_old(service: LocalQuickBooks) -> None:
    auth = sign_in(service, REALM)
    first = auth.refresh_token
    service.clock.advance(90_000)
    auth.refresh()
    assert auth.refresh_token != first
    with pytest.raises(AuthClientError, match="invalid_grant"):
        auth.refresh(refresh_token=first)
    assert auth.revoke()
    auth.close()


def test_it_keeps_files_and_notes(books: Any) -> None:
    reference = AttachableRef()
    reference.EntityRef = qb.Invoice.get(11, qb=books).to_ref()
    file = qb.Attachable()
    file.FileName, file.ContentType, file._FileBytes = "signed.txt", "text/plain", b"Yours, Amy"
    file.AttachableRef = [reference]
    file.save(qb=books)
    kept = qb.Attachable.get(file.Id, qb=books)
    assert (kept.FileName, kept.Size, kept.AttachableRef[0].EntityRef.value) == ("signed.txt", 10, "11")
    assert httpx.get(kept.TempDownloadUri).content == b"Yours, Amy"
    note = qb.Attachable()
    note.Note = "By phone"
    note.save(qb=books)
    assert qb.Attachable.get(note.Id, qb=books).Note == "By phone"
    kept.delete(qb=books)
    with pytest.raises(faults.ObjectNotFoundException):
        qb.Attachable.get(kept.Id, qb=books)


def test_it_sends_and_prints(books: Any) -> None:
    invoice = qb.Invoice.get(11, qb=books)
    invoice.send(qb=books, send_to="amy+birds@example.com")
    sent = qb.Invoice.get(11, qb=books)
    assert (sent.EmailStatus, sent.BillEmail.Address) == ("EmailSent", "amy+birds@example.com")
    assert sent.download_pdf(qb=books).startswith(b"%PDF-")


def test_it_repeats_transactions(books: Any) -> None:
    invoice = RecurringInvoice.from_json(
        {
            "CustomerRef": {"value": "2"},
            "Line": [
                {"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": 1}}}
            ],
            "RecurringInfo": {"Name": "Weekly", "RecurType": "Automated", "ScheduleInfo": {"IntervalType": "Weekly"}},
        }
    )
    template = RecurringTransaction()
    template.Invoice = invoice
    saved = template.save(qb=books).Invoice
    [found] = RecurringTransaction.all(qb=books)
    assert (found.Invoice.Id, found.Invoice.RecurringInfo.Name) == (saved.Id, "Weekly")
    found.Invoice.PrivateNote = "Changed"
    assert found.save(qb=books).Invoice.SyncToken == "1"
    RecurringTransaction.all(qb=books)[0].delete(qb=books)
    assert RecurringTransaction.all(qb=books) == []


def test_it_makes_taxes(books: Any) -> None:
    agency = qb.TaxAgency()
    agency.DisplayName = "Arizona Dept. of Revenue"
    agency.save(qb=books)
    [agency] = qb.TaxAgency.all(qb=books)
    detail = TaxRateDetails()
    detail.TaxRateName, detail.RateValue, detail.TaxAgencyId = "State", "5.6", agency.Id
    service = TaxService()
    service.TaxCode, service.TaxRateDetails = "Tucson", [detail]
    service.save(qb=books)
    [code] = qb.TaxCode.all(qb=books)
    assert code.Name == "Tucson"
    with pytest.raises(faults.QuickbooksException) as twice:
        service.save(qb=books)
    assert twice.value.error_code == 6240


def test_it_reads_reports(books: Any) -> None:
    period = {"start_date": "2026-01-01", "end_date": "2026-12-31"}
    report = books.get_report("TransactionList", period)
    assert report["Header"]["ReportName"] == "TransactionList"
    with pytest.raises(faults.QuickbooksException) as wrong:
        books.get_report("Nonsense", period)
    assert wrong.value.error_code == 5020


def test_it_changes_and_voids_in_batches(books: Any) -> None:
    invoices = qb.Invoice.all(qb=books)
    for invoice in invoices:
        invoice.PrivateNote = "In one go"
    done = batch_update(invoices, qb=books)
    assert [one.PrivateNote for one in done.successes] == ["In one go"] * 4
    gone = batch_delete([qb.Invoice.get(13, qb=books), qb.Invoice.get(14, qb=books)], qb=books)
    assert (len(gone.successes), gone.faults) == (2, [])
    payment = qb.Payment()
    payment.CustomerRef, payment.TotalAmt = qb.Customer.get(2, qb=books).to_ref(), 10
    payment.save(qb=books)
    payment.void(qb=books)
    assert qb.Payment.get(payment.Id, qb=books).TotalAmt == 0


def test_it_recognizes_a_delivered_webhook_by_its_signature(service: LocalQuickBooks, books: Any) -> None:
    with Receiver() as receiver:
        subscription = {"url": receiver.url, "verifier_token": "local-verifier-token", "shape": "cloudevents"}
        httpx.post(f"{service.url}/control/webhooks", json=subscription)
        try:
            qb.Invoice.get(12, qb=books).void(qb=books)
            body, signature = receiver.deliveries.get(timeout=PATIENCE_SECONDS)
        finally:
            httpx.request("DELETE", f"{service.url}/control/webhooks", json={"url": receiver.url})
    assert books.validate_webhook_signature(body, signature, "local-verifier-token")
    assert not books.validate_webhook_signature(body.replace("12", "13"), signature, "local-verifier-token")
    told = {(event["type"], event["intuitentityid"]) for event in json.loads(body)}
    assert ("qbo.invoice.voided.v1", "12") in told

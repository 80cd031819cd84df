"""What QuickBooks fills in on new records, and the order it answers in."""

from __future__ import annotations

from typing import Any

import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.books.company_books import CompanyBooks
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Caller, Record, SmallBooks, some_records, stamped

DAY = "2026-02-01T09:00:00-08:00"


def settings(**sections: Any) -> Record:
    return stamped("1", DAY, CurrencyPrefs={"HomeCurrency": {"value": "CAD"}}, **sections)


@pytest.fixture
def books(service: LocalQuickBooks, caller: Caller) -> Caller:
    """Small Books in Canadian dollars, with terms and automatic numbers."""
    records = [one for one in some_records() if one[0] != "Preferences"]
    records += [
        ("Preferences", settings(SalesFormsPrefs={"CustomTxnNumbers": False})),
        ("Term", stamped("31", DAY, Name="Net 10", DueDays=10, Active=True)),
    ]
    service.add_company(SmallBooks(records=records))
    return caller


def created(caller: Caller, **values: Any) -> Record:
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
    body = {"Line": [line], "CustomerRef": {"value": "2"}, "TxnDate": "2026-02-01", **values}
    record: Record = caller.post("invoice", body).json()["Invoice"]
    return record


def test_an_invoice_gets_the_number_after_the_highest(books: Caller) -> None:
    assert [created(books)["DocNumber"], created(books)["DocNumber"]] == ["1015", "1016"]


def test_an_invoice_gets_no_number_where_people_choose_them(service: LocalQuickBooks, books: Caller) -> None:
    service.store.put(REALM, "Preferences", settings(SalesFormsPrefs={"CustomTxnNumbers": True}))

    assert "DocNumber" not in created(books)


@pytest.mark.parametrize(
    ("sent", "due"),
    [({}, "2026-03-03"), ({"SalesTermRef": {"value": "31"}}, "2026-02-11"), ({"DueDate": "2026-05-05"}, "2026-05-05")],
    ids=["thirty days", "its term", "as sent"],
)
def test_an_invoice_is_due_by_its_term(books: Caller, sent: Record, due: str) -> None:
    assert created(books, **sent)["DueDate"] == due


def test_what_is_new_has_the_home_currency_unless_its_customer_has_another(
    service: LocalQuickBooks, books: Caller
) -> None:
    service.writer.touch(REALM, "Customer", "3", CurrencyRef={"value": "EUR", "name": "Euro"})

    assert created(books)["CurrencyRef"] == {"value": "CAD", "name": "Canadian Dollar"}
    assert created(books, CustomerRef={"value": "3"})["CurrencyRef"]["value"] == "EUR"


@pytest.mark.parametrize(
    ("day", "rate", "home"), [("2026-02-03", 1.5, 15), ("2026-03-01", 1.6, 16), ("2025-12-31", 1.5, 15)]
)
def test_a_document_without_a_rate_gets_that_of_its_day(
    service: LocalQuickBooks, books: Caller, day: str, rate: float, home: float
) -> None:
    """Or the last one before it; an app that sends none gets amounts in home currency all the same."""
    currencies = {"HomeCurrency": {"value": "CAD"}, "MultiCurrencyEnabled": True}
    service.store.put(REALM, "Preferences", settings() | {"CurrencyPrefs": currencies})
    service.writer.touch(REALM, "Customer", "3", CurrencyRef={"value": "USD"})
    for since, value in (("2026-02-01", 1.5), ("2026-02-20", 1.6)):
        books.post("exchangerate", {"SourceCurrencyCode": "USD", "AsOfDate": since, "Rate": value})

    invoice = created(books, CustomerRef={"value": "3"}, TxnDate=day)

    assert (invoice["ExchangeRate"], invoice["HomeTotalAmt"], invoice["HomeBalance"]) == (rate, home, home)
    assert created(books, TxnDate=day)["ExchangeRate"] == 1
    assert created(books, CustomerRef={"value": "3"}, TxnDate=day, ExchangeRate=2)["HomeTotalAmt"] == 20


def test_the_accounts_of_receivables_are_made_when_they_are_first_needed(
    service: LocalQuickBooks, books: Caller
) -> None:
    """As QuickBooks does: one in each currency. Without it the invoice would be in no report."""
    service.writer.touch(REALM, "Customer", "3", CurrencyRef={"value": "EUR", "name": "Euro"})
    made = [created(books)["Id"], created(books, CustomerRef={"value": "3"})["Id"], created(books)["Id"]]

    receivables = books.query("select * from Account where AccountType = 'Accounts Receivable'")["Account"]
    names = ["Accounts Receivable (A/R)", "Accounts Receivable (A/R) - EUR"]
    assert [one["Name"] for one in receivables] == names
    assert [one["AccountSubType"] for one in receivables] == ["AccountsReceivable", "AccountsReceivable"]
    posted = {one.id: one.legs[0].account for one in CompanyBooks(service.store, REALM).transactions()}
    home, euros = (one["Id"] for one in receivables)
    assert [posted[one] for one in made] == [home, euros, home]


def test_properties_come_in_the_order_of_quickbooks_whatever_order_they_were_sent_in(books: Caller) -> None:
    record = created(books, PrivateNote="First", DocNumber="7")
    names = ("domain", "Id", "DocNumber", "TxnDate", "PrivateNote", "Line", "CustomerRef", "TotalAmt", "Balance")

    assert [name for name in record if name in names] == list(names)
    assert list(record["Line"][0]) == ["Id", "LineNum", "Amount", "DetailType", "SalesItemLineDetail"]


@pytest.mark.parametrize(
    ("kind", "classification"),
    [("Bank", "Asset"), ("Accounts Payable", "Liability"), ("Equity", "Equity"), ("Income", "Revenue"),
     ("Cost of Goods Sold", "Expense")],
)  # fmt: skip
def test_an_account_has_the_classification_of_its_type(books: Caller, kind: str, classification: str) -> None:
    """Whoever makes it: the ledger reads from it on which side the account stands."""
    made = books.post("account", {"Name": "New", "AccountType": kind}).json()["Account"]
    assert made["Classification"] == classification
    full = {"Id": made["Id"], "SyncToken": "0", "Name": "Newer", "AccountType": kind}
    assert books.post("account", full).json()["Account"]["Classification"] == classification


def test_references_have_names_whether_they_were_sent_or_not(books: Caller) -> None:
    """Of what they refer to; a name that was sent is kept, and so is a version of which only names were left out."""
    [line, _] = created(books)["Line"]
    assert line["SalesItemLineDetail"]["ItemRef"] == {"value": "1", "name": "Services"}
    kind = "AccountBasedExpenseLineDetail"
    spent = {"Amount": 5, "DetailType": kind, kind: {"AccountRef": {"value": "8"}, "CustomerRef": {"value": "2"}}}
    head = {"AccountRef": {"value": "7", "name": "As sent"}, "PaymentType": "Cash"}
    who = {"value": "6", "type": "Vendor"}
    purchase = books.post("purchase", {**head, "EntityRef": who, "Line": [spent]}).json()["Purchase"]
    assert (purchase["AccountRef"]["name"], purchase["EntityRef"]["name"]) == ("As sent", "Tim Philip Masonry")
    assert [purchase["Line"][0][kind][one]["name"] for one in ("AccountRef", "CustomerRef")] == [
        "Services", "Amy's Bird Sanctuary",
    ]  # fmt: skip
    again = {"Id": purchase["Id"], "SyncToken": "0", "sparse": True, "EntityRef": who}
    assert books.post("purchase", again).json()["Purchase"]["SyncToken"] == "0"


@pytest.mark.parametrize("entity", ["Customer", "Vendor", "Employee"])
def test_who_has_no_name_for_display_is_shown_by_the_parts_of_the_name(caller: Caller, entity: str) -> None:
    named = {"FamilyName": "King", "GivenName": "James", "Suffix": "Jr"}
    assert caller.post(entity.lower(), named).json()[entity]["DisplayName"] == "James King Jr"
    assert caller.post("vendor", named).json()["Fault"]["Error"][0]["code"] == "6240"

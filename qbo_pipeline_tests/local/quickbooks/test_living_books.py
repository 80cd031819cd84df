"""Whatever is done to a company, in whatever order: its books balance, and its customers owe what they say."""

from __future__ import annotations

import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from qbo_pipeline.local.quickbooks.books.company_books import CompanyBooks
from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.faults import ServiceFaultError
from qbo_pipeline.local.quickbooks.json_text import loads
from qbo_pipeline.local.quickbooks.store import Store
from qbo_pipeline.local.quickbooks.writes import Writer
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Record
from qbo_pipeline_tests.local.quickbooks.trading_company import (
    CHECKING,
    DAYS,
    HOURS,
    OFFICE,
    PAYABLE,
    POND_PUMP,
    PUMP,
    RECEIVABLE,
    RENT,
    bought,
    prove,
    settles,
    sold,
    spent,
    trading_company,
)

CENTS = st.integers(1, 50_000).map(lambda cents: Decimal(cents) / 100)
PLACES = st.integers(0, 50)
ITEMS = st.sampled_from([HOURS, DAYS, PUMP, POND_PUMP])
SALES = st.lists(st.builds(sold, CENTS, ITEMS, st.integers(1, 9)), min_size=1, max_size=3)
PURCHASES = st.lists(
    st.builds(spent, CENTS, st.sampled_from([RENT, OFFICE]))
    | st.builds(bought, CENTS, st.sampled_from([PUMP, POND_PUMP]), st.integers(1, 9)),
    min_size=1,
    max_size=3,
)
SIDES = [("Debit", "Credit"), ("Credit", "Debit")]
DOCUMENTS = ("Bill", "BillPayment", "CreditMemo", "Invoice", "JournalEntry", "Payment", "SalesReceipt", "VendorCredit")
DAY = st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 6, 30))


def _linked(line: Record) -> list[str]:
    return [link["TxnId"] for link in line["LinkedTxn"]]


class LivingBooks(RuleBasedStateMachine):
    """People at work in one company."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store(Path(self.folder.name) / "quickbooks.sqlite")
        self.store.add_company(trading_company())
        self.writer = Writer(self.store, Clock())
        self.books = CompanyBooks(self.store, REALM)

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def all(self, entity: str) -> list[Record]:
        return [loads(text) for _, text in self.store.texts(REALM, entity)]

    def active(self, entity: str) -> list[Record]:
        return [one for one in self.all(entity) if one.get("Active") is not False]

    def one(self, entity: str, place: int) -> Record:
        found = self.active(entity)
        return found[place % len(found)]

    def open(self, entity: str, party: str) -> list[Record]:
        """Documents that something is left of, of people who are still there."""
        there = {one["Id"] for one in self.active(party.removesuffix("Ref"))}
        return [one for one in self.all(entity) if Decimal(one["Balance"]) > 0 and one[party]["value"] in there]

    def item(self, line: Record) -> Record:
        """A line as written, of an item or account that is still there."""
        for detail in (value for value in line.values() if isinstance(value, dict)):
            for name in ("ItemRef", "AccountRef"):
                kind = name.removesuffix("Ref")
                if name in detail and detail[name]["value"] not in {one["Id"] for one in self.active(kind)}:
                    like = {"Type": "Service"} if kind == "Item" else {"AccountType": "Expense"}
                    among = [one for one in self.active(kind) if like.items() <= one.items()]
                    detail[name] = {"value": among[0]["Id"]}
        return line

    @rule(place=PLACES, lines=SALES, entity=st.sampled_from(["Invoice", "CreditMemo", "SalesReceipt"]), day=DAY)
    def sell(self, place: int, lines: list[Record], entity: str, day: Any) -> None:
        customer = {"value": self.one("Customer", place)["Id"]}
        written = [self.item(line) for line in lines]
        self.writer.save(REALM, entity, {"CustomerRef": customer, "Line": written, "TxnDate": day.isoformat()})

    @rule(place=PLACES, lines=PURCHASES, entity=st.sampled_from(["Bill", "VendorCredit"]), day=DAY)
    def buy(self, place: int, lines: list[Record], entity: str, day: Any) -> None:
        vendor = {"value": self.one("Vendor", place)["Id"]}
        written = [self.item(line) for line in lines]
        self.writer.save(REALM, entity, {"VendorRef": vendor, "Line": written, "TxnDate": day.isoformat()})

    @rule(place=PLACES, part=st.integers(1, 4), more=st.sampled_from([Decimal(0), Decimal("7.25")]))
    def pay(self, place: int, part: int, more: Decimal) -> None:
        """A customer pays a part of an invoice, and perhaps something on top."""
        found = self.open("Invoice", "CustomerRef")
        if found:
            invoice = found[place % len(found)]
            amount = round(Decimal(invoice["Balance"]) / part, 2)
            paid = {"Line": [settles(amount, "Invoice", invoice["Id"])], "TotalAmt": amount + more}
            self.writer.save(REALM, "Payment", {"CustomerRef": invoice["CustomerRef"], **paid})

    @rule(place=PLACES)
    def pay_bill(self, place: int) -> None:
        found = self.open("Bill", "VendorRef")
        if found:
            bill = found[place % len(found)]
            amount = bill["Balance"]
            paid = {"Line": [settles(amount, "Bill", bill["Id"])], "TotalAmt": amount, "PayType": "Check"}
            check = {"CheckPayment": {"BankAccountRef": {"value": CHECKING}}}
            self.writer.save(REALM, "BillPayment", {"VendorRef": bill["VendorRef"], **paid, **check})

    @rule(place=PLACES, amount=CENTS, entity=st.sampled_from(["Customer", "Vendor"]), side=st.sampled_from(SIDES))
    def enter(self, place: int, amount: Decimal, entity: str, side: tuple[str, str]) -> None:
        """A journal entry on the account of a customer or vendor."""
        named = {"Entity": {"Type": entity, "EntityRef": {"value": self.one(entity, place)["Id"]}}}
        account = RECEIVABLE if entity == "Customer" else PAYABLE
        bank, control = ({"AccountRef": {"value": one}} for one in (CHECKING, account))
        kind = "JournalEntryLineDetail"
        lines = [
            {"Amount": amount, "DetailType": kind, kind: {**control, **named, "PostingType": side[0]}},
            {"Amount": amount, "DetailType": kind, kind: {**bank, "PostingType": side[1]}},
        ]
        self.writer.save(REALM, "JournalEntry", {"Line": lines})

    @precondition(lambda self: self.all("JournalEntry"))
    @rule(place=PLACES)
    def pay_entry(self, place: int) -> None:
        """A customer pays what an entry says, or uses it."""
        entry = self.one("JournalEntry", place)
        amount, detail = entry["Line"][0]["Amount"], entry["Line"][0]["JournalEntryLineDetail"]
        who = detail["Entity"]["EntityRef"]
        there = {one["Id"] for one in self.active("Customer")}
        paid = {identity for one in self.all("Payment") for line in one["Line"] for identity in _linked(line)}
        if detail["Entity"]["Type"] == "Customer" and who["value"] in there and entry["Id"] not in paid:
            total = amount if detail["PostingType"] == "Debit" else 0
            lines = [settles(amount, "JournalEntry", entry["Id"])]
            self.writer.save(REALM, "Payment", {"CustomerRef": who, "TotalAmt": total, "Line": lines})

    @precondition(lambda self: self.all("CreditMemo"))
    @rule(place=PLACES)
    def use_credit(self, place: int) -> None:
        """A credit of a customer settles what the same customer owes."""
        memos = self.open("CreditMemo", "CustomerRef")
        for memo in memos[place % len(memos) :] if memos else []:
            for invoice in self.all("Invoice"):
                amount = min(Decimal(memo["Balance"]), Decimal(invoice["Balance"]))
                if amount > 0 and invoice["CustomerRef"]["value"] == memo["CustomerRef"]["value"]:
                    lines = [settles(amount, "Invoice", invoice["Id"]), settles(amount, "CreditMemo", memo["Id"])]
                    head = {"CustomerRef": memo["CustomerRef"], "TotalAmt": 0}
                    self.writer.save(REALM, "Payment", {**head, "Line": lines})
                    return

    @rule(place=PLACES, lines=SALES)
    def correct(self, place: int, lines: list[Record]) -> None:
        """An invoice gets other lines; what was paid of it stays paid."""
        found = [one for one in self.all("Invoice") if not str(one.get("PrivateNote", "")).startswith("Voided")]
        if found:
            invoice = found[place % len(found)]
            sent = {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"], "sparse": True}
            self.writer.save(REALM, "Invoice", {**sent, "Line": [self.item(line) for line in lines]})

    @rule(place=PLACES, owner=PLACES)
    def reassign(self, place: int, owner: int) -> None:
        """An unpaid invoice was another customer's."""
        found = [one for one in self.all("Invoice") if not one.get("LinkedTxn")]
        if found:
            invoice = found[place % len(found)]
            sent = {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"], "sparse": True}
            customer = {"value": self.one("Customer", owner)["Id"]}
            self.writer.save(REALM, "Invoice", {**sent, "CustomerRef": customer})

    @rule(entity=st.sampled_from(DOCUMENTS), place=PLACES, operation=st.sampled_from(["void", "delete"]))
    def take_back(self, entity: str, place: int, operation: str) -> None:
        found = self.all(entity)
        if not found:
            return
        known = found[place % len(found)]
        sent = {"Id": known["Id"], "SyncToken": known["SyncToken"]}
        try:
            self.writer.void(REALM, entity, sent) if operation == "void" else self.writer.delete(REALM, entity, sent)
        except ServiceFaultError as fault:
            assert fault.error["code"] == "500", fault  # noqa: PT017 - of what cannot be voided

    @rule(entity=st.sampled_from(["Customer", "Vendor", "Item", "Account", "Class"]), place=PLACES, other=PLACES)
    def merge(self, entity: str, place: int, other: int) -> None:
        kinds = ("Type", "AccountType", "AccountSubType")
        loser = self.one(entity, place)
        alike = [
            one
            for one in self.active(entity)
            if one["Id"] != loser["Id"] and all(one.get(kind) == loser.get(kind) for kind in kinds)
        ]
        if alike:
            try:
                self.writer.merge(REALM, entity, loser["Id"], alike[other % len(alike)]["Id"])
            except ServiceFaultError as fault:
                assert fault.error["code"] == "6000", fault  # noqa: PT017 - into its own job

    @rule(entity=st.sampled_from(["Customer", "Vendor"]), place=PLACES, active=st.booleans())
    def switch(self, entity: str, place: int, active: bool) -> None:
        """People come and go, but never all."""
        found = [one for one in self.all(entity) if one.get("Active", True) is not active]
        if found and (active or len(found) > 1):
            one = found[place % len(found)]
            sent = {"Id": one["Id"], "SyncToken": one["SyncToken"], "sparse": True, "Active": active}
            self.writer.save(REALM, entity, sent)

    @invariant()
    def books_hold(self) -> None:
        prove(self.books, self.store)

    @invariant()
    def nothing_is_paid_twice(self) -> None:
        for entity in ("Invoice", "Bill", "CreditMemo", "VendorCredit"):
            assert all(Decimal(one["Balance"]) >= 0 for one in self.all(entity))
        assert all(Decimal(one["UnappliedAmt"]) >= 0 for one in self.all("Payment"))

    @invariant()
    def open_amounts_are_what_is_left(self) -> None:
        for entity in ("Invoice", "Bill"):
            for one in self.all(entity):
                paid = sum(
                    (
                        Decimal(line["Amount"])
                        for payment in self.all("Payment" if entity == "Invoice" else "BillPayment")
                        for line in payment["Line"]
                        if line["LinkedTxn"][0] == {"TxnId": one["Id"], "TxnType": entity}
                    ),
                    Decimal(0),
                )
                assert Decimal(one["Balance"]) == Decimal(one["TotalAmt"]) - paid


LivingBooks.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLivingBooks = LivingBooks.TestCase

"""What is refused before anything is written."""

from __future__ import annotations

from decimal import Decimal

from qbo_pipeline.local.quickbooks.balances import settled
from qbo_pipeline.local.quickbooks.books.posting.purchases import named
from qbo_pipeline.local.quickbooks.books.posting.settlements import PAYMENTS
from qbo_pipeline.local.quickbooks.completion import PEOPLE, qualified
from qbo_pipeline.local.quickbooks.entities import LISTS, NESTED, REQUIRED, TRANSACTIONS, UNIQUE_NAMES, canonical
from qbo_pipeline.local.quickbooks.faults import (
    business_fault,
    deposited,
    duplicate_name,
    duplicate_number,
    invalid_id,
    missing_parameter,
    not_found,
    own_parent,
    period_closed,
    unknown_property,
    unreadable_property,
    wrong_product,
)
from qbo_pipeline.local.quickbooks.properties import properties
from qbo_pipeline.local.quickbooks.references import referred
from qbo_pipeline.local.quickbooks.store import Record, Store

_WITHOUT_DETAIL = frozenset({"DescriptionOnly", "SubTotalLineDetail", "TDSLineDetail"})
_DETAILED = frozenset(
    {
        "AccountBasedExpenseLineDetail", "DepositLineDetail", "DiscountLineDetail", "GroupLineDetail",
        "ItemAdjustmentLineDetail", "ItemBasedExpenseLineDetail", "ItemReceiptLineDetail", "JournalEntryLineDetail",
        "PaymentLineDetail", "PurchaseOrderItemLineDetail", "ReimburseLineDetail", "SalesItemLineDetail",
        "SalesOrderItemLineDetail", "TaxLineDetail",
    }
)  # fmt: skip
"""Kinds of lines (Intuit's schema, LineDetailTypeEnum): their details stand under the name of the kind."""

_HALF_A_CENT = Decimal("0.005")

_PARTIES = {"Accounts Payable": "Vendor", "Accounts Receivable": "Customer"}
"""AccountType → whom a journal entry must name on such accounts."""


class Validation:
    """Rules of the API. Every method raises ServiceFaultError for what breaks one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def identity(self, text: str) -> None:
        """Ids are whole numbers: 2030."""
        if not (text.isascii() and text.isdigit()):
            raise invalid_id(text)

    def properties(self, entity: str, sent: Record) -> None:
        """Only properties that the entity has: 2010."""
        known = properties(entity)
        for name in sent:
            if name not in known:
                raise unknown_property(name, entity, known)

    def record(self, realm: str, entity: str, record: Record, known: Record | None) -> None:
        """What is required, names, numbers, references, balance, period, deposit.

        Faults 2020, 6000, 6070, 6140, 6210, 6240, 6540, 610, 900.
        """
        self.required(entity, record, known)
        if entity in NESTED:
            self._parents(realm, entity, record)
        if entity in PEOPLE:
            self._person(realm, record)
        elif entity in UNIQUE_NAMES:
            self._name(realm, entity, record, known or {})
        if entity in TRANSACTIONS:
            self.period(realm, record)
            if known is not None:
                self.changeable(realm, known)
            if known is None or known.get("DocNumber") != record.get("DocNumber"):
                self._number(realm, entity, record)
        if entity in TRANSACTIONS | LISTS:
            self._references(realm, entity, record, known or {})
        other_lines = record.get("Line") != (known or {}).get("Line")
        if other_lines and record.get("GlobalTaxCalculation") != "TaxInclusive":
            _refuse_wrong_products(record)
        if entity == "JournalEntry":
            _balanced(record)
            if other_lines:
                self._named(realm, record)
        if entity == "BillPayment" and known is None and not all(one.get("LinkedTxn") for one in record["Line"]):
            raise missing_parameter("LinkedTxn")
        if entity in PAYMENTS:
            self._settles(realm, entity, record, known or {})
        if entity == "Attachable":
            self._attached(realm, record)

    def template(self, realm: str, kind: str, template: Record, known: Record | None) -> None:
        """A transaction that recurs: what is required and what it refers to: 2020, 610."""
        self.required(kind, template, known)
        self._references(realm, kind, template, known or {})

    def required(self, entity: str, record: Record, known: Record | None) -> None:
        """2020 for what is missing, unless it was missing before."""
        for name in REQUIRED.get(entity, ()):
            missing = name not in record and (known is None or name in known)
            if missing or (known is None and record[name] == []):
                raise missing_parameter(name)
        _refuse_half_a_line(record)

    def changeable(self, realm: str, known: Record) -> None:
        """Nothing changes in a closed period (6210), nor what is part of a deposit (6540)."""
        self.period(realm, known)
        if any(link.get("TxnType") == "Deposit" for link in known.get("LinkedTxn", [])):
            raise deposited()

    def period(self, realm: str, record: Record) -> None:
        """Nothing changes on or before the day the books were closed: 6210."""
        closed = self._store.rows(
            "SELECT json_extract(body, '$.AccountingInfoPrefs.BookCloseDate') FROM record "
            "WHERE realm = ? AND entity = 'Preferences'",
            [realm],
        )
        if closed and closed[0][0] and record.get("TxnDate", "9999-12-31") <= closed[0][0]:
            raise period_closed()

    def _attached(self, realm: str, record: Record) -> None:
        """6000 for an attachment to what does not exist (recorded: error_estimate)."""
        for one in record.get("AttachableRef", []):
            reference = one.get("EntityRef", {})
            kind, identity = str(reference.get("type", "")), str(reference.get("value", ""))
            if kind and self._store.get(realm, canonical(kind) or "", identity) is None:
                named = f"{kind} {identity}"
                raise business_fault(f"The entity {named} that you are trying to link does not exist. {named}")

    def _parents(self, realm: str, entity: str, record: Record) -> None:
        """A parent is there, and nobody is among the parents of its own."""
        above = record.get("ParentRef", {}).get("value")
        if above is None:
            return
        seen = {record.get("Id")}
        parent = self._store.get(realm, entity, above)
        if parent is None:
            raise not_found()
        while parent is not None:
            if parent["Id"] in seen:
                raise own_parent()
            seen.add(parent["Id"])
            parent = self._store.get(realm, entity, parent.get("ParentRef", {}).get("value", ""))

    def _name(self, realm: str, entity: str, record: Record, known: Record) -> None:
        """6240 where another active record of the list has the name."""
        key = UNIQUE_NAMES[entity]
        name = qualified(self._store, realm, entity, record) if entity in NESTED else str(record.get(key, ""))
        if record.get("Active") is False or (name == known.get(key) and known.get("Active") is not False):
            return
        twins = self._store.rows(
            "SELECT 1 FROM record WHERE realm = ? AND entity = ? AND id <> ? AND active = 1 "
            f"AND coalesce(json_extract(body, '$.{key}'), json_extract(body, '$.Name')) = ? COLLATE NOCASE",
            [realm, entity, record.get("Id", ""), name],
        )
        if twins:
            raise duplicate_name()

    def _person(self, realm: str, record: Record) -> None:
        name = record.get("DisplayName")
        if not name:
            raise business_fault(
                "At least one of Title, GivenName, MiddleName, FamilyName, DisplayName, or Suffix is required."
            )
        if record.get("Active") is False:
            return
        marks = ", ".join("?" * len(PEOPLE))
        twins = self._store.rows(
            f"SELECT 1 FROM record WHERE realm = ? AND entity IN ({marks}) AND id <> ? AND active = 1 "
            "AND json_extract(body, '$.DisplayName') = ? COLLATE NOCASE",
            [realm, *PEOPLE, record.get("Id", ""), name],
        )
        if twins:
            raise duplicate_name()

    def _number(self, realm: str, entity: str, record: Record) -> None:
        if "DocNumber" not in record:
            return
        twins = self._store.rows(
            "SELECT id FROM record WHERE realm = ? AND entity = ? AND id <> ? "
            "AND json_extract(body, '$.DocNumber') = ?",
            [realm, entity, record.get("Id", ""), record["DocNumber"]],
        )
        if twins:
            raise duplicate_number(record["DocNumber"], entity, twins[0][0])

    def _references(self, realm: str, entity: str, record: Record, known: Record) -> None:
        """What a record refers to exists and is active, unless it was referred to before."""
        for target, identity in set(referred(entity, record)) - set(referred(entity, known)):
            if (self._store.get(realm, target, identity) or {"Active": False}).get("Active") is False:
                raise not_found()

    def _named(self, realm: str, entry: Record) -> None:
        """6000 for a line on receivables or payables that does not say whose they are."""
        for line in entry.get("Line", []):
            detail = line.get("JournalEntryLineDetail", {})
            account = self._store.get(realm, "Account", str(detail.get("AccountRef", {}).get("value"))) or {}
            kind = str(account.get("AccountType"))
            party, name = _PARTIES.get(kind), named(detail.get("Entity"))
            if party is not None and (name is None or name.kind != party):
                raise business_fault(f"When you use {kind}, you must choose a {party.lower()} in the Name field.")

    def _settles(self, realm: str, entity: str, payment: Record, known: Record) -> None:
        """A payment pays what there is and what is still open, and has the money for it (610, 6000).

        QuickBooks' words for the latter were not seen.
        """
        if all(payment.get(name) == known.get(name) for name in ("Line", "TotalAmt")):
            return  # an imported one may pay what was not imported
        parts, before = self._settled(realm, entity, payment), self._settled(realm, entity, known)
        for (kind, identity), amount in parts.items():
            document = self._store.get(realm, kind, identity)
            if document is None and (kind, identity) not in before:
                raise not_found()
            held = abs(before.get((kind, identity), Decimal(0)))
            if document is not None and "Balance" in document and abs(amount) > Decimal(document["Balance"]) + held:
                raise business_fault(f"The amount applied to {kind} {identity} is more than what is open of it.")
        if sum(parts.values(), Decimal(0)) > Decimal(payment.get("TotalAmt", 0)):
            raise business_fault("The amount applied is more than the payment and the credits that it uses.")

    def _settled(self, realm: str, entity: str, payment: Record) -> dict[tuple[str, str], Decimal]:
        """Document → what a payment settles of it; negative where it is a credit that the payment uses."""
        parts: dict[tuple[str, str], Decimal] = {}
        for one in settled(self._store, realm, entity, payment):
            parts[one.entity, one.id] = parts.get((one.entity, one.id), Decimal(0)) + one.amount
        return parts


def _refuse_half_a_line(line: Record) -> None:
    """2010 for a line of no known kind, 2020 for one without the detail of its kind or half a link; so with its own."""
    if not all("TxnId" in link and "TxnType" in link for link in line.get("LinkedTxn", [])):
        raise missing_parameter("LinkedTxn.TxnId")
    kind = line.get("DetailType")
    if kind is not None and kind not in _WITHOUT_DETAIL:
        if kind not in _DETAILED:
            raise unreadable_property()
        if kind not in line:
            raise missing_parameter(f"Line.{kind}")
        if kind == "DepositLineDetail" and not line.get("LinkedTxn") and "AccountRef" not in line[kind]:
            raise missing_parameter(f"Line.{kind}.AccountRef")  # python-quickbooks, issue 329
        if kind == "JournalEntryLineDetail" and line[kind].get("PostingType") not in ("Debit", "Credit"):
            raise missing_parameter(f"Line.{kind}.PostingType")
    for part in (line, line.get("GroupLineDetail", {})):
        for child in part.get("Line", []):
            _refuse_half_a_line(child)


def _refuse_wrong_products(part: Record) -> None:
    """6070 for a line of a sale that is not quantity times price, half a cent rounded up.

    Zero says nothing: python-quickbooks sends it for what nobody set, and its own tests of the real service do.
    """
    for line in part.get("Line", []):
        detail = line.get("SalesItemLineDetail", {})
        if "Amount" in line and detail.get("Qty") and detail.get("UnitPrice"):
            product = Decimal(detail["Qty"]) * Decimal(detail["UnitPrice"])
            above = (Decimal(line["Amount"]) - product) * (1 if product >= 0 else -1)
            if not -_HALF_A_CENT < above <= _HALF_A_CENT:
                raise wrong_product(line["Amount"])
        _refuse_wrong_products(line.get("GroupLineDetail", {}))


def _balanced(entry: Record) -> None:
    sums = {"Debit": Decimal(0), "Credit": Decimal(0)}
    for line in entry.get("Line", []):
        kind = line.get("JournalEntryLineDetail", {}).get("PostingType")
        if kind in sums:
            sums[kind] += Decimal(line.get("Amount", 0))
    taxed = entry.get("TxnTaxDetail", {}).get("TaxLine")  # tax is on the side that the lines leave open
    if sums["Debit"] != sums["Credit"] and not taxed:
        raise business_fault("Debits and credits do not balance. Please make sure they are equal.")

"""Creating, changing, deleting and voiding records."""

from __future__ import annotations

from typing import Any

from qbo_pipeline.local.quickbooks.balances import Balances
from qbo_pipeline.local.quickbooks.books.chart import PostingError
from qbo_pipeline.local.quickbooks.books.written import post_starting_value, refuse_what_cannot_be_posted
from qbo_pipeline.local.quickbooks.clock import Clock, pacific
from qbo_pipeline.local.quickbooks.completion import (
    PEOPLE,
    completed_attachment,
    completed_list,
    completed_transaction,
    keep_computed,
    name_shown,
)
from qbo_pipeline.local.quickbooks.entities import (
    DELETABLE,
    LISTS,
    ON_PAPER,
    READ_ONLY,
    SINGLETONS,
    SUFFIXED,
    TRANSACTIONS,
    VOIDABLE,
    WRAPPED,
)
from qbo_pipeline.local.quickbooks.families import Families
from qbo_pipeline.local.quickbooks.faults import business_fault, not_found, stale, unsupported
from qbo_pipeline.local.quickbooks.merges import Merges
from qbo_pipeline.local.quickbooks.new_records import filled
from qbo_pipeline.local.quickbooks.property_order import in_order
from qbo_pipeline.local.quickbooks.recurring import completed_template, unwrapped
from qbo_pipeline.local.quickbooks.references import Key, full_name, named
from qbo_pipeline.local.quickbooks.store import DELETED_SUFFIX, Operation, Record, Store, inner
from qbo_pipeline.local.quickbooks.typed_properties import typed
from qbo_pipeline.local.quickbooks.validation import Validation
from qbo_pipeline.local.quickbooks.versions import edited
from qbo_pipeline.local.quickbooks.voiding import voided

_KEPT_BY_FULL_UPDATES = frozenset(
    {
        "Id", "SyncToken", "MetaData", "domain", "sparse", "Active", "ApplyTaxAfterDiscount", "Balance",
        "BalanceWithJobs", "BillWithParent", "CurrencyRef", "CurrentBalance", "CurrentBalanceWithSubAccounts",
        "CustomField", "DefaultTaxCodeRef", "DepositToAccountRef", "DocNumber", "EmailStatus", "ExchangeRate",
        "HomeBalance", "HomeTotalAmt", "Job", "Line", "LinkedTxn", "PreferredDeliveryMethod", "PrintStatus",
        "QtyOnHand", "RemainingCredit", "Taxable", "TotalAmt", "TxnDate", "TxnTaxDetail", "UnappliedAmt",
    }
)  # fmt: skip
"""What a full update that does not send it leaves alone: computed, or seen to stay in recordings."""

_BEFORE_ATTACHMENTS = 5_000_000_000_000_503_623


class Writer:
    """Changes the records of the store as the API does. Every method raises ServiceFaultError for a fault."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._balances = Balances(store, clock)
        self._validation = Validation(store)
        self._families = Families(store, clock)
        self.merges = Merges(store, clock, self._balances, self._families)

    def save(self, realm: str, entity: str, sent: Record) -> Record:
        """Create, or change where an Id is sent: fully, or only what is sent with `sparse`."""
        if entity in READ_ONLY or (entity in SINGLETONS and not sent.get("Id")):
            raise unsupported("Update" if sent.get("Id") else "Create")
        self._validation.properties(entity, sent)
        sent = typed(sent)
        if entity == WRAPPED:
            return self._save_template(realm, sent)
        if entity == "ExchangeRate":
            return self._save_rate(realm, sent)
        with self._store.transaction():
            # Of one that is kept without names, as imported ones are, nothing changes because it gets them now.
            known = self._named(realm, entity, self._current(realm, entity, sent)) if sent.get("Id") else None
            record = self._named(realm, entity, self._merged(entity, sent, known))
            if entity in PEOPLE:
                name_shown(record)
            if known is not None and record == known:
                return known  # nothing changes, so nothing is stamped (recorded: deactivate__employee)
            self._validation.record(realm, entity, record, known)
            self._complete(realm, entity, record, known or {})
            while (needed := refuse_what_cannot_be_posted(self._store, realm, entity, record)) is not None:
                self.save(realm, "Account", needed)
            written = self._put(realm, entity, record, known)
            if known is None:
                self._bring_along(realm, entity, written)
            if known is not None:
                self._families.follow_parent(realm, entity, known, written)
            if known is not None and written.get("FullyQualifiedName") != known.get("FullyQualifiedName"):
                self._families.follow_name(realm, entity, written["Id"])
            return written

    def delete(self, realm: str, entity: str, sent: Record) -> Record:
        """Remove a transaction for good."""
        if entity not in DELETABLE:
            raise unsupported(f"delete on {entity}")
        with self._store.transaction():
            if entity == "Attachable" and "SyncToken" not in sent:  # it takes none (recorded: delete_attachment)
                sent = {**(self._store.get(realm, entity, str(sent.get("Id"))) or {}), **sent}
            kind = None
            if entity == WRAPPED and "Id" not in sent:  # as it is read, or only what is in it
                kind, sent = unwrapped(sent)
            known = self._current(realm, entity, sent)
            self._validation.changeable(realm, known)
            self.remove(realm, entity, known["Id"])
        stub = {"domain": "QBO", "status": "Deleted", "Id": known["Id"]}
        return stub if kind is None else {kind: stub}

    def void(self, realm: str, entity: str, sent: Record) -> Record:
        """Set every amount to zero; the record stays (recorded: void__invoice)."""
        if entity not in VOIDABLE:
            raise unsupported(f"void on {entity}")
        with self._store.transaction():
            known = self._current(realm, entity, sent)
            self._validation.changeable(realm, known)
            self._balances.removed(realm, entity, known)
            return self._put(realm, entity, voided(known), None, counting=known)

    def email(self, realm: str, entity: str, identity: str, address: str | None) -> Record:
        """Send a form to an address, or to its own (Intuit, Invoice: send). Whether that is a version is not known."""
        if entity not in ON_PAPER:
            raise unsupported("send")
        with self._store.transaction():
            self._validation.identity(identity)
            known = self._store.get(realm, entity, identity)
            if known is None:
                raise not_found()
            own: Record = known.get("BillEmail") or known.get("POEmail") or {}
            recipient = address or own.get("Address")
            if not recipient:
                raise business_fault("To email address is required.")
            delivery = {"DeliveryType": "Email", "DeliveryTime": pacific(self._clock.now())}
            sent = {"EmailStatus": "EmailSent", "BillEmail": {"Address": recipient}, "DeliveryInfo": delivery}
            return self._put(realm, entity, {**known, **sent}, known, operation="Emailed")

    def add(self, realm: str, entity: str, record: Record) -> Record:
        """Create a record of an entity that requests for it cannot create: tax codes, rates."""
        now = pacific(self._clock.now())
        stamp = {"domain": "QBO", "sparse": False, "MetaData": {"CreateTime": now, "LastUpdatedTime": now}}
        with self._store.transaction():
            return self._put(realm, entity, {**record, **stamp}, None)

    def merge(self, realm: str, entity: str, loser: str, winner: str) -> Record:
        """Merge a record into another as a person would who gives it the other's name; see `merges`."""
        with self._store.transaction():
            return self.merges.merge(realm, entity, loser, winner)

    def touch(self, realm: str, entity: str, identity: str, **values: Any) -> Record:
        """Edit a record as a person in QuickBooks would: its values change, its SyncToken counts up."""
        with self._store.transaction():
            known = self._store.get(realm, entity, identity)
            if known is None:
                raise not_found()
            if entity == WRAPPED:
                [(kind, content)] = known.items()
                known = {kind: edited({**content, **values}, self._clock.now())}
                self._store.put(realm, entity, known)
                return known
            return self._put(realm, entity, {**known, **values}, known)

    def remove(self, realm: str, entity: str, identity: str) -> None:
        """Delete a record as a person in QuickBooks would, whatever its SyncToken."""
        with self._store.transaction():
            known = self._store.get(realm, entity, identity)
            if known is None:
                raise not_found()
            self._balances.removed(realm, entity, known)
            self._store.delete(realm, entity, identity, self._clock.now())
            self._store.rows("DELETE FROM attached_file WHERE realm = ? AND id = ?", [realm, identity])
            self._store.record_event(realm, entity, identity, "Delete")

    def duplicate(self, realm: str, entity: str, identity: str) -> Record:
        """Create a copy of a record, as a person would with "Make a copy"."""
        known = self._store.get(realm, entity, identity)
        if known is None:
            raise not_found()
        own = {"Id", "SyncToken", "MetaData", "DocNumber", "LinkedTxn"}
        copy = {key: value for key, value in known.items() if key not in own}
        with self._store.transaction():
            for name in SUFFIXED:
                if name in copy:
                    copy[name] = f"{copy[name]} {self._store.next_id(realm)}"
            return self.save(realm, entity, copy)

    def oldest(self, realm: str, entity: str, position: int = 0) -> str:
        """Id of the record at a position in the order of creation."""
        rows = self._store.rows(
            "SELECT id FROM record WHERE realm = ? AND entity = ? ORDER BY created, number LIMIT 1 OFFSET ?",
            [realm, entity, position],
        )
        return str(rows[0][0])

    def _merged(self, entity: str, sent: Record, known: Record | None) -> Record:
        if known is None:
            now = pacific(self._clock.now())
            record = {**sent, "domain": "QBO", "sparse": False, "MetaData": {"CreateTime": now, "LastUpdatedTime": now}}
            keep_computed(entity, record, {})
            return record
        if known.get("Active") is False:
            sent = {
                key: str(value).removesuffix(DELETED_SUFFIX) if key in SUFFIXED else value
                for key, value in sent.items()
            }
        whole = sent.get("sparse") is True or entity == "Preferences"
        kept = known if whole else {k: v for k, v in known.items() if k in _KEPT_BY_FULL_UPDATES}
        own = {key: known[key] for key in ("Id", "SyncToken", "MetaData")}
        changed = _within(known, sent) if entity == "Preferences" else sent
        record = {**kept, **changed, **own, "domain": "QBO", "sparse": False}
        keep_computed(entity, record, known)
        return record

    def _named(self, realm: str, entity: str, record: Record) -> Record:
        """With the names of what its references refer to: they are there whether they were sent or not."""

        def name_of(key: Key) -> str | None:
            found = self._store.get(realm, *key)
            return None if found is None else full_name(found)

        return named(entity, record, name_of) if entity in TRANSACTIONS or entity == "Item" else record

    def _complete(self, realm: str, entity: str, record: Record, known: Record) -> None:
        if entity in LISTS:
            completed_list(self._store, realm, entity, record, new=not known)
        elif entity == "Attachable":
            completed_attachment(record)
        elif entity in TRANSACTIONS:
            completed_transaction(self._store, realm, entity, record, self._clock.now(), known)
        if not known:
            filled(self._store, realm, entity, record)

    def _put(
        self,
        realm: str,
        entity: str,
        record: Record,
        known: Record | None,
        *,
        counting: Record | None = None,
        operation: Operation | None = None,
    ) -> Record:
        """Write a version: SyncToken up by one, LastUpdatedTime now, balances elsewhere in step.

        `counting` is the version before, where its effect on balances was already taken back.
        """
        if known is None and counting is None:
            record = {**record, "Id": self._new_id(realm, entity), "SyncToken": "-1"}
        record = in_order(entity, edited(record, self._clock.now()))
        self._balances.stored(realm, entity, record, known)
        usual: Operation = "Void" if counting is not None else "Create" if known is None else "Update"
        self._store.record_event(realm, entity, record["Id"], operation or usual)
        return record

    def _bring_along(self, realm: str, entity: str, new: Record) -> None:
        """What else is there once a record is: the stock an item starts with, the liability of a tax agency."""
        if entity == "Item":
            try:
                post_starting_value(self._store, realm, new)
            except PostingError as error:
                raise business_fault(f"{str(error).capitalize()}.") from None
        elif entity == "TaxAgency":
            kind = {"AccountType": "Other Current Liability", "AccountSubType": "GlobalTaxPayable"}
            self.save(realm, "Account", {"Name": f"{new['DisplayName']} Payable", **kind})

    def _new_id(self, realm: str, entity: str) -> str:
        """Attachments are numbered far away from everything else (recorded: create_for_invoice)."""
        if entity != "Attachable":
            return self._store.next_id(realm)
        [(highest,)] = self._store.rows(
            "SELECT max(CAST(id AS INTEGER)) FROM (SELECT realm, entity, id FROM record UNION ALL "
            "SELECT realm, entity, id FROM deletion) WHERE realm = ? AND entity = ?",
            [realm, entity],
        )
        return str(max(highest or 0, _BEFORE_ATTACHMENTS) + 1)

    def _save_template(self, realm: str, sent: Record) -> Record:
        """Create or change a transaction that recurs."""
        kind, content = unwrapped(sent)
        self._validation.properties(kind, content)
        with self._store.transaction():
            known = self._named(realm, kind, self._current(realm, WRAPPED, content)) if content.get("Id") else None
            template = self._named(realm, kind, self._merged(kind, content, known))
            if known is not None and template == known:
                return {kind: known}
            self._validation.template(realm, kind, template, known)
            if known is None:
                template = {**template, "Id": self._store.next_id(realm), "SyncToken": "-1"}
            completed = completed_template(self._store, realm, kind, template, self._clock.now(), known or {})
            written = {kind: edited(completed, self._clock.now())}
            self._store.put(realm, WRAPPED, written)
            return written

    def _save_rate(self, realm: str, sent: Record) -> Record:
        """Set the rate of a currency on a day; rates have no Id."""
        self._validation.required("ExchangeRate", sent, None)
        now = pacific(self._clock.now())
        identity = f"{sent['SourceCurrencyCode']}:{sent['AsOfDate']}"
        with self._store.transaction():
            known = self._store.get(realm, "ExchangeRate", identity) or {}
            rate = {**known, **sent, "domain": "QBO", "sparse": False, "MetaData": {"LastUpdatedTime": now}}
            rate.pop("Id", None)
            self._store.put(realm, "ExchangeRate", rate)
        return {**rate, "Id": identity}

    def _current(self, realm: str, entity: str, sent: Record) -> Record:
        identity = str(sent.get("Id", ""))
        self._validation.identity(identity)
        found = self._store.get(realm, entity, identity)
        if found is None:
            raise not_found()
        known = inner(found)
        if str(sent.get("SyncToken", "")) != str(known["SyncToken"]):
            raise stale()
        return known


def _within(known: Record, sent: Record) -> Record:
    """Settings stand in sections: of each one only what is sent changes."""
    return {
        name: {**known[name], **value} if isinstance(value, dict) and isinstance(known.get(name), dict) else value
        for name, value in sent.items()
    }

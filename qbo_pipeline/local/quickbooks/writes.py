"""Creating, changing, deleting and voiding records, with what changes elsewhere because of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from qbo_pipeline.local.quickbooks.clock import Clock, pacific
from qbo_pipeline.local.quickbooks.entities import DELETABLE, SINGLETONS, VOIDABLE
from qbo_pipeline.local.quickbooks.faults import ServiceFaultError, not_found, stale, unsupported
from qbo_pipeline.local.quickbooks.store import Record, Store

_NAMED = ("Customer", "Vendor", "Employee")
_PAYS = {"Payment": ("Invoice", "CreditMemo"), "BillPayment": ("Bill", "VendorCredit")}
_OWNER = {"Invoice": "CustomerRef", "CreditMemo": "CustomerRef", "Bill": "VendorRef", "VendorCredit": "VendorRef"}


class Writer:
    """Changes the records of the store as the API does."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def save(self, realm: str, entity: str, sent: Record) -> Record:
        """Create, or change where an Id is sent: fully, or only what is sent with `sparse`."""
        with self._store.transaction():
            if not sent.get("Id"):
                return self._create(realm, entity, sent)
            known = self._current(realm, entity, sent)
            kept = known if sent.get("sparse") is True else {"domain": "QBO"}
            record = kept | sent | {"sparse": False, "Id": known["Id"]}
            record["MetaData"] = dict(known["MetaData"])
            record["SyncToken"] = known["SyncToken"]
            self._check_name(realm, entity, record)
            return self._changed(realm, entity, record)

    def delete(self, realm: str, entity: str, sent: Record) -> Record:
        """Remove a transaction for good."""
        if entity not in DELETABLE:
            raise unsupported(f"delete on {entity}")
        with self._store.transaction():
            known = self._current(realm, entity, sent)
            self._apply_payment(realm, entity, known, Decimal(-1))
            self._store.delete(realm, entity, known["Id"], self._clock.now())
        return {"domain": "QBO", "status": "Deleted", "Id": known["Id"]}

    def void(self, realm: str, entity: str, sent: Record) -> Record:
        """Set every amount to zero; the record stays."""
        if entity not in VOIDABLE:
            raise unsupported(f"void on {entity}")
        with self._store.transaction():
            known = self._current(realm, entity, sent)
            self._apply_payment(realm, entity, known, Decimal(-1))
            for key in ("TotalAmt", "Balance", "HomeTotalAmt", "HomeBalance", "UnappliedAmt"):
                if key in known:
                    known[key] = 0
            for line in known.get("Line", []):
                _zero(line)
            known["PrivateNote"] = "Voided"
            known["LinkedTxn"] = []
            return self._changed(realm, entity, known)

    def touch(self, realm: str, entity: str, identity: str, **values: Any) -> Record:
        """Edit a record as a person in QuickBooks would: its values change, its SyncToken counts up."""
        with self._store.transaction():
            known = self._store.get(realm, entity, identity)
            if known is None:
                raise not_found(entity, identity)
            return self._changed(realm, entity, known | values)

    def oldest(self, realm: str, entity: str, position: int = 0) -> str:
        """Id of the record at a position in the order of creation."""
        rows = self._store.rows(
            "SELECT id FROM record WHERE realm = ? AND entity = ? ORDER BY created, number LIMIT 1 OFFSET ?",
            [realm, entity, position],
        )
        return str(rows[0][0])

    def _create(self, realm: str, entity: str, sent: Record) -> Record:
        if entity in SINGLETONS:
            raise unsupported(f"create on {entity}")
        self._check_name(realm, entity, sent)
        now = pacific(self._clock.now())
        record: Record = {
            **sent,
            "domain": "QBO",
            "sparse": False,
            "Id": self._store.next_id(realm),
            "SyncToken": "0",
            "MetaData": {"CreateTime": now, "LastUpdatedTime": now},
        }
        if entity in _NAMED or "Name" in record:
            record.setdefault("Active", True)
            record.setdefault("FullyQualifiedName", record.get("DisplayName") or record.get("Name"))
        lines = record.get("Line")
        if lines and "TotalAmt" not in record and entity != "JournalEntry":
            record["TotalAmt"] = sum((_amount(line) for line in lines), Decimal(0)).normalize() + 0
        if entity in _OWNER:
            record.setdefault("Balance", record.get("TotalAmt", 0))
        self._store.put(realm, entity, record)
        self._apply_payment(realm, entity, record, Decimal(1))
        return record

    def _current(self, realm: str, entity: str, sent: Record) -> Record:
        identity = str(sent.get("Id", ""))
        if not identity.isdigit():
            raise ServiceFaultError(400, "2030", "Invalid ID", f"Invalid ID : {identity}", element="Id")
        known = self._store.get(realm, entity, identity)
        if known is None:
            raise not_found(entity, identity)
        if str(sent.get("SyncToken", "")) != str(known["SyncToken"]):
            raise stale(identity)
        return known

    def _changed(self, realm: str, entity: str, record: Record) -> Record:
        record["SyncToken"] = str(int(record["SyncToken"]) + 1)
        return self._stamped(realm, entity, record)

    def _stamped(self, realm: str, entity: str, record: Record) -> Record:
        record["MetaData"] = dict(record["MetaData"]) | {"LastUpdatedTime": pacific(self._clock.now())}
        self._store.put(realm, entity, record)
        return record

    def _check_name(self, realm: str, entity: str, record: Record) -> None:
        name = record.get("DisplayName") if entity in _NAMED else None
        if entity in _NAMED and not name:
            detail = "At least one of Title, GivenName, MiddleName, FamilyName, DisplayName, or Suffix is required"
            raise ServiceFaultError(400, "6000", "A business validation error has occurred", detail)
        if name:
            marks = ", ".join("?" * len(_NAMED))
            twins = self._store.rows(
                f"SELECT id FROM record WHERE realm = ? AND entity IN ({marks}) AND id <> ? "
                "AND json_extract(body, '$.DisplayName') = ?",
                [realm, *_NAMED, record.get("Id", ""), name],
            )
            if twins:
                detail = f"The name supplied already exists. : Id={twins[0][0]}"
                raise ServiceFaultError(400, "6240", "Duplicate Name Exists Error", detail)

    def _apply_payment(self, realm: str, entity: str, payment: Record, sign: Decimal) -> None:
        """A payment takes from the balance of what it pays, links to it, and moves its LastUpdatedTime."""
        for line in payment.get("Line", []) if entity in _PAYS else ():
            for link in line.get("LinkedTxn", []):
                kind = link.get("TxnType")
                paid = self._store.get(realm, kind, link["TxnId"]) if kind in _PAYS[entity] else None
                if paid is None or "Balance" not in paid:
                    continue
                amount = Decimal(line.get("Amount", 0)) * sign
                paid["Balance"] = _plain(Decimal(paid["Balance"]) - amount)
                links = [one for one in paid.get("LinkedTxn", []) if one.get("TxnId") != payment["Id"]]
                if sign > 0:
                    links.append({"TxnId": payment["Id"], "TxnType": entity})
                paid["LinkedTxn"] = links
                self._stamped(realm, kind, paid)
                self._owe(realm, paid, kind, -amount)

    def _owe(self, realm: str, document: Record, kind: str, amount: Decimal) -> None:
        reference = document.get(_OWNER[kind], {}).get("value")
        owner = "Customer" if _OWNER[kind] == "CustomerRef" else "Vendor"
        known = self._store.get(realm, owner, reference) if reference else None
        if known is not None and "Balance" in known:
            known["Balance"] = _plain(Decimal(known["Balance"]) + amount)
            self._stamped(realm, owner, known)


def _amount(line: Record) -> Decimal:
    if line.get("DetailType") == "SubTotalLineDetail":
        return Decimal(0)
    amount = Decimal(line.get("Amount", 0))
    return -amount if line.get("DetailType") == "DiscountLineDetail" else amount


def _plain(amount: Decimal) -> Decimal | int:
    """Whole amounts without a point, as QuickBooks writes them."""
    return int(amount) if amount == amount.to_integral_value() else amount


def _zero(line: Record) -> None:
    if "Amount" in line:
        line["Amount"] = 0
    detail = line.get(line.get("DetailType", ""), {})
    if "Qty" in detail:
        detail["Qty"] = 0
    for child in detail.get("Line", []):
        _zero(child)

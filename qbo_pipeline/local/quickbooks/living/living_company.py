"""A connected company whose changes are planned, sent and taken note of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from qbo_pipeline.local.quickbooks.living.changes import next_change
from qbo_pipeline.local.quickbooks.living.connection import Connection
from qbo_pipeline.local.quickbooks.living.view import DOCUMENTS, LISTS, Change, CompanyView, Merge, Record

NEWEST = 200
"""Documents of an entity that are read when the company is opened."""

_OVERTAKEN = frozenset({"5010", "610"})
"""Somebody else changed or deleted the record first."""

_PARAMETERS: dict[tuple[str, str], dict[str, str]] = {
    ("Invoice", "void"): {"operation": "void"},
    ("", "void"): {"operation": "update", "include": "void"},
    ("", "delete"): {"operation": "delete"},
}
"""By entity and operation; those of the empty entity are for all others."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A change, and the fault where it was refused."""

    change: Change | Merge
    fault: str | None
    """`6140: Duplicate Document Number Error …`"""


class LivingCompany:
    """One company, as an app sees it that people work with."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.view = self._read()

    def live(self, random: Random) -> Outcome:
        """Make the next change."""
        return self.make(next_change(self.view, random))

    def make(self, change: Change | Merge) -> Outcome:
        """Make a change."""
        return self._merge(change) if isinstance(change, Merge) else self._write(change)

    def _merge(self, merge: Merge) -> Outcome:
        refused = self.connection.merge(merge.entity, merge.loser, merge.winner)
        for identity in (merge.loser, merge.winner):
            self._read_again(merge.entity, identity)
        winner = self.view.get(merge.entity, merge.winner)
        if refused is None and winner is not None:
            self.view.merged(merge, winner)
        return Outcome(merge, refused)

    def _write(self, change: Change) -> Outcome:
        kind = change.entity.lower()
        parameters = _PARAMETERS.get((change.entity, change.operation)) or _PARAMETERS.get(("", change.operation), {})
        status, answer = self.connection.post(kind, parameters, change.body)
        if status == 200 and change.entity in answer:
            self.view.after(change, answer[change.entity])
            return Outcome(change, None)
        error = _error(answer)
        if error["code"] in _OVERTAKEN and "Id" in change.body:
            self._read_again(change.entity, change.body["Id"])
        return Outcome(change, f"{error['code']}: {error['Detail']}")

    def _read(self) -> CompanyView:
        preferences = self.connection.get("preferences") or {}
        now = self.connection.get("query", query="SELECT count(*) FROM Customer")["time"]
        view = CompanyView(date.fromisoformat(now[:10]), preferences.get("Preferences", {}))
        for entity in LISTS:
            view.add(entity, self._query(entity, "WHERE Active IN (true, false) MAXRESULTS 1000"))
        for entity in DOCUMENTS:
            view.add(entity, self._query(entity, f"ORDERBY MetaData.CreateTime DESC MAXRESULTS {NEWEST}"))
        if view.several_currencies:
            codes = {one["CurrencyRef"]["value"] for one in (*view.of("Customer"), *view.of("Vendor"))} - {view.home}
            for code in sorted(codes):
                found = self.connection.get("exchangerate", sourcecurrencycode=code, asofdate=view.today.isoformat())
                if found is not None:
                    view.rates[code] = Decimal(found["ExchangeRate"]["Rate"])
        return view

    def _query(self, entity: str, clauses: str) -> list[Record]:
        answer: dict[str, Any] = self.connection.get("query", query=f"SELECT * FROM {entity} {clauses}") or {}
        found: list[Record] = answer.get("QueryResponse", {}).get(entity, [])
        return found

    def _read_again(self, entity: str, identity: str) -> None:
        answer = self.connection.get(f"{entity.lower()}/{identity}")
        if answer is None:
            self.view.records[entity].pop(identity, None)
        else:
            self.view.add(entity, [answer[entity]])


def _error(answer: Any) -> dict[str, Any]:
    """The first error of a fault, in either of its shapes."""
    fault = answer.get("Fault") or answer.get("fault") or {}
    listed = fault.get("Error") or fault.get("error") or [{}]
    first = listed[0]
    return {"code": str(first.get("code", "?")), "Detail": first.get("Detail") or first.get("detail") or str(answer)}

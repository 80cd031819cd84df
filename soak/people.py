"""The people who work in a company: the changes of `qbo-pipeline local change`, more coming and going, and merges.

They work over the public API while the pipeline's requests fail around them. Their writes are spared; their tokens are
not, so they sign in again where that is needed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx

from qbo_pipeline.local.quickbooks.living import (
    Change,
    CompanyView,
    ConnectionFailedError,
    LivingCompany,
    connect,
    next_change,
)
from qbo_pipeline.local.quickbooks.living.changes import Plan
from qbo_pipeline.local.quickbooks.living.upkeep import retire_customer, return_customer
from qbo_pipeline.local.quickbooks.living.view import Record
from qbo_pipeline.local.quickbooks.merges import ALIKE
from qbo_pipeline.local.quickbooks.references import full_name, redirected

KEPT = 300
"""Documents of an entity that people remember, the newest: who looks through all of them gets slower and slower."""

SIGN_IN_ATTEMPTS = 50
MERGED = ("Customer", "Vendor", "Item", "Account")
_MERGED_ACCOUNTS = "Expense"
"""Type of accounts that may be merged; others are ones that the company cannot be without."""
_LEAST = 6
"""Of so few alike, none is merged away."""

_OFTEN: tuple[tuple[int, Plan], ...] = ((12, retire_customer), (10, return_customer))
_MERGE, _WHOLE = 6, 1000
"""Of a thousand changes, so many are merges; those of `_OFTEN` happen beside what `next_change` makes of them."""

_PARAMETERS = {
    "void": {"operation": "update", "include": "void"},
    "delete": {"operation": "delete"},
}


@dataclass(frozen=True, slots=True)
class Merge:
    """A record that goes over into another."""

    entity: str
    loser: str
    winner: str


def next_work(view: CompanyView, random: Random) -> Change | Merge:
    """What people do next; the same for the same view and the same state of `random`."""
    number = random.randrange(_WHOLE)
    if number < _MERGE and (merged := next_merge(view, random)) is not None:
        return merged
    number -= _MERGE
    for weight, plan in _OFTEN:
        if 0 <= number < weight and (change := plan(view, random)) is not None:
            return change
        number -= weight
    return next_change(view, random)


def next_merge(view: CompanyView, random: Random) -> Merge | None:
    """Two records of a list that are alike enough to be one."""
    entity = random.choice(MERGED)
    records = view.of(entity, lambda one: entity != "Account" or one["AccountType"] == _MERGED_ACCOUNTS)
    parents = {one.get("ParentRef", {}).get("value") for one in records}
    alone = [one for one in records if one["Id"] not in parents and "ParentRef" not in one]
    groups: dict[str, list[Record]] = {}
    for one in alone:
        groups.setdefault(str([one.get(name) for name in ALIKE[entity]]), []).append(one)
    large = [group for group in groups.values() if len(group) > _LEAST]
    if not large:
        return None
    loser, winner = random.sample(random.choice(large), 2)
    return Merge(entity, loser["Id"], winner["Id"])


class People:
    """Those of one company."""

    def __init__(self, http: httpx.Client, realm: str, seed: int) -> None:
        self._http = http
        self.realm = realm
        self._random = Random(f"people {seed} {realm}")
        living = LivingCompany(connect(http, realm))
        self._connection, self.view = living.connection, living.view
        self.made: Counter[str] = Counter()
        """Changes by what they were: create, update, void, delete, merge, deactivate, reactivate."""
        self.refused: Counter[str] = Counter()
        """Changes that QuickBooks did not take, by entity, operation and fault."""

    def work(self) -> bool:
        """Make the next change; whether QuickBooks took it."""
        self._forget_old()
        work = next_work(self.view, self._random)
        fault = self._merge(work) if isinstance(work, Merge) else self._change(work)
        if fault is None:
            self.made[_kind(work)] += 1
        else:
            self.refused[f"{_kind(work)} {work.entity}: {fault}"] += 1
        return fault is None

    def _change(self, change: Change) -> str | None:
        void_of_invoice = (change.entity, change.operation) == ("Invoice", "void")
        parameters = {"operation": "void"} if void_of_invoice else _PARAMETERS.get(change.operation, {})
        status, answer = self._signed_in(lambda: self._connection.post(change.entity.lower(), parameters, change.body))
        if status == 200 and change.entity in answer:
            self.view.after(change, answer[change.entity])
            return None
        # What somebody else changed or deleted meanwhile is let alone from now on.
        self.view.records.get(change.entity, {}).pop(str(change.body.get("Id")), None)
        return _fault(answer)

    def _merge(self, merge: Merge) -> str | None:
        asked = {"realm": self.realm, "entity": merge.entity, "loser": merge.loser, "winner": merge.winner}
        answer = self._http.post("/control/merge", json=asked)
        records = self.view.records[merge.entity]
        if answer.status_code != 200:
            return str(answer.json().get("error"))
        records.pop(merge.loser)
        # The winner is another version now, whose SyncToken people do not know: they leave it alone, but may name it.
        name = full_name(records[merge.winner])
        for entity, held in self.view.records.items():
            for identity, record in held.items():
                held[identity] = redirected(entity, record, (merge.entity, merge.loser), merge.winner, name)
        records[merge.winner]["SyncToken"] = str(int(records[merge.winner]["SyncToken"]) + 1)
        return None

    def _signed_in(self, request: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
        """The answer to a request; signs in anew when the tokens came to nothing."""
        for attempt in range(SIGN_IN_ATTEMPTS):
            try:
                return request()
            except (ConnectionFailedError, httpx.TransportError, ValueError):
                time.sleep(min(0.1 * attempt, 1.0))
            try:
                self._connection = connect(self._http, self.realm)
            except (ConnectionFailedError, httpx.TransportError, ValueError):
                continue
        raise ConnectionFailedError(f"{SIGN_IN_ATTEMPTS} attempts to sign in to {self.realm} failed")

    def _forget_old(self) -> None:
        for records in self.view.records.values():
            if len(records) <= 2 * KEPT or "Active" in next(iter(records.values())):
                continue
            for identity in list(records)[:-KEPT]:
                del records[identity]


def _kind(work: Change | Merge) -> str:
    if isinstance(work, Merge):
        return "merge"
    if work.body.keys() >= {"Active", "sparse"}:
        return "reactivate" if work.body["Active"] else "deactivate"
    return work.operation


def _fault(answer: Any) -> str:
    """Code and message of a refusal."""
    fault = answer.get("Fault") or answer.get("fault") or {}
    first = (fault.get("Error") or fault.get("error") or [{}])[0]
    return f"{first.get('code', '?')} {first.get('Message') or first.get('message') or ''}".strip()

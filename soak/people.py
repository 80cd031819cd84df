"""The people who work in a company: the changes of `qbo-pipeline local change`, while the pipeline's requests fail.

Their writes are spared; their tokens are not, so they sign in again where that is needed. They read nothing after the
start: what they did not change themselves they find out when QuickBooks refuses a change.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import httpx

from qbo_pipeline.local.quickbooks.living import Change, ConnectionFailedError, LivingCompany, connect, next_change
from qbo_pipeline.local.quickbooks.living.view import Merge

KEPT = 300
"""Documents of an entity that people remember, the newest: who looks through all of them gets slower and slower."""

SIGN_IN_ATTEMPTS = 50

_PARAMETERS: dict[tuple[str, str], dict[str, str]] = {
    ("Invoice", "void"): {"operation": "void"},
    ("", "void"): {"operation": "update", "include": "void"},
    ("", "delete"): {"operation": "delete"},
}
"""By entity and operation; those of the empty entity are for all others."""


class People:
    """Those of one company."""

    def __init__(self, http: httpx.Client, realm: str, seed: int) -> None:
        self._http = http
        self._realm = realm
        self._random = Random(f"people {seed} {realm}")
        living = LivingCompany(connect(http, realm))
        self._connection, self._view = living.connection, living.view
        self.made: Counter[str] = Counter()
        """Changes by what they were: create, update, void, delete, merge, deactivate, reactivate."""
        self.refused: Counter[str] = Counter()
        """Changes that QuickBooks did not take, by what they were, entity and fault."""

    def work(self) -> None:
        """Make the next change."""
        self._forget_old()
        change = next_change(self._view, self._random)
        fault = self._merge(change) if isinstance(change, Merge) else self._write(change)
        if fault is None:
            self.made[_what(change)] += 1
        else:
            self.refused[f"{_what(change)} {change.entity}: {fault}"] += 1

    def _write(self, change: Change) -> str | None:
        """The fault, if QuickBooks refuses."""
        parameters = _PARAMETERS.get((change.entity, change.operation)) or _PARAMETERS.get(("", change.operation), {})
        status, answer = self._signed_in(lambda: self._connection.post(change.entity.lower(), parameters, change.body))
        if status == 200 and change.entity in answer:
            self._view.after(change, answer[change.entity])
            return None
        # What somebody else changed or deleted meanwhile is let alone from now on.
        self._view.records.get(change.entity, {}).pop(str(change.body.get("Id")), None)
        return _fault(answer)

    def _merge(self, merge: Merge) -> str | None:
        asked = {"realm": self._realm, "entity": merge.entity, "loser": merge.loser, "winner": merge.winner}
        answer = self._http.post("/control/merge", json=asked)
        records = self._view.records[merge.entity]
        records.pop(merge.loser)
        if answer.status_code != 200:
            return str(answer.json().get("error"))
        winner = {**records[merge.winner], "SyncToken": str(int(records[merge.winner]["SyncToken"]) + 1)}
        records[merge.winner] = winner
        self._view.merged(merge, winner)
        return None

    def _signed_in(self, request: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
        """The answer to a request; signs in anew when the tokens came to nothing."""
        for attempt in range(SIGN_IN_ATTEMPTS):
            try:
                return request()
            except (ConnectionFailedError, httpx.TransportError, ValueError):
                time.sleep(min(0.1 * attempt, 1.0))
            try:
                self._connection = connect(self._http, self._realm)
            except (ConnectionFailedError, httpx.TransportError, ValueError):
                continue
        raise ConnectionFailedError(f"{SIGN_IN_ATTEMPTS} attempts to sign in to {self._realm} failed")

    def _forget_old(self) -> None:
        for records in self._view.records.values():
            if len(records) <= 2 * KEPT or "Active" in next(iter(records.values())):
                continue
            for identity in list(records)[:-KEPT]:
                del records[identity]


def _what(change: Change | Merge) -> str:
    if isinstance(change, Change) and change.body.keys() >= {"Active", "sparse"}:
        return "reactivate" if change.body["Active"] else "deactivate"
    return change.operation


def _fault(answer: Any) -> str:
    """Code and message of a refusal."""
    fault = answer.get("Fault") or answer.get("fault") or {}
    first = (fault.get("Error") or fault.get("error") or [{}])[0]
    return f"{first.get('code', '?')} {first.get('Message') or first.get('message') or ''}".strip()

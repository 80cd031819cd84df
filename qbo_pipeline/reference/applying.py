"""Sending the changes of a plan, one after the other.

Of each change it is written down that it is about to be sent, and then what came of it. One that fails does not keep
the others from being sent, unless QuickBooks takes nothing at all. What may have been done and was not answered is
found out by looking at the record: nothing is written over what somebody else wrote, and nothing is created twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import msgspec

from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.company import CompanyApi
from qbo_pipeline.quickbooks.errors import (
    DuplicateNameError,
    OAuthError,
    ObjectNotFoundError,
    RequestError,
    StaleObjectError,
)
from qbo_pipeline.quickbooks.queries import select_statement, text_literal
from qbo_pipeline.quickbooks.writing import ReferenceWriter
from qbo_pipeline.reference.lists import NAME, PARENT, ReferenceList, list_of
from qbo_pipeline.reference.plan import Change, ConflictingField, Difference
from qbo_pipeline.reference.requests import Raw, body, digest, value_of
from qbo_pipeline.reference.results import Outcome, Result, failed, is_about_all, not_sent, of_entry
from qbo_pipeline.state.reference_changes import ChangeOutcome, Intent, JournalEntry, ReferenceChanges

_SETTLED = {
    Outcome.APPLIED: ChangeOutcome.APPLIED,
    Outcome.REFUSED: ChangeOutcome.REFUSED,
    Outcome.CONFLICT: ChangeOutcome.CONFLICT,
}
"""Of the others nobody knows whether they were done: they stay without an outcome, and keep their request id."""
_SOURCE = "reference"


class Applying:
    """Applies changes to one company. Methods raise `OAuthError` and `RequestError` only before anything is sent."""

    def __init__(
        self,
        company: CompanyApi,
        writer: ReferenceWriter,
        journal: ReferenceChanges,
        os_user: str,
        on_result: Callable[[Result], None] = lambda _: None,
    ) -> None:
        self._company = company
        self._writer = writer
        self._journal = journal
        self._os_user = os_user
        self._on_result = on_result

    async def apply(self, changes: Sequence[Change]) -> list[Result]:
        """Send changes that are in an order in which they can be made; a result for each."""
        current = await self._read(changes)
        made: dict[tuple[str, str], str] = {}
        results: list[Result] = []
        nothing_is_taken = ""
        for change in changes:
            parent = self._parent(change, made)
            if nothing_is_taken:
                result = not_sent(change, nothing_is_taken)
            elif parent is None and change.parent is not None:
                result = not_sent(change, "its parent was not created")
            else:
                result, nothing_is_taken = await self._settled(change, parent, current)
            if result.outcome is Outcome.APPLIED and not change.id:
                made[change.entity, change.key] = result.id
            results.append(result)
            self._on_result(result)
        return results

    async def _settled(
        self, change: Change, parent: str | None, current: Mapping[tuple[str, str], Raw]
    ) -> tuple[Result, str]:
        """What came of a change, written down; and why nothing more can be sent, where that is so."""
        entry = self._journal.begin(_intent(self._company.realm_id, change, parent, self._os_user))
        if entry.outcome is ChangeOutcome.APPLIED:
            return of_entry(change, Outcome.APPLIED, entry, told="was applied before, and is loaded now"), ""
        stop = ""
        try:
            result = await self._send(change, parent, entry, current.get((change.entity, change.id)))
        except (RequestError, OAuthError) as error:
            result = failed(change, entry, error)
            stop = "QuickBooks takes nothing just now" if is_about_all(error) else ""
        self._journal.settle(
            entry.request_id,
            _SETTLED.get(result.outcome),
            record_id=result.id or None,
            told=result.told or None,
            intuit_tid=result.intuit_tid,
        )
        return result, stop

    async def _send(self, change: Change, parent: str | None, entry: JournalEntry, read: Raw | None) -> Result:
        of = list_of(change.entity)
        if not change.id:
            return await self._create(of, change, parent, entry)
        if read is None or _sync_token(read) != change.sync_token:
            return await self._compared(of, change, parent, entry)
        try:
            written = await self._writer.save(entity(of.entity), body(of, change, parent, read), entry.request_id)
        except StaleObjectError as error:
            return await self._compared(of, change, parent, entry, error.context.intuit_tid)
        return of_entry(change, Outcome.APPLIED, entry, intuit_tid=written.intuit_tid)

    async def _create(self, of: ReferenceList, change: Change, parent: str | None, entry: JournalEntry) -> Result:
        try:
            written = await self._writer.save(entity(of.entity), body(of, change, parent, {}), entry.request_id)
        except DuplicateNameError as error:
            twin = await self._twin(of, change, parent)
            if twin is None:
                raise
            told = "is in QuickBooks as the file asks"
            tid = error.context.intuit_tid
            return of_entry(change, Outcome.APPLIED, entry, id=str(_plain(twin["Id"])), told=told, intuit_tid=tid)
        return of_entry(change, Outcome.APPLIED, entry, id=str(written.record["Id"]), intuit_tid=written.intuit_tid)

    async def _compared(
        self, of: ReferenceList, change: Change, parent: str | None, entry: JournalEntry, intuit_tid: str | None = None
    ) -> Result:
        """What is to be said of a record whose version is not the exported one: it is read by its id."""
        try:
            page = await self._company.read(entity(of.entity), change.id, source=_SOURCE)
        except ObjectNotFoundError as error:
            told = "it is no more in QuickBooks: it was merged into another one"
            return of_entry(change, Outcome.REFUSED, entry, told=told, intuit_tid=error.context.intuit_tid)
        theirs = _members(page.records[0])
        fields = tuple(
            ConflictingField(one.field, one.before, value_of(of.column(one.field), theirs), _asked(one, parent))
            for one in change.differences
        )
        if all(one.theirs == one.yours for one in fields):
            told = "is in QuickBooks as the file asks"
            return of_entry(change, Outcome.APPLIED, entry, told=told, intuit_tid=intuit_tid or page.intuit_tid)
        return of_entry(
            change, Outcome.CONFLICT, entry, told="somebody changed it since the export; nothing was written over",
            to_do="Export again, and repeat the edit where it still holds.", fields=fields,
            intuit_tid=intuit_tid or page.intuit_tid,
        )  # fmt: skip

    async def _twin(self, of: ReferenceList, change: Change, parent: str | None) -> Raw | None:
        """The record that has the name and everything else that was to be created: then it was created before."""
        name = next(one.after for one in change.differences if one.field == NAME)
        statement = select_statement(entity(of.entity), f"Name = {text_literal(name)}")
        page = await self._company.query_page(entity(of.entity), statement, _SOURCE, 1)
        return next((one for one in map(_members, page.records) if _is_as_asked(of, change, parent, one)), None)

    async def _read(self, changes: Iterable[Change]) -> dict[tuple[str, str], Raw]:
        """The records to be changed as they are now, 200 a request."""
        ids: dict[str, list[str]] = {}
        for change in changes:
            if change.id:
                ids.setdefault(change.entity, []).append(change.id)
        found: dict[tuple[str, str], Raw] = {}
        for name, of_entity in ids.items():
            for page in await self._company.read_many(entity(name), of_entity, source=_SOURCE):
                for record in map(_members, page.records):
                    found[name, str(_plain(record["Id"]))] = record
        return found

    @staticmethod
    def _parent(change: Change, made: Mapping[tuple[str, str], str]) -> str | None:
        """Id of what the record is to be below; None where that does not change, or was not created."""
        if change.parent is None or change.parent.isdigit() or not change.parent:
            return change.parent
        return made.get((change.entity, change.parent))


def _intent(realm_id: str, change: Change, parent: str | None, os_user: str) -> Intent:
    changes = msgspec.json.encode([asdict(one) for one in change.differences]).decode()
    return Intent(
        digest(realm_id, change, parent), realm_id, change.entity, change.id or None, change.what, changes, os_user
    )


def _asked(one: Difference, parent: str | None) -> str:
    return parent or "" if one.field == PARENT else one.after


def _is_as_asked(of: ReferenceList, change: Change, parent: str | None, record: Raw) -> bool:
    asked = {one.field: _asked(one, parent) for one in change.differences}
    return all(value_of(of.column(field), record) == asked.get(field, "") for field in {*asked, PARENT})


def _members(record: msgspec.Raw) -> dict[str, Any]:
    """The members of a record, each as the bytes it came as."""
    return dict(msgspec.json.decode(record, type=dict[str, msgspec.Raw]))


def _plain(value: Any) -> Any:
    return msgspec.json.decode(value)


def _sync_token(record: Raw) -> str:
    return str(_plain(record["SyncToken"]))

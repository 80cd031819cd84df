"""Export, plan and apply: where the files, the warehouse, the journal and QuickBooks meet."""

from __future__ import annotations

import asyncio
import getpass
import os
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from qbo_pipeline.ingestion.failures import LoadError
from qbo_pipeline.ingestion.session import Session
from qbo_pipeline.ingestion.told import Told
from qbo_pipeline.quickbooks.calls import ApiCall
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.client import QuickBooksClient
from qbo_pipeline.reference import audit_trail, folder
from qbo_pipeline.reference.applying import Applying
from qbo_pipeline.reference.folder import Export, Record
from qbo_pipeline.reference.lists import PARENT
from qbo_pipeline.reference.plan import Difference, Plan, moves
from qbo_pipeline.reference.planning import plan
from qbo_pipeline.reference.results import Outcome, Result
from qbo_pipeline.reference.warehouse_lists import read_lists
from qbo_pipeline.state.api_usage import ApiUsage
from qbo_pipeline.state.reference_changes import ChangeOutcome, JournalEntry, ReferenceChanges
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.warehouse.warehouse import open_warehouse

_SOURCE = "reference"
"""Why records are read, in the audit trail and on the meter."""

Key = tuple[str, str]
"""Entity and id."""


class NothingLoadedError(Exception):
    """The warehouse has nothing of the company to export or to compare with."""

    def __init__(self, company: str) -> None:
        super().__init__(
            f"The warehouse has no accounts, classes or departments of {company}. Load them with: "
            "qbo-pipeline backfill --entity Account --entity Class --entity Department"
        )


@dataclass(frozen=True, slots=True)
class PlannedFolder:
    """A folder, and what it would change."""

    export: Export
    plan: Plan
    now: Mapping[str, Sequence[Record]]


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a plan."""

    results: Sequence[Result]
    not_loaded: LoadError | None = None
    """Why the changed records are not in the warehouse yet; the next sync brings them."""

    @property
    def complete(self) -> bool:
        """Whether every change was applied and is in the warehouse."""
        return self.not_loaded is None and all(one.outcome is Outcome.APPLIED for one in self.results)


def export(session: Session, realm_id: str, company: str, to: Path, *, replace: bool = False) -> list[Path]:
    """Write the lists of a company, as the warehouse has them; returns the files.

    Raises:
        FolderError: the folder holds edits of an earlier export, and `replace` does not give them up.
        NothingLoadedError: there is nothing of the company. FileNotFoundError: nothing was loaded yet at all.
    """
    environment = session.settings.environment.value
    records = _read(session, realm_id, company)
    return folder.write(to, Export(realm_id, company, environment, datetime.now(UTC), records), replace=replace)


def plan_folder(session: Session, of: Path) -> PlannedFolder:
    """What the edits of a folder would change.

    Raises:
        FolderError: the folder holds no export, or a file that cannot be read.
        NothingLoadedError: there is nothing of the company. FileNotFoundError: nothing was loaded yet at all.
    """
    exported = folder.read_export(of)
    now = _read(session, exported.realm_id, exported.company)
    return PlannedFolder(exported, plan(exported, folder.read_files(of), now), now)


def catch_up(session: Session, realm_id: str) -> int:
    """Bring into the warehouse what was applied by a process that died before it could; returns how many changes.

    Raises:
        LoadError: it cannot be read just now.
    """
    with StateStore(session.settings.state_url) as state:
        journal = ReferenceChanges(state)
        waiting = _waiting(journal.of(realm_id))
        if waiting:
            with session.reading() as query:
                now = read_lists(query, realm_id)
            touched = {key for one in waiting for key in _with_what_is_below(one, now)}
            _bring_in(session, journal, realm_id, touched, [])
        return len(waiting)


def apply(session: Session, planned: PlannedFolder, on_result: Callable[[Result], None] = lambda _: None) -> Applied:
    """Send the changes of a plan and bring what came of them into the warehouse.

    `on_result` is told of each as it is answered.

    Raises:
        WritingNotAllowedError: QBO_ALLOW_REFERENCE_WRITE is not true.
        OAuthError, RequestError: the records cannot be read; nothing was sent.
    """
    realm_id, calls = planned.export.realm_id, list[ApiCall]()
    with StateStore(session.settings.state_url) as state:
        journal = ReferenceChanges(state)

        async def send() -> list[Result]:
            async with QuickBooksClient(session.settings, state, on_call=calls.append) as client:
                writer = client.reference_writer(realm_id)
                applying = Applying(client.company(realm_id), writer, journal, _os_user(), on_result)
                return await applying.apply(planned.plan.changes)

        results = asyncio.run(send())
        ApiUsage(state).add(realm_id, _SOURCE, sum(_is_read(one) for one in calls))
        try:
            _bring_in(session, journal, realm_id, _touched(results, planned.now), calls)
        except LoadError as error:
            return Applied(results, error)
    return Applied(results)


def _read(session: Session, realm_id: str, company: str) -> dict[str, list[Record]]:
    with session.reading() as query:
        records = read_lists(query, realm_id)
    if not any(records.values()):
        raise NothingLoadedError(company)
    return records


def _bring_in(
    session: Session, journal: ReferenceChanges, realm_id: str, records: Iterable[Key], calls: Sequence[ApiCall]
) -> None:
    """Note in the audit trail what was sent, read the records that changed, and publish both."""
    run_id, data = str(uuid.uuid4()), session.settings.data
    entries, told = journal.of(realm_id), [Told(entity(name), key) for name, key in sorted(records)]
    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        warehouse.record_calls(run_id, calls)
        audit_trail.record(warehouse, entries)
        if not told:
            warehouse.publish()
    if told:
        session.load_told(realm_id, told, run_id, source=_SOURCE)
    journal.loaded(one.request_id for one in _waiting(entries))


def _waiting(entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    return [one for one in entries if one.outcome is ChangeOutcome.APPLIED and not one.loaded]


def _touched(results: Sequence[Result], now: Mapping[str, Sequence[Record]]) -> set[Key]:
    """What is to be read again: what was changed, what conflicts, and what is below a record with another full name."""
    found: set[Key] = set()
    for one in results:
        if one.id and one.outcome in (Outcome.APPLIED, Outcome.CONFLICT):
            found.add((one.change.entity, one.id))
            if one.change.id and moves(one.change.differences):
                found |= _below((one.change.entity, one.id), now)
    return found


def _with_what_is_below(entry: JournalEntry, now: Mapping[str, Sequence[Record]]) -> set[Key]:
    """The same of a change that another process was answered."""
    changed = (entry.entity, entry.record_id or "")
    differences = msgspec.json.decode(entry.changes, type=tuple[Difference, ...])
    return {changed} | (_below(changed, now) if moves(differences) else set())


def _below(changed: Key, now: Mapping[str, Sequence[Record]]) -> set[Key]:
    entity_name, key = changed
    children: dict[str, list[str]] = {}
    for one in now.get(entity_name, ()):
        children.setdefault(one.values[PARENT], []).append(one.id)
    found: list[str] = []
    waiting = [key]
    while waiting:
        below = children.pop(waiting.pop(), [])
        found += below
        waiting += below
    return {(entity_name, one) for one in found}


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container that has no name for its user
        return f"uid {os.getuid()}"


def _is_read(call: ApiCall) -> bool:
    """Reads are metered, writes are free (Intuit, App Partner Program)."""
    return call.method == "GET" or call.endpoint == "query"

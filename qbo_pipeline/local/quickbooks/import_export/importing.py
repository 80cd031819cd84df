"""A folder of API JSON becomes a company of the service; what has no place in it is named, and nothing stops."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from qbo_pipeline.local.quickbooks.clock import epoch
from qbo_pipeline.local.quickbooks.entities import LISTS, SINGLETONS, SUFFIXED, TRANSACTIONS, WRAPPED
from qbo_pipeline.local.quickbooks.import_export.documents import SUFFIXES, UNLISTED, Found, Unplaced, documents
from qbo_pipeline.local.quickbooks.store import DELETED_SUFFIX, Record, Store, inner

_DATES = ("TxnDate", "PaymentDate", "AsOfDate")
_DATED = TRANSACTIONS - {WRAPPED}


class StateInUseError(Exception):
    """A running service has the state file open: what is put beside it would be unknown to its books."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """A record that was deleted, as change data capture tells of it."""

    entity: str
    id: str
    deleted_at: str
    """ISO 8601, with the offset it came with."""


@dataclass(frozen=True, slots=True)
class CompanyFromFiles:
    """A company as its files tell it; the store can load it."""

    realm_id: str
    name: str
    records: list[tuple[str, Record]]
    deleted: list[Deletion]
    unlisted: list[tuple[str, Record]]
    """Transactions that are in the books without being of any entity, with their kind."""


def read_company(folder: Path, realm_id: str) -> tuple[CompanyFromFiles, list[Unplaced]]:
    """A company from all the `.json`, `.jsonl` and `.ndjson` files of a folder, and what found no place in it.

    Of several versions of a record the one with the highest SyncToken is taken, of those with the same the one that
    changed last: a payment moves the balance and LastUpdatedTime of what it pays, not its SyncToken. What was deleted
    after it last changed is gone. The " (deleted)" that the API shows behind the names of inactive records is taken
    off: the service shows it again.
    """
    placed: dict[tuple[str, str], Record] = {}
    deleted: dict[tuple[str, str], Deletion] = {}
    unplaced: list[Unplaced] = []
    unlisted: list[tuple[str, Record]] = []
    for path in sorted(one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES):
        for found in documents(path):
            if isinstance(found, Unplaced):
                unplaced.append(found)
                continue
            if found.entity == UNLISTED:
                unlisted += found.record.items()
                continue
            wrong = _fault(found)
            key = found.entity, _identity(inner(found.record))
            if wrong is None and found.record.get("status") == "Deleted":
                stamp = found.record["MetaData"]["LastUpdatedTime"]
                deleted[key] = Deletion(found.entity, key[1], stamp)
            elif wrong is None:
                wrong = _place(placed, key, _without_suffix(found.record))
            if wrong is not None:
                named = f"Id {key[1]}" if "Id" in inner(found.record) else found.where
                unplaced.append(Unplaced(path.name, named, wrong))
    for key, deletion in deleted.items():
        if key in placed and epoch(deletion.deleted_at) > _updated(placed[key]):
            del placed[key]
    unplaced += [
        Unplaced(f"{name}.json", "", "missing: every company has one")
        for name in sorted(SINGLETONS)
        if not any(entity == name for entity, _ in placed)
    ]
    names = (one.get("CompanyName") for (entity, _), one in placed.items() if entity == "CompanyInfo")
    company = CompanyFromFiles(
        realm_id,
        next((str(name) for name in names if name), realm_id),
        sorted(((entity, one) for (entity, _), one in placed.items()), key=lambda record: _rank(record[0])),
        [one for key, one in deleted.items() if key not in placed],
        unlisted,
    )
    return company, unplaced


def import_company(state: Path, company: CompanyFromFiles) -> None:
    """Put a company into a state file that no service has open, in place of what was there of it.

    Raises:
        StateInUseError: a service has it open.
    """
    if state.exists():
        _refuse_if_open(state)
    with closing(Store(state)) as store, store.transaction():
        store.add_company(company)
        for kind, transaction in company.unlisted:
            store.add_unlisted(company.realm_id, kind, transaction)


def _refuse_if_open(state: Path) -> None:
    # SQLite leaves the write-ahead log only where no other connection is open, even one that is idle.
    with closing(sqlite3.connect(state, timeout=0)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            raise StateInUseError(f"{state} is open in a running service") from error


def _place(placed: dict[tuple[str, str], Record], key: tuple[str, str], record: Record) -> str | None:
    """Put a record where it belongs, unless a newer version is there; what is wrong with it, if anything."""
    known = placed.get(key)
    mine, theirs = _version(record), _version(known) if known is not None else (-1, 0)
    if mine > theirs:
        placed[key] = record
    elif mine == theirs and record != known:
        return "another record with this Id, SyncToken and LastUpdatedTime came before it"
    return None


def _version(record: Record) -> tuple[int, int]:
    return int(inner(record).get("SyncToken", 0)), _updated(record)


def _updated(record: Record) -> int:
    stamp = inner(record).get("MetaData", {}).get("LastUpdatedTime")
    return 0 if stamp is None else epoch(stamp)


def _identity(content: Record) -> str:
    """As the store knows it; exchange rates go by currency and day."""
    return str(content.get("Id") or f"{content.get('SourceCurrencyCode')}:{content.get('AsOfDate')}")


def _without_suffix(record: Record) -> Record:
    content = inner(record)
    if content.get("Active") is not False:
        return record
    bare = {
        key: value.removesuffix(DELETED_SUFFIX) if key in SUFFIXED and isinstance(value, str) else value
        for key, value in content.items()
    }
    return bare if content is record else dict.fromkeys(record, bare)


def _rank(entity: str) -> tuple[int, str]:
    """What a company is, then its lists, then what happened; the order of the file within each."""
    kinds = (SINGLETONS, LISTS, TRANSACTIONS)
    return next((place for place, kind in enumerate(kinds) if entity in kind), len(kinds)), entity


def _fault(found: Found) -> str | None:
    """Why a record cannot be one of its entity; None when it can."""
    return next(_faults(found.entity, inner(found.record)), None)


def _faults(entity: str, content: Record) -> Iterator[str]:
    if entity == "ExchangeRate":
        if not (content.get("SourceCurrencyCode") and content.get("AsOfDate")):
            yield "without SourceCurrencyCode and AsOfDate"
    elif not content.get("Id"):
        yield "without Id"
    elif not isinstance(content["Id"], str):
        yield "its Id is not text"
    stamps = content.get("MetaData", {})
    if not isinstance(stamps, dict):
        yield "its MetaData is not an object"
        return
    if content.get("status") == "Deleted" and "LastUpdatedTime" not in stamps:
        yield "a deletion without MetaData.LastUpdatedTime"
    for name in ("CreateTime", "LastUpdatedTime"):
        if name in stamps and not _reads(epoch, stamps[name]):
            yield f"MetaData.{name} is no time: {stamps[name]}"
    for name in _DATES:
        if name in content and not _reads(date.fromisoformat, content[name]):
            yield f"{name} is no date: {content[name]}"
    if not _reads(int, content.get("SyncToken", "0")):
        yield f"SyncToken is no number: {content['SyncToken']}"
    if entity in _DATED and content.get("status") != "Deleted" and not any(name in content for name in _DATES):
        yield "without TxnDate"
    if not isinstance(content.get("Active", True), bool):
        yield f"Active is neither true nor false: {content['Active']}"


def _reads(reader: Any, value: Any) -> bool:
    try:
        reader(value)
    except (TypeError, ValueError):
        return False
    return True

"""What must hold when all is quiet again, each as a question with what was looked at and what was wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from qbo_pipeline.ingestion.results import Query
from qbo_pipeline.local.quickbooks.store import Store
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline_tests.end_to_end.comparison import differences_between
from qbo_pipeline_tests.end_to_end.expectation import instant
from soak.outcome import Finding
from soak.product import CLIENT_SECRET, VERIFIER_TOKEN, Product
from soak.quickbooks import Shown

_SECRET = re.compile(
    b"|".join(
        (
            rb"eyJlbmMiOiJB[\w-]{40,}",  # access tokens of the local QuickBooks,
            rb"RT1-\d+-H\d-\d{10}\w+",  # its refresh tokens,
            rb"AB11[0-9a-f]{32}",  # and its authorization codes
            re.escape(VERIFIER_TOKEN.encode()),
            re.escape(CLIENT_SECRET.encode()),
        )
    )
)
_CHUNK, _LONGEST_SECRET = 1 << 22, 200


def rows_agree(store: Store, query: Query, realms: Collection[str]) -> Finding:
    """Every row and column of every entity and its lines is what QuickBooks holds, deletions included."""
    wrong = [one for realm in realms for one in differences_between(store, query, realm)]
    held = sum(sum(store.counts(realm).values()) for realm in realms)
    return Finding("every row equals QuickBooks' record", held, tuple(wrong))


def deletions_are_known(store: Store, query: Query, realms: Collection[str]) -> Finding:
    """What was deleted or merged away in QuickBooks, and ever seen here, is marked as deleted."""
    tables = {one.name: one.table for one in ENTITIES}
    wrong, looked_at = [], 0
    for realm in realms:
        for entity, table in tables.items():
            gone = {
                identity
                for (identity,) in store.rows("SELECT id FROM deletion WHERE realm = ? AND entity = ?", [realm, entity])
            }
            looked_at += len(gone)
            rows = query(f'SELECT id FROM quickbooks."{table}" WHERE realm_id = ? AND NOT deleted', [realm])
            wrong += [f"{entity} {one} of {realm} was deleted and is alive here" for (one,) in rows if one in gone]
    return Finding("every deletion is known", looked_at, tuple(wrong))


def versions_are_kept(store: Store, query: Query, shown: Sequence[Shown], undisturbed: int) -> Finding:
    """The history has every version that an answer showed; of the deletions that it told, those that are true.

    A newer version of the record will do where nobody could have kept the one shown: among the first of `shown`, up to
    the number from which on the pipeline was `undisturbed` by kills, as a killed process takes with it what it was just
    told; and of change data capture, which is looked at before a run is started that asks it again.
    """
    versions: dict[_Record, set[_Version]] = {}
    for realm, entity, identity, token, updated, gone in query(
        "SELECT realm_id, entity, id, sync_token, updated_at, operation = 'deleted' FROM history.record"
    ):
        versions.setdefault((realm, entity, identity), set()).add(_GONE if gone else (token, updated))
    deleted = set(store.rows("SELECT realm, entity, id FROM deletion"))
    wrong, looked_at = [], 0
    for number, one in enumerate(shown, 1):
        record, version = (one.realm, one.entity, one.id), _version(one)
        if version == _GONE and record not in deleted:
            continue  # a deletion that was not true
        looked_at += 1
        kept = versions.get(record, set())
        excused = (number <= undisturbed or one.by == "cdc") and _is_overtaken(version, kept)
        if version not in kept and not excused:
            wrong.append(
                f"{one.entity} {one.id} of {one.realm}, SyncToken {one.sync_token}, {one.last_updated}, by {one.by}"
            )
    return Finding("the history has every version that was served", looked_at, tuple(wrong))


_Record = tuple[str, str, str]
"""Realm id, entity, id."""
_Version = tuple[int | None, datetime | None]
"""SyncToken and LastUpdatedTime (UTC)."""
_GONE: _Version = (-1, None)


def _version(shown: Shown) -> _Version:
    if shown.deleted:
        return _GONE
    return (
        None if shown.sync_token is None else int(shown.sync_token),
        None if shown.last_updated is None else instant(shown.last_updated),
    )


def _is_overtaken(version: _Version, kept: Collection[_Version]) -> bool:
    """Whether a later version of the record is among the kept ones."""
    shown_at = version[1]
    return _GONE in kept or any(at is not None and shown_at is not None and at >= shown_at for _, at in kept)


def events_are_applied(query: Query, acknowledged: Collection[str]) -> list[Finding]:
    """No acknowledged event is lost, and none is applied twice."""
    rows = query("SELECT event_id, outcome FROM audit.webhook_event")
    outcomes: dict[str, list[str]] = {}
    for event, outcome in rows:
        outcomes.setdefault(event, []).append(outcome)
    lost = [f"event {one} is nowhere" for one in acknowledged if one not in outcomes]
    lost += [f"event {event}: {', '.join(of)}" for event, of in outcomes.items() if not _is_settled(of)]
    twice = [f"event {event}: {of.count('applied')} times" for event, of in outcomes.items() if of.count("applied") > 1]
    return [
        Finding("no acknowledged event is lost", len(acknowledged), tuple(lost)),
        Finding("no event is applied twice", len(outcomes), tuple(twice)),
    ]


def _is_settled(outcomes: Collection[str]) -> bool:
    """Once applied, or of no use here; a duplicate only beside the event it duplicates, and nothing failed for good."""
    return any(one in ("applied", "unknown entity") for one in outcomes) and not any(
        one.startswith("failed") for one in outcomes
    )


def inbox_is_empty(product: Product) -> Finding:
    """Nothing waits, and nobody holds on to anything."""
    left = tuple(f"{path.parent.name}/{path.name}" for path in product.deliveries_left())
    processed = sum(1 for path in (product.inbox.parent / "processed").rglob("*.webhook"))
    return Finding("no file is left in inbox or processing", processed, left)


def bad_files_are_rejected(product: Product, dropped: Mapping[str, str]) -> Finding:
    """All of the `dropped` (name → kind) are in `rejected/`, each with its reason, and no delivery is with them."""
    folder = product.data / "webhooks" / "rejected"
    names = {path.name for path in folder.iterdir()}
    wrong = [f"{name} ({kind}) was not rejected" for name, kind in dropped.items() if name not in names]
    wrong += [f"{name} ({kind}) has no reason" for name, kind in dropped.items() if f"{name}.reason" not in names]
    expected = dropped.keys() | {f"{name}.reason" for name in dropped}
    wrong += [f"{name} was rejected" for name in sorted(names - expected)]
    return Finding("every bad file is rejected with a reason, and no other", len(dropped), tuple(wrong))


def runs_have_ended(product: Product) -> Finding:
    """No run counts as running of which nobody is left who executes it: it would keep others waiting for ever."""
    runs = product.runs()
    left = tuple(f"{one.job} {one.id}, {one.status}" for one in runs if not one.has_ended)
    return Finding("no run is left that nobody executes", len(runs), left)


def secrets_are_kept(product: Product) -> Finding:
    """No token, code or key in anything the product wrote, encrypted ones apart."""
    files = [path for path in (*product.logs(), *product.data.rglob("*")) if path.is_file()]
    wrong = [f"{path}: {found[:16].decode()}…" for path in dict.fromkeys(files) for found in set(_secrets(path))]
    return Finding("no secret in any file", len(set(files)), tuple(wrong))


def _secrets(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        tail = b""
        while chunk := file.read(_CHUNK):
            for found in _SECRET.finditer(tail + chunk):
                yield found[0]
            tail = chunk[-_LONGEST_SECRET:]

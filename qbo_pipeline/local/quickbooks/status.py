"""What the service holds and does at this moment: the figures of its page, and of GET /control/status."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nlargest

from qbo_pipeline.local.quickbooks.clock import Clock, pacific
from qbo_pipeline.local.quickbooks.injection import Injections
from qbo_pipeline.local.quickbooks.json_text import loads
from qbo_pipeline.local.quickbooks.limits import Limits, LimitsLeft, RequestLimits
from qbo_pipeline.local.quickbooks.responses import SeenRequest
from qbo_pipeline.local.quickbooks.store import Store, inner
from qbo_pipeline.local.quickbooks.webhooks import Outbox, Subscription

LATEST = 15
"""How many changes are told of."""
MINUTE = 60

_KINDS = {"query": "query", "cdc": "change data capture", "batch": "batch", "reports": "report"}
_LABELS = ("DocNumber", "FullyQualifiedName", "DisplayName", "Name", "CompanyName", "FileName")


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a record."""

    at: str
    """ISO 8601, Pacific, as QuickBooks writes it."""
    realm_id: str
    entity: str
    id: str
    label: str
    """Document number or name; empty where there is neither."""
    what: str
    """`created`, `changed`, `voided` or `deleted`."""


@dataclass(frozen=True, slots=True)
class CompanyStatus:
    """A company and how much of it there is."""

    realm_id: str
    name: str
    records: dict[str, int]
    """Entity → records."""
    deleted: int
    left: LimitsLeft | None
    """What may still be asked of it; None where limits are not enforced."""


@dataclass(frozen=True, slots=True)
class RequestCount:
    """API requests of a kind that were answered with a status."""

    kind: str
    status: int
    count: int


@dataclass(frozen=True, slots=True)
class FaultStatus:
    """A fault somebody asked for."""

    kind: str
    match: str
    struck: int
    times: int | None
    """None: until healed."""


@dataclass(frozen=True, slots=True)
class WebhookStatus:
    """An endpoint that is told of changes."""

    url: str
    delivered: int
    pending: int
    attempts: int
    """Failed ones of the delivery that holds the others back; 0 when none does."""
    next_attempt: str
    """ISO 8601, Pacific; empty when nothing is held back."""
    answer: str
    """Status, or why there was none, of the last delivery."""


@dataclass(frozen=True, slots=True)
class Status:
    """All of it."""

    now: str
    companies: list[CompanyStatus]
    limits: Limits
    changes: list[Change]
    """The latest, newest first."""
    requests: list[RequestCount]
    per_second: list[int]
    """Requests in each of the last sixty seconds, the oldest first."""
    faults: list[FaultStatus]
    latency: float
    """Seconds every API request takes at least."""
    webhooks: list[WebhookStatus]


def current_status(
    store: Store,
    clock: Clock,
    limits: RequestLimits,
    injections: Injections,
    requests: Iterable[SeenRequest],
    outbox: Outbox,
) -> Status:
    """The status of a service that consists of these parts."""
    now = clock.now()
    moment = time.monotonic()
    seen = list(requests)
    counts = Counter((_kind(one), one.status) for one in seen)
    return Status(
        now=pacific(now),
        companies=[
            CompanyStatus(
                realm,
                name,
                store.counts(realm),
                _deleted(store, realm),
                limits.left(realm, moment) if limits.settings.enforced else None,
            )
            for realm, name in store.companies()
        ],
        limits=limits.settings,
        changes=_latest(store),
        requests=[RequestCount(kind, status, count) for (kind, status), count in sorted(counts.items())],
        per_second=_per_second(seen, now),
        faults=[FaultStatus(one.kind, one.match, one.struck, one.times) for one in injections.all()],
        latency=injections.latency,
        webhooks=[_webhook(one) for one in outbox.subscriptions()],
    )


def _kind(request: SeenRequest) -> str:
    head = request.path.partition("/")[0].lower()
    return _KINDS.get(head, "read" if request.method == "GET" else "write")


def _webhook(one: Subscription) -> WebhookStatus:
    due = pacific(one.due) if one.attempts else ""
    return WebhookStatus(one.url, one.delivered, one.pending, one.attempts, due, one.answer)


def _per_second(seen: list[SeenRequest], now: float) -> list[int]:
    ages = Counter(int(now - one.at) for one in seen if now - MINUTE < one.at <= now)
    return [ages[age] for age in reversed(range(MINUTE))]


def _deleted(store: Store, realm: str) -> int:
    [(count,)] = store.rows("SELECT count(*) FROM deletion WHERE realm = ?", [realm])
    return int(count)


def _latest(store: Store) -> list[Change]:
    # Entity by entity, because that is how the index of changes is ordered: no company is read whole.
    found: list[tuple[int, int, Change]] = []
    for realm, _ in store.companies():
        for entity in store.counts(realm):
            rows = store.rows(
                "SELECT updated, number, id, created, sync_token, body FROM record WHERE realm = ? AND entity = ? "
                "ORDER BY updated DESC, number DESC LIMIT ?",
                [realm, entity, LATEST],
            )
            for updated, number, identity, created, token, body in rows:
                what = "created" if token == 0 and created == updated else "changed"
                found.append((updated, number, _change(updated, realm, entity, identity, body, what)))
        rows = store.rows(
            "SELECT deleted, rowid, entity, id FROM deletion WHERE realm = ? ORDER BY deleted DESC LIMIT ?",
            [realm, LATEST],
        )
        found += [
            (at, place, Change(pacific(at), realm, entity, one, "", "deleted")) for at, place, entity, one in rows
        ]
    return [change for _, _, change in nlargest(LATEST, found, key=lambda one: one[:2])]


def _change(updated: int, realm: str, entity: str, identity: str, body: str, what: str) -> Change:
    content = inner(loads(body))
    label = next((str(content[name]) for name in _LABELS if content.get(name)), "")
    if content.get("PrivateNote") == "Voided" and what == "changed":
        what = "voided"
    return Change(pacific(updated), realm, entity, identity, label, what)

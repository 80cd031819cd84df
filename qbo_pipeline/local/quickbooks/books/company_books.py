"""The books of one company of the service, in step with its records."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from qbo_pipeline.local.quickbooks.books.applications import applications
from qbo_pipeline.local.quickbooks.books.chart import Chart, PostingError, Record, read_chart
from qbo_pipeline.local.quickbooks.books.model import Application, Leg, Transaction
from qbo_pipeline.local.quickbooks.books.posting import POSTED, post, post_unlisted
from qbo_pipeline.local.quickbooks.books.posting.settlements import PAYMENTS, settlements
from qbo_pipeline.local.quickbooks.books.stock import Dated, Movement, cost_legs, movements, unlisted_movements
from qbo_pipeline.local.quickbooks.json_text import loads
from qbo_pipeline.local.quickbooks.store import Store

Key = tuple[str, str]


@dataclass
class _Posted:
    """What was made of one record."""

    transaction: Transaction
    moves: tuple[Movement, ...] = ()
    applied: tuple[Application, ...] = ()
    settles: frozenset[Key] = frozenset()


@dataclass
class _State:
    """Everything posted, and the texts it was posted from."""

    chart: Chart
    texts: dict[Key, int] = field(default_factory=dict)
    """Hash of each record's text: a record that is the same is not posted again."""
    posted: dict[Key, _Posted] = field(default_factory=dict)
    unposted: dict[Key, str] = field(default_factory=dict)
    links: dict[Key, Record] = field(default_factory=dict)
    """What payments need to know of the records they settle."""
    costs: dict[str, dict[Key, tuple[Leg, ...]]] = field(default_factory=dict)
    """Item → the cost legs of its movements, by transaction."""


class CompanyBooks:
    """Every transaction of a company with its legs. Records are posted at first need; later only those that changed,
    the payments of those, and the costs of the items they moved."""

    def __init__(self, store: Store, realm: str) -> None:
        self._store = store
        self._realm = realm
        self._lock = threading.RLock()
        self._seen = -1
        self._state: _State | None = None
        self._transactions: dict[Key, Transaction] = {}
        self._version = 0

    @property
    def version(self) -> int:
        """Another one after every change of what is posted."""
        with self._lock:
            self._refresh()
            return self._version

    def transactions(self) -> Iterable[Transaction]:
        """Everything posted, in no order."""
        with self._lock:
            self._refresh()
            return tuple(self._transactions.values())

    def transaction(self, entity: str, identity: str) -> Transaction | None:
        """The transaction of a record; None where it posts none."""
        with self._lock:
            self._refresh()
            return self._transactions.get((entity, identity))

    def applications(self) -> Iterable[Application]:
        """What settled what."""
        with self._lock:
            state = self._refresh()
            return tuple(one for posted in state.posted.values() for one in posted.applied)

    def chart(self) -> Chart:
        """The lists that postings go by."""
        with self._lock:
            return self._refresh().chart

    def unposted(self) -> dict[Key, str]:
        """Records that could not be posted, with the reason."""
        with self._lock:
            return dict(self._refresh().unposted)

    def _refresh(self) -> _State:
        version = self._store.version
        if self._state is not None and version == self._seen:
            return self._state
        chart = read_chart(lambda entity: map(loads, self._store.records(self._realm, entity)))
        state = self._state if self._state is not None and self._state.chart == chart else _State(chart)
        if self._follow(state) or state is not self._state:
            self._transactions = dict(_with_costs(state))
            self._version += 1
        self._state, self._seen = state, version
        return state

    def _follow(self, state: _State) -> bool:
        """Post what is new or changed, drop what is gone; whether there was any."""
        changed: dict[Key, Record] = {}
        current: dict[Key, int] = {}
        for key, text in self._texts():
            current[key] = hash(text)
            if state.texts.get(key) != current[key]:
                changed[key] = loads(text)
        gone = state.texts.keys() - current.keys()
        if not changed and not gone:
            return False
        state.texts = current
        for key in gone:
            state.links.pop(key, None)
        state.links.update((key, _link_target(key[0], record, state.chart)) for key, record in changed.items())
        touched = changed.keys() | gone
        for key, posted in state.posted.items():
            if key not in touched and posted.settles & touched:
                record = self._store.get(self._realm, *key)
                if record is not None:
                    changed[key] = record
        moved = {move.item for key in changed.keys() | gone for move in _moves(state, key)}
        for key in gone:
            state.posted.pop(key, None)
            state.unposted.pop(key, None)
        for key, record in changed.items():
            _post(state, key, record)
            moved.update(move.item for move in _moves(state, key))
        _cost(state, moved)
        return True

    def _texts(self) -> Iterator[tuple[Key, str]]:
        for entity in POSTED:
            for identity, text in self._store.texts(self._realm, entity):
                yield (entity, identity), text
        for kind, identity, text in self._store.unlisted(self._realm):
            yield (kind, identity), text


_CONTROLS = frozenset({"Accounts Receivable", "Accounts Payable"})


def _link_target(entity: str, record: Record, chart: Chart) -> Record:
    """What a payment needs to know of a record that it settles."""
    target: Record = {
        name: record[name] for name in ("ExchangeRate", "TxnDate", "APAccountRef", "Credit") if name in record
    }
    if entity == "JournalEntry":
        target["Line"] = [line for line in record.get("Line", []) if chart.kind_of(_account_of(line)) in _CONTROLS]
    return target


def _account_of(line: Record) -> str:
    return str(line.get("JournalEntryLineDetail", {}).get("AccountRef", {}).get("value", ""))


def _moves(state: _State, key: Key) -> tuple[Movement, ...]:
    posted = state.posted.get(key)
    return posted.moves if posted else ()


def _post(state: _State, key: Key, record: Record) -> None:
    entity, _ = key

    def lookup(kind: str, identity: str) -> Record | None:
        return state.links.get((kind, identity))

    state.posted.pop(key, None)
    state.unposted.pop(key, None)
    try:
        if entity not in POSTED:
            moved = tuple(unlisted_movements(record, state.chart))
            state.posted[key] = _Posted(post_unlisted(entity, record, state.chart), moved)
            return
        transaction = post(entity, record, state.chart, lookup)
        applied: tuple[Application, ...] = ()
        settles: frozenset[Key] = frozenset()
        if entity in PAYMENTS:
            settled = tuple(settlements(entity, record, lookup, state.chart.kind_of))
            applied = tuple(applications(transaction, settled))
            settles = frozenset((one.entity, one.id) for one in settled)
        moves = () if transaction.voided else tuple(movements(entity, record, state.chart))
        state.posted[key] = _Posted(transaction, moves, applied, settles)
    except PostingError as error:
        state.unposted[key] = str(error)


def _cost(state: _State, items: Iterable[str]) -> None:
    """Replay the movements of some items."""
    histories: dict[str, list[Dated]] = {item: [] for item in items}
    for key, posted in state.posted.items():
        for move in posted.moves:
            if move.item in histories:
                histories[move.item].append(Dated(key, posted.transaction.day, posted.transaction.created, move))
    for item, history in histories.items():
        history.sort(key=lambda dated: (dated.day, dated.created, len(dated.key[1]), dated.key[1]))
        state.costs[item] = cost_legs(state.chart.items[item], history)


def _with_costs(state: _State) -> Iterator[tuple[Key, Transaction]]:
    costs: dict[Key, list[Leg]] = defaultdict(list)
    for by_transaction in state.costs.values():
        for key, legs in by_transaction.items():
            costs[key].extend(legs)
    for key, posted in state.posted.items():
        transaction, added = posted.transaction, costs.get(key)
        if added:
            if transaction.currency == state.chart.home_currency:
                added = [replace(leg, foreign=leg.home) for leg in added]
            transaction = replace(transaction, legs=tuple(_beside_their_lines(transaction.legs, added)))
        yield key, transaction


def _beside_their_lines(legs: Sequence[Leg], costs: Iterable[Leg]) -> Iterator[Leg]:
    """The costs of a line follow the legs of the line, before tax (Intuit, sample of JournalReport: invoice 1038)."""
    of_line: dict[str | None, list[Leg]] = defaultdict(list)
    for cost in costs:
        of_line[cost.line_id].append(cost)
    last = {leg.line_id: place for place, leg in enumerate(legs)}
    for place, leg in enumerate(legs):
        yield leg
        if leg.line_id is not None and last[leg.line_id] == place:
            yield from of_line.pop(leg.line_id, ())
    for rest in of_line.values():
        yield from rest

"""The course of a soak: load the companies, let people work while everything goes wrong, heal, come to rest, judge."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx

from qbo_pipeline.ingestion.results import Query
from qbo_pipeline.local.quickbooks.store import Store
from soak import verdict
from soak.bad_files import drop
from soak.faults import DELIVERY, LIMITS, named, seeded
from soak.people import People
from soak.processes import Process, free_port
from soak.product import VERIFIER_TOKEN, CommandFailedError, Product
from soak.schedule import HOUR, BadFile, Happening, Kill, Leap, Round, schedule
from soak.verdict import Finding
from soak.wire import Wire

LOST_ANSWERS = 0.05
"""Share of the receiver's answers that QuickBooks does not hear."""

START_SECONDS = 120.0
QUIET_SECONDS = 600.0
"""How long deliveries have, once all is healed, to arrive and be applied."""
CONNECTIONS_EVERY = 15.0
RUN_OF_DAEMON = "spawn_main"
"""In the command line of the processes in which Dagster's code server executes runs."""
LAST_ROUNDS = 2
"""Times that changes are asked for when all is quiet. Of the entities that change data capture does not know, deletions
are found by counting what there was in the round before; so what was created and deleted since takes one more."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a soak is."""

    changes: int
    seed: int
    rate: float = 30.0
    """Changes a second, if QuickBooks manages."""
    companies: tuple[str, ...] = ("larkspur", "ironbark")
    scale: float = 1.0
    """Of the companies' history."""
    daemon: bool = True
    """Whether Dagster's daemon runs beside the listener."""


@dataclass(slots=True)
class Outcome:
    """What was done, what was found."""

    seconds: dict[str, float] = field(default_factory=dict)
    """By phase."""
    made: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    struck: dict[str, int] = field(default_factory=dict)
    """Faults, as named in the table, and how many requests they struck."""
    kills: dict[str, int] = field(default_factory=dict)
    figures: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether everything does."""
        return not any(one.wrong for one in self.findings)


class Soak:
    """One soak in one folder."""

    def __init__(self, size: Size, folder: Path, say: Say) -> None:
        self.size = size
        self.outcome = Outcome()
        self._say = say
        self._folder = folder
        self._random = Random(f"soak {size.seed}")
        self._port = free_port()
        self._url = f"http://127.0.0.1:{self._port}"
        self._state = folder / "quickbooks.sqlite"
        self._dropped: dict[str, str] = {}
        self._run_kills = 0

    def run(self) -> Outcome:
        """The whole course.

        Raises:
            CommandFailedError: a command of the product failed where nothing goes wrong.
        """
        with ExitStack() as stack:
            http = stack.enter_context(httpx.Client(base_url=self._url, timeout=60.0))
            service = self._service()
            stack.callback(service.end)
            with self._timed("start"):
                service.start()
                self._wait_for(lambda: _answers(f"{self._url}/control/health"), service)
            product = Product(self._folder, self._url)
            stack.callback(self._end_all, product)
            realms = [one["realm_id"] for one in http.get("/control/health").json()["companies"]]
            with self._timed("load"):
                self._load(product, realms)
            wire = stack.enter_context(Wire(product.webhooks_url, LOST_ANSWERS, self.size.seed))
            with self._timed("begin"):
                self._begin(product, http, wire)
                people = [People(http, realm, self.size.seed) for realm in realms]
                self._break(http)
            with self._timed("change"):
                self._change(product, http, people, wire)
            with self._timed("rest"):
                self._rest(product, http, wire)
            with self._timed("judge"):
                self._judge(product, http, wire, realms)
        return self.outcome

    def _service(self) -> Process:
        command = [sys.executable, "-m", "qbo_pipeline.local.quickbooks", "--no-limits", "--port", str(self._port)]
        command += ["--state", str(self._state), "--companies", ",".join(self.size.companies)]
        command += ["--seed", str(self.size.seed), "--scale", str(self.size.scale)]
        return Process("quickbooks", command, {}, self._folder)

    def _load(self, product: Product, realms: list[str]) -> None:
        for realm in realms:
            product.connect(realm)
        product.run("backfill")
        with product.reading() as query:
            [(rows,)] = query("SELECT count(*) FROM history.record")
        self._say(f"{len(realms)} companies are connected, {rows:,} records loaded")

    def _begin(self, product: Product, http: httpx.Client, wire: Wire) -> None:
        product.receiver.start()
        self._wait_for(lambda: _answers(product.health_url), product.receiver)
        product.listener.start()
        # It makes Dagster's databases, which two processes must not do at once.
        self._wait_for(lambda: b"Listening to" in product.listener.log.read_bytes(), product.listener)
        if self.size.daemon:
            product.daemon.start()
        _post(http, "/control/webhooks", {"url": wire.url, "verifier_token": VERIFIER_TOKEN})

    def _break(self, http: httpx.Client) -> None:
        _post(http, "/control/limits", LIMITS)
        _post(http, "/control/webhooks/delivery", {**DELIVERY, "seed": self.size.seed})
        for fault in seeded(self.size.seed):
            _post(http, "/control/faults", fault)

    def _change(self, product: Product, http: httpx.Client, people: list[People], wire: Wire) -> None:
        steps = schedule(self.size.changes, self.size.seed)
        began = said = time.monotonic()
        with self._kept_alive(product):
            for number in range(self.size.changes):
                while steps and steps[0].after <= number:
                    self._happen(steps.pop(0).happening, product, http)
                time.sleep(max(0.0, began + number / self.size.rate - time.monotonic()))
                people[number % len(people)].work()
                if time.monotonic() - said > 10:
                    said = time.monotonic()
                    self._say(self._progress(number + 1, said - began, product, wire))
        for one in people:
            self.outcome.made += one.made
            self.outcome.refused += one.refused

    def _progress(self, changes: int, seconds: float, product: Product, wire: Wire) -> str:
        waiting = len(product.deliveries_left())
        kills = sum(one.kills for one in _processes(product)) + self._run_kills
        return (
            f"{changes:,} of {self.size.changes:,} changes ({changes / seconds:.0f}/s), "
            f"{len(wire.acknowledged):,} events received, {waiting} deliveries wait, {kills} kills"
        )

    def _happen(self, happening: Happening, product: Product, http: httpx.Client) -> None:
        match happening:
            case Kill("run", _):
                self._run_kills += product.daemon.kill_child(RUN_OF_DAEMON)
            case Kill(victim, down):
                next(one for one in _processes(product) if one.name == victim).kill()
                self._down_until[victim] = time.monotonic() + down
            case BadFile(kind):
                number = len(self._dropped)
                self._dropped[drop(product.inbox, kind, number, self._random, VERIFIER_TOKEN)] = kind
            case Round():
                product.sync.start()
            case Leap(seconds):
                _post(http, "/control/clock", {"advance_seconds": seconds})

    @contextmanager
    def _kept_alive(self, product: Product) -> Iterator[None]:
        """What is killed is started again, and connections that ended are made again, while the block runs."""
        self._down_until: dict[str, float] = {}
        over = threading.Event()

        def keep() -> None:
            looked = time.monotonic()
            while not over.wait(0.1):
                self._revive(product)
                if time.monotonic() - looked > CONNECTIONS_EVERY:
                    self._reconnect(product)
                    looked = time.monotonic()

        keeper = threading.Thread(target=keep, name="keeper", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def _revive(self, product: Product) -> None:
        processes = [product.receiver, product.listener, *([product.daemon] if self.size.daemon else [])]
        for process in processes:
            if not process.lives and time.monotonic() >= self._down_until.get(process.name, 0.0):
                process.start()

    def _reconnect(self, product: Product) -> None:
        before = len(product.reconnected)
        try:
            product.reconnect_ended()
        except CommandFailedError as error:
            self._say(f"reconnecting failed, it is tried again: {error}")
        for status in product.reconnected[before:]:
            self._say(f"a connection had ended ({status}); a person connected the company again")

    def _rest(self, product: Product, http: httpx.Client, wire: Wire) -> None:
        """Heal, let what waits arrive and be applied, end the processes, and ask for changes a last time."""
        faults = http.get("/control/faults").json()["faults"]
        for asked, told in zip(seeded(self.size.seed), faults, strict=True):
            self.outcome.struck[named(asked)] = told["struck"]
        http.delete("/control/faults").raise_for_status()
        _post(http, "/control/limits", {"enforced": False})
        _post(http, "/control/webhooks/delivery", {name: 0.0 for name in DELIVERY if name != "retry_scale"})
        wire.heal()
        with self._kept_alive(product):
            self._reconnect(product)
            if not self._is_quiet(product, http):
                self.outcome.notes.append(f"deliveries still waited after {QUIET_SECONDS:.0f} s")
        self._end_all(product)
        for _ in range(LAST_ROUNDS):
            product.run("sync")
            _post(http, "/control/clock", {"advance_seconds": HOUR})

    def _is_quiet(self, product: Product, http: httpx.Client) -> bool:
        """Whether nothing is to be delivered or applied any more, in time."""
        deadline = time.monotonic() + QUIET_SECONDS
        runs: list[str] = []
        said = time.monotonic()
        while time.monotonic() < deadline:
            pending = sum(one["pending"] for one in http.get("/control/webhooks").json()["subscriptions"])
            waiting = len(product.deliveries_left())
            if not pending and not waiting and not (runs := product.unfinished_runs()):
                return True
            if time.monotonic() - said > 10:
                said = time.monotonic()
                left = f"{pending:,} events to deliver, {waiting} deliveries to apply, {len(runs)} runs to end"
                self._say(f"coming to rest: {left}")
            time.sleep(1.0)
        return False

    def _judge(self, product: Product, http: httpx.Client, wire: Wire, realms: list[str]) -> None:
        with closing(Store(self._state)) as store, product.reading() as query:
            self.outcome.findings = [
                verdict.rows_agree(store, query, realms),
                verdict.deletions_are_known(store, query, realms),
                *verdict.events_are_applied(query, wire.acknowledged),
                verdict.inbox_is_empty(product),
                verdict.bad_files_are_rejected(product, self._dropped),
                verdict.runs_have_ended(product),
                verdict.secrets_are_kept(product),
            ]
            self._figures(product, query, wire)

    def _figures(self, product: Product, query: Query, wire: Wire) -> None:
        def one(sql: str) -> int:
            return int(query(sql)[0][0])

        self.outcome.kills = {
            **{process.name: process.kills for process in _processes(product)},
            "run": self._run_kills,
        }
        self.outcome.figures = {
            "events acknowledged": len(wire.acknowledged),
            "deliveries": wire.deliveries,
            "deliveries that came again": wire.repeated,
            "deliveries that found no receiver": wire.unanswered,
            "answers lost on the way back": wire.lost,
            "bad files": len(self._dropped),
            "sync commands beside": product.sync.starts,
            "connections made again": len(product.reconnected),
            "requests to QuickBooks": one("SELECT count(*) FROM audit.api_call"),
            "of them failed": one("SELECT count(*) FROM audit.api_call WHERE outcome <> 'ok'"),
            "versions in the history": one("SELECT count(*) FROM history.record"),
            "runs": one("SELECT count(DISTINCT run_id) FROM audit.sync_run"),
            "records rejected": one("SELECT count(*) FROM audit.rejected_record"),
        }
        self.outcome.notes += [
            f"{one.name} ended {one.deaths} of {one.starts} times by itself, with an error"
            for one in _processes(product)
            if one.deaths
        ]

    def _end_all(self, product: Product) -> None:
        for process in _processes(product):
            process.end()

    def _wait_for(self, come: Callable[[], bool], process: Process) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not come():
            if not process.lives or time.monotonic() > deadline:
                raise RuntimeError(f"{process.name} did not start:\n{process.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.outcome.seconds[phase] = time.monotonic() - began


def _processes(product: Product) -> tuple[Process, ...]:
    return (product.listener, product.daemon, product.sync, product.receiver)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _post(http: httpx.Client, path: str, body: dict[str, Any]) -> None:
    http.post(path, json=body).raise_for_status()

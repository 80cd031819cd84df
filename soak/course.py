"""The course of a soak: load the companies, let people work while everything goes wrong, heal, come to rest, judge."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from random import Random

from qbo_pipeline.ingestion.results import Query
from qbo_pipeline.local.quickbooks.store import Store
from soak import verdict
from soak.bad_files import drop
from soak.keeper import Keeper, Say
from soak.outcome import Outcome, Size
from soak.people import People
from soak.product import VERIFIER_TOKEN, Product
from soak.quickbooks import QuickBooks
from soak.schedule import HOUR, BadFile, Happening, Kill, Leap, Round, schedule, undisturbed_from
from soak.wire import Wire

LOST_ANSWERS = 0.05
"""Share of the receiver's answers that QuickBooks does not hear."""

QUIET_SECONDS = 600.0
"""How long deliveries have, once all is healed, to arrive and be applied."""

LAST_ROUNDS = 2
"""Times that changes are asked for when all is quiet. Of the entities that change data capture does not know, deletions
are found by counting what there was in the round before; so what was created and deleted since takes one more."""

SAY_EVERY = 10.0
_RUN_OF_DAEMON = "spawn_main"
"""In the command line of the processes in which Dagster's code server executes runs."""


class Soak:
    """One soak in one folder."""

    def __init__(self, size: Size, folder: Path, say: Say) -> None:
        self._size = size
        self._folder = folder
        self._say = say
        self._random = Random(f"soak {size.seed}")
        self._outcome = Outcome()
        self._dropped: dict[str, str] = {}
        """Names and kinds of the bad files."""
        self._runs_killed = 0
        self._undisturbed = 0
        """Versions that QuickBooks had shown after the last kill."""

    def run(self) -> Outcome:
        """The whole course.

        Raises:
            CommandFailedError: a command of the product failed where nothing goes wrong.
        """
        with ExitStack() as stack:
            with self._timed("start"):
                quickbooks = stack.enter_context(QuickBooks(self._size, self._folder))
            product = stack.enter_context(Product(self._folder, quickbooks.url))
            wire = stack.enter_context(Wire(product.webhooks_url, LOST_ANSWERS, self._size.seed))
            kept = [product.receiver, product.listener, *([product.daemon] if self._size.daemon else [])]
            keeper = Keeper(product, kept, self._say)
            with self._timed("load"):
                self._load(product, quickbooks)
            with self._timed("begin"):
                product.start(kept)
                quickbooks.subscribe(wire.url, VERIFIER_TOKEN)
                people = [People(quickbooks.http, realm, self._size.seed) for realm in quickbooks.realms()]
                quickbooks.note_what_it_shows()
                quickbooks.go_wrong()
            with self._timed("change"), keeper.keeping():
                self._change(people, product, quickbooks, wire, keeper)
            with self._timed("rest"):
                self._rest(product, quickbooks, wire, keeper)
            with self._timed("judge"):
                self._judge(product, quickbooks, wire)
        return self._outcome

    def _load(self, product: Product, quickbooks: QuickBooks) -> None:
        realms = quickbooks.realms()
        for realm in realms:
            product.connect(realm)
        product.run("backfill")
        with product.reading() as query:
            [(rows,)] = query("SELECT count(*) FROM history.record")
        self._say(f"{len(realms)} companies are connected, {rows:,} records loaded")

    def _change(
        self, people: list[People], product: Product, quickbooks: QuickBooks, wire: Wire, keeper: Keeper
    ) -> None:
        steps = schedule(self._size.changes, self._size.seed)
        began = said = time.monotonic()
        for number in range(self._size.changes):
            while steps and steps[0].after <= number:
                self._happen(steps.pop(0).happening, product, quickbooks, keeper)
            if number == undisturbed_from(self._size.changes):
                self._undisturbed = len(quickbooks.shown())
            time.sleep(max(0.0, began + number / self._size.rate - time.monotonic()))
            people[number % len(people)].work()
            if time.monotonic() - said > SAY_EVERY:
                said = time.monotonic()
                kills = sum(one.kills for one in product.processes) + self._runs_killed
                self._say(
                    f"{number + 1:,} of {self._size.changes:,} changes ({number / (said - began):.0f}/s), "
                    f"{len(wire.acknowledged):,} events received, "
                    f"{len(product.deliveries_left())} deliveries wait, {kills} kills"
                )
        for one in people:
            self._outcome.made += one.made
            self._outcome.refused += one.refused

    def _happen(self, happening: Happening, product: Product, quickbooks: QuickBooks, keeper: Keeper) -> None:
        match happening:
            case Kill("run", _):
                self._runs_killed += product.daemon.kill_child(_RUN_OF_DAEMON)
            case Kill(victim, down):
                keeper.leave_down(victim, down)
                next(one for one in product.processes if one.name == victim).kill()
            case BadFile(kind):
                name = drop(product.inbox, kind, len(self._dropped), self._random, VERIFIER_TOKEN)
                self._dropped[name] = kind
            case Round():
                product.sync.start()
            case Leap(seconds):
                quickbooks.leap(seconds)

    def _rest(self, product: Product, quickbooks: QuickBooks, wire: Wire, keeper: Keeper) -> None:
        """Heal, let what waits arrive and be applied, end the processes, and ask for changes a last time."""
        self._outcome.struck = quickbooks.heal()
        wire.heal()
        with keeper.keeping():
            if not self._comes_to_rest(product, quickbooks):
                self._outcome.notes.append(f"all was not quiet after {QUIET_SECONDS:.0f} s")
        product.end()
        product.reconnect_ended()
        for _ in range(LAST_ROUNDS):
            product.run("sync")
            quickbooks.leap(HOUR)

    def _comes_to_rest(self, product: Product, quickbooks: QuickBooks) -> bool:
        """Whether nothing is to be delivered, applied or executed any more, in time."""
        began = said = time.monotonic()
        while time.monotonic() - began < QUIET_SECONDS:
            events, deliveries = quickbooks.undelivered(), len(product.deliveries_left())
            runs = sum(not one.has_ended for one in product.runs()) + product.sync.lives
            if not events and not deliveries and not runs:
                return True
            if time.monotonic() - said > SAY_EVERY:
                said = time.monotonic()
                left = f"{events:,} events to deliver, {deliveries} deliveries to apply, {runs} runs to end"
                self._say(f"coming to rest: {left}")
            time.sleep(1.0)
        return False

    def _judge(self, product: Product, quickbooks: QuickBooks, wire: Wire) -> None:
        realms = quickbooks.realms()
        with closing(Store(quickbooks.state)) as store, product.reading() as query:
            self._outcome.findings = [
                verdict.rows_agree(store, query, realms),
                verdict.deletions_are_known(store, query, realms),
                verdict.versions_are_kept(store, query, quickbooks.shown(), self._undisturbed),
                *verdict.events_are_applied(query, wire.acknowledged),
                verdict.inbox_is_empty(product),
                verdict.bad_files_are_rejected(product, self._dropped),
                verdict.runs_have_ended(product),
                verdict.secrets_are_kept(product),
            ]
            self._outcome.figures = self._figures(product, query, wire)
        self._outcome.kills = {one.name: one.kills for one in product.processes} | {"run": self._runs_killed}
        self._outcome.notes += [
            f"{one.name} ended {one.deaths} of {one.starts} times by itself, with an error"
            for one in product.processes
            if one.deaths
        ]

    def _figures(self, product: Product, query: Query, wire: Wire) -> dict[str, int]:
        [(requests, failed, versions, runs, rejected)] = query(
            """
            SELECT (SELECT count(*) FROM audit.api_call), (SELECT count(*) FROM audit.api_call WHERE outcome <> 'ok'),
                   (SELECT count(*) FROM history.record), (SELECT count(DISTINCT run_id) FROM audit.sync_run),
                   (SELECT count(*) FROM audit.rejected_record)
            """
        )
        return {
            "events acknowledged": len(wire.acknowledged),
            "deliveries": wire.deliveries,
            "deliveries that came again": wire.repeated,
            "deliveries that found no receiver": wire.unanswered,
            "answers lost on the way back": wire.lost,
            "bad files": len(self._dropped),
            "sync commands beside": product.sync.starts,
            "connections made again": len(product.reconnected),
            "requests to QuickBooks": requests,
            "of them failed": failed,
            "versions in the history": versions,
            "runs that loaded something": runs,
            "records rejected": rejected,
        }

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._outcome.seconds[phase] = time.monotonic() - began

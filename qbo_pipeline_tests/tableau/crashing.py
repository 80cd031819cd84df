"""Publishers killed at any moment, over a network that fails in every way; afterwards every row is compared."""

from __future__ import annotations

import logging
import multiprocessing
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.publishing.errors import PublishingError
from qbo_pipeline.state.deliveries import Deliveries
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_contents import TableauContents
from qbo_pipeline.state.tableau_sessions import TableauSessions
from qbo_pipeline.tableau import publish as publishing
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.errors import TableauError
from qbo_pipeline.tableau.extract.record import PublishedRecord
from qbo_pipeline.tableau.manner import JobPatience, Manner
from qbo_pipeline.tableau.outbox import Outbox
from qbo_pipeline.tableau.publication import Kind, Publication
from qbo_pipeline.tableau.publish import publish
from qbo_pipeline.tableau.publisher import open_client
from qbo_pipeline.tableau.replay import replay
from qbo_pipeline.tableau.requests import Patience
from qbo_pipeline.tableau.verify import verify
from qbo_pipeline_tests.tableau.books import HARBOUR, MERIDIAN, MODEL, Books, Line, lines, starter
from qbo_pipeline_tests.tableau.conftest import settings_of

_STEPS_AT_MOST = 40
"""Of a publication that has something to send."""
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "reset", "endpoint": ["publish", "publish_workbook"], "carried_out": True},
    {"kind": "reset", "endpoint": ["publish", "publish_workbook"], "carried_out": False},
    {"kind": "reset", "endpoint": ["update_data"], "carried_out": True, "at": "middle"},
    {"kind": "reset", "endpoint": ["update_data", "upload", "start_upload"], "carried_out": False},
    {"kind": "reset", "endpoint": ["jobs", "data_sources", "projects", "sign_in"]},
    {"kind": "timeout", "endpoint": ["publish", "update_data"], "seconds": 0.05, "carried_out": True},
    {"kind": "timeout", "endpoint": ["publish", "update_data"], "seconds": 0.05, "carried_out": False},
    {"kind": "server_error", "endpoint": ["publish", "update_data"], "carried_out": True, "body": "html"},
    {"kind": "server_error", "endpoint": ["jobs", "data_sources", "upload"]},
    {"kind": "throttle", "endpoint": ["publish", "update_data", "jobs"], "minutes": 0},
    {"kind": "session_expired", "endpoint": ["publish", "update_data", "jobs", "upload"]},
    {"kind": "upload_conflict", "endpoint": ["upload"]},
    {"kind": "payload_too_large", "endpoint": ["update_data"]},
    {"kind": "failing_job", "endpoint": ["publish", "update_data"], "notes": False},
    {"kind": "failing_job", "endpoint": ["update_data"], "done": True},
    {"kind": "slow_job", "endpoint": ["publish", "update_data"], "seconds": 0.4},
)

MANNER = Manner(
    patience=Patience(attempts=4, backoff_seconds=0.01),
    jobs=JobPatience(first=0.02, longest=0.1, within=10.0),
    attempts=6,
    backoff=0.05,
    visible_within=2.0,
    ask_every=0.05,
    unlisted_within=0.5,
    lock_wait_seconds=20.0,
)


@dataclass(slots=True)
class Outcome:
    """What happened over the rounds."""

    rounds: int = 0
    kills: int = 0
    finished: int = 0
    """Publishers that ended before they were to be killed."""
    kinds: Counter[str] = field(default_factory=Counter)
    """What publications in peace sent."""
    replayed: int = 0
    """Publications and updates that `replay` sent from the outbox."""
    overwritten: int = 0
    """Times that somebody else overwrote the data source."""
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Crashes:
    """Rounds of changes, faults and kills against one data folder and one Tableau."""

    def __init__(self, folder: Path, tableau: LocalTableau, seed: int) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._tableau = tableau
        self._random = Random(seed)
        self._settings = settings_of(self._data, tableau.url)
        self._next = 100
        self.books = Books()
        self.books.put(*lines(HARBOUR, 40), *lines(MERIDIAN, 20))
        self.outcome = Outcome()
        self._seconds = 3.0
        tableau.add_token("somebody else", "somebody else")

    def run(self, rounds: int, tell: Callable[[Outcome], None] = lambda _: None) -> Outcome:
        """So many rounds; stops at the first that ends wrong."""
        for number in range(rounds):
            if self.outcome.wrong:
                break
            self._round(number)
            tell(self.outcome)
        return self.outcome

    def at_each_step(self, every: int = 1, tell: Callable[[Outcome], None] = lambda _: None) -> Outcome:
        """Kill a publisher before and after each of its steps: of a whole publication first, then of an update."""
        for whole in (True, False):
            step = 0
            while not self.outcome.wrong:
                self._change_one(step)
                if not self._killed(60.0, step, whole=whole):
                    break
                self._in_peace(f"step {step} of {'a publication' if whole else 'an update'}")
                step += every
                tell(self.outcome)
        return self.outcome

    def _round(self, number: int) -> None:
        random = self._random
        self._change()
        self.books.note_changes()
        self.books.write(self._settings.data.warehouse)
        self._tableau.switch(
            job_seconds=random.choice((0.0, 0.0, 0.2)),
            failure_notes=random.random() < 0.5,
            early_finish_code=random.choice(("until_completed", "first_answer", "never")),
        )
        for fault in random.sample(FAULTS, random.randrange(4)):
            settings = {key: value for key, value in fault.items() if key != "kind"}
            rate, seed = random.choice((0.1, 0.3)), random.randrange(1 << 30)
            self._tableau.inject(str(fault["kind"]), **settings, rate=rate, seed=seed)
            self.outcome.faults[str(fault["kind"])] += 1
        for _ in range(random.randrange(1, 4)):
            # Most of the time goes by before anything is sent: half of them are killed at a step instead.
            step = random.randrange(_STEPS_AT_MOST) if random.random() < 0.5 else None
            seconds = random.uniform(0.0, 1.2 * self._seconds) if step is None else 30.0
            self._killed(seconds, step, whole=random.random() < 0.2)
        self._tableau.heal()
        if random.random() < 0.1:
            self._somebody_else()
        if random.random() < 0.2:
            self.outcome.replayed += len(replay(self._settings, manner=MANNER).sent)
        self._in_peace(f"round {number}")
        self.outcome.rounds += 1

    def _in_peace(self, told: str) -> None:
        """Publish without anything going wrong, and compare every row."""
        began = time.monotonic()
        done = self._publish()
        self._seconds = min(6.0, 0.8 * self._seconds + 0.2 * (time.monotonic() - began))
        self.outcome.kinds[done.kind.value] += 1
        # Jobs that an unanswered request left behind end before what they did is looked at.
        self._tableau.wait_for_jobs()
        self.outcome.wrong += [f"{told}: {one}" for one in self._wrong(done)]
        again = self._publish()
        if again.kind is not Kind.NOTHING:
            self.outcome.wrong.append(f"{told}: unchanged books were published again ({again.kind.value})")

    def _publish(self) -> Publication:
        return publish(self._settings, model=MODEL, starter=starter, manner=MANNER)

    def _change(self) -> None:
        """Some lines are changed, deleted, added; now and then many."""
        random, books = self._random, self.books
        keys = sorted(books.lines)
        for key in random.sample(keys, min(len(keys), random.choice((0, 1, 3, 15)))):
            line = books.lines[key]
            if random.random() < 0.3 and len(books.lines) > 20:
                del books.lines[key]
            else:
                books.put(replace(line, amount=line.amount + random.randrange(1, 999) / Decimal(100)))
        books.put(*lines(random.choice((HARBOUR, MERIDIAN)), random.choice((0, 1, 12)), start=self._next))
        self._next += 12
        if random.random() < 0.2:
            books.accounts["1"] = f"Sales {random.randrange(1000)}"

    def _change_one(self, step: int) -> None:
        line = self.books.lines[f"{HARBOUR}|{step % 40}"]
        self.books.put(replace(line, amount=line.amount + 1))
        self.books.accounts["1"] = f"Sales {step}"
        self.books.note_changes()
        self.books.write(self._settings.data.warehouse)

    def _somebody_else(self) -> None:
        """Overwrites the data source with an older version of it, by a token of their own."""
        old, configured = self._folder / "old.tdsx", self._settings.tableau
        assert configured is not None
        if not old.exists():
            shutil.copyfile(self._settings.data.tableau / f"{configured.data_source}.tdsx", old)
            return
        other = settings_of(
            self._folder / "other", self._tableau.url, tableau_pat_name="somebody else",
            tableau_pat_value="somebody else",
        )  # fmt: skip
        assert other.tableau is not None
        with StateStore(other.state_url) as store, open_client(other, other.tableau, store, MANNER) as client:
            project = client.project(configured.project)
            if project is not None:
                # Tableau tells the second of a change: two within one are not told apart.
                self._tableau.wait_for_jobs()
                self._tableau.advance(2)
                client.publish_data_source(old, configured.data_source, project, "")
                self._tableau.wait_for_jobs()
                self.outcome.overwritten += 1

    def _killed(self, seconds: float, step: int | None = None, *, whole: bool) -> bool:
        """Kill a publisher after some time, or have it killed at a step; whether it had not ended before."""
        process = _processes.Process(target=_publish, args=(self._data, self._tableau.url, step, whole))
        process.start()
        process.join(seconds)
        process.kill()
        process.join()
        killed = process.exitcode == -signal.SIGKILL
        if killed:
            self.outcome.kills += 1
        else:
            self.outcome.finished += 1
        return killed

    def _wrong(self, done: Publication) -> list[str]:
        """What the data source has otherwise than the books: by its sums, downloaded, and row by row."""
        told = list(verify(self._settings, model=MODEL, manner=MANNER).differences)
        rows = self._tableau.rows(done.luid, "Ledger Lines")
        found = {str(row["Line Key"]): Decimal(row["Amount"]) for row in rows}
        if len(found) != len(rows):
            told.append(f"{len(rows) - len(found)} lines are there more than once")
        for key in {*found, *self.books.lines}:
            line: Line | None = self.books.lines.get(key)
            wanted = None if line is None else line.amount
            if found.get(key) != wanted:
                told.append(f"line {key} is there with {found.get(key)} instead of {wanted}")
        accounts = sorted((row["Account Key"], row["Account"]) for row in self._tableau.rows(done.luid, "Account"))
        meant = sorted(
            (f"{company}|{number}", name) for company in self.books.companies
            for number, name in self.books.accounts.items()
        )  # fmt: skip
        if accounts != meant:
            told.append(f"accounts are {accounts} instead of {meant}")
        return told


_STEPS: tuple[tuple[type | ModuleType, str], ...] = (
    (TableauSessions, "keep"),
    (publishing, "write_extract"),
    (publishing, "write_packages"),
    (Outbox, "keep"),
    (Outbox, "drop"),
    (Deliveries, "plan"),
    (Deliveries, "begin"),
    (Deliveries, "taken"),
    (Deliveries, "confirmed"),
    (Deliveries, "done"),
    (Deliveries, "supersede"),
    (PublishedRecord, "plan"),
    (PublishedRecord, "note"),
    (PublishedRecord, "in_place"),
    (PublishedRecord, "doubt"),
    (PublishedRecord, "never"),
    (TableauContents, "note"),
    (TableauClient, "make_project"),
    (TableauClient, "publish_data_source"),
    (TableauClient, "publish_workbook"),
    (TableauClient, "update_data"),
    (TableauClient, "job"),
)
"""What changes anything that outlives a publisher, and what it learns of that."""


def _killing_at(step: int) -> None:
    """Have this process killed at one of its steps: 0 is before the first, 1 after it, 2 before the next."""
    passed = iter(range(1_000_000))

    def count() -> None:
        if next(passed) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(do: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*given: Any, **more: Any) -> Any:
            count()
            result = do(*given, **more)
            count()
            return result

        return counting

    for owner, name in _STEPS:
        setattr(owner, name, counted(getattr(owner, name)))


def _publish(data: Path, url: str, step: int | None, whole: bool) -> None:
    """A publisher that is killed, if Tableau does not stop it before."""
    logging.disable(logging.CRITICAL)
    if step is not None:
        _killing_at(step)
    try:
        publish(settings_of(data, url), full=whole, model=MODEL, starter=starter, manner=MANNER)
    except (TableauError, PublishingError):
        return

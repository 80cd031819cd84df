"""Publishers that are killed at any moment, over a network that fails in every way; afterwards every row is counted."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import httpx

from qbo_pipeline.power_bi import outbox
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.delivered import Delivered
from qbo_pipeline.power_bi.errors import PowerBIError
from qbo_pipeline.power_bi.outbox import Outbox
from qbo_pipeline.power_bi.publish import publish
from qbo_pipeline.power_bi.publisher import Manner
from qbo_pipeline.power_bi.timing import Timing
from qbo_pipeline.state.deliveries import Deliveries
from qbo_pipeline_tests.power_bi.books import HARBOUR, MERIDIAN, MODEL, Books, Line, lines
from qbo_pipeline_tests.power_bi.conftest import settings_of

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "reset", "endpoint": ["rows", "delete_rows"], "carried_out": True},
    {"kind": "reset", "endpoint": ["rows", "delete_rows"], "carried_out": False},
    {"kind": "timeout", "endpoint": ["rows"], "seconds": 0.05, "carried_out": True},
    {"kind": "timeout", "endpoint": ["rows"], "seconds": 0.05, "carried_out": False},
    {"kind": "server_error", "endpoint": ["rows", "delete_rows", "execute_queries"], "carried_out": True},
    {"kind": "server_error", "endpoint": ["rows", "sequence_numbers"], "carried_out": False},
    {"kind": "throttle", "endpoint": ["rows"], "retry_after": 0},
    {"kind": "token_expired", "endpoint": ["rows", "execute_queries"]},
    {"kind": "late_rows", "seconds": 0.2},
    {"kind": "missing_information", "endpoint": ["rows"]},
)
SWITCHES: tuple[dict[str, Any], ...] = (
    {"sequence_numbers": "honoured", "sequence_endpoint": True, "execute_queries": True},
    {"sequence_numbers": "rejected", "sequence_endpoint": False, "execute_queries": True},
    {"sequence_numbers": "ignored", "sequence_endpoint": False, "execute_queries": True},
    {"sequence_numbers": "honoured", "sequence_endpoint": True, "execute_queries": False},
    {"sequence_numbers": "ignored", "sequence_endpoint": False, "execute_queries": False},
)
"""What services may be like: with numbers that count or not, to be asked or not."""

MANNER = Manner(
    timing=Timing(attempts=8, backoff=0.005, longest_backoff=0.05, visible_within=0.4, ask_every=0.04),
    most_rows=7,
    lock_wait_seconds=10.0,
)


@dataclass(slots=True)
class Outcome:
    """What happened over the rounds."""

    rounds: int = 0
    kills: int = 0
    finished: int = 0
    """Publishers that ended before they were to be killed."""
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Crashes:
    """Rounds of changes, faults and kills against one data folder and one Power BI."""

    def __init__(self, folder: Path, url: str, seed: int) -> None:
        self._data = folder / "data"
        self._url = url
        self._random = Random(seed)
        self._settings = settings_of(self._data, url)
        self._next = 100
        self.books = Books()
        self.books.put(*lines(HARBOUR, 40), *lines(MERIDIAN, 20))
        self.outcome = Outcome()
        self._seconds = 1.0
        self._http = httpx.Client(base_url=url)
        """Steers and looks at the service."""

    def run(self, rounds: int, tell: Callable[[Outcome], None] = lambda _: None) -> Outcome:
        """So many rounds; stops at the first that ends wrong."""
        for number in range(rounds):
            if self.outcome.wrong:
                break
            self._round(number)
            tell(self.outcome)
        return self.outcome

    def at_each_step(self, every: int = 1) -> Outcome:
        """Kill a publisher before and after each of its steps, with a change to send each time."""
        self.books.note_changes()
        self.books.write(self._settings.data.warehouse)
        publish(self._settings, model=MODEL, manner=MANNER, compare=lambda: False)
        step = 0
        while not self.outcome.wrong:
            line = self.books.lines[f"{HARBOUR}|{step % 40}"]
            self.books.put(Line(line.key, line.company, line.account, line.amount + 1))
            self.books.accounts["1"] = f"Sales {step}"
            self.books.note_changes()
            self.books.write(self._settings.data.warehouse)
            if not self._killed(60.0, step):
                break
            done = publish(self._settings, model=MODEL, manner=MANNER, compare=lambda: False)
            self.outcome.wrong += [f"step {step}: {one}" for one in self._wrong(done.dataset_id)]
            step += every
        return self.outcome

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Crashes:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _round(self, number: int) -> None:
        random = self._random
        self._change()
        self.books.note_changes()
        self.books.write(self._settings.data.warehouse)
        self._control("switches", {"limits": False, **random.choice(SWITCHES)})
        for fault in random.sample(FAULTS, random.randrange(4)):
            self._control("faults", {**fault, "rate": random.choice((0.1, 0.3)), "seed": random.randrange(1 << 30)})
            self.outcome.faults[str(fault["kind"])] += 1
        for _ in range(random.randrange(1, 4)):
            self._killed(random.uniform(0.0, 1.2 * self._seconds))
        self._http.delete("/control/faults").raise_for_status()
        self._control("switches", {"execute_queries": random.random() < 0.8})
        began = time.monotonic()
        done = publish(self._settings, model=MODEL, manner=MANNER)
        self._seconds = min(3.0, 0.8 * self._seconds + 0.2 * max(0.2, time.monotonic() - began))
        self.outcome.rounds += 1
        self.outcome.wrong += [f"round {number}: {one}" for one in self._wrong(done.dataset_id)]
        if not done.equal:
            self.outcome.wrong.append(f"round {number}: totals differ: {done.totals}")

    def _change(self) -> None:
        """Some lines are changed, deleted, added; now and then many."""
        random, books = self._random, self.books
        keys = sorted(books.lines)
        for key in random.sample(keys, min(len(keys), random.choice((0, 1, 3, 15)))):
            line = books.lines[key]
            if random.random() < 0.3 and len(books.lines) > 20:
                del books.lines[key]
            else:
                books.put(Line(key, line.company, line.account, line.amount + random.randrange(1, 999) / Decimal(100)))
        books.put(*lines(random.choice((HARBOUR, MERIDIAN)), random.choice((0, 1, 12)), start=self._next))
        self._next += 12
        if random.random() < 0.2:
            books.accounts["1"] = f"Sales {random.randrange(1000)}"

    def _killed(self, seconds: float, step: int | None = None) -> bool:
        """Kill a publisher after some time, or have it killed at a step; whether it had not ended before."""
        process = _processes.Process(target=_publish, args=(self._data, self._url, step))
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

    def _wrong(self, dataset: str) -> list[str]:
        """What is in the dataset and should not be, or the reverse; looked at behind the API."""
        rows = self._rows(dataset, "Ledger Lines")
        told = [
            f"batch {batch} has the row {key} ({sign}) {count} times"
            for (batch, key, sign), count in Counter(
                (row["Batch"], row["Row Key"], row["Row Sign"]) for row in rows
            ).items()
            if count > 1
        ]
        net: Counter[str] = Counter()
        amount: dict[str, Decimal] = {}
        for row in rows:
            net[row["Row Key"]] += int(row["Row Sign"])
            amount[row["Row Key"]] = amount.get(row["Row Key"], Decimal(0)) + Decimal(str(row["Amount"]))
        for key in {*net, *self.books.lines}:
            line = self.books.lines.get(key)
            wanted = (0, Decimal(0)) if line is None else (1, line.amount)
            found = (net[key], amount.get(key, Decimal(0)))
            if found != wanted:
                told.append(f"line {key} is there {found[0]} times with {found[1]} instead of {wanted}")
        accounts = sorted((row["Account Key"], row["Account"]) for row in self._rows(dataset, "Account"))
        meant = sorted(
            (f"{company}|{number}", name) for company in self.books.companies
            for number, name in self.books.accounts.items()
        )  # fmt: skip
        if accounts != meant:
            told.append(f"accounts are {accounts} instead of {meant}")
        return told

    def _rows(self, dataset: str, table: str) -> list[dict[str, Any]]:
        answer = self._http.get(f"/control/rows/{dataset}/{table}", params={"limit": 1_000_000})
        answer.raise_for_status()
        found = answer.json()
        return list(found["rows"] if isinstance(found, dict) else found)

    def _control(self, what: str, body: Mapping[str, Any]) -> None:
        self._http.post(f"/control/{what}", json=dict(body)).raise_for_status()


_STEPS: tuple[tuple[type | ModuleType, str], ...] = (
    (outbox, "write"),
    (Deliveries, "plan"),
    (Deliveries, "divide"),
    (Deliveries, "begin"),
    (Deliveries, "confirmed"),
    (Deliveries, "done"),
    (Delivered, "arrived"),
    (Outbox, "drop"),
    (PowerBIClient, "post_rows"),
    (PowerBIClient, "delete_rows"),
)
"""What changes anything that outlives a publisher."""


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


def _publish(data: Path, url: str, step: int | None) -> None:
    """A publisher that is killed, if Power BI does not stop it before."""
    logging.disable(logging.CRITICAL)
    if step is not None:
        _killing_at(step)
    try:
        publish(settings_of(data, url), model=MODEL, manner=MANNER, compare=lambda: False)
    except PowerBIError:
        return

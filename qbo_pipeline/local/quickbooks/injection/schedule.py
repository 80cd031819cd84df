"""What was asked to go wrong: which requests it strikes, and how often."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qbo_pipeline.local.quickbooks.endpoints import API, Endpoint
from qbo_pipeline.local.quickbooks.injection.kinds import KINDS, Kind
from qbo_pipeline.local.quickbooks.injection.settings import checked
from qbo_pipeline.local.quickbooks.injection.stale_reads import LaggingCopy


@dataclass(slots=True)
class Injection:
    """One kind of fault, for the requests it fits."""

    what: Kind
    settings: Mapping[str, Any]
    """A value for each of the kind's settings."""
    action: Callable[[], None] | None = None
    """In process only: called after the answer, instead of what an `edit`, `delete` or `create` would do."""
    copy: LaggingCopy | None = None
    """What the reads that a `stale` strikes are answered from."""
    struck: int = 0
    passed: int = 0
    """Requests that fitted, struck or not."""
    _chance: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        self._chance.seed(self.settings["seed"])

    @property
    def kind(self) -> str:
        """Its name."""
        return self.what.name

    @property
    def match(self) -> str:
        """What requests must contain."""
        return str(self.settings["match"])

    @property
    def times(self) -> int | None:
        """How often it strikes; None: until healed."""
        times: int | None = self.settings["times"]
        return times

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Where it strikes: where it was told to, at the token endpoint if `match` names it, else where it can."""
        told: tuple[Endpoint, ...] | None = self.settings["endpoint"]
        if told is not None:
            return told
        if "token" in self.match.lower() and "token" in self.what.endpoints:
            return ("token",)
        return tuple(one for one in self.what.endpoints if one in API) or self.what.endpoints

    def strikes(self, endpoint: Endpoint, request: str) -> bool:
        """Whether it strikes this request; counts."""
        text = request.lower()
        spent = self.times is not None and self.struck >= self.times
        if spent or endpoint not in self.endpoints or self.match.lower() not in text or self.what.only not in text:
            return False
        if self.copy is not None and not self.copy.is_behind():
            return False
        self.passed += 1
        if self.passed <= self.settings["after"] or self._chance.random() >= self.settings["rate"]:
            return False
        self.struck += 1
        return True

    def spare(self) -> None:
        """It struck a request whose answer it could not change: that does not count."""
        self.struck -= 1


@dataclass(frozen=True, slots=True)
class Struck:
    """What goes wrong with one request."""

    failure: Injection | None = None
    changes: tuple[Injection, ...] = ()
    """Of what its answer says, in the order they were asked for."""

    @property
    def copy(self) -> LaggingCopy | None:
        """What it is answered from, in place of the records as they are."""
        return next((one.copy for one in self.changes if one.copy is not None), None)

    @property
    def clock_skew(self) -> float:
        """Seconds that the times of its answer are ahead."""
        return float(sum(one.settings["seconds"] for one in self.changes if one.kind == "clock_skew"))


class Injections:
    """All that was asked for. `copied` gives a `stale` the copy of the records it answers from."""

    def __init__(self, copied: Callable[[float | None], LaggingCopy] | None = None) -> None:
        self._all: list[Injection] = []
        self._lock = threading.Lock()
        self._copied = copied
        self.latency = 0.0
        """Seconds every API request takes at least."""

    def add(self, kind: str, asked: Mapping[str, Any], action: Callable[[], None] | None = None) -> Injection:
        """From now on; what is asked for with a rate, and not how often, until healed.

        Raises:
            ValueError: no such kind, or no such setting of it.
        """
        if kind not in KINDS:
            raise ValueError(f"no fault is called {kind!r}; there are {', '.join(KINDS)}")
        if "rate" in asked:
            asked = {"times": None, **asked}
        injection = Injection(KINDS[kind], checked(KINDS[kind].all_settings(), asked, kind), action)
        if kind == "stale" and self._copied is not None:
            injection.copy = self._copied(injection.settings["seconds"])
        with self._lock:
            self._all.append(injection)
        return injection

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            healed, self._all = self._all, []
            self.latency = 0.0
        for one in healed:
            if one.copy is not None:
                one.copy.close()

    def all(self) -> list[Injection]:
        """What was asked for, struck or not."""
        with self._lock:
            return list(self._all)

    def strike(self, endpoint: Endpoint, request: str) -> Struck:
        """What goes wrong with a request: the first failure that fits, and every change of answers."""
        if not self._all:
            return Struck()
        with self._lock:
            failures = (one for one in self._all if not one.what.changes_answers)
            failure = next((one for one in failures if one.strikes(endpoint, request)), None)
            changes = [one for one in self._all if one.what.changes_answers and one.strikes(endpoint, request)]
        return Struck(failure, tuple(changes))

    def notice_writes(self) -> None:
        """Let the copies that reads are answered from count the seconds since a write."""
        for one in self.all():
            if one.copy is not None:
                one.copy.is_behind()

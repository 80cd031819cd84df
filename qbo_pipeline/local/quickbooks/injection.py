"""Faults on demand: what goes wrong, for which requests, how often."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

KINDS = {
    "throttle": "429 by the minute; retry_after sets the header",
    "quota": "429 until the next month",
    "server_error": "5xx (status)",
    "timeout": "no answer for `seconds`, then the answer",
    "reset": "the connection ends in the middle of the body",
    "truncated": "half of the JSON, with a content length that fits it",
    "fault_200": "HTTP 200 with a Fault in it",
    "expire_token": "the access token is not accepted any more",
    "lost_rotation": "the token endpoint rotates and the connection ends before the answer",
    "edit": "after the answer, a record of `entity` is edited",
    "delete": "after the answer, the oldest record of `entity` is deleted",
    "create": "after the answer, a record of `entity` is created",
}


SETTINGS = frozenset({"kind", "match", "times", "after", "rate", "seed", "status", "seconds", "retry_after", "entity"})
"""What the control endpoint takes."""


@dataclass(slots=True)
class Injection:
    """One kind of fault for the requests it fits."""

    kind: str
    match: str = ""
    """Text that path or statement must contain; empty fits every API request, `token` the token endpoint."""
    times: int = 1
    """How often it strikes."""
    after: int = 0
    """How many fitting requests pass first."""
    rate: float = 1.0
    """Share of the fitting requests it strikes."""
    seed: int = 7
    status: int = 503
    seconds: float = 1.0
    retry_after: int | None = None
    entity: str | None = None
    action: Callable[[], None] | None = None
    """In process only: called after the answer, instead of what `kind` would do."""
    struck: int = 0
    passed: int = 0
    _chance: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}; there are {', '.join(KINDS)}")
        self._chance.seed(self.seed)

    @property
    def for_tokens(self) -> bool:
        """Whether it is for the token endpoint: a lost rotation, or a `match` that names it."""
        return self.kind == "lost_rotation" or "token" in self.match.lower()

    def strikes(self, request: str, *, token: bool) -> bool:
        """Whether it strikes this request, of the token endpoint or of the API; counts."""
        if token != self.for_tokens or self.struck >= self.times or self.match.lower() not in request.lower():
            return False
        self.passed += 1
        if self.passed <= self.after or self._chance.random() >= self.rate:
            return False
        self.struck += 1
        return True


class Injections:
    """All that was asked for."""

    def __init__(self) -> None:
        self._all: list[Injection] = []
        self._lock = threading.Lock()
        self.latency = 0.0
        """Seconds every API request takes at least."""

    def add(self, injection: Injection) -> Injection:
        """From now on."""
        with self._lock:
            self._all.append(injection)
        return injection

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._all.clear()
            self.latency = 0.0

    def all(self) -> list[Injection]:
        """What was asked for, struck or not."""
        with self._lock:
            return list(self._all)

    def struck(self, request: str, *, token: bool = False) -> Injection | None:
        """The injection that strikes a request, if any."""
        with self._lock:
            return next((one for one in self._all if one.strikes(request, token=token)), None)

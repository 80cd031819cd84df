"""What was asked to go wrong: which requests it strikes, and how often."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qbo_pipeline.local.faults.kind import Kind
from qbo_pipeline.local.quickbooks.injection.settings import checked


@dataclass(slots=True)
class Fault:
    """One kind of fault, for the requests it fits."""

    what: Kind
    settings: Mapping[str, Any]
    """A value for each of the kind's settings."""
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
    def endpoints(self) -> tuple[str, ...]:
        """Where it strikes: where it was told to, else where it can."""
        told: tuple[str, ...] | None = self.settings["endpoint"]
        return self.what.endpoints if told is None else told

    @property
    def carried_out(self) -> bool:
        """Whether a request that it strikes is carried out."""
        return bool(self.settings.get("carried_out", self.what.carried_out))

    def strikes(self, endpoint: str, request: str) -> bool:
        """Whether it strikes this request; counts."""
        times = self.settings["times"]
        if times is not None and self.struck >= times:
            return False
        if endpoint not in self.endpoints or self.settings["match"].lower() not in request.lower():
            return False
        self.passed += 1
        if self.passed <= self.settings["after"] or self._chance.random() >= self.settings["rate"]:
            return False
        self.struck += 1
        return True

    def shown(self) -> dict[str, Any]:
        """For the list of what goes wrong."""
        return {
            "kind": self.kind,
            "endpoints": list(self.endpoints),
            "struck": self.struck,
            **{name: value for name, value in self.settings.items() if name != "endpoint"},
        }


class Faults:
    """All that was asked for, of the kinds that a service knows."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds
        self._all: list[Fault] = []
        self._lock = threading.Lock()
        self.latency = 0.0
        """Seconds every request takes at least."""

    def add(self, kind: str, asked: Mapping[str, Any]) -> Fault:
        """From now on; what is asked for with a rate, and not how often, until healed.

        Raises:
            ValueError: no such kind, or no such setting of it.
        """
        if kind not in self._kinds:
            raise ValueError(f"no fault is called {kind!r}; there are {', '.join(self._kinds)}")
        if "rate" in asked:
            asked = {"times": None, **asked}
        fault = Fault(self._kinds[kind], checked(self._kinds[kind].all_settings(), asked, kind))
        with self._lock:
            self._all.append(fault)
        return fault

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._all = []
            self.latency = 0.0

    def all(self) -> list[Fault]:
        """What was asked for, struck or not."""
        with self._lock:
            return list(self._all)

    def strike(self, endpoint: str, request: str) -> tuple[Fault, ...]:
        """What goes wrong with a request: every kind that lasts and fits, and the first other one that does."""
        with self._lock:
            lasting = [one for one in self._all if one.what.lasts and one.strikes(endpoint, request)]
            others = (one for one in self._all if not one.what.lasts)
            first = next((one for one in others if one.strikes(endpoint, request)), None)
        return (*lasting, *([first] if first is not None else []))

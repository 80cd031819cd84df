"""Switches of a local service: choices that tests and people make while it runs, each of the type of its default."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, get_args, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

S = TypeVar("S", bound="DataclassInstance")


class Keeping(Protocol):
    """Remembers values of JSON by name."""

    def keep(self, name: str, value: Any) -> None:
        """Remember one."""

    def kept(self, name: str, default: Any = None) -> Any:
        """What is remembered."""


class Switched(Generic[S]):
    """What has switches, and remembers those that are not as they were at first."""

    def __init__(self, memory: Keeping, defaults: S) -> None:
        self._memory = memory
        self._defaults = defaults
        self.switches = _switched(defaults, memory.kept("switches", {}))

    def current(self) -> S:
        """The switches as they are now."""
        return self.switches

    def switch(self, asked: dict[str, Any]) -> None:
        """Change switches by name, for good.

        Raises:
            ValueError: no such switch, or a value that it cannot have.
        """
        self.switches = _switched(self.switches, asked)
        default = asdict(self._defaults)
        changed = {name: one for name, one in asdict(self.switches).items() if one != default[name]}
        self._memory.keep("switches", changed)

    def reset_switches(self) -> None:
        """All as they were at first."""
        self.switches = self._defaults
        self._memory.keep("switches", {})


def _switched(before: S, asked: dict[str, Any]) -> S:
    """Switches with other values, each of which fits the type of its default."""
    types = get_type_hints(type(before))
    for name, value in asked.items():
        if name not in types:
            raise ValueError(f"there is no switch {name!r}; there are {', '.join(types)}")
        choices = get_args(types[name])
        number = isinstance(value, int | float) and not isinstance(value, bool)
        fits = value in choices if choices else (number if types[name] in (int, float) else type(value) is types[name])
        if not fits:
            allowed = f"one of {', '.join(map(str, choices))}" if choices else f"a {types[name].__name__}"
            raise ValueError(f"{name} is {allowed}, not {value!r}")
    return replace(before, **asked)

"""Settings of faults as data: what each is called, what it may be, and what it is unless told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

ValueType = Literal["integer", "number", "text", "texts", "truth"]

_TYPES: dict[ValueType, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "text": (str,),
    "texts": (str, list, tuple),
    "truth": (bool,),
}
_NAMES: dict[ValueType, str] = {
    "integer": "a whole number",
    "number": "a number",
    "text": "a text",
    "texts": "a text or a list of texts",
    "truth": "true or false",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a kind of fault."""

    name: str
    type: ValueType
    default: Any
    what: str
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    nullable: bool = False
    """Whether it may be null; what is null by default may always be."""

    def checked(self, value: Any) -> Any:
        """The value as it is kept: `texts` as a tuple.

        Raises:
            ValueError: it is none of this setting; the message says what is.
        """
        if value is None and (self.nullable or self.default is None):
            return None
        fits = isinstance(value, _TYPES[self.type]) and isinstance(value, bool) == (self.type == "truth")
        if self.type == "texts" and fits:
            value = (value,) if isinstance(value, str) else tuple(value)
            fits = all(isinstance(one, str) for one in value)
        if not fits or not self._within(value):
            raise ValueError(f"{self.name} is {self.allowed()}, not {value!r}")
        return value

    def allowed(self) -> str:
        """What it may be, as a phrase."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        low, high = self.least, self.most
        limits = "" if low is None else f" from {low:g}" if high is None else f" from {low:g} to {high:g}"
        return f"{_NAMES[self.type]}{limits}"

    def shown(self) -> dict[str, Any]:
        """For the list of kinds."""
        choices = {"choices": list(self.choices)} if self.choices else {}
        limits = {name: limit for name, limit in (("least", self.least), ("most", self.most)) if limit is not None}
        return {"name": self.name, "type": self.type, "default": self.default, "what": self.what, **choices, **limits}

    def _within(self, value: Any) -> bool:
        if self.type in ("integer", "number"):
            return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)
        sent = value if self.type == "texts" else (value,)
        return not self.choices or all(one in self.choices for one in sent)


def checked(settings: Iterable[Setting], asked: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """A value for every setting: what was asked for, else its default.

    Raises:
        ValueError: a setting that `owner` does not have, or a value that is none of its setting.
    """
    known = {one.name: one for one in settings}
    unknown = sorted(set(asked) - set(known))
    if unknown:
        raise ValueError(f"{owner} has no setting {', '.join(unknown)}; it has {', '.join(known)}")
    return {name: one.checked(asked[name]) if name in asked else one.default for name, one in known.items()}

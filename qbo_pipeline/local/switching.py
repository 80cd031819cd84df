"""Switches of a local service: choices that tests and people make while it runs, each of the type of its default."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

S = TypeVar("S", bound="DataclassInstance")


def switched(before: S, asked: dict[str, Any]) -> S:
    """Switches with other values.

    Raises:
        ValueError: no such switch, or a value that it cannot have.
    """
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

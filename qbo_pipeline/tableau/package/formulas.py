"""Which fields and parameters a formula of Tableau names."""

from __future__ import annotations

import re

_NAME = r"\[(?:[^\]]|\]\])+\]"
_REFERENCE = re.compile(rf"(?P<text>\"[^\"]*\"|'[^']*'|\#[^#]*\#|//[^\n]*)|(?:(?P<source>{_NAME})\.)?(?P<name>{_NAME})")
_PARAMETERS = "[Parameters]"


def references_in(formula: str) -> tuple[str, ...]:
    """Fields of the same data source, in the order in which they are named first."""
    return _named(formula, None)


def parameters_in(formula: str) -> tuple[str, ...]:
    """Parameters, in the order in which they are named first."""
    return _named(formula, _PARAMETERS)


def _named(formula: str, source: str | None) -> tuple[str, ...]:
    found = (one for one in _REFERENCE.finditer(formula) if one["text"] is None and one["source"] == source)
    return tuple(dict.fromkeys(one["name"][1:-1].replace("]]", "]") for one in found))

"""Names in addresses."""

from __future__ import annotations

import re


def content_url(name: str, taken: set[str]) -> str:
    """How addresses name something: letters and digits of its name, told apart by a number where need be."""
    plain = re.sub(r"[^\w]", "", name) or "Untitled"
    return next(one for one in (plain, *(f"{plain}_{number}" for number in _numbers(taken))) if one not in taken)


def _numbers(taken: set[str]) -> range:
    return range(1, len(taken) + 2)

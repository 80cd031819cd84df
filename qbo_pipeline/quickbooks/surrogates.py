"""Halves of surrogate pairs in JSON, which no JSON reader of ours takes."""

from __future__ import annotations

import re

_SURROGATES = re.compile(
    rb"(\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
"""What is escaped otherwise and whole pairs, as a group; else half a pair."""


def without_halves(body: bytes) -> bytes:
    """The same with U+FFFD in place of each half: a text that was cut within an emoji ends in one."""
    return _SURROGATES.sub(lambda found: found[1] or rb"\ufffd", body)

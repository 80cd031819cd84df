"""Bytes and escapes in JSON that are no characters: neither our JSON readers nor DuckDB take them."""

from __future__ import annotations

import re

_SURROGATES = re.compile(
    rb"(\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
"""What is escaped otherwise and whole pairs, as a group; else half a pair."""


def as_utf8(body: bytes) -> bytes:
    """An answer with U+FFFD in the place of what is no UTF-8, as JSON has to be.

    The walk over an answer does not look into texts, and Parquet takes any bytes for one. DuckDB does not read such a
    file: a single byte in a memo would keep everything that came with it out of the warehouse, for good.
    """
    if body.isascii():
        return body
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode(errors="replace").encode()
    return body


def without_halves(body: bytes) -> bytes:
    """The same with U+FFFD in place of each half: a text that was cut within an emoji ends in one."""
    return _SURROGATES.sub(lambda found: found[1] or rb"\ufffd", body)

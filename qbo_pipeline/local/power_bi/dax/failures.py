"""What a query can fail with."""

from __future__ import annotations


class DaxError(Exception):
    """A query that does not parse or does not run; the text says what is wrong with it, and where."""

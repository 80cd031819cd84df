"""The parts of QuickBooks that faults strike and limits count, told by method and path of a request."""

from __future__ import annotations

from typing import Literal

Endpoint = Literal["token", "revoke", "query", "read", "write", "batch", "cdc", "reports"]

API: tuple[Endpoint, ...] = ("query", "read", "write", "batch", "cdc", "reports")
"""Those of the Accounting API, below /v3/company/{realm}/."""

_NAMED: dict[str, Endpoint] = {"query": "query", "batch": "batch", "cdc": "cdc", "reports": "reports"}


def endpoint_of(method: str, path: str) -> Endpoint:
    """The endpoint of a request of the Accounting API; `path` is what follows the realm."""
    named = _NAMED.get(path.partition("/")[0].lower())
    if named is not None:
        return named
    return "read" if method == "GET" else "write"

"""The parts of Power BI that faults strike, told by method and path of a request."""

from __future__ import annotations

import re
from typing import Literal

Endpoint = Literal[
    "token", "datasets", "create", "tables", "alter", "rows", "delete_rows", "sequence_numbers", "execute_queries",
    "refreshes", "reports", "rebind", "fabric", "onelake",
]  # fmt: skip

_PUSH = r"/v1\.0/myorg(/groups/[^/]+)?"
_PATTERNS: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", r"/[^/]+/oauth2/v2\.0/token", "token"),
    ("POST", rf"{_PUSH}/datasets", "create"),
    ("POST", rf"{_PUSH}/datasets/[^/]+/tables/[^/]+/rows", "rows"),
    ("DELETE", rf"{_PUSH}/datasets/[^/]+/tables/[^/]+/rows", "delete_rows"),
    ("", rf"{_PUSH}/datasets/[^/]+/tables/[^/]+/sequenceNumbers", "sequence_numbers"),
    ("PUT", rf"{_PUSH}/datasets/[^/]+/tables/[^/]+", "alter"),
    ("", rf"{_PUSH}/datasets/[^/]+/tables", "tables"),
    ("", rf"{_PUSH}/datasets/[^/]+/executeQueries", "execute_queries"),
    ("", rf"{_PUSH}/datasets/[^/]+/refreshes(/[^/]+)?", "refreshes"),
    ("", rf"{_PUSH}/datasets(/[^/]+)?", "datasets"),
    ("", rf"{_PUSH}/reports/[^/]+/Rebind", "rebind"),
    ("", rf"{_PUSH}/reports(/[^/]+)?", "reports"),
    ("", r"/onelake(/.*)?", "onelake"),
    ("", r"/v1/workspaces/.*", "fabric"),
)
_COMPILED = tuple((method, re.compile(pattern, re.IGNORECASE), endpoint) for method, pattern, endpoint in _PATTERNS)


def endpoint_of(method: str, path: str) -> Endpoint | None:
    """The endpoint of a request; None for what is no part of Power BI."""
    for asked, pattern, endpoint in _COMPILED:
        if asked in ("", method) and pattern.fullmatch(path):
            return endpoint
    return None

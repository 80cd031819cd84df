"""How anything asks the published warehouse, whoever opened it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Query(Protocol):
    """Asks the published warehouse: SQL with `?` for parameters, and the rows it gives."""

    def __call__(self, sql: str, parameters: Sequence[object] = (), /) -> list[tuple[Any, ...]]:
        """The rows."""

"""Variables: evaluated where they were defined, once, when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Variable:
    """One of them. `scalar` and `table` evaluate it as either."""

    scalar: Callable[[], Any]
    table: Callable[[], Any]
    is_table: bool
    _scalar: Any = field(default=None)
    _table: Any = field(default=None)

    def as_scalar(self) -> Any:
        """Its value."""
        if self._scalar is None:
            self._scalar = self.scalar()
        return self._scalar

    def as_table(self) -> Any:
        """Its rows."""
        if self._table is None:
            self._table = self.table()
        return self._table

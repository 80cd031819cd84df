"""Asking the warehouse: each question is a file in `sql/`, its parameters are bound by name."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import duckdb


class Questions:
    """The questions of one company.

    Args:
        connection: To a published warehouse.
        realm_id: The company.
        basis: `Accrual` or `Cash`.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, realm_id: str, basis: str) -> None:
        self._connection = connection
        self._common = {"realm_id": realm_id, "basis": basis}

    def ask(self, name: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of `sql/<name>.sql`.

        Raises:
            duckdb.Error: a model it reads is not in the warehouse.
        """
        question = _text(name)
        bound = {key: value for key, value in (self._common | parameters).items() if f"${key}" in question}
        return self._connection.execute(question, bound).fetchall()


@cache
def _text(name: str) -> str:
    return (files("qbo_pipeline.finance_report") / "sql" / f"{name}.sql").read_text(encoding="utf-8")

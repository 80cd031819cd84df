"""The database that a build runs its statements in, with what it is at: for the error, should one fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline.finance.errors import ModelError
from qbo_pipeline.finance.model import Model
from qbo_pipeline.finance.rendering import inline_above, leave_out, never, plainly, render
from qbo_pipeline.warehouse.memory import limit_memory, memory_limit

WHOLE = (5_000_000_000, 2)
"""What is made whole may have so many bytes of memory and so many threads; more where the database may have more."""
FEW = (500_000_000, 1)
"""The same of the rows of touched documents and months."""


@dataclass
class Running:
    """Statements of one build."""

    connection: duckdb.DuckDBPyConnection
    models: Models
    current: Model | None = None
    """The model that is being built."""
    statement: str = ""
    """What is being run for it."""
    _before: tuple[int, int] | None = None
    """Memory limit and threads before this build."""
    _given: tuple[int, int] | None = None

    def query(self, sql: str, parameters: Sequence[object] = (), /) -> list[tuple[Any, ...]]:
        """The rows of a statement that is no model's own."""
        return self.connection.execute(sql, list(parameters)).fetchall()

    def run(self, statement: str) -> duckdb.DuckDBPyConnection:
        """Run a statement of the model that is being built."""
        self.statement = statement
        return self.connection.execute(statement)

    def take(self, resources: tuple[int, int]) -> None:
        """Let DuckDB have so much memory and so many threads for the rest of this build.

        Never less memory than it had: whoever builds again because there was too little has given it more.
        """
        if self._before is None:
            [(threads,)] = self.query("SELECT current_setting('threads')")
            self._before = memory_limit(self.connection), int(str(threads))
        if resources != self._given:
            memory, threads = resources
            self._set((max(memory, self._before[0]), threads))
            self._given = resources

    def give_back(self) -> None:
        """Leave the database's settings as they were."""
        if self._before is not None:
            self._set(self._before)

    def _set(self, resources: tuple[int, int]) -> None:
        memory, threads = resources
        limit_memory(self.connection, memory)
        self.connection.execute(f"SET threads = {threads}")

    def explained(self, error: duckdb.Error) -> ModelError:
        """Which model failed: the one that was built, or an inline one that its statement is made of."""
        message = str(error).strip()
        model = self.current
        if model is None:
            return ModelError("what has changed", None, self.statement, message)
        for one in inline_above(self.models, model, leave_out(self.models, never)):
            statement = render(self.models, one, plainly, plainly)
            try:
                self.connection.execute(f"EXPLAIN {statement}")
            except duckdb.Error as alone:
                # Another error is that tables it is made from were not there before this build either.
                if str(alone).splitlines()[:1] == message.splitlines()[:1]:
                    return ModelError(one.name, one.path, statement, str(alone).strip())
        return ModelError(model.name, model.path, self.statement, message)

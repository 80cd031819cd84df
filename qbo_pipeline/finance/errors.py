"""What can go wrong with a build."""

from __future__ import annotations

from pathlib import Path


class ModelError(Exception):
    """A model cannot be built. Nothing of its build is in the warehouse: the last good state is."""

    def __init__(self, model: str, path: Path | None, statement: str, message: str) -> None:
        self.model = model
        self.path = path
        self.statement = statement
        """The statement that failed."""
        self.message = message
        """What DuckDB says."""
        where = f" ({path})" if path is not None else ""
        super().__init__(f"The model {model}{where} cannot be built: {message}")


class StaleModelsError(Exception):
    """The tables are newer than the finance models, because a model cannot be built; the message names it."""

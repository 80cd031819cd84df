"""What the warehouse remembers of the finance models: what was built, from what, and why the last build failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files

import duckdb

from qbo_pipeline.finance.errors import ModelError
from qbo_pipeline.warehouse import schema
from qbo_pipeline.warehouse.query import Query
from qbo_pipeline.warehouse.transaction import transaction


@dataclass(frozen=True, slots=True)
class Remembered:
    """How a model was built last."""

    model: str
    digest: str
    told_digest: str
    how: str
    row_count: int | None
    seconds: float
    built_at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the models are not of the state of the tables."""

    model: str
    statement: str
    message: str
    failed_at: datetime
    """UTC."""

    @property
    def sentence(self) -> str:
        """For people."""
        return f"The finance models are not up to date, they show their last good state: {self.model}: {self.message}"


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of this module and the schemas of the models, where they are missing."""
    if not (exists(connection, "audit.model_change") and exists(connection, "audit.touched_record")):
        connection.execute(f"BEGIN TRANSACTION; {_STATE}; {schema.sql('audit.sql')}; COMMIT")


_STATE = (files("qbo_pipeline.finance") / "sql" / "state.sql").read_text(encoding="utf-8")


def exists(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether there is a table; to be asked in no transaction.

    It is asked for itself: the list of all tables takes long to make.
    """
    try:
        connection.execute(f"SELECT 1 FROM {table} LIMIT 0")
    except duckdb.CatalogException:
        return False
    return True


def remembered(query: Query) -> Mapping[str, Remembered]:
    """How each model was built last, by name; nothing where no model ever was."""
    return last_builds(query) if _has_state(query) else {}


def last_builds(query: Query) -> Mapping[str, Remembered]:
    """The same where the tables of this module are known to be there."""
    rows = query("SELECT model, digest, told_digest, how, row_count, seconds, built_at FROM audit.model_build")
    return {row[0]: replace(Remembered(*row), built_at=row[-1].replace(tzinfo=UTC)) for row in rows}


def built_since(query: Query, since: datetime) -> list[Remembered]:
    """The models that were built from an instant on."""
    return [one for one in remembered(query).values() if one.built_at >= since]


def failure(query: Query) -> Failure | None:
    """Why the last build failed; None where it did not, or there was none."""
    if not _has_state(query):
        return None
    rows = query("SELECT model, statement, message, failed_at FROM audit.model_failure")
    return next((replace(Failure(*row), failed_at=row[-1].replace(tzinfo=UTC)) for row in rows), None)


def _has_state(query: Query) -> bool:
    found = query("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'audit' AND table_name = 'model_failure'")
    return bool(found[0][0])


def remember(connection: duckdb.DuckDBPyConnection, built: Iterable[Remembered]) -> None:
    """Note how models were built, in the transaction that is open."""
    rows = [
        (one.model, one.digest, one.told_digest, one.how, one.row_count, one.seconds, one.built_at.replace(tzinfo=None))
        for one in built
    ]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        connection.execute("DELETE FROM audit.model_build WHERE list_contains(?, model)", [columns[0]])
        connection.execute(
            "INSERT INTO audit.model_build SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), "
            "unnest(?::VARCHAR[]), unnest(?::BIGINT[]), unnest(?::DOUBLE[]), unnest(?::TIMESTAMP[])",
            columns,
        )


def note_changes(
    connection: duckdb.DuckDBPyConnection, names: Iterable[str], changed: Iterable[str], now: datetime
) -> None:
    """Note that rows of those models that changed may be others from now on, in the transaction that is open.

    So it is noted of those of which nothing was noted before. `names` are all.
    """
    connection.execute("DELETE FROM audit.model_change WHERE list_contains(?::VARCHAR[], model)", [list(changed)])
    connection.execute(
        "INSERT INTO audit.model_change SELECT model, ?::TIMESTAMP FROM unnest(?::VARCHAR[]) AS named (model) "
        "ANTI JOIN audit.model_change USING (model)",
        [now.astimezone(UTC).replace(tzinfo=None), list(names)],
    )


def forget(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Of models that are no more."""
    gone = list(names)
    for table in ("model_build", "model_change"):
        connection.execute(f"DELETE FROM audit.{table} WHERE list_contains(?::VARCHAR[], model)", [gone])


def note_failure(connection: duckdb.DuckDBPyConnection, error: ModelError, now: datetime) -> None:
    """Note why a build failed; what it would have brought in stays to be built."""
    prepare(connection)
    with transaction(connection):
        connection.execute("DELETE FROM audit.model_failure")
        connection.execute(
            "INSERT INTO audit.model_failure VALUES (?, ?, ?, ?)",
            [error.model, error.statement, error.message, now.astimezone(UTC).replace(tzinfo=None)],
        )

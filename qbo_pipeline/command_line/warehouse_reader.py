"""The warehouse as a reader sees it: read-only, in its newest published state or as of an instant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import typer

from qbo_pipeline.command_line.failures import CommandError

if TYPE_CHECKING:
    import duckdb

    from qbo_pipeline.settings import Settings


class WarehouseReader:
    """A read-only connection that moves on to a newly published file before the next statement.

    Publishing replaces the file, so whoever holds it open goes on seeing the state of then. Use it as a context
    manager. Where the lake is given, a warehouse whose history is looked for in another one is refused.
    """

    def __init__(self, path: Path, lake: Path | None = None) -> None:
        self._path = path
        self._lake = lake
        self._identity: tuple[int, int] | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    def connection(self) -> duckdb.DuckDBPyConnection:
        """A connection to the newest state.

        Raises:
            CommandError: nothing was published yet, or its history is looked for in another lake.
        """
        try:
            status = self._path.stat()
        except FileNotFoundError:
            raise CommandError(
                f"There is no warehouse yet: {self._path} does not exist.",
                "Load a company with: qbo-pipeline backfill (or see it all work with: qbo-pipeline demo)",
            ) from None
        identity = (status.st_ino, status.st_mtime_ns)
        if self._connection is None or identity != self._identity:
            self.close()
            self._connection = self._open(self._path)
            self._identity = identity
        return self._connection

    def _open(self, path: Path) -> duckdb.DuckDBPyConnection:
        from qbo_pipeline.warehouse.published import open_published

        opened = open_published(path)
        if self._lake is not None and (told := lake_elsewhere(opened, self._lake)):
            opened.close()
            raise CommandError(told, SHOW_IT_HERE)
        return opened

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> WarehouseReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsOfReader(WarehouseReader):
    """The same for the schema `quickbooks` as of an instant; the newest state is attached as `warehouse`."""

    def __init__(self, settings: Settings, instant: datetime) -> None:
        super().__init__(settings.data.warehouse, settings.data.lake)
        self._here = settings.data.lake
        self._instant = instant

    def _open(self, path: Path) -> duckdb.DuckDBPyConnection:
        from qbo_pipeline.warehouse.as_of import open_as_of

        super()._open(path).close()  # its views alone look into the lake as soon as they are made
        return open_as_of(path, self._here, self._instant)

    def unseen(self) -> dict[str, int]:
        """Entity → records that existed then in a version never received, so that they are missing."""
        from qbo_pipeline.warehouse import as_of

        return as_of.unseen(self.connection(), self._instant)


@contextmanager
def books_of_this_version(path: Path) -> Iterator[None]:
    """Reads books that may have been made by another version, which had other tables or columns.

    Raises:
        CommandError: they were.
    """
    import duckdb

    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise CommandError(
            f"The books in {path} are not those of this version: {str(error).splitlines()[0]}",
            "Make them anew with: qbo-pipeline rebuild",
        ) from None


SHOW_IT_HERE = "Whatever writes the warehouse has it look here from then on: qbo-pipeline sync"


def lake_elsewhere(connection: duckdb.DuckDBPyConnection, lake: Path) -> str | None:
    """That the history is looked for in another lake, in a sentence; None where it is in this one.

    It is so where a data folder was moved or copied and nothing has been written since: of a copy, the history would
    be that of the original.
    """
    import duckdb

    from qbo_pipeline.warehouse.schema import no_pattern

    try:
        [(found,)] = connection.execute("SELECT stored.lake()").fetchall()
    except duckdb.Error:  # of an earlier version, which says it in each view
        return None
    if found == no_pattern(lake):
        return None
    return f"The warehouse was written while its data folder was another, so its history is looked for in {found}."


def read_instant(text: str, option: str) -> datetime:
    """An instant as people write it: ISO 8601, UTC unless it says otherwise; a bare day means its end.

    Args:
        text: What was written.
        option: Where it was given.

    Raises:
        typer.BadParameter: it is none.
    """
    day = _bare_day(text)
    try:
        return _moment(text) if day is None else _midnight(day) + timedelta(days=1) - timedelta.resolution
    except (ValueError, OverflowError):
        raise _no_instant(text, option) from None


_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read_start(text: str, now: datetime, option: str) -> datetime:
    """Where a time begins: `7d` or `12h` before now, or an instant; a bare day means its beginning.

    Args:
        text: What was written.
        now: What `7d` is counted back from.
        option: Where it was given.

    Raises:
        typer.BadParameter: it is none of these.
    """
    day = _bare_day(text)
    try:
        if match := re.fullmatch(r"(\d+)([mhdw])", text):
            return now - timedelta(**{_UNITS[match[2]]: int(match[1])})
        return _moment(text) if day is None else _midnight(day)
    except (ValueError, OverflowError):
        raise _no_instant(text, option) from None


def _bare_day(text: str) -> date | None:
    """The day, in whichever form of ISO 8601: `2026-03-31`, `20260331`, `2026-W14-2`; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _moment(text: str) -> datetime:
    """In UTC: beyond the first and the last year there are moments of other zones that have none."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _no_instant(text: str, option: str) -> typer.BadParameter:
    return typer.BadParameter(
        f"'{text}' is no instant. Write a day (2026-03-31) or a time (2026-03-31T23:59, 2026-03-31T23:59-07:00).",
        param_hint=option,
    )

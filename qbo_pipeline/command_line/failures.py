"""Errors as a few clear lines: what happened, where, what to do. A traceback is shown only where it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperGroup

_START = "Start the local QuickBooks: qbo-pipeline local serve quickbooks. For a real company set QBO_ENVIRONMENT."


@dataclass(frozen=True, slots=True)
class Failure:
    """An error, for people."""

    what: str
    where: str | None = None
    to_do: str | None = None


CLOSE_IT = (
    "Another program opened this file, and for writing, as DuckDB's shell does unless told otherwise, or it is the one "
    "that loads write into. Close it there, and open the warehouse, not what is in build, with: duckdb -readonly"
)


_OTHER_LOG = (
    "Another program that had opened the warehouse for writing wrote into what is replaced by now. Close it there. "
    "If nothing is open, make the warehouse anew from the lake, without a request: qbo-pipeline rebuild"
)


def opened_elsewhere(error: Exception) -> str | None:
    """What to do where an error of DuckDB says that another process has, or had, a file open for writing; else None."""
    from qbo_pipeline.warehouse.lock import is_opened_elsewhere

    if is_opened_elsewhere(error):
        return CLOSE_IT
    return _OTHER_LOG if "This WAL was created for" in str(error) else None


@contextmanager
def ctrl_c_heard() -> Iterator[None]:
    """Ctrl-C within a statement, of which DuckDB makes an error like any other, is Ctrl-C again.

    Raises:
        KeyboardInterrupt: it was pressed.
    """
    try:
        yield
    except RuntimeError as error:
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from None
        raise


class CommandError(Exception):
    """A command cannot do what it was asked for; says why and what to do."""

    def __init__(self, what: str, to_do: str | None = None) -> None:
        self.what = what
        self.to_do = to_do
        super().__init__(what)


class Commands(TyperGroup):
    """The root of the commands: whatever they raise ends as lines on standard error and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        from qbo_pipeline.command_line import notices
        from qbo_pipeline.loopback import reach_this_machine_directly

        reach_this_machine_directly()
        # typer's own exceptions (usage, exit, abort) and a closed pipe are its business.
        try:
            with notices.shown(), ctrl_c_heard():
                return super().invoke(ctx)
        except (typer.TyperException, typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            show(describe(error))
            raise typer.Exit(1) from None


def describe(error: Exception) -> list[Failure]:
    """What an error has to tell, one entry for each thing that failed."""
    from qbo_pipeline.quickbooks.errors import OAuthError, QuickBooksError, RequestError, UnreachableError

    if isinstance(error, CommandError):
        return [Failure(error.what, to_do=error.to_do)]
    if isinstance(error, RequestError):
        context = error.context
        entities = (context.entity or "").split(",")
        facts = [
            f"company {context.realm_id}",
            context.entity if len(entities) == 1 else f"{len(entities)} entities",
            f"{context.method} {context.endpoint}",
            f"HTTP {context.status}" if context.status else None,
            f"{context.attempts} attempts" if context.attempts > 1 else None,
            f"intuit_tid {context.intuit_tid}" if context.intuit_tid else None,
            context.query if len(entities) == 1 else None,
        ]
        to_do = _START if isinstance(error, UnreachableError) and _is_local() else error.hint
        return [Failure(error.reason, ", ".join(fact for fact in facts if fact), to_do)]
    if isinstance(error, OAuthError):
        return [Failure(error.reason, f"company {error.realm_id}" if error.realm_id else None, error.hint)]
    if isinstance(error, QuickBooksError):
        return [Failure(str(error))]
    return _of_other_layers(error)


def _is_local() -> bool:
    from qbo_pipeline.settings import Environment, SettingsError, load_settings

    try:
        return load_settings().environment is Environment.LOCAL
    except SettingsError:
        return False


def _of_other_layers(error: Exception) -> list[Failure]:
    # Looked up by the module of the class, so that an error of DuckDB does not import SQLAlchemy to be understood.
    origin = type(error).__module__.partition(".")[0]
    parts = getattr(error, "failures", None)
    if origin == "qbo_pipeline" and isinstance(parts, dict):  # a LoadError: an error an entity
        return [failure for entity, one in parts.items() for failure in _named(entity, describe(one))]
    if origin == "qbo_pipeline":
        return [Failure(str(error))]
    if origin in ("duckdb", "_duckdb"):
        return [Failure(str(error).strip(), to_do=opened_elsewhere(error))]
    if origin == "dagster_postgres":
        return [
            Failure(
                f"Dagster's database does not answer: {getattr(error.__cause__, 'orig', None) or error}".strip(),
                to_do="Check `storage` in dagster/dagster.yaml of the data folder, and whether that server runs.",
            )
        ]
    if origin == "sqlalchemy":
        cause = getattr(error, "orig", None) or error
        return [Failure(f"the state store does not answer: {cause}", to_do="Check QBO_STATE_URL: qbo-pipeline doctor")]
    if isinstance(error, UnicodeEncodeError):
        lacking = error.object[error.start : error.end]
        return [
            Failure(
                f"Standard output is written in {error.encoding}, which has no {lacking!a}.",
                to_do="Set PYTHONIOENCODING=utf-8, which has all characters.",
            )
        ]
    if isinstance(error, OSError):
        return [Failure(error.strerror or str(error), error.filename)]
    return [
        Failure(
            f"{type(error).__name__}: {error}",
            to_do="Nothing of this kind was foreseen. qbo-pipeline --debug <command> shows where it happened.",
        )
    ]


def _named(entity: str, failures: Iterable[Failure]) -> Iterable[Failure]:
    for failure in failures:
        yield Failure(f"{entity}: {failure.what}", failure.where, failure.to_do)


def show(failures: Iterable[Failure]) -> None:
    """Write failures to standard error. What to do is said once for all failures that share it."""
    from rich.markup import escape

    from qbo_pipeline.command_line.terminal import messages

    console = messages()
    advice: dict[str, None] = {}
    for failure in failures:
        console.print(f"[bold red]Failed:[/] {escape(failure.what)}")
        if failure.where:
            console.print(f"  where: {escape(failure.where)}", style="dim")
        if failure.to_do:
            advice[failure.to_do] = None
    for to_do in advice:
        console.print(f"  to do: {escape(to_do)}")

"""`qbo-pipeline sql`: one statement, or a prompt with history, several lines until `;`, and a few dot commands."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from io import TextIOWrapper
from typing import TYPE_CHECKING

from qbo_pipeline.command_line import failures, query_results
from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.query_results import Format
from qbo_pipeline.command_line.terminal import messages
from qbo_pipeline.command_line.warehouse_reader import (
    SHOW_IT_HERE,
    AsOfReader,
    WarehouseReader,
    lake_elsewhere,
    read_instant,
)

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings

_HISTORY_LINES = 2000

_HELP = """\
A statement ends with ; and may take several lines. The warehouse is open read-only, always in its newest state.
  .tables [text]    tables and views, those with the text in their name
  .schema name      columns of a table, with types and what they hold: .schema invoice_line
  .help             this
  .quit             leave (so does Ctrl-D)"""

_TABLES = """
WITH relation AS (
    SELECT schema_name, table_name, estimated_size AS rows, comment FROM duckdb_tables() WHERE NOT internal
),
view AS (
    SELECT schema_name, view_name AS table_name, rows, views.comment
    FROM duckdb_views() AS views
    LEFT JOIN (SELECT 'quickbooks' AS schema_name, table_name AS view_name, rows FROM relation
               WHERE schema_name = 'stored') USING (schema_name, view_name)
    WHERE NOT internal
)
SELECT schema_name || '.' || table_name AS "table", rows, comment
FROM (FROM relation UNION ALL FROM view)
WHERE schema_name <> 'stored' AND contains(lower("table"), lower(?))
ORDER BY ALL
"""

_SCHEMA = """
SELECT schema_name || '.' || table_name AS "table", column_name AS "column", data_type AS type, comment
FROM duckdb_columns()
WHERE NOT internal AND lower(?) IN (lower(table_name), lower(schema_name || '.' || table_name))
QUALIFY dense_rank() OVER (ORDER BY schema_name <> 'quickbooks', schema_name) = 1
ORDER BY column_index
"""


def run_statements(settings: Settings, text: str, form: Format, as_of: str | None = None) -> None:
    """Execute statements and write the result of each.

    Raises:
        CommandError: there is no warehouse yet. typer.BadParameter: `as_of` is no instant.
        duckdb.Error: a statement does not run.
    """
    with _reader(settings, as_of) as reader:
        _execute(reader, text, [], form)


def run_prompt(settings: Settings, form: Format, as_of: str | None = None) -> int:
    """Read statements from the terminal or a pipe until the end; returns the exit code.

    At a terminal a failed statement is told and the prompt goes on; in a pipe it ends the run with 1.
    """
    interactive = sys.stdin.isatty()
    if isinstance(sys.stdin, TextIOWrapper):
        # Windows takes a file or a pipe for one in its own code page. What is not in UTF-8 is told with the statement.
        sys.stdin.reconfigure(encoding=None if interactive else "utf-8", errors="surrogateescape")
    with _reader(settings, as_of) as reader, _line_editor(settings, interactive=interactive):
        reader.connection()  # says at once when there is nothing to ask
        if interactive:
            messages().print(
                f"{settings.data.warehouse}, read-only. .help says what there is.", style="dim", markup=False
            )
        for statement, parameters in _statements(interactive=interactive):
            try:
                with failures.ctrl_c_heard():
                    _execute(reader, statement, parameters, form)
            except BrokenPipeError:  # whoever reads has enough
                raise
            except Exception as error:
                failures.show(failures.describe(error))
                if not interactive:
                    return 1
            except KeyboardInterrupt:
                messages().print("interrupted", style="dim")
    return 0


def _reader(settings: Settings, as_of: str | None) -> WarehouseReader:
    """The newest state, or the books as of an instant; then it says what is not known of them."""
    if as_of is None:
        reader = WarehouseReader(settings.data.warehouse)
        if told := lake_elsewhere(reader.connection(), settings.data.lake):  # what does not ask for it is answered
            messages().print(f"{told} {SHOW_IT_HERE}", style="yellow", markup=False)
        return reader
    instant = read_instant(as_of, "--as-of")
    reader = AsOfReader(settings, instant)
    unseen = reader.unseen()
    told = f"The books as of {instant.isoformat(sep=' ', timespec='seconds')}."
    if unseen:
        listed = ", ".join(f"{count:,} {name}" for name, count in unseen.items())
        told += f" Missing are records that were changed between then and their first load: {listed}."
    messages().print(told, style="dim", markup=False)
    return reader


def dot_command(line: str) -> tuple[str, list[str]] | None:
    """The query, with its parameters, that a dot command stands for; None when there is no such command."""
    name, _, argument = line.strip().partition(" ")
    argument = argument.strip().rstrip(";")
    if name == ".tables":
        return _TABLES, [argument]
    if name == ".schema" and argument:
        return _SCHEMA, [argument]
    return None


def is_complete(text: str) -> bool:
    """Whether the last thing in the text, comments aside, is a `;` that is not part of a string or a name."""
    import duckdb

    encoded = text.encode(errors="replace")
    starts = [start for start, kind in duckdb.tokenize(encoded.decode()) if kind != duckdb.token_type.comment]
    return bool(starts) and encoded[starts[-1] : starts[-1] + 1] == b";"  # the tokenizer counts bytes


def _statements(*, interactive: bool) -> Iterator[tuple[str, list[str]]]:
    """What is typed, statement by statement."""
    pending = ""
    while True:
        try:
            line = input(("   ...> " if pending else "qbo> ") if interactive else "")
            line = line.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")  # programs of Windows mark UTF-8 by it
        except EOFError:
            break
        except KeyboardInterrupt:
            pending = ""
            messages().print()
            continue
        if pending or not line.strip().startswith("."):
            pending = f"{pending}\n{line}" if pending else line.strip()
            if is_complete(pending):
                yield pending, []
                pending = ""
        elif line.split()[0] in (".quit", ".exit"):
            return
        elif query := dot_command(line):
            yield query
        else:
            messages().print(_HELP, markup=False)
    if pending:
        yield pending, []


def _execute(reader: WarehouseReader, text: str, parameters: list[str], form: Format) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        byte = ord(text[error.start]) & 0xFF
        raise CommandError(
            f"The statement is not in UTF-8: it has the byte 0x{byte:02X}.", "Save it as UTF-8."
        ) from None
    connection = reader.connection()
    for statement in connection.extract_statements(text):
        query_results.write(connection.execute(statement, parameters or None), form)


@contextlib.contextmanager
def _line_editor(settings: Settings, *, interactive: bool) -> Iterator[None]:
    """Editing and history of lines, where the platform has readline."""
    try:
        import readline
    except ImportError:
        interactive = False
    if not interactive:
        yield
        return
    path = settings.data.state / "sql_history"
    with contextlib.suppress(OSError):
        readline.read_history_file(path)
    readline.set_history_length(_HISTORY_LINES)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            readline.write_history_file(path)

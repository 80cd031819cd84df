from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qbo_pipeline.cli import app
from qbo_pipeline.command_line import sql_prompt
from qbo_pipeline.command_line.sql_prompt import is_complete
from qbo_pipeline.command_line.warehouse_reader import WarehouseReader
from qbo_pipeline_tests.command_line.conftest import Run, on_terminal
from qbo_pipeline_tests.command_line.ctrl_c import press_within_a_statement

BALANCE = "SELECT id, balance, deleted FROM quickbooks.invoice ORDER BY id LIMIT 2"


@pytest.mark.usefixtures("warehouse")
def test_a_result_is_a_table_with_every_digit_of_an_amount(run: Run) -> None:
    answer = run("sql", BALANCE)

    assert answer.exit_code == 0
    assert "1234567890123.4567" in answer.output
    assert "2 rows" in answer.output


@pytest.mark.usefixtures("warehouse")
def test_csv_reads_back_as_the_same_values(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("sql", "--format", "csv", BALANCE).output)))

    assert rows == [
        {"id": "0", "balance": "1234567890123.4567", "deleted": "true"},
        {"id": "1", "balance": "1234567890123.4567", "deleted": "false"},
    ]


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("end", ["chr(10)", "chr(13)", "chr(13) || chr(10)"])
def test_a_memo_of_several_lines_is_one_cell_of_csv(run: Run, end: str) -> None:
    output = run("sql", "--format", "csv", f"SELECT 'two' || {end} || 'lines' AS memo, 1 AS id").output

    header, *rows = csv.reader(io.StringIO(output, newline=""))
    assert header == ["memo", "id"]
    assert [("".join(memo.split()), number) for memo, number in rows] == [("twolines", "1")]


@pytest.mark.usefixtures("warehouse")
def test_null_beside_such_a_memo_is_written_as_any_other(run: Run) -> None:
    """Where it is in quotes, it is a text without characters to those who read it, which is no date and no number."""
    output = run("sql", "--format", "csv", "SELECT 1 AS id, NULL::DATE AS due, 'a' || chr(13) || 'b' AS memo").output

    assert output == 'id,due,memo\n1,,"a\rb"\n'


@pytest.mark.usefixtures("warehouse")
def test_json_keeps_amounts_exact_and_columns_of_the_same_name_apart(run: Run) -> None:
    answer = run("sql", "--format", "json", "SELECT 0.1::DECIMAL(4, 2) AS x, 2 AS x, NULL AS y, DATE '2026-02-03' AS d")

    assert '"x":0.10' in answer.output
    assert answer.json == [{"x": 0.1, "x_1": 2, "y": None, "d": "2026-02-03"}]


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("form", ["csv", "table"])
def test_lists_and_structs_are_json_with_every_digit_of_an_amount(run: Run, form: str) -> None:
    statement = "SELECT [0.1::DECIMAL(4, 2), NULL] AS amounts, {'day': DATE '2026-02-03', 'open': true} AS line"
    output = run("sql", "--format", form, statement).output

    values = next(csv.reader([output.splitlines()[1]])) if form == "csv" else output
    assert "[0.10,null]" in values
    assert '{"day":"2026-02-03","open":true}' in values


@pytest.mark.usefixtures("warehouse")
def test_keys_of_maps_are_texts_in_json_whatever_they_are_in_the_warehouse(run: Run) -> None:
    statement = (
        "SELECT histogram(amount) AS counts, MAP {true: [MAP {DATE '2026-02-03': 1}]} AS nested "
        "FROM (VALUES (1.50), (2)) AS t(amount)"
    )
    [row] = run("sql", "--format", "json", statement).json
    assert row == {"counts": {"1.50": 1, "2.00": 1}, "nested": {"true": [{"2026-02-03": 1}]}}

    output = run("sql", "--format", "csv", statement).output
    assert [json.loads(one) for one in next(csv.reader([output.splitlines()[1]]))] == [*row.values()]


@pytest.mark.usefixtures("warehouse")
def test_no_rows_are_valid_json_too(run: Run) -> None:
    assert run("sql", "--format", "json", "SELECT 1 WHERE false").json == []


@pytest.mark.usefixtures("warehouse")
def test_a_table_shows_the_first_rows_and_says_that_there_are_more(run: Run) -> None:
    output = run("sql", "SELECT 'n' || i AS n FROM range(1000) AS one(i)").output

    assert "n199" in output
    assert "n200" not in output
    assert "the first 200 rows" in output


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("amounts", [1, 2, 5])
def test_no_amount_or_day_is_cut_on_a_terminal(columns: int, amounts: int) -> None:
    asked = ", ".join(f"{number}234567890123.45::DECIMAL(18, 2) AS n{number}" for number in range(1, amounts + 1))

    shown = on_terminal("sql", f"SELECT 'Fern' AS name, DATE '2026-02-03' AS d, {asked}", columns=columns)

    for told in ("Fern", "2026-02-03", *(f"{number}234567890123.45" for number in range(1, amounts + 1))):
        assert told in shown


@pytest.mark.usefixtures("warehouse")
def test_of_a_long_word_nothing_is_lost() -> None:
    word = "".join(f"{number:02}" for number in range(50))
    shown = on_terminal("sql", f"SELECT '{word}' AS realm_id, 1.50 AS amount", columns=40)

    assert word in "".join(part for line in shown.splitlines() for part in line.split()[:1])


@pytest.mark.usefixtures("warehouse")
def test_a_wrong_statement_fails_with_the_place_and_without_a_traceback(run: Run) -> None:
    answer = run("sql", "SELECT nope FROM quickbooks.invoice")

    assert answer.exit_code == 1
    assert 'Referenced column "nope" not found' in answer.told
    assert "Traceback" not in answer.told


@pytest.mark.usefixtures("warehouse")
def test_nothing_can_be_changed(run: Run) -> None:
    answer = run("sql", "DELETE FROM audit.sync_run")

    assert answer.exit_code == 1
    assert "read-only" in answer.told


def test_without_a_warehouse_it_says_how_to_get_one(run: Run, tmp_path: Path) -> None:
    answer = run("sql", "SELECT 1")

    assert answer.exit_code == 1
    assert str(tmp_path / "data" / "warehouse.duckdb") in answer.told
    assert "qbo-pipeline backfill" in answer.told
    assert not (tmp_path / "data").exists()


@pytest.mark.usefixtures("warehouse")
def test_statements_from_a_pipe_may_take_several_lines_and_lack_the_last_semicolon(run: Run) -> None:
    answer = run("sql", "--format", "csv", typed="SELECT\n  ';' AS a;\nSELECT 2 AS b; SELECT 3 AS c;\n\nSELECT 4 AS d")

    assert answer.exit_code == 0
    assert answer.output.split() == ["a", ";", "b", "2", "c", "3", "d", "4"]


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("lines", [b"SELECT '\xe9' AS name;\n", b"SELECT 'a',\n'\xe9' AS name"])
def test_a_statement_in_another_encoding_is_told_as_such(lines: bytes) -> None:
    answer = CliRunner().invoke(app, ["sql"], input=lines)

    assert answer.exit_code == 1
    assert "The statement is not in UTF-8: it has the byte 0xE9." in answer.stderr
    assert "Save it as UTF-8." in answer.stderr


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("mark", ["", "\N{ZERO WIDTH NO-BREAK SPACE}"])
def test_a_file_in_utf_8_is_read_as_that_where_the_system_has_another_encoding(mark: str) -> None:
    """As Windows has, whose code page knows no character for some of its bytes, and others for the rest."""
    typed = f"{mark}SELECT unicode('\N{LATIN CAPITAL LETTER A WITH ACUTE}') AS code;\n".encode()

    answer = CliRunner(charset="cp1252").invoke(app, ["sql", "--format", "csv"], input=typed)

    assert answer.stdout.split() == ["code", "193"]


@pytest.mark.usefixtures("warehouse")
def test_so_is_one_on_the_command_line(run: Run) -> None:
    answer = run("sql", "SELECT '\udce9' AS name")

    assert answer.exit_code == 1
    assert "byte 0xE9" in answer.told


@pytest.mark.usefixtures("warehouse")
def test_a_file_of_windows_begins_with_a_mark(run: Run) -> None:
    assert "quickbooks.invoice_line" in run("sql", typed="\N{ZERO WIDTH NO-BREAK SPACE}.tables invoice\n").output


def test_whoever_reads_may_have_enough(warehouse: Path) -> None:
    program = "import sys; from qbo_pipeline.cli import app; app(sys.argv[1:])"
    asked = [sys.executable, "-c", program, "sql", "--format", "csv"]
    environment = {**os.environ, "QBO_PIPELINE_DATA_DIR": str(warehouse.parent)}
    pipe = subprocess.PIPE
    with subprocess.Popen(asked, stdin=pipe, stdout=pipe, stderr=pipe, env=environment) as command:
        assert command.stdin is not None
        assert command.stdout is not None
        assert command.stderr is not None
        command.stdin.write(b"SELECT i FROM range(1000000) AS t(i);\n")
        command.stdin.close()
        command.stdout.readline()
        command.stdout.close()

        assert command.stderr.read() == b""


@pytest.mark.usefixtures("warehouse", "interruptible")
def test_ctrl_c_ends_a_statement_and_not_the_prompt(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_prompt, "_execute", lambda *_: press_within_a_statement())

    answer = run("sql", typed="SELECT 1;\nSELECT 2;")

    assert (answer.exit_code, answer.told.split()) == (0, ["interrupted", "interrupted"])


@pytest.mark.usefixtures("warehouse")
def test_a_failed_statement_ends_a_pipe(run: Run) -> None:
    answer = run("sql", "--format", "csv", typed="SELECT 1 AS a;\nSELECT nope;\nSELECT 3 AS c;")

    assert answer.exit_code == 1
    assert answer.output.split() == ["a", "1"]


@pytest.mark.usefixtures("warehouse")
def test_tables_and_their_columns_can_be_looked_up(run: Run) -> None:
    tables = run("sql", typed=".tables INVOICE_LINE\n.quit\nSELECT 'never';").output
    columns = run("sql", typed=".schema invoice\n").output

    assert "quickbooks.invoice_line" in tables
    assert "quickbooks.bill" not in tables
    assert "never" not in tables
    assert "customer_id" in columns
    assert "history.invoice" not in columns


@pytest.mark.usefixtures("warehouse")
def test_an_unknown_dot_command_shows_what_there_is(run: Run) -> None:
    assert ".schema name" in run("sql", typed=".nonsense\n").told


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("SELECT 1;", True),
        ("SELECT 1; -- and why;", True),
        ("SELECT 'é', ';';", True),
        ("SELECT ';", False),
        ('SELECT ";', False),
        ("SELECT 1 -- ;", False),
        ("/* ;", False),
        ("SELECT $$ ;", False),
        ("", False),
    ],
)
def test_a_statement_ends_with_a_semicolon_that_is_one(text: str, complete: bool) -> None:
    assert is_complete(text) is complete


def test_a_reader_moves_on_to_what_was_published_meanwhile(warehouse: Path, tmp_path: Path) -> None:
    path, later = tmp_path / "warehouse.duckdb", tmp_path / "later.duckdb"
    shutil.copy(warehouse, path)
    shutil.copy(warehouse, later)
    import duckdb

    with duckdb.connect(str(later)) as connection:
        connection.execute("DELETE FROM stored.invoice")
    with WarehouseReader(path) as reader:
        before = reader.connection().execute("SELECT count(*) FROM quickbooks.invoice").fetchall()
        later.replace(path)
        after = reader.connection().execute("SELECT count(*) FROM quickbooks.invoice").fetchall()

    assert (before, after) == ([(10,)], [(0,)])

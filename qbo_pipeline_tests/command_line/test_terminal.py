"""What is written to a terminal: characters that it may lack, and others that it would carry out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from qbo_pipeline.command_line.progress import LoadProgress
from qbo_pipeline.command_line.terminal import messages, results
from qbo_pipeline_tests.command_line.conftest import Run, on_terminal

NAME = "Łódź → Brøndby"


def answer(path: Path, *arguments: str) -> CompletedProcess[bytes]:
    """What a command does whose standard output is Latin-1."""
    environment = {**os.environ, "QBO_PIPELINE_DATA_DIR": str(path), "PYTHONIOENCODING": "latin-1"}
    command = [sys.executable, "-c", "from qbo_pipeline.cli import app; app()", *arguments]
    return subprocess.run(command, env=environment, cwd=path, capture_output=True, check=False)


def test_people_get_a_question_mark_for_what_there_is_no_character_of(warehouse: Path) -> None:
    done = answer(warehouse.parent, "sql", f"SELECT '{NAME}' AS name")

    assert done.returncode == 0, done.stderr.decode()
    assert "?ód? ? Brøndby" in done.stdout.decode("latin-1")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_programs_get_nothing_that_is_not_so(warehouse: Path, form: str) -> None:
    done = answer(warehouse.parent, "sql", "--format", form, f"SELECT '{NAME}' AS name")

    assert done.returncode == 1
    assert "?" not in done.stdout.decode("latin-1")
    assert "PYTHONIOENCODING=utf-8" in done.stderr.decode()


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("columns", [1, 200])
def test_escape_sequences_in_a_name_are_not_carried_out(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setattr("qbo_pipeline.command_line.terminal._PIPE_WIDTH", 900)
    named = "chr(27) || '[2J' || chr(7) || 'Fern & Co' || chr(155) || '1A' AS name"

    output = run("sql", f"SELECT {', '.join([named] * columns)}").output

    assert "Fern & Co" in output
    assert all(one.isprintable() or one == "\n" for one in output)


@pytest.mark.parametrize("console", [results, messages])
def test_what_the_product_writes_itself_keeps_its_colours(
    monkeypatch: pytest.MonkeyPatch, console: Callable[[], Console]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    table = Table("name")
    table.add_row(Text("Fern \x1b[2J& Co\r\nOslo", style="red"))
    writing = console()

    with writing.capture() as written:
        writing.print(table)

    assert "\x1b[31mFern [2J& Co" in written.get()
    assert "\x1b[2J" not in written.get()


@pytest.mark.parametrize("console", [results, messages])
def test_a_word_between_colons_is_a_word(console: Callable[[], Console]) -> None:
    """As in the path of an account, which rich would take for the code of an emoji."""
    path, writing = "Costs:Car:Fuel", console()
    table = Table("account")
    table.add_row(path)

    with writing.capture() as written:
        writing.print(path)
        writing.print(path, markup=False)
        writing.print(table)

    assert written.get().count(path) == 3


def test_the_name_of_a_company_is_itself_also_while_it_is_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    name = "Costs:Car:Fuel [red] Ltd"

    with LoadProgress() as progress, progress.company(name):
        pass

    assert name in capsys.readouterr().err


@pytest.mark.usefixtures("warehouse")
def test_names_and_numbers_are_whole_on_a_narrow_terminal() -> None:
    shown = on_terminal("status", columns=40)

    assert "2026-11-03 04:05" in shown
    assert "…" not in shown

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from qbo_pipeline import commands_page
from qbo_pipeline_tests.command_line.conftest import Run

COMMANDS = dict(commands_page.commands())
HEAVY = {"dagster", "duckdb", "httpx", "polars", "pyarrow", "sqlalchemy", "pydantic", "keyring", "starlette"}


def test_every_command_of_the_contract_is_there(run: Run) -> None:
    names = [
        *("demo", "connect", "companies", "disconnect", "sync", "backfill", "status", "sql", "audit", "replay"),
        *("doctor", "rebuild", "changes", "listen", "prove", "report"),
    ]
    below = [
        *("reference export", "reference plan", "reference apply", "vault rotate-key", "webhooks serve"),
        *("local serve quickbooks", "local serve power-bi", "local import", "local export", "local change"),
        *(
            "power-bi plan",
            "power-bi apply",
            "power-bi publish",
            "power-bi status",
            "power-bi align",
            "power-bi refresh",
            "power-bi mirror",
            "power-bi move",
        ),
    ]

    assert {f"qbo-pipeline {name}" for name in (*names, *below)} <= set(COMMANDS)
    listed = run("--help").output
    assert all(f" {name} " in listed for name in (*names, *(name.split()[0] for name in below)))


@pytest.mark.parametrize(("name", "command"), list(COMMANDS.items()), ids=list(COMMANDS))
def test_a_command_has_help_with_an_example_of_itself(run: Run, name: str, command: Any) -> None:
    answer = run(*name.split()[1:], "--help")

    assert answer.exit_code == 0
    assert command.help
    assert all(option.help for option in command.params)
    shown = " ".join(answer.output.split())
    assert commands_page.examples(command) != []
    assert all(example.startswith(name) for example in commands_page.examples(command))
    assert all(" ".join(example.split()) in shown for example in commands_page.examples(command))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_of_an_example_exist(name: str) -> None:
    command = COMMANDS[name]
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    for example in commands_page.examples(command):
        used = {word for word in example.replace("[", " ").split() if word.startswith("--")}
        assert used <= known


def test_the_page_of_commands_is_up_to_date() -> None:
    written = commands_page.PAGE.read_text(encoding="utf-8")

    assert written == commands_page.page(), "write it anew: python -m qbo_pipeline.commands_page"


def test_the_page_has_three_cells_a_row_and_none_of_what_the_help_hides() -> None:
    rows = [line for line in commands_page.page().splitlines() if line.startswith("|")]

    assert rows
    assert [row for row in rows if row.replace(r"\|", "").count("|") != 4] == []
    assert "--parent" not in commands_page.page()


def test_the_version_is_shown(run: Run) -> None:
    assert run("--version").output.startswith("qbo-pipeline 0.")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("sync", "--nonsense"),
        ("sql", "--format", "xml", "SELECT 1"),
        ("webhooks", "serve", "--port", "65536"),
        *(("local", "serve", one, "--port", "65536") for one in ("quickbooks", "power-bi", "tableau")),
    ],
)
def test_misuse_ends_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_starting_imports_nothing_heavy() -> None:
    program = (
        "import sys; from qbo_pipeline.cli import app; app(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert HEAVY & set(output.split()) == set()

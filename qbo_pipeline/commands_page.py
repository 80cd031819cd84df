"""docs/commands.md, written from the commands themselves: `python -m qbo_pipeline.commands_page`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from qbo_pipeline.cli import app

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"

_OPENING = """\
# Commands

Written from the commands' own help by `python -m qbo_pipeline.commands_page`; a test keeps it up to date.

Results go to standard output, progress and complaints to standard error. Exit codes: 0 done, 1 failed, 2 misused.
`qbo-pipeline --debug <command>` shows the traceback of a failure; `qbo-pipeline --version` the version.
"""


def commands() -> Iterator[tuple[str, Any]]:
    """Full name and definition of every command that does something, in the order of the help."""
    root: Any = typer.main.get_command(app)
    yield from _below("qbo-pipeline", root)


def _below(name: str, group: Any) -> Iterator[tuple[str, Any]]:
    for word, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _below(f"{name} {word}", command)
        else:
            yield f"{name} {word}", command


def page() -> str:
    """The whole page."""
    return "\n".join([_OPENING, *(_section(name, command) for name, command in commands())])


def examples(command: Any) -> list[str]:
    """The command lines of a command's examples."""
    lines = (command.epilog or "").splitlines()
    return [line.strip() for line in lines if line.strip().startswith("qbo-pipeline")]


def _section(name: str, command: Any) -> str:
    arguments = "".join(f" [{one.name.upper()}]" for one in command.params if one.param_type_name == "argument")
    lines = [f"## {name.removeprefix('qbo-pipeline ')}", "", " ".join(command.help.split()), ""]
    lines += ["```", f"{name}{arguments} [OPTIONS]", "", *examples(command), "```", ""]
    rows = [_row(one) for one in command.params if not getattr(one, "hidden", False)]
    if rows:
        lines += ["| option | default | meaning |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _row(option: Any) -> str:
    names = [*option.opts, *option.secondary_opts] if option.param_type_name == "option" else [option.name.upper()]
    value = f" {option.metavar}".replace("|", r"\|") if option.metavar else ""  # a bare one would end the cell
    default = option.default
    shown = "" if default is None or isinstance(default, bool) else f"`{getattr(default, 'value', default)}`"
    return f"| {', '.join(f'`{name}{value}`' for name in names)} | {shown} | {option.help} |"


def write() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    write()

"""The comment that heads a SQL file: a description, named facts, and a description of each column.

    -- Income and expense of each account and month, as QuickBooks' ProfitAndLoss shows them.
    -- Grain: an account, month and basis.
    -- Columns:
    --   realm_id: The company.
    --   amount: Home currency; income and expense positive,
    --     whatever the account's normal balance.

What comes before the first fact is the description. A fact or a column goes on in lines that are indented deeper.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from qbo_pipeline.finance.model import Column

_FACT = re.compile(r"([A-Z][a-z]+):(?:\s+(.*))?$")
_COLUMN = re.compile(r"(\w+):\s+(\S.*)$")


class SqlFileError(Exception):
    """A SQL file is not what it is to be: which, where, and what is wrong."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        self.path = path
        self.line = line
        super().__init__(f"{path}:{line}: {message}")


@dataclass(frozen=True, slots=True)
class Header:
    """What the head of a SQL file says."""

    path: Path
    description: str
    facts: Mapping[str, str]
    """Name → text: `Grain`, `Key` …"""
    lines: Mapping[str, int]
    """Name of a fact → the line it stands in."""
    columns: tuple[Column, ...]
    statement: str
    """What follows."""
    statement_line: int
    """The line it begins in, counted from 1."""

    def fact(self, name: str) -> str:
        """The text of a fact that has to be there.

        Raises:
            SqlFileError: it is not, or it is empty.
        """
        if not self.facts.get(name):
            raise SqlFileError(self.path, self.lines.get(name, 1), f"The head has no line '-- {name}: …'.")
        return self.facts[name]

    def error(self, fact: str, message: str) -> SqlFileError:
        """What is wrong with a fact, where it stands."""
        return SqlFileError(self.path, self.lines.get(fact, 1), message)


def read_header(path: Path, text: str, allowed: Collection[str]) -> Header:
    """The head of a SQL file, which may say the facts that are `allowed`.

    Raises:
        SqlFileError: naming file, line and what is wrong.
    """
    description: list[str] = []
    facts: dict[str, str] = {}
    lines: dict[str, int] = {}
    columns: list[tuple[str, str]] = []
    names: set[str] = set()
    current, indent_of_columns, number = "", 0, 0
    rows = text.splitlines()
    for number, row in enumerate(rows, 1):
        if not row.startswith("--"):
            break
        content = row[2:].rstrip()
        indent, content = len(content) - len(content.lstrip()), content.strip()
        fact = _FACT.match(content) if indent <= 1 else None
        if fact and (facts or fact[1] in allowed):
            current = fact[1]
            if current not in allowed:
                raise SqlFileError(path, number, f"'{current}:' is none of: {', '.join(allowed)}.")
            if current in facts:
                raise SqlFileError(path, number, f"'{current}:' is there twice.")
            facts[current], lines[current] = fact[2] or "", number
        elif current == "Columns" and content:
            column = _COLUMN.match(content)
            indent_of_columns = indent_of_columns or indent
            if column and indent <= indent_of_columns:
                if column[1] in names:
                    raise SqlFileError(path, number, f"Column {column[1]} is described twice.")
                names.add(column[1])
                columns.append((column[1], column[2]))
            elif columns and indent > indent_of_columns:
                columns[-1] = (columns[-1][0], f"{columns[-1][1]} {content}")
            else:
                raise SqlFileError(path, number, f"No column and its description, as in '--   amount: …': {content}")
        elif current:
            facts[current] = f"{facts[current]} {content}".strip()
        else:
            description.append(content)
    else:
        raise SqlFileError(path, number or 1, "There is a head, and no statement.")
    if not " ".join(description).strip():
        raise SqlFileError(path, 1, "The first lines are to say in a comment what this is.")
    return Header(
        path=path,
        description=" ".join(line for line in description if line),
        facts=facts,
        lines=lines,
        columns=tuple(Column(name, text) for name, text in columns),
        statement="\n".join(rows[number - 1 :]).strip("\n"),
        statement_line=number + (next((i for i, row in enumerate(rows[number - 1 :]) if row.strip()), 0)),
    )

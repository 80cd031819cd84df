"""The page about the audit trail: its statements run, and no table of the trail is missing from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import qbo_pipeline
from qbo_pipeline_tests.command_line.conftest import Run

PAGE = (Path(qbo_pipeline.__file__).parent.parent / "docs" / "audit.md").read_text(encoding="utf-8")
STATEMENTS = re.findall(r"```sql\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("statement", STATEMENTS, ids=range(len(STATEMENTS)))
def test_a_statement_of_the_page_runs(run: Run, statement: str) -> None:
    answer = run("sql", statement)
    assert answer.exit_code == 0, answer.told


@pytest.mark.usefixtures("warehouse")
def test_every_table_of_the_trail_is_on_the_page(run: Run) -> None:
    names = run(
        "sql", "--format", "json", "SELECT DISTINCT table_name FROM duckdb_columns() WHERE schema_name = 'audit'"
    )
    inside = {"made_from", "merged_record"}
    assert {one["table_name"] for one in names.json} - inside <= set(re.findall(r"`audit\.(\w+)", PAGE))
    assert len(STATEMENTS) > 4

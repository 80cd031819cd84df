"""What is inline becomes part of the statements that name it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from qbo_pipeline.finance.catalogue import load_models
from qbo_pipeline.finance.rendering import plainly, render

HEAD = """-- What it is.
-- Grain: a customer.
-- Key: realm_id
-- Built: {built}
-- Source: customers.
-- Columns:
--   realm_id: The company.
"""
READ_TWICE = "SELECT a.realm_id FROM posting.customer AS a JOIN posting.customer AS b USING (realm_id)"


def statement(folder: Path, built: str) -> str:
    """Of a table that names an inline model twice."""
    for name, head, select in (
        ("posting/customer.sql", built, "SELECT realm_id FROM quickbooks.customer"),
        ("finance/x.sql", "table", READ_TWICE),
    ):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(HEAD.format(built=head) + select)
    models = load_models(folder)
    return render(models, models.by_name["finance.x"], plainly, plainly)


@pytest.mark.parametrize(("built", "scans"), [("inline", 1), ("inline anew", 2)])
def test_rows_of_what_is_inline_are_kept_for_all_who_name_it_unless_it_is_read_anew(
    tmp_path: Path, built: str, scans: int
) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA quickbooks; CREATE TABLE quickbooks.customer AS SELECT 'one' AS realm_id")
        [(_, plan)] = connection.execute(f"EXPLAIN {statement(tmp_path, built)}").fetchall()
        assert plan.count("quickbooks.customer") == scans
        assert connection.execute(statement(tmp_path, built)).fetchall() == [("one",)]

"""The warehouse in Python, as the README shows it."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.warehouse.warehouse import open_warehouse
from qbo_pipeline_tests.warehouse.every_column import store_every_column

README = Path(__file__).parents[2] / "README.md"
AMOUNT = Decimal("12345678901234.5678")


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pl.DataFrame:
    """What README's example gives of two invoices of one customer, of which one is deleted."""
    with open_warehouse(tmp_path / "build.duckdb", tmp_path / "data" / "warehouse.duckdb", tmp_path / "lake") as made:
        store_every_column(made.connection, [entity("Invoice")])
        made.rows(
            "INSERT INTO stored.invoice BY NAME "
            "SELECT i::TEXT AS id, i = 1 AS deleted, 'Ironbark' AS customer_name, ? AS balance FROM range(2) AS n(i)",
            [AMOUNT],
        )
        made.publish()
    monkeypatch.chdir(tmp_path)
    [example] = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {"print": lambda _: None, "__builtins__": __builtins__}
    exec(example, names)
    frame = names["open_invoices"]
    assert isinstance(frame, pl.DataFrame)
    return frame


def test_the_readmes_example_gives_a_frame_of_the_living_records(shown: pl.DataFrame) -> None:
    assert shown.select("id", "customer_name").rows() == [("0", "Ironbark")]


def test_amounts_in_a_frame_are_exact(shown: pl.DataFrame) -> None:
    assert shown.schema["balance"] == pl.Decimal(18, 4)
    assert shown["balance"].to_list() == [AMOUNT]


def test_a_number_in_json_would_not_be_exact_in_polars() -> None:
    """Why the pipeline types what QuickBooks sends by other means."""
    with duckdb.connect() as connection:
        exact = connection.sql(f"SELECT {AMOUNT}::DECIMAL(18, 4) AS amount").pl()
    assert pl.read_json(f'[{{"amount": {AMOUNT}}}]'.encode()).schema["amount"] == pl.Float64
    assert exact["amount"].to_list() == [AMOUNT]

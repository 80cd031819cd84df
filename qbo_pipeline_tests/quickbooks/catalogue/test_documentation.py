"""The pages about entities say what is."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from qbo_pipeline.quickbooks.catalogue import Entity, tables
from qbo_pipeline.quickbooks.catalogue.__main__ import page
from qbo_pipeline.warehouse.warehouse import open_warehouse

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_the_page_of_entities_is_up_to_date() -> None:
    assert (DOCS / "entities.md").read_text() == page()


def test_the_declaration_in_the_guide_becomes_tables(tmp_path: Path) -> None:
    [code] = re.findall(r"```python\n(.*?)```", (DOCS / "adding-an-entity.md").read_text(), re.DOTALL)
    names: dict[str, Entity] = {}
    exec(code, names)
    gift_card = names["GIFT_CARD"]
    assert [table.name for table in tables(gift_card)][-1] == "gift_card_load"
    with open_warehouse(tmp_path / "b.duckdb", tmp_path / "w.duckdb", tmp_path / "lake", entities=[gift_card]) as made:
        made.publish()
    with duckdb.connect(str(tmp_path / "w.duckdb"), read_only=True) as connection:
        described = connection.execute(
            "SELECT comment FROM duckdb_columns() "
            "WHERE schema_name = 'quickbooks' AND table_name = 'gift_card' AND column_name = 'face_value'"
        ).fetchall()
    assert described == [("What it is worth.",)]

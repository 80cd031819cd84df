"""What `power-bi publish` and the check of rows say of what Power BI refuses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.orchestration.power_bi_checks import _rows
from qbo_pipeline.power_bi import recorded
from qbo_pipeline.power_bi.publish import publish
from qbo_pipeline.settings import load_settings
from qbo_pipeline_tests.command_line.conftest import Run
from qbo_pipeline_tests.power_bi.books import HARBOUR, MODEL, Books, lines


@pytest.fixture
def power_bi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalPowerBI]:
    """A service that refuses an account, and a warehouse of small books that have it."""
    with LocalPowerBI(tmp_path / "power_bi.duckdb") as service:
        monkeypatch.setenv("QBO_PIPELINE_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("POWERBI_API_BASE_URL", service.api_url)
        monkeypatch.setenv("POWERBI_AUTHORITY_URL", service.url)
        monkeypatch.delenv("POWERBI_WORKSPACE_ID", raising=False)
        monkeypatch.setattr(recorded, "publish", partial(publish, model=MODEL))
        books = Books(accounts={"1": "Sales", "2": "poison"})
        books.put(*lines(HARBOUR, 5))
        books.write(tmp_path / "data" / "warehouse.duckdb")
        service.inject("missing_information", endpoint=["rows"], match="poison", times=None)
        yield service


def test_rows_that_power_bi_refuses_are_told_though_every_total_is_equal(power_bi: LocalPowerBI, run: Run) -> None:
    answer = run("power-bi", "publish")

    assert answer.exit_code == 1
    assert "Power BI refuses 2 batches" in " ".join(answer.told.split())
    found = _rows(load_settings())
    assert len(found) == 2
    assert found[0].startswith(f"Account, refused by Power BI: row {HARBOUR}|2: ")

    power_bi.heal()
    assert run("power-bi", "publish").exit_code == 0
    assert _rows(load_settings()) == []

"""What `doctor` says of Power BI and Tableau."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from qbo_pipeline.command_line import doctor_destinations
from qbo_pipeline.command_line.findings import Finding, Level
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline.state.deliveries import Batch, Deliveries, Kind
from qbo_pipeline.state.publications import Publications
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.tableau import installed


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "state").mkdir()
    return load_settings(data_dir=tmp_path, power_bi_workspace_id=None, tableau_server_url=None)


def record(settings: Settings, destination: str, **values: object) -> None:
    with StateStore(settings.state_url) as store:
        Publications(store, destination).record(datetime.now(UTC), **values)  # type: ignore[arg-type]


def power_bi(settings: Settings) -> Finding:
    [found] = doctor_destinations.power_bi(settings)
    return found


def test_a_destination_that_is_not_configured_is_no_fault(tmp_path: Path) -> None:
    off = load_settings(data_dir=tmp_path, power_bi_workspace_id="off", tableau_server_url="off")
    found = [*doctor_destinations.power_bi(off), *doctor_destinations.tableau(off)]
    assert [one.level for one in found] == [Level.OK, Level.OK]


def test_before_the_first_publication_the_command_is_named(settings: Settings) -> None:
    assert "power-bi publish" in power_bi(settings).told


def test_a_publication_that_failed_is_told_with_its_reason(settings: Settings) -> None:
    record(settings, "power_bi", failure="The workspace is gone.")
    found = power_bi(settings)
    assert found.level is Level.WARN
    assert "The workspace is gone." in found.told


def test_totals_that_differ_are_a_failure(settings: Settings) -> None:
    record(settings, "power_bi", totals=2, unequal=["Net Income of 1: 2.00 in the warehouse, 1.00 in Power BI"])
    found = power_bi(settings)
    assert found.level is Level.FAIL
    assert "Net Income" in found.told


def test_later_rows_without_comparison_do_not_hide_totals_that_differ(settings: Settings) -> None:
    record(settings, "power_bi", totals=2, unequal=["Net Income of 1: 2.00 in the warehouse, 1.00 in Power BI"])
    record(settings, "power_bi", rows=3)
    assert power_bi(settings).level is Level.FAIL


def test_rows_that_power_bi_refuses_are_told(settings: Settings) -> None:
    """Of a list no total is made: the totals are equal though its rows are missing."""
    record(settings, "power_bi", dataset="d1", totals=2)
    assert power_bi(settings).level is Level.OK
    with StateStore(settings.state_url) as store:
        deliveries = Deliveries(store, "power_bi")
        deliveries.plan([Batch("b1", 1, "d1", "Customer", None, Kind.APPEND, "", 1, 10, None)])
        deliveries.refused("b1", "row 7: the value does not fit", None)

    found = power_bi(settings)
    assert found.level is Level.WARN
    assert "1 batches are refused" in found.told


def test_without_its_libraries_tableau_says_what_to_install(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "is_installed", lambda: False)
    [found] = doctor_destinations.tableau(settings)
    assert found.level is Level.WARN
    assert "pip install" in (found.mend or "")


def test_of_tableau_publication_and_sign_in_are_told(settings: Settings) -> None:
    pytest.importorskip("tableauhyperapi")
    record(settings, "tableau", rows=3, totals=4)
    published, sign_in = doctor_destinations.tableau(settings)
    assert published.level is Level.OK
    assert sign_in.part == "tableau sign-in"

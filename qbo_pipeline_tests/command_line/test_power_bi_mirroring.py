from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from qbo_pipeline.command_line import doctor_destinations
from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.power_bi import recorded
from qbo_pipeline.power_bi.mirroring import move as moving
from qbo_pipeline.power_bi.mirroring import publish as publishing
from qbo_pipeline.power_bi.publish import publish
from qbo_pipeline.settings import load_settings
from qbo_pipeline_tests.command_line.conftest import Run
from qbo_pipeline_tests.power_bi.books import HARBOUR, MODEL, Books, lines


@pytest.fixture
def power_bi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalPowerBI]:
    """A service that the environment's settings lead to, and a warehouse of small books to publish."""
    with LocalPowerBI(tmp_path / "power_bi.duckdb") as service:
        for name, value in {
            "QBO_PIPELINE_DATA_DIR": str(tmp_path / "data"),
            "POWERBI_WORKSPACE_ID": service.workspace,
            "POWERBI_API_BASE_URL": service.api_url,
            "POWERBI_AUTHORITY_URL": service.url,
            "FABRIC_API_BASE_URL": service.fabric_url,
            "ONELAKE_URL": service.onelake_url,
        }.items():
            monkeypatch.setenv(name, value)
        for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"):
            monkeypatch.setenv(f"POWERBI_{name}", "local")
        monkeypatch.setattr(publishing, "mirror", partial(publishing.mirror, model=MODEL))
        monkeypatch.setattr(moving, "move", partial(moving.move, model=MODEL))
        books = Books()
        books.put(*lines(HARBOUR, 5))
        books.write(tmp_path / "data" / "warehouse.duckdb")
        yield service


def test_mirror_tells_what_it_sent_and_what_fabric_has(power_bi: LocalPowerBI, run: Run) -> None:
    first, again = run("power-bi", "mirror"), run("power-bi", "mirror", "--json")

    assert first.exit_code == 0, first.output
    assert "11 rows in 3 files" in first.output
    assert "processed every row of 3 of 3 tables" in " ".join(first.output.split())
    assert (again.exit_code, [one["number"] for one in again.json["tables"]]) == (0, [None] * 3)
    assert len(power_bi.mirrored_rows(power_bi.service.mirrored.all()[0].id, "Ledger Lines")) == 5


def test_move_says_what_is_left_to_do(power_bi: LocalPowerBI, run: Run) -> None:
    answer = run("power-bi", "move", "--database", "Books")

    assert answer.exit_code == 0, answer.output
    assert "1. In the workspace, open the mirrored database Books" in answer.output
    # Under another name than the dataset's it is found by no command that does not name it.
    assert 'power-bi mirror --database "Books"' in answer.output
    assert 'power-bi move --database "Books" --drop-push' in answer.output


def test_after_the_push_dataset_is_dropped_nothing_is_said_to_be_shown(
    power_bi: LocalPowerBI, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "publish", partial(publish, model=MODEL))
    recorded.publish_recorded(load_settings())
    assert run("power-bi", "status", "--json").json["shows_latest"] is True

    assert run("power-bi", "move", "--drop-push").exit_code == 0

    assert run("power-bi", "status", "--json").json["shows_latest"] is False
    assert "Power BI shows no state of the warehouse" in run("power-bi", "status").output
    [told] = doctor_destinations.power_bi(load_settings())
    assert "shows no state of the warehouse" in told.told


def test_who_drops_the_push_dataset_twice_is_told_the_same_steps(power_bi: LocalPowerBI, run: Run) -> None:
    publish(load_settings(), model=MODEL)
    first, again = run("power-bi", "move", "--drop-push"), run("power-bi", "move", "--drop-push")

    for answer in (first, again):
        assert "1. Set POWERBI_DATASET=off" in answer.output
        assert "needs it any more" not in answer.output


def test_an_installation_that_is_another_is_refused_in_one_line(
    power_bi: LocalPowerBI, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("power-bi", "mirror")
    (tmp_path / "other").mkdir()
    shutil.copy(tmp_path / "data" / "warehouse.duckdb", tmp_path / "other")
    monkeypatch.setenv("QBO_PIPELINE_DATA_DIR", str(tmp_path / "other"))
    answer = run("power-bi", "mirror")

    assert answer.exit_code == 1
    assert answer.told.startswith("Failed: Another installation of this pipeline publishes to the mirrored database")
    assert "Traceback" not in answer.told

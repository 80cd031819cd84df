"""A data folder that was moved or copied: until something writes it, its history is looked for where it was."""

from __future__ import annotations

import shutil

import pytest

from qbo_pipeline.lake.writer import LakeWriter
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.settings import Settings
from qbo_pipeline.warehouse.warehouse import open_warehouse
from qbo_pipeline_tests.command_line.conftest import Run
from qbo_pipeline_tests.lake.pages import page, record

VERSIONS = "SELECT count(*) AS versions FROM history.record"


@pytest.fixture(params=["moved", "copied"])
def elsewhere(request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of an invoice of one version, at another place than it was written at."""
    data = settings.data
    writer = LakeWriter(data.lake, entity("Invoice"), "1000", "run")
    writer.add(page("Invoice", record("1", 0, "2026-05-01T00:00:00-07:00", Balance=5)))
    written = writer.flush()
    assert written is not None
    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        warehouse.merge(entity("Invoice"), [written.batch])
        warehouse.publish()
    place = data.root.with_name("elsewhere")
    (shutil.move if request.param == "moved" else shutil.copytree)(data.root, place)
    monkeypatch.setenv("QBO_PIPELINE_DATA_DIR", str(place))


@pytest.mark.usefixtures("elsewhere")
def test_no_history_is_shown_that_may_be_anothers(run: Run, settings: Settings) -> None:
    for arguments in (("audit", "Invoice", "1"), ("sql", "--as-of", "2026-06-01", "SELECT * FROM quickbooks.invoice")):
        answer = run(*arguments)
        assert answer.exit_code == 1
        assert str(settings.data.lake) in answer.told.replace("\n", "")
        assert "qbo-pipeline sync" in answer.told


@pytest.mark.usefixtures("elsewhere")
def test_tables_are_read_as_ever_with_a_word_of_it(run: Run) -> None:
    answer = run("sql", "--format", "json", "SELECT balance FROM quickbooks.invoice")
    assert answer.json == [{"balance": 5}]
    assert "its history is looked for in" in answer.told


@pytest.mark.usefixtures("elsewhere")
def test_doctor_says_how_to_mend_it_and_so_it_is(run: Run) -> None:
    found = run("doctor", "--offline", "--json").json
    [finding] = [one for one in found if one["level"] == "warn" and "history" in str(one)]
    assert "sync" in str(finding)

    run("prune")
    assert "looked for" not in run("doctor", "--offline").output
    assert run("sql", "--format", "json", VERSIONS).json == [{"versions": 1}]
    assert run("audit", "Invoice", "1").exit_code == 0

"""The commands' side: what hangs on the data source is listed and refreshed now; and when there is something to do."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from qbo_pipeline.command_line.tableau_downstream import refresh_downstream_now, show_downstream
from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.settings import Settings, TableauSettings
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_contents import PublishedContent, TableauContents
from qbo_pipeline.tableau.downstream.by_hand import NotPublishedError, list_downstream, refresh_now, refreshes_due
from qbo_pipeline.tableau.downstream.failures import PAUSES_SECONDS
from qbo_pipeline.tableau.downstream.refresh import owe_refreshes
from qbo_pipeline_tests.tableau.conftest import QUICK, settings_of
from qbo_pipeline_tests.tableau.site import Person


@pytest.fixture
def person(tableau: LocalTableau, tmp_path: Path) -> Person:
    return Person(tableau, tmp_path)


@pytest.fixture
def source(person: Person, store: StateStore, configured: TableauSettings) -> str:
    """Our data source, as if it had been published from here."""
    luid = person.data_source("QuickBooks Online")
    TableauContents(store, configured.place).note("data_source", PublishedContent(luid, None, None, None))
    return luid


def test_before_anything_was_published_nothing_hangs_on_it(settings: Settings) -> None:
    with pytest.raises(NotPublishedError, match="tableau publish first"):
        list_downstream(settings, QUICK)


def test_workbooks_that_hang_on_it_are_listed_as_they_are_now(
    settings: Settings, person: Person, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list_downstream(settings, QUICK) == []
    margins = person.workbook("Margins", source)

    assert show_downstream(settings, as_json=True) == 0
    [listed] = json.loads(capsys.readouterr().out)
    assert (listed["luid"], listed["name"], listed["failures"]) == (margins, "Margins", 0)


def test_refreshing_by_hand_refreshes_each_time_and_ends_pauses(
    tableau: LocalTableau, settings: Settings, person: Person, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    margins = person.workbook("Margins", source)
    tableau.inject("failing_job", endpoint=["refresh"], times=1)

    assert refresh_downstream_now(settings, wait_seconds=5.0, as_json=True) == 1
    assert refresh_downstream_now(settings, wait_seconds=5.0, as_json=False) == 0
    assert "refreshed" in capsys.readouterr().out
    assert len(person.refreshes(margins)) == 2


def test_what_is_ordered_is_due_until_it_is_done(
    tableau: LocalTableau, settings: Settings, person: Person, source: str, store: StateStore
) -> None:
    person.workbook("Margins", source)
    assert not refreshes_due(settings)
    owe_refreshes(store, "QuickBooks Online", "p1")
    assert refreshes_due(settings)

    tableau.switch(job_seconds=3600.0)
    refresh_now(settings, wait_seconds=0.0, manner=QUICK)
    assert refreshes_due(settings)
    tableau.advance(3601.0)
    tableau.switch(job_seconds=0.0)
    refresh_now(settings, wait_seconds=5.0, manner=QUICK)
    assert not refreshes_due(settings)


def test_a_workbook_that_is_paused_is_due_when_its_pause_is_over(
    tableau: LocalTableau, settings: Settings, person: Person, source: str
) -> None:
    person.workbook("Margins", source)
    tableau.inject("failing_job", endpoint=["refresh"], times=1)
    refresh_now(settings, wait_seconds=5.0, manner=QUICK)

    assert not refreshes_due(settings)
    assert refreshes_due(settings, lambda: time.time() + PAUSES_SECONDS[0] + 10)


def test_while_tableau_asked_for_silence_nothing_is_due(
    tableau: LocalTableau, settings: Settings, person: Person, source: str
) -> None:
    person.workbook("Margins", source)
    tableau.inject("throttle", endpoint=["refresh"], minutes=29, times=1)
    refresh_now(settings, wait_seconds=5.0, manner=QUICK)

    assert not refreshes_due(settings)
    assert refreshes_due(settings, lambda: time.time() + 30 * 60)


def test_where_tableau_is_off_nothing_is_due(tmp_path: Path) -> None:
    assert not refreshes_due(settings_of(tmp_path, "off", tableau_pat_name=None, tableau_pat_value=None))

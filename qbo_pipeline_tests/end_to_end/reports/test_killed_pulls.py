"""A pull that is killed anywhere and run again gives the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from qbo_pipeline.ingestion import Session, open_session, publishing
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED
from qbo_pipeline_tests.end_to_end.reports.asking import STATEMENTS_ONLY, asked_of, content
from qbo_pipeline_tests.end_to_end.reports.conftest import Places

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

PULL = """
import os, signal, sys
from pathlib import Path
from qbo_pipeline.ingestion import open_session, publishing
from qbo_pipeline.lake import layout, report_batches
from qbo_pipeline.settings import load_settings
from qbo_pipeline.warehouse import publish, reports

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def at(module, name, call, after=False):
    original, calls = getattr(module, name), []
    def wrapped(*arguments, **named):
        calls.append(1)
        if len(calls) == call and not after:
            die()
        done = original(*arguments, **named)
        if len(calls) == call:
            die()
        return done
    setattr(module, name, wrapped)

publishing.build_models = lambda _: None
exec(sys.argv[2])
url, folder = sys.argv[1], sys.argv[3]
settings = load_settings(
    data_dir=folder, api_base_url_override=url, token_url_override=f"{url}/oauth2/v1/tokens/bearer",
    authorize_url_override=f"{url}/connect/oauth2", revoke_url_override=f"{url}/v2/oauth2/tokens/revoke",
)
with open_session(settings) as session:
    session.reports.pull(sys.argv[4], "killed")
"""

POINTS = {
    "before the first answer is kept": "at(report_batches.ReportBatchWriter, 'keep', 1)",
    "before a batch of statements has its place": "at(layout.BatchFolder, 'place', 2)",
    "with the statements and some legs in the lake": "at(layout.BatchFolder, 'place', 9, after=True)",
    "with everything in the lake, before the merge": "at(reports, '_merge', 1)",
    "in the merge, batches noted and no rows": "at(reports, '_choose_winners', 1)",
    "in the merge, some rows replaced": "at(reports, '_replace', 4, after=True)",
    "at the end of the merge, not committed": "at(reports, '_note_months', 1, after=True)",
    "merged, and the state for readers not swapped in": "at(publish, 'put_in_place', 1)",
}


@pytest.fixture(scope="module")
def of_a_pull_in_peace(places: Places) -> dict[str, list[Any]]:
    """The rows of all reports after a pull that nobody killed."""
    places.put("pulled")
    with LocalQuickBooks(places.service) as service, open_session(places.settings(service), UNLIMITED) as session:
        return content(session)


@pytest.mark.parametrize("point", POINTS, ids=lambda one: one)
def test_killed_anywhere_and_run_again_a_pull_gives_the_same(
    loaded: Session,
    quickbooks: LocalQuickBooks,
    realm_id: str,
    of_a_pull_in_peace: dict[str, list[Any]],
    point: str,
) -> None:
    _kill(loaded, quickbooks, realm_id, POINTS[point])
    assert loaded.warehouse_query("SELECT count(*) FROM reports.posted_leg") == [(0,)]
    asked = asked_of(quickbooks)

    loaded.reports.pull(realm_id, "again")

    again = asked_of(quickbooks)[len(asked) :]
    if "everything in the lake" in point or "merge" in point:
        assert len(again) == STATEMENTS_ONLY
    assert content(loaded) == of_a_pull_in_peace


def test_a_batch_that_never_had_its_place_is_waited_for_by_no_pull(
    loaded: Session, quickbooks: LocalQuickBooks, realm_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kill(loaded, quickbooks, realm_id, "at(Path, 'rename', 1)")
    shown: list[object] = []
    monkeypatch.setattr(publishing, "build_models", shown.append)

    loaded.reports.pull(realm_id, "again")

    assert len(shown) == 1


def _kill(loaded: Session, quickbooks: LocalQuickBooks, realm_id: str, point: str) -> None:
    """A pull that dies there."""
    arguments: Sequence[str] = (quickbooks.url, point, str(loaded.settings.data.root), realm_id)
    killed = subprocess.run([sys.executable, "-c", PULL, *arguments], env=dict(os.environ), check=False)
    assert killed.returncode == -signal.SIGKILL

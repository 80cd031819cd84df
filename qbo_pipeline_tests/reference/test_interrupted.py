"""Whatever happens between asking and being answered: nothing is done twice, and applying again finishes it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.reference.results import Outcome
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.reference_changes import ReferenceChanges
from qbo_pipeline.state.store import StateStore
from qbo_pipeline_tests.reference.conftest import Company, Folder

pytestmark = pytest.mark.end_to_end

APPLY = """
import sys
from pathlib import Path
from qbo_pipeline.ingestion import open_session
from qbo_pipeline.reference import exchange
from qbo_pipeline.settings import load_settings

data, key, url, folder = sys.argv[1:]
settings = load_settings(
    data_dir=data, encryption_key=key, allow_reference_write=True,
    api_base_url_override=url, token_url_override=f"{url}/oauth2/v1/tokens/bearer",
)
with open_session(settings) as session:
    exchange.apply(session, exchange.plan_folder(session, Path(folder)))
"""


@pytest.mark.parametrize("remembers", [True, False])
def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_done_twice(
    company: Company, exported: Folder, *, remembers: bool
) -> None:
    company.quickbooks.answered_writes.remembers = remembers
    company.quickbooks.inject("reset", at="start", endpoint=["write"], times=2, match="class")
    company.quickbooks.inject("reset", at="middle", endpoint=["write"], times=1, match="account")

    results = exported.add("classes.csv", name="North").edit("accounts.csv", "11", name="Rent").apply()

    assert {one.outcome for one in results} == {Outcome.APPLIED}
    assert len(company.named("Class", "North")) == 1
    assert (company.record("Account", "11")["Name"], company.record("Account", "11")["SyncToken"]) == ("Rent", "1")


def test_without_any_answer_nobody_knows_and_applying_again_finds_out(company: Company, exported: Folder) -> None:
    exported.add("classes.csv", name="North").add("classes.csv", name="South")
    company.quickbooks.inject("server_error", carried_out=True, endpoint=["write"], times=5, match="class")

    unknown, other = exported.apply()
    assert (unknown.outcome, other.outcome) == (Outcome.UNKNOWN, Outcome.APPLIED)
    assert "does nothing twice" in unknown.to_do
    [again] = exported.apply()
    assert (again.outcome, again.request_id) == (Outcome.APPLIED, unknown.request_id)
    assert company.named("Class", "North") == [again.id]


def test_when_quickbooks_takes_nothing_the_rest_is_not_tried(company: Company, exported: Folder) -> None:
    exported.edit("accounts.csv", "11", name="Rent").edit("classes.csv", "21", name="West")
    company.quickbooks.inject("unauthorized", endpoint=["write"], times=None)

    first, second = exported.apply()

    assert (first.outcome, second.outcome) == (Outcome.NOT_SENT, Outcome.NOT_SENT)
    assert second.told == "QuickBooks takes nothing just now"
    assert company.record("Account", "11")["Name"] == "Office"


@pytest.mark.parametrize("answered", [False, True])
def test_a_process_killed_while_it_applies_is_finished_by_the_next(
    company: Company, exported: Folder, settings: Settings, session: Session, *, answered: bool
) -> None:
    """Killed before an answer (nobody wrote down what came of it), or after it and before the warehouse had it."""
    exported.add("classes.csv", name="North").edit("accounts.csv", "11", name="Rent")
    company.quickbooks.answered_writes.remembers = answered
    company.quickbooks.inject(
        "timeout", seconds=30, endpoint=["query"] if answered else ["write"], after=2 if answered else 1
    )
    with _applying(settings, company, exported.path) as process:
        while not (company.named("Class", "North") and (not answered or _settled(settings, company) == 2)):
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    company.quickbooks.heal()

    results = exported.apply()

    assert all(one.outcome is Outcome.APPLIED for one in results)
    assert len(company.named("Class", "North")) == 1
    assert company.record("Account", "11")["SyncToken"] == "1"
    assert exported.plan().changes == ()
    rows = "SELECT entity, action, outcome FROM audit.reference_change WHERE realm_id = ? ORDER BY entity"
    assert session.warehouse_query(rows, [company.realm_id]) == [
        ("Account", "update", "applied"), ("Class", "create", "applied"),
    ]  # fmt: skip


def test_what_is_below_a_renamed_record_is_read_again_though_the_process_was_killed_before_it_was(
    company: Company, exported: Folder, settings: Settings, session: Session
) -> None:
    exported.edit("accounts.csv", "11", name="Rent")
    company.quickbooks.inject("timeout", seconds=30, endpoint=["query"], after=1)
    with _applying(settings, company, exported.path) as process:
        while not _settled(settings, company):
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    company.quickbooks.heal()

    exported.apply()

    names = "SELECT fully_qualified_name FROM quickbooks.account WHERE realm_id = ? AND id IN ('11', '12') ORDER BY id"
    assert session.warehouse_query(names, [company.realm_id]) == [("Rent",), ("Rent:Paper",)]


def test_a_name_that_was_given_up_since_can_be_created_again(
    company: Company, exported: Folder, session: Session, tmp_path: Path
) -> None:
    [first] = exported.add("classes.csv", name="North").apply()
    company.quickbooks.clock.advance(5)
    other = Folder(session, company.realm_id, tmp_path / "other").edit("classes.csv", first.id, name="Polar")
    assert [one.outcome for one in other.apply()] == [Outcome.APPLIED]

    [second] = exported.apply()

    assert second.outcome is Outcome.APPLIED
    assert company.named("Class", "North") == [second.id] != [first.id]


def _applying(settings: Settings, company: Company, folder: Path) -> subprocess.Popen[bytes]:
    key = settings.encryption_key.get_secret_value() if settings.encryption_key else ""
    arguments = [str(settings.data_dir), key, company.quickbooks.url, str(folder)]
    return subprocess.Popen([sys.executable, "-c", APPLY, *arguments])


def _settled(settings: Settings, company: Company) -> int:
    with StateStore(settings.state_url) as state:
        return sum(one.outcome is not None for one in ReferenceChanges(state).of(company.realm_id))

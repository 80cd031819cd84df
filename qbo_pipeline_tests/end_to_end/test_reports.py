"""QuickBooks' own reports, from the local service to the warehouse, over HTTP."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.ingestion.reports.months import month_of
from qbo_pipeline.ingestion.reports.results import ReportPullError, Why
from qbo_pipeline.lake.report_batches import report_lake
from qbo_pipeline.local.companies import GeneratedCompany
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.quickbooks.errors import ServerError
from qbo_pipeline.quickbooks.reports.errors import SmallestReportTruncatedError
from qbo_pipeline.quickbooks.reports.requests import Basis
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.api_usage import ApiUsage
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.warehouse.rebuild import rebuild
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED, connect, settings_for

pytestmark = pytest.mark.end_to_end

TABLES = ("posted_leg", "account_month", "trial_balance", "aging", "inventory_valuation")
STATEMENTS_ONLY = 4
"""Requests of a pull where nothing changed: two statements on two bases."""


@pytest.fixture(autouse=True)
def without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is built of reports has tests of its own."""
    monkeypatch.setattr("qbo_pipeline.ingestion.publishing.build_models", lambda _: None)


class Places:
    """A loaded company, once without and once with its reports: made once, and put in place for every test."""

    def __init__(self, folder: Path, company: GeneratedCompany, empty_warehouse: Path) -> None:
        self.data, self.service = folder / "data", folder / "quickbooks.sqlite"
        self._kept = folder / "kept"
        self._kept.mkdir()
        (self.data / "build").mkdir(parents=True)
        shutil.copy(empty_warehouse, self.data / "build" / "warehouse.duckdb")
        for name in ("loaded", "pulled"):
            with LocalQuickBooks(self.service) as service, open_session(self.settings(service), UNLIMITED) as session:
                if name == "loaded":
                    service.add_company(company)
                    connect(service, session, company.realm_id)
                    session.backfill(company.realm_id, ENTITIES, None, "load")
                else:
                    session.reports.pull(company.realm_id, "first")
            shutil.copytree(self.data, self._kept / name)
            shutil.copy(self.service, self._kept / f"{name}.sqlite")

    def settings(self, service: LocalQuickBooks) -> Settings:
        return settings_for(service, self.data)

    def put(self, name: str) -> None:
        shutil.rmtree(self.data)
        shutil.copytree(self._kept / name, self.data)

    def put_service(self) -> None:
        for path in self.service.parent.glob(f"{self.service.name}*"):
            path.unlink()
        shutil.copy(self._kept / "pulled.sqlite", self.service)


@pytest.fixture(scope="module")
def places(
    tmp_path_factory: pytest.TempPathFactory, small_company: GeneratedCompany, empty_warehouse: Path
) -> Iterator[Places]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qbo_pipeline.ingestion.publishing.build_models", lambda _: None)
        yield Places(tmp_path_factory.mktemp("reports"), small_company, empty_warehouse)


@pytest.fixture
def quickbooks(places: Places) -> Iterator[LocalQuickBooks]:
    """The service that holds the company."""
    places.put_service()
    with LocalQuickBooks(places.service) as service:
        yield service


@pytest.fixture
def loaded(places: Places, quickbooks: LocalQuickBooks) -> Iterator[Session]:
    """Every record is in the warehouse, and no report."""
    places.put("loaded")
    with open_session(places.settings(quickbooks), UNLIMITED) as session:
        yield session


@pytest.fixture
def pulled(places: Places, quickbooks: LocalQuickBooks) -> Iterator[Session]:
    """The reports are there, too."""
    places.put("pulled")
    with open_session(places.settings(quickbooks), UNLIMITED) as session:
        yield session


def switch(quickbooks: LocalQuickBooks, **switches: object) -> None:
    httpx.post(f"{quickbooks.url}/control/switches", json=switches).raise_for_status()


def content(session: Session, *but: str) -> dict[str, list[Any]]:
    """All rows of reports, but for which pull brought them and columns that are named."""
    leave = ", ".join(("pull", *but))
    with session.reading() as query:
        found = {}
        for table in TABLES:
            names = [name for (name,) in query(
                "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'reports' AND table_name = ?", [table]
            )]  # fmt: skip
            kept = ", ".join(f'"{name}"' for name in names if name not in leave.split(", "))
            found[table] = query(f"SELECT {kept} FROM reports.{table} ORDER BY ALL")
        return found


def asked_of(quickbooks: LocalQuickBooks) -> list[str]:
    """What reports were asked for, by path and parameters."""
    return [f"{one.path}?{one.parameters}" for one in quickbooks.requests if "reports/" in one.path]


def test_legs_explain_every_figure_of_every_statement_to_the_cent(pulled: Session) -> None:
    differences = pulled.warehouse_query(
        """
        WITH line AS (
            SELECT DISTINCT basis, statement, account_id FROM reports.account_month WHERE line = 'account'
        ),
        figure AS (
            SELECT basis, statement, account_id, month, coalesce(amount, 0) AS amount
            FROM line
            JOIN reports.month_pull USING (basis)
            LEFT JOIN reports.account_month USING (basis, statement, account_id, month)
        ),
        shown AS (
            SELECT basis, account_id, month,
                   CASE statement WHEN 'ProfitAndLoss' THEN amount ELSE amount - coalesce(lag(amount) OVER before, 0)
                   END AS amount
            FROM figure
            WINDOW before AS (PARTITION BY basis, statement, account_id ORDER BY month)
        ),
        posted AS (
            SELECT basis, month, account_id, sum(debit - credit) AS amount FROM reports.posted_leg GROUP BY ALL
        )
        SELECT basis, month, account_id, shown.amount, posted.amount
        FROM shown
        LEFT JOIN posted USING (basis, month, account_id)
        LEFT JOIN quickbooks.account ON account.id = account_id
        WHERE abs(shown.amount) <> abs(coalesce(posted.amount, 0))
          AND account.account_sub_type IS DISTINCT FROM 'RetainedEarnings'
        """
    )
    assert differences == []
    [(both, months)] = pulled.warehouse_query("SELECT count(DISTINCT basis), count(*) FROM reports.month_pull")
    assert (both, months > 20) == (2, True)


def test_balances_and_open_documents_of_the_last_month_end_and_of_today_are_there(pulled: Session) -> None:
    counts = dict(
        pulled.warehouse_query(
            "SELECT report, count(DISTINCT first_day) FROM audit.report_batch WHERE first_day = last_day GROUP BY ALL"
        )
    )
    assert counts == dict.fromkeys(
        ("TrialBalance", "AgedReceivableDetail", "AgedPayableDetail", "InventoryValuationSummary"), 2
    )
    sides = "SELECT count(*), sum(debit) = sum(credit) FROM reports.trial_balance GROUP BY basis, as_of"
    assert [balanced for _, balanced in pulled.warehouse_query(sides)] == [True] * 4


def test_where_nothing_changed_only_the_statements_are_asked_for(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    before, asked = content(pulled), len(asked_of(quickbooks))

    again = pulled.reports.pull(realm_id, "second")

    assert (again.requests, again.months_asked, again.months_changed, again.legs) == (STATEMENTS_ONLY, (), (), 0)
    assert len(asked_of(quickbooks)) - asked == STATEMENTS_ONLY
    assert content(pulled) == before


def test_no_month_of_a_basis_is_asked_for_twice(loaded: Session, quickbooks: LocalQuickBooks, realm_id: str) -> None:
    pull = loaded.reports.pull(realm_id, "first")
    legs = [one for one in asked_of(quickbooks) if "JournalReport" in one or "GeneralLedger" in one]
    assert len(legs) == len(set(legs))
    assert len(legs) <= -(-len(pull.months_asked) // 6) + 2
    assert {one.why for one in pull.months_asked} == {Why.NEVER_PULLED}
    assert pull.why == {"never pulled": len(pull.months_asked)}


@pytest.mark.parametrize(
    "shape", [{"report_version": "v1"}, {"report_language": "fr"}, {"report_version": "v1", "report_language": "fr"}]
)
def test_both_shapes_in_every_language_say_the_same(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str, shape: dict[str, str]
) -> None:
    in_words = ("transaction_title", "account_name", "account_id") if "report_language" in shape else ("account_name",)
    before = content(pulled, *in_words)
    switch(quickbooks, **shape)

    pull = pulled.reports.pull(realm_id, "again", everything=True)

    assert content(pulled, *in_words) == before
    assert {one.why for one in pull.months_asked} == {Why.ASKED_FOR}


def test_a_report_that_is_cut_is_asked_for_in_parts(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    before, whole = content(pulled), len(asked_of(quickbooks))
    switch(quickbooks, report_cells=4000)

    pulled.reports.pull(realm_id, "again", everything=True)

    assert content(pulled) == before
    assert len(asked_of(quickbooks)) - whole > whole
    answers = [
        row
        for path in report_lake(pulled.settings.data.lake).glob("*/JournalReport/*/answer.parquet")
        for row in pq.read_table(path).to_pylist()
    ]
    cut = [one for one in answers if one["problem"]]
    assert all("cut by QuickBooks" in one["problem"] and "Unable to display" in one["raw"] for one in cut)
    assert cut


def test_a_day_that_is_more_than_quickbooks_shows_is_named_and_nothing_of_its_months_is_taken(
    loaded: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    switch(quickbooks, report_cells=3000)
    with pytest.raises(ReportPullError) as failed:
        loaded.reports.pull(realm_id, "first")
    errors = [one for one in failed.value.failures.values() if isinstance(one, SmallestReportTruncatedError)]
    assert errors
    assert all(realm_id in str(one) and "cut by QuickBooks" in str(one) for one in errors)
    torn = "SELECT basis, month FROM reports.posted_leg ANTI JOIN reports.month_pull USING (basis, month)"
    assert loaded.warehouse_query(torn) == []

    switch(quickbooks, report_cells=400_000)
    loaded.reports.pull(realm_id, "second")
    test_legs_explain_every_figure_of_every_statement_to_the_cent(loaded)


def stocked_bill(session: Session) -> tuple[str, date]:
    """The first purchase of stock of which there is any, and its month."""
    [(identity, day)] = session.warehouse_query(
        """
        SELECT bill.id, bill.txn_date FROM quickbooks.bill
        JOIN quickbooks.bill_line AS line ON line.bill_id = bill.id
        JOIN quickbooks.item ON item.id = line.item_id AND item.type = 'Inventory'
        ORDER BY bill.txn_date LIMIT 1
        """
    )
    return identity, month_of(day)


def test_months_that_an_earlier_purchase_restates_are_found_though_no_document_of_theirs_changed(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    identity, month = stocked_bill(pulled)
    [(raw,)] = quickbooks.store.rows(
        "SELECT body FROM record WHERE realm = ? AND entity = 'Bill' AND id = ?", [realm_id, identity]
    )
    lines = json.loads(raw)["Line"]
    for line in lines:
        if "ItemBasedExpenseLineDetail" in line:
            line["Amount"] = float(line["Amount"]) + 90
            line["ItemBasedExpenseLineDetail"].pop("UnitPrice", None)
    total = sum(float(line["Amount"]) for line in lines)
    quickbooks.clock.advance(5)
    quickbooks.writer.touch(realm_id, "Bill", identity, Line=lines, TotalAmt=total, Balance=total)
    changed = pulled.warehouse_query("SELECT count(*) FROM quickbooks.bill WHERE updated_at > now()::TIMESTAMP")

    pull = pulled.reports.pull(realm_id, "second")

    assert changed == [(0,)]
    accrual = [one for one in pull.months_asked if one.basis is Basis.ACCRUAL]
    later = [one for one in accrual if one.month > month]
    assert later
    assert {one.why for one in later} == {Why.STATEMENTS_CHANGED}
    assert set(pull.months_changed) >= {(one.basis, one.month) for one in accrual}
    months = pulled.warehouse_query("SELECT count(*) FROM reports.month_pull WHERE basis = 'Accrual'")
    assert len(accrual) < months[0][0]  # not every later month: a restated balance is no restated month
    test_legs_explain_every_figure_of_every_statement_to_the_cent(pulled)


def test_a_month_is_asked_for_again_when_a_document_of_it_changed_though_its_figures_stay(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    identity = quickbooks.writer.oldest(realm_id, "JournalEntry")
    [(day,)] = pulled.warehouse_query("SELECT txn_date FROM quickbooks.journal_entry WHERE id = ?", [identity])
    quickbooks.clock.advance(5)
    quickbooks.writer.touch(realm_id, "JournalEntry", identity, PrivateNote="Explained")
    pulled.sync_changes(realm_id, ENTITIES, "changes")

    pull = pulled.reports.pull(realm_id, "second")

    assert [(one.basis, one.month, one.why) for one in pull.months_asked] == [
        (basis, month_of(day), Why.DOCUMENTS_CHANGED) for basis in Basis
    ]
    assert pulled.reports.pull(realm_id, "third").requests == STATEMENTS_ONLY


def test_of_a_document_that_moved_both_months_are_asked_for(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    identity = quickbooks.writer.oldest(realm_id, "JournalEntry")
    [(day,)] = pulled.warehouse_query("SELECT txn_date FROM quickbooks.journal_entry WHERE id = ?", [identity])
    moved = date(day.year + 1, day.month, 15)
    quickbooks.clock.advance(5)
    quickbooks.writer.touch(realm_id, "JournalEntry", identity, TxnDate=moved.isoformat())
    pulled.sync_changes(realm_id, ENTITIES, "changes")

    pull = pulled.reports.pull(realm_id, "second")

    assert {one.month for one in pull.months_asked} == {month_of(day), month_of(moved)}
    found = "SELECT DISTINCT month FROM reports.posted_leg WHERE transaction_id = ? AND basis = 'Accrual'"
    assert pulled.warehouse_query(found, [identity]) == [(month_of(moved),)]


def test_what_was_before_the_first_document_is_found(
    loaded: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    [(first,)] = loaded.warehouse_query("SELECT min(txn_date) FROM quickbooks.journal_entry")
    account = [row[0] for row in loaded.warehouse_query("SELECT id FROM quickbooks.account ORDER BY id::INT LIMIT 2")]
    long_ago = date(first.year - 5, 3, 9)
    entry = quickbooks.writer.oldest(realm_id, "JournalEntry")
    [(raw,)] = quickbooks.store.rows(
        "SELECT body FROM record WHERE realm = ? AND entity = 'JournalEntry' AND id = ?", [realm_id, entry]
    )
    old = {**json.loads(raw), "Id": "900001", "TxnDate": long_ago.isoformat()}
    old["Line"] = [
        {
            "Id": str(number), "Amount": 250, "DetailType": "JournalEntryLineDetail",
            "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account[number]}},
        }
        for number, side in enumerate(("Debit", "Credit"))
    ]  # fmt: skip
    quickbooks.store.add_texts(
        realm_id, "JournalEntry", [("900001", 1_400_000_000, 1_400_000_000, long_ago.isoformat(), json.dumps(old))]
    )

    pull = loaded.reports.pull(realm_id, "first")

    assert min(one.month for one in pull.months_asked) == month_of(long_ago)
    assert loaded.warehouse_query(
        "SELECT DISTINCT transaction_date FROM reports.posted_leg WHERE transaction_id = '900001'"
    ) == [(long_ago,)]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("throttle", {"retry_after": 1, "times": 2}),
        ("server_error", {"status": 503, "times": 3}),
        ("truncated", {"times": 3, "after": 5}),
        ("fault_200", {"times": 2, "after": 4}),
        ("reset", {"times": 3}),
        ("expire_token", {"times": 1, "after": 4}),
    ],
)
def test_a_passing_fault_changes_nothing(
    loaded: Session, quickbooks: LocalQuickBooks, realm_id: str, kind: str, settings: dict[str, Any]
) -> None:
    injected = quickbooks.inject(kind, endpoint=["reports"], **settings)
    loaded.reports.pull(realm_id, "first")
    assert injected.struck > 0
    test_legs_explain_every_figure_of_every_statement_to_the_cent(loaded)
    assert loaded.reports.pull(realm_id, "second").requests == STATEMENTS_ONLY


def test_a_report_that_fails_does_not_hold_up_the_others_and_is_all_that_is_asked_for_next(
    loaded: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    quickbooks.inject("server_error", match="GeneralLedger", times=500)
    with pytest.raises(ReportPullError, match="legs, Cash, 20") as failed:
        loaded.reports.pull(realm_id, "first")
    assert all(isinstance(one, ServerError) for one in failed.value.failures.values())
    assert loaded.warehouse_query("SELECT DISTINCT basis FROM reports.month_pull") == [("Accrual",)]
    quickbooks.heal()

    pull = loaded.reports.pull(realm_id, "second")

    assert {one.basis for one in pull.months_asked} == {Basis.CASH}
    test_legs_explain_every_figure_of_every_statement_to_the_cent(loaded)


def test_every_request_is_in_the_audit_trail_and_counts_for_the_month(
    loaded: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    pull = loaded.reports.pull(realm_id, "first")
    trail = loaded.warehouse_query(
        "SELECT endpoint, count(*) FROM audit.api_call WHERE run_id = 'first' AND outcome = 'ok' GROUP BY ALL"
    )
    assert sum(count for _, count in trail) == pull.requests == len(asked_of(quickbooks))
    assert {"reports/JournalReport", "reports/GeneralLedger"} < {endpoint for endpoint, _ in trail}
    state = StateStore(loaded.settings.state_url)
    used = ApiUsage(state).of_month(pull.started_at.date())
    state.close()
    assert used[realm_id, "report"] == pull.requests


def test_nothing_is_asked_when_the_calls_of_the_month_are_spent(
    loaded: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    spent = loaded.settings.model_copy(update={"call_budget_per_month": 1})
    asked = len(quickbooks.requests)
    with open_session(spent, UNLIMITED) as poor:
        pull = poor.reports.pull(realm_id, "first")
    assert (pull.requests, len(quickbooks.requests)) == (0, asked)
    assert "QBO_CALL_BUDGET_PER_MONTH" in (pull.note or "")


def test_a_rebuild_brings_reports_back_without_asking(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    before, asked, data = content(pulled), len(quickbooks.requests), pulled.settings.data
    data.build.unlink()
    rebuild(data.build, data.warehouse, data.lake, lambda *_: None)
    assert content(pulled) == before
    assert len(quickbooks.requests) == asked
    assert pulled.reports.pull(realm_id, "after").requests == STATEMENTS_ONLY


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


@pytest.mark.parametrize("point", POINTS, ids=lambda one: one)
def test_killed_anywhere_and_run_again_a_pull_gives_the_same(
    loaded: Session, quickbooks: LocalQuickBooks, realm_id: str, tmp_path: Path, point: str
) -> None:
    data = loaded.settings.data
    arguments: Sequence[str] = (quickbooks.url, POINTS[point], str(data.root), realm_id)
    killed = subprocess.run([sys.executable, "-c", PULL, *arguments], env=dict(os.environ), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert loaded.warehouse_query("SELECT count(*) FROM reports.posted_leg") == [(0,)]
    asked = asked_of(quickbooks)

    loaded.reports.pull(realm_id, "again")

    again = asked_of(quickbooks)[len(asked) :]
    if "everything in the lake" in point or "merge" in point:
        assert len(again) == STATEMENTS_ONLY
    test_legs_explain_every_figure_of_every_statement_to_the_cent(loaded)
    after = content(loaded)
    loaded.reports.pull(realm_id, "everything", everything=True)
    assert content(loaded) == after

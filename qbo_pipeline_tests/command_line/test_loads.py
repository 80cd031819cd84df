from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer

from qbo_pipeline.command_line.loads import END, period_of
from qbo_pipeline.ingestion import Session
from qbo_pipeline.ingestion.reports.pulls import ReportPulls
from qbo_pipeline.ingestion.results import Period
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.command_line.conftest import REALM, Books, Run, join, on_terminal
from qbo_pipeline_tests.command_line.ctrl_c import press_within_a_statement
from qbo_pipeline_tests.patience import PATIENCE_SECONDS

OTHER = "9341452000000002"


def term(identity: int, **more: object) -> dict[str, Any]:
    stamp = "2026-05-05T03:20:37-07:00"
    times = {"CreateTime": stamp, "LastUpdatedTime": stamp}
    return {"Id": str(identity), "SyncToken": "0", "Name": f"Net {identity}", "MetaData": times} | more


def company(realm_id: str, name: str) -> Books:
    information = {"Id": "1", "SyncToken": "0", "CompanyName": name, "MetaData": term(1)["MetaData"]}
    terms = tuple(("Term", term(one)) for one in (10, 30, 60))
    return Books(realm_id, name, (("CompanyInfo", information), *terms))


@pytest.fixture
def larkspur(quickbooks: LocalQuickBooks) -> LocalQuickBooks:
    """Three terms, connected."""
    quickbooks.add_company(company(REALM, "Larkspur Advisory"))
    join(quickbooks, REALM)
    return quickbooks


@pytest.mark.usefixtures("larkspur")
def test_backfill_loads_and_ends_in_a_summary(run: Run) -> None:
    answer = run("backfill", "--entity", "Term", "--entity", "department")

    assert answer.exit_code == 0, answer.told
    assert f"Larkspur Advisory ({REALM})" in answer.output
    row = next(line.split() for line in answer.output.splitlines() if line.split()[:1] == ["Term"])
    assert row[1:7] == ["3", "3", "0", "0", "0", "0"]
    assert "1 more with nothing new" in answer.output
    assert run("sql", "--format", "csv", "SELECT count(*) AS n FROM quickbooks.term").output.split() == ["n", "3"]


@pytest.mark.usefixtures("larkspur")
def test_names_and_counts_are_whole_on_a_narrow_terminal() -> None:
    written = on_terminal("backfill", "--entity", "CompanyInfo", "--entity", "Term", columns=40)
    _, _, shown = written.partition(f"Larkspur Advisory ({REALM})")  # before that bars come and go

    assert "CompanyInfo" in shown
    assert "unchanged" in shown
    assert "…" not in shown


def test_the_name_of_a_company_is_shown_as_it_is(run: Run, quickbooks: LocalQuickBooks) -> None:
    """Brackets in it are no markup, and what looks like the end of some ends nothing."""
    quickbooks.add_company(company(REALM, "Larkspur [old] [/closed]"))
    join(quickbooks, REALM)

    answer = run("backfill", "--entity", "Term")

    assert answer.exit_code == 0, answer.told
    assert f"Larkspur [old] [/closed] ({REALM})" in answer.output


@pytest.mark.usefixtures("larkspur")
def test_a_second_load_changes_nothing_and_says_so(run: Run) -> None:
    run("backfill", "--entity", "Term")

    [load] = run("backfill", "--entity", "Term", "--json").json

    assert (load["records"], load["inserted"], load["updated"], load["unchanged"]) == (3, 0, 0, 3)
    assert load["realm_id"] == REALM
    assert "nothing new; 3 records received" in run("backfill", "--entity", "Term").output


def test_quarantined_records_are_a_visible_warning_and_no_failure(run: Run, larkspur: LocalQuickBooks) -> None:
    larkspur.store.put(REALM, "Term", term(90, DueDays="soon"))

    answer = run("backfill", "--entity", "Term")

    assert answer.exit_code == 0, answer.told
    assert "1 records do not fit" in answer.told
    assert "audit.rejected_record" in answer.told


def test_a_company_that_fails_does_not_keep_the_others_from_loading(run: Run, larkspur: LocalQuickBooks) -> None:
    larkspur.add_company(company(OTHER, "Ironbark"))
    join(larkspur, OTHER)
    larkspur.store.rows("DELETE FROM access_token WHERE realm = ?", [REALM])
    larkspur.store.rows("UPDATE refresh_token SET state = 'revoked' WHERE realm = ?", [REALM])

    answer = run("backfill", "--entity", "Term")

    assert answer.exit_code == 1
    assert f"Ironbark ({OTHER})" in answer.output
    assert "Larkspur Advisory\nFailed: Term:" in answer.told
    assert f"company {REALM}" in answer.told
    assert "qbo-pipeline connect" in answer.told
    assert "Traceback" not in answer.told


@pytest.mark.usefixtures("larkspur")
def test_the_first_sync_loads_what_was_never_loaded(run: Run) -> None:
    [load] = run("sync", "--entity", "Term", "--company", "larkspur advisory", "--json").json

    assert (load["source"], load["inserted"]) == ("backfill", 3)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--entity", "Invoic"), "did you mean Invoice"),
        (("--company", "Nobody"), "Larkspur Advisory"),
        (("--from", "2026-13"), "YYYY-MM"),
        (("--from", "2026-03", "--to", "2026-02"), "is after the last"),
    ],
)
@pytest.mark.usefixtures("larkspur")
def test_arguments_that_make_no_sense_are_misuse(run: Run, arguments: tuple[str, ...], told: str) -> None:
    answer = run("backfill", *arguments)

    assert answer.exit_code == 2
    assert told in " ".join(answer.told.replace("│", " ").split())


def test_without_a_company_it_says_how_to_connect_one(run: Run) -> None:
    answer = run("sync")

    assert answer.exit_code == 1
    assert "qbo-pipeline connect" in answer.told


def test_periods_are_whole_months_with_open_ends() -> None:
    march = Period(date(2026, 3, 1), date(2026, 3, 31))

    assert period_of(None, None, None) is None
    assert period_of("2026-03", "2026-03", None) == march
    assert period_of("2026-03", None, None) == Period(march.first_day, END)
    assert period_of(None, "2026-03", "2026-03-15") == march
    assert period_of("2026-03", "2026-03", "2020-01") == march


@pytest.mark.parametrize(("first", "last", "told"), [(None, "1850-01", "1900-01"), ("3100-01", None, "2999-12")])
def test_an_end_that_is_left_open_is_a_month_too(first: str | None, last: str | None, told: str) -> None:
    with pytest.raises(typer.BadParameter, match=told):
        period_of(first, last, None)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("command", "owner", "name"), [("backfill", Session, "backfill"), ("prove", ReportPulls, "pull")]
)
def test_ctrl_c_while_duckdb_merges_a_company_ends_the_command_and_not_that_company_alone(
    connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch, run: Run, command: str, owner: type, name: str
) -> None:
    connected()
    connected(OTHER, "Ironbark Fabrication")
    begun: list[object] = []

    def merge(*given: object, **more: object) -> None:
        begun.append(given)
        press_within_a_statement()

    monkeypatch.setattr(owner, name, merge)

    answer = run(command)

    assert (answer.exit_code, answer.output) == (130, "")
    assert len(begun) == 1


def test_a_load_goes_on_where_nobody_reads_its_warnings_any_more(larkspur: LocalQuickBooks) -> None:
    larkspur.inject("server_error", endpoint=["query"], times=1)
    command = [str(Path(sys.executable).with_name("qbo-pipeline")), "backfill", "--entity", "Term"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as load:
        assert load.stderr is not None
        load.stderr.close()
        told = load.communicate(timeout=PATIENCE_SECONDS)[0]

    assert load.returncode == 0
    assert "Larkspur Advisory" in told

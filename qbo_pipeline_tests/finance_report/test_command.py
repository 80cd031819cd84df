from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from qbo_pipeline.command_line.report import _paths
from qbo_pipeline.finance_report.figures import Aging, Ranking
from qbo_pipeline.finance_report.reading import read_companies
from qbo_pipeline.finance_report.terminal import print_report
from qbo_pipeline.settings import Settings
from qbo_pipeline_tests.finance_report.conftest import NAME, Read, Run


def test_the_terminal_shows_every_statement(run: Run, read: Read) -> None:
    answer = run("report")
    report = read()

    assert answer.exit_code == 0, answer.told
    for title in ("Income statement", "Balance sheet", "Cash flow", "Budget and actual", "Accounts receivable"):
        assert f"{title}" in answer.output
    assert f"{NAME} as of 31 Mar 2026" in answer.output
    assert "Ties to the cent with QuickBooks' own reports" in answer.output
    assert f"{report.balance_sheet.line('Total assets').cells[0]:,.2f}" in answer.output
    assert "Fern & Co" in answer.output


def test_a_report_in_a_file_is_no_wider_than_what_it_says(run: Run) -> None:
    assert max(len(line) for line in run("report").output.splitlines()) < 200


def test_books_in_which_nothing_changed_were_synced_when_quickbooks_was_asked(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    received, [before] = datetime(2026, 4, 1, 7, 0, tzinfo=UTC), read_companies(warehouse)
    runs = [("cdc", received + timedelta(days=3), None), ("cdc", received + timedelta(days=4), "no answer")]
    runs.append(("replay", received + timedelta(days=5), None))
    warehouse.begin()
    try:
        for source, at, error in runs:
            warehouse.execute(
                "INSERT INTO audit.sync_run BY NAME SELECT 'run' AS run_id, ? AS realm_id, 'Invoice' AS entity, "
                "? AS source, ?::TIMESTAMP AS started_at, ? AS error, 1 AS seconds, 0 AS records, 0 AS inserted, "
                "0 AS updated, 0 AS deleted, 0 AS unchanged, 0 AS rejected, 1 AS api_calls, 0 AS bytes_received",
                [before.realm_id, source, at.replace(tzinfo=None), error],
            )
        [after] = read_companies(warehouse)
    finally:
        warehouse.rollback()

    assert before.synced_at is None or before.synced_at <= received
    assert after.synced_at == received + timedelta(days=3)


def test_a_month_means_its_last_day(run: Run) -> None:
    assert "as of 28 Feb 2026" in run("report", "--as-of", "2026-02").output


def test_another_basis_and_period_are_said(run: Run) -> None:
    output = run("report", "--basis", "CASH", "--from", "2026-03-01", "--company", NAME.lower()).output

    assert "Cash basis. March 2026, amounts in USD." in output


def test_json_has_every_cent(run: Run, read: Read) -> None:
    [report] = json.loads(run("report", "--json").output, parse_float=Decimal)
    [total] = [one for one in report["balance_sheet"]["lines"] if one["label"] == "Total assets"]

    assert Decimal(total["cells"][0]) == read().balance_sheet.line("Total assets").cells[0]


def test_a_page_is_written_where_it_was_asked_for(run: Run, tmp_path: Path) -> None:
    answer = run("report", "--html", "books.html")

    assert answer.exit_code == 0, answer.told
    assert "books.html" in answer.output
    assert (tmp_path / "books.html").read_text(encoding="utf-8").endswith("</html>\n")
    assert [one.name for one in tmp_path.iterdir()] == ["books.html"]


def test_a_folder_gets_a_page_named_after_the_company(run: Run, tmp_path: Path) -> None:
    run("report", "--html", str(tmp_path))

    assert (tmp_path / "fjord-outfitters.html").exists()


def test_a_page_that_cannot_be_written_leaves_the_old_one(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "books.html").write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    answer = run("report", "--html", "books.html")

    assert answer.exit_code == 1
    assert "books.html cannot be written: No space left on device" in answer.told
    assert [one.name for one in tmp_path.iterdir()] == ["books.html"]
    assert (tmp_path / "books.html").read_text() == "old"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--company", "nobody"), NAME),
        (("--company", "nobody"), "no company of the warehouse"),
        (("--as-of", "yesterday"), "2026-10-31"),
        (("--as-of", "2026-13"), "2026-10-31"),
        (("--as-of", "2025-12-31"), "January 2026"),
        (("--from", "2026-04-01"), "2026-03-31"),
        (("--from", "0001-01-01"), "2026-10-31"),
        (("--basis", "tax"), "accrual"),
        (("--html", "nowhere/books.html"), "nowhere"),
    ],
)
def test_misuse_ends_with_2_and_says_what_would_do(run: Run, arguments: tuple[str, ...], told: str) -> None:
    answer = run("report", *arguments)

    assert answer.exit_code == 2
    assert told in " ".join(answer.told.replace("\N{BOX DRAWINGS LIGHT VERTICAL}", " ").split())


def test_without_a_warehouse_it_says_how_to_get_one(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QBO_PIPELINE_DATA_DIR", str(tmp_path / "none"))
    answer = run("report")

    assert answer.exit_code == 1
    assert "qbo-pipeline backfill" in answer.told


@pytest.mark.parametrize(
    "books",
    [
        pytest.param("SELECT 1", id="no tables"),
        pytest.param("CREATE SCHEMA finance; CREATE TABLE finance.dim_company (realm_id VARCHAR)", id="other columns"),
    ],
)
def test_books_of_an_earlier_version_are_made_anew(
    run: Run, books: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = Settings(data_dir=tmp_path / "old").data
    data.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(str(data.warehouse)) as connection:
        connection.execute(books)
    monkeypatch.setenv("QBO_PIPELINE_DATA_DIR", str(data.root))
    answer = run("report")

    assert answer.exit_code == 1
    assert "qbo-pipeline rebuild" in answer.told


def test_several_companies_have_a_page_each(read: Read, tmp_path: Path) -> None:
    one = read()
    reports = [
        replace(one, company=replace(one.company, realm_id=str(n), name=name))
        for n, name in ((1, "A & B"), (2, "A, B"), (3, "C"))
    ]

    assert [path.name for path in _paths(reports, tmp_path / "r.html")] == ["r-a-b-1.html", "r-a-b-2.html", "r-c.html"]


def test_a_name_that_is_too_long_for_a_file_is_cut(read: Read, tmp_path: Path) -> None:
    one = read()
    reports = [replace(one, company=replace(one.company, realm_id=str(n), name="Fjord " * 150)) for n in (1, 2)]

    for paths in (_paths(reports, tmp_path), _paths(reports, tmp_path / "books.html")):
        assert len(set(paths)) == 2
        for path in paths:
            path.write_text("page")
            assert path.name.endswith(f"-{1 + paths.index(path)}.html")


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("times", [1, 1_000_000, 10_000_000_000])
def test_no_figure_is_cut_where_terminals_are_narrow_or_currencies_have_large_numbers(
    read: Read, width: int, times: int
) -> None:
    def larger(aging: Aging) -> Aging:
        parties = [replace(one, amounts=tuple(amount * times for amount in one.amounts)) for one in aging.parties]
        return replace(aging, parties=tuple(parties))

    def ranked(ranking: Ranking) -> Ranking:
        return replace(ranking, first=tuple(replace(one, amount=one.amount * times) for one in ranking.first))

    report, written = read(), StringIO()
    shown = replace(
        report, receivable=larger(report.receivable), payable=larger(report.payable),
        customers=ranked(report.customers), vendors=ranked(report.vendors),
    )  # fmt: skip
    print_report(shown, Console(file=written, width=width))
    text = written.getvalue()

    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    # What is cut ends in an ellipsis: that may be the name in a line, and nothing after it.
    assert not [line for line in text.splitlines() if re.search(r"\S\s{2,}\S*\N{HORIZONTAL ELLIPSIS}", line.strip())]
    assert f"{shown.receivable.total:,.0f}" in text


def test_a_narrow_terminal_shows_the_first_columns_whole_and_names_the_others(read: Read) -> None:
    written = StringIO()
    report = read()
    parties = [
        replace(one, amounts=tuple(amount * 1_000 for amount in one.amounts)) for one in report.receivable.parties
    ]
    receivable = replace(report.receivable, parties=tuple(parties))
    print_report(replace(report, receivable=receivable), Console(file=written, width=80))

    assert max(len(line.rstrip()) for line in written.getvalue().splitlines()) <= 80
    assert "On a wider terminal also: Prior year, Change" in written.getvalue()
    assert "\N{HORIZONTAL ELLIPSIS}" not in "".join(re.findall(r"\d\S*", written.getvalue()))

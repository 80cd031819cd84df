"""GeneralLedger: the account of a leg is that of its section."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qbo_pipeline.quickbooks.reports.document import amount, check_whole, decode
from qbo_pipeline.quickbooks.reports.errors import ReportShapeError, TruncatedReportError
from qbo_pipeline.quickbooks.reports.general_ledger import account_rows, parse_general_ledger
from qbo_pipeline_tests.quickbooks.reports.made_reports import (
    NOTICE,
    Posting,
    Transaction,
    body,
    general_ledger,
    row,
    transactions,
)
from qbo_pipeline_tests.shared_data import required

CHART = {f"Account {parent}:Account {child}": child for parent in "12345" for child in "12345"}
ONE = [Transaction("7", "Bill", date(2026, 1, 5), (Posting("1", Decimal(5)), Posting("2", Decimal(-5))))]
NESTED = {"3": "1", "4": "1", "5": "2"}


@given(transactions(), st.sampled_from(({}, NESTED)), st.sampled_from(("v1", "v2")))
def test_legs_of_sub_accounts_belong_to_them_whatever_their_rows_name(
    made: list[Transaction], parents: dict[str, str], version: str
) -> None:
    legs = parse_general_ledger(decode(body(general_ledger(made, parents, version))), CHART)

    known = Counter((one.id, one.day, part.account, part.amount) for one in made for part in one.postings)
    assert (
        Counter((one.transaction_id, one.transaction_date, one.account_id, one.debit - one.credit) for one in legs)
        == known
    )


@given(transactions(), st.data())
def test_a_ledger_that_was_cut_is_refused(made: list[Transaction], data: st.DataObject) -> None:
    assume(made)
    report = general_ledger(made, NESTED)
    section: dict[str, Any] = data.draw(st.sampled_from(report["Rows"]["Row"]))
    del section["Summary"]
    with pytest.raises(TruncatedReportError, match="ends within"):
        parse_general_ledger(decode(body(report)))


@given(transactions(), st.data())
def test_a_leg_that_is_missing_is_found(made: list[Transaction], data: st.DataObject) -> None:
    assume(made)
    report = general_ledger(made)
    section = data.draw(st.sampled_from(report["Rows"]["Row"]))
    legs = [one for one in section["Rows"]["Row"] if one["ColData"][1].get("id")]
    section["Rows"]["Row"].remove(data.draw(st.sampled_from(legs)))
    with pytest.raises(TruncatedReportError, match="sums up"):
        parse_general_ledger(decode(body(report)))


@given(transactions())
def test_the_notice_that_more_was_left_out_is_understood_wherever_it_stands(made: list[Transaction]) -> None:
    assume(made)
    report = general_ledger(made)
    report["Rows"]["Row"][-1]["Rows"]["Row"].append(row("Es können nicht mehr Daten angezeigt werden."))
    with pytest.raises(TruncatedReportError, match="nicht mehr Daten"):
        parse_general_ledger(decode(body(report)))


@given(transactions())
def test_the_notice_is_understood_with_blank_cells_after_it_where_all_that_is_there_balances(
    made: list[Transaction],
) -> None:
    report = general_ledger(made)
    width = len(report["Columns"]["Column"])
    report["Rows"].setdefault("Row", []).append(row(NOTICE, *[""] * (width - 1)))
    with pytest.raises(TruncatedReportError, match="was cut by QuickBooks"):
        parse_general_ledger(decode(body(report)))


@given(transactions())
def test_a_section_of_its_own_is_missing_only_unnoticed_if_it_is_balanced(made: list[Transaction]) -> None:
    assume(made)
    report = general_ledger(made)
    gone = report["Rows"]["Row"].pop()
    debit, credit = (cell["value"] or "0" for cell in gone["Summary"]["ColData"][-2:])
    assume(Decimal(debit) != Decimal(credit))
    with pytest.raises(TruncatedReportError, match="of debits and"):
        parse_general_ledger(decode(body(report)))


def test_an_account_that_nobody_can_tell_is_an_error_and_not_its_parent() -> None:
    report = general_ledger(ONE, {"2": "1"}, "v1")
    with pytest.raises(ReportShapeError, match="no account “Account 1:Account 2”"):
        parse_general_ledger(decode(body(report)))


def test_lines_of_quickbooks_that_are_no_account_are_known_by_their_name() -> None:
    report = general_ledger(ONE)
    for one in report["Rows"]["Row"]:
        head = one["Header"]["ColData"][0]
        if head.pop("id") == "2":
            head["value"] = "Unapplied Cash Payment Income"
            one["Rows"]["Row"][1]["ColData"][3] = {"value": "Unapplied Cash Payment Income", "id": ""}
    assert {one.account_id for one in parse_general_ledger(decode(body(report)))} == {
        "1", "~Unapplied Cash Payment Income",
    }  # fmt: skip


def test_the_recorded_ledger_of_the_real_service_adds_up() -> None:
    recorded = json.loads((required("quickbooks_recordings") / "spec__vcr__reports__gl__0.json").read_text())
    report = decode(body(recorded["body"]))
    check_whole(report)
    kind, natural = report.position("txn_type"), report.position("subt_nat_amount")
    rows = [(path, cells) for path, cells in account_rows(report.rows) if cells[kind].id]
    assert Counter(path[-1].id for path, _ in rows) == {"84": 2, "4": 1, "82": 1, "1": 2}
    assert sum(amount(cells[natural]) for path, cells in rows if path[-1].id == "84") == Decimal("200.00")
    assert report.time is not None
    assert report.time.isoformat() == "2020-09-29T15:14:02+00:00"


def test_a_ledger_without_debits_and_credits_says_which_columns_it_lacks() -> None:
    recorded = json.loads((required("quickbooks_recordings") / "spec__vcr__reports__gl__0.json").read_text())
    with pytest.raises(ReportShapeError, match="no column debt_amt"):
        parse_general_ledger(decode(body(recorded["body"])))

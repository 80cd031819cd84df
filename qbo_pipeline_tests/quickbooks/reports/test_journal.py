"""JournalReport, read by column keys and ids."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qbo_pipeline.quickbooks.reports.document import decode
from qbo_pipeline.quickbooks.reports.errors import ReportShapeError, TruncatedReportError, UnbalancedReportError
from qbo_pipeline.quickbooks.reports.journal import parse_journal
from qbo_pipeline.quickbooks.reports.legs import Leg, check_balanced
from qbo_pipeline_tests.quickbooks.reports.made_reports import (
    LEG_KEYS,
    NOTICE,
    Posting,
    Transaction,
    body,
    header,
    journal,
    row,
    transactions,
)

VERSIONS = st.sampled_from(("v1", "v2"))


def facts(legs: list[Leg]) -> list[tuple[Any, ...]]:
    return [
        (one.transaction_id, one.transaction_title, one.transaction_date, one.account_id, one.debit - one.credit)
        for one in legs
    ]


@given(transactions(), VERSIONS)
def test_every_leg_comes_with_the_date_and_type_of_its_transaction(made: list[Transaction], version: str) -> None:
    legs = parse_journal(decode(body(journal(made, version))))

    known = [(one.id, one.title, one.day, part.account, part.amount) for one in made for part in one.postings]
    assert facts(legs) == known
    check_balanced(legs)


@given(transactions(), st.randoms(use_true_random=False))
def test_columns_may_come_in_any_order(made: list[Transaction], order: random.Random) -> None:
    report = journal(made)
    places = list(range(len(report["Columns"]["Column"])))
    order.shuffle(places)

    def shuffled(cells: list[Any]) -> list[Any]:
        return [cells[place] for place in places]

    moved = journal(made)
    moved["Columns"]["Column"] = shuffled(moved["Columns"]["Column"])
    for one in moved["Rows"].get("Row", []):
        holder = one if "ColData" in one else one["Summary"]
        holder["ColData"] = shuffled(holder["ColData"])
    assert parse_journal(decode(body(moved))) == parse_journal(decode(body(report)))


@given(transactions(), VERSIONS, st.data())
def test_a_journal_that_was_cut_anywhere_is_refused(made: list[Transaction], version: str, data: st.DataObject) -> None:
    report = journal(made, version)
    assume(made)
    rows = report["Rows"]["Row"]
    report["Rows"]["Row"] = rows[: data.draw(st.integers(0, len(rows) - 1))]
    with pytest.raises(TruncatedReportError):
        parse_journal(decode(body(report)))


@given(transactions(), VERSIONS)
def test_the_notice_that_more_was_left_out_is_understood_in_every_language(
    made: list[Transaction], version: str
) -> None:
    report = journal(made, version)
    report["Rows"].setdefault("Row", []).append(row("Impossible d'afficher plus de données."))
    with pytest.raises(TruncatedReportError, match="Impossible"):
        parse_journal(decode(body(report)))


@given(transactions(), st.data())
def test_an_amount_that_was_tampered_with_is_found(made: list[Transaction], data: st.DataObject) -> None:
    assume(made)
    report = journal(made)
    legs = [one for one in report["Rows"]["Row"] if "ColData" in one]
    cells = data.draw(st.sampled_from(legs))["ColData"]
    cells[4]["value"] = str(Decimal(cells[4]["value"] or 0) + Decimal("0.01"))
    with pytest.raises(TruncatedReportError, match="sums up"):
        parse_journal(decode(body(report)))


def test_nothing_to_report_is_no_error_and_an_empty_answer_is() -> None:
    assert parse_journal(decode(body(journal([])))) == []
    report = {**journal([]), "Header": header("JournalReport")}
    with pytest.raises(TruncatedReportError, match="lacks its total"):
        parse_journal(decode(body(report)))


@pytest.mark.parametrize("rows", [{}, {"Row": None}, None])
def test_rows_that_are_missing_are_none(rows: Any) -> None:
    assert parse_journal(decode(body({**journal([]), "Rows": rows}))) == []


JANUARY = Transaction("7", "Invoice", date(2026, 1, 5), (
    Posting("1", Decimal(5)), Posting("2", Decimal(-5)),
))  # fmt: skip


def test_debits_and_credits_of_a_transaction_that_differ_name_it() -> None:
    [first, second] = parse_journal(decode(body(journal([JANUARY]))))
    with pytest.raises(UnbalancedReportError, match=r"Invoice 7 in 2026-01: .*differ by 1"):
        check_balanced([first._replace(debit=Decimal(6)), second])


def test_a_missing_column_is_named() -> None:
    report = journal([JANUARY])
    for one in report["Columns"]["Column"]:
        one["MetaData"][0]["Value"] = one["MetaData"][0]["Value"].replace("account_name", "compte")
    with pytest.raises(ReportShapeError, match="no column account_name"):
        parse_journal(decode(body(report)))


def test_an_amount_that_is_none_is_named() -> None:
    report = journal([JANUARY])
    report["Rows"]["Row"][0]["ColData"][4]["value"] = "5,00"
    with pytest.raises(ReportShapeError, match="“5,00” is no amount"):
        parse_journal(decode(body(report)))


def with_currency(home: bool) -> dict[str, Any]:
    """One invoice of 5 EUR, 6 USD; with or without the columns of the home currency."""
    keys = ["tx_date", "txn_type", "account_name", "currency", "debt_amt", "credit_amt"]
    ours = [("6.00", ""), ("", "6.00"), ("6.00", "6.00"), ("6.00", "6.00")] if home else [()] * 4
    report = journal([JANUARY])
    report["Columns"] = {
        "Column": [
            {"ColType": "x", "MetaData": [{"Name": "ColKey", "Value": key}]}
            for key in [*keys, *(("debt_home_amt", "credit_home_amt") if home else ())]
        ]
    }
    summary = {"Summary": row("", "", "", "", "5.00", "5.00", *ours[2]), "type": "Section"}
    report["Rows"]["Row"] = [
        row("2026-01-05", ("Invoice", "7"), ("A/R", "1"), "EUR", "5.00", "", *ours[0]),
        row("0-00-00", ("", "7"), ("Sales", "2"), "EUR", "", "5.00", *ours[1]),
        summary,
        summary,
    ]
    return report


def test_both_currencies_of_a_leg_are_told_apart() -> None:
    [debit, _] = parse_journal(decode(body(with_currency(home=True))))
    assert (debit.debit, debit.currency_id, debit.foreign_debit, debit.foreign_credit) == (
        Decimal(6),
        "EUR",
        Decimal(5),
        Decimal(0),
    )


def test_amounts_of_another_currency_are_never_taken_for_the_home_currency() -> None:
    with pytest.raises(ReportShapeError, match="amounts in EUR"):
        parse_journal(decode(body(with_currency(home=False))))


@pytest.mark.parametrize("blank_cells", [0, len(LEG_KEYS) - 1])
def test_the_notice_of_quickbooks_is_what_it_is(blank_cells: int) -> None:
    """As third parties quote it; the local service says the same. Whether blank cells follow is told by none."""
    report = journal([JANUARY])
    report["Rows"]["Row"][2:] = [row(NOTICE, *[""] * blank_cells)]
    with pytest.raises(TruncatedReportError, match="Please reduce the date range"):
        parse_journal(decode(body(report)))

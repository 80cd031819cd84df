"""The JSON of reports: its two versions, other languages, and the limit of cells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from qbo_pipeline.local.quickbooks.books.model import Name
from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.faults import ServiceFaultError
from qbo_pipeline.local.quickbooks.reports.endpoint import Reports
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger
from qbo_pipeline.local.quickbooks.reports.rendering import Shape
from qbo_pipeline.local.quickbooks.reports.table import NOTICE
from qbo_pipeline_tests.local.quickbooks.report_books import amounts, ledger_of, transaction

V1, V2 = Shape("v1"), Shape("v2")
WHEN = {"start_date": "2026-01-01", "end_date": "2026-12-31"}


def books() -> Ledger:
    """A few transactions that differ between the versions: a split, a zero, a parent with legs of its own."""
    invoice = transaction(
        "Invoice",
        "78",
        "2026-05-20",
        kind="Invoice",
        number="1038",
        name=Name("Customer", "1"),
        legs=(
            *amounts(("3", "21.80")),
            *amounts(("13", "-20.00"), memo="Pump"),
            *amounts(("4", "0.00"), item="1"),
            *amounts(("15", "0.00"), item="1"),
            *amounts(("9", "-1.25"), ("9", "-0.20"), ("9", "-0.35")),
        ),
    )
    receipt = transaction("SalesReceipt", "79", "2026-05-21", ("1", 5), ("14", -5), kind="Sales Receipt")
    return ledger_of([invoice, receipt])


def body(name: str, shape: Shape, ledger: Ledger | None = None, cells: int = 400_000, /, **parameters: str) -> Any:
    reports = Reports(lambda _: ledger or books(), Clock())
    reports.settings.shape, reports.settings.cells = shape, cells
    return json.loads(reports.answer("1", name, {**WHEN, **parameters}))


def cells(row: Any) -> list[tuple[str, str | None]]:
    return [(cell["value"], cell.get("id")) for cell in row["ColData"]]


def texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("value", "ColTitle"):
                yield value
            else:
                yield from texts(value)
    elif isinstance(node, list):
        for one in node:
            yield from texts(one)


def test_the_journal_of_the_documentations_sample_invoice() -> None:
    rows = body("JournalReport", V1)["Rows"]["Row"]
    receivable = ("Accounts Receivable (A/R)", "3")
    first = [("2026-05-20", None), ("Invoice", "78"), ("1038", None), ("Amy's Bird Sanctuary", "1"), ("", None)]
    assert cells(rows[0]) == [*first, receivable, ("21.80", None), ("", None)]
    later = [("0-00-00", None), ("", "78"), ("", None), ("", "")]
    assert cells(rows[1]) == [*later, ("Pump", None), ("Landscaping Services", "13"), ("", None), ("20.00", None)]
    assert cells(rows[2]) == [*later, ("", None), ("Inventory Asset", "4"), (".00", None), ("", None)]
    payable = ("Board of Equalization Payable", "9")
    assert [cells(row)[5:] for row in rows[4:7]] == [
        [payable, ("", None), (tax, None)] for tax in ("1.25", ".20", ".35")
    ]
    assert rows[7] == {
        "Summary": {"ColData": [*({"value": ""} for _ in range(6)), {"value": "21.80"}, {"value": "21.80"}]},
        "type": "Section",
    }
    assert rows[8] == {"ColData": [{"value": ""} for _ in range(8)], "type": "Data"}
    assert rows[-1]["Summary"]["ColData"][0] == {"value": "TOTAL"}


def test_v2_leaves_out_the_blank_rows_of_the_journal_and_its_zeros() -> None:
    rows = body("JournalReport", V2)["Rows"]["Row"]
    assert not any(row.get("ColData") == [{"value": ""}] * 8 for row in rows)
    assert cells(rows[2])[6] == ("", None)


@pytest.mark.parametrize(("shape", "total"), [(V1, "TOTAL ASSETS"), (V2, "Total Assets")])
def test_headings_are_in_capitals_in_v1_alone(shape: Shape, total: str) -> None:
    (assets, *_) = body("BalanceSheet", shape)["Rows"]["Row"]
    assert assets["Summary"]["ColData"][0]["value"] == total
    assert assets["group"] == "TotalAssets"


def test_before_the_change_of_version_a_parameter_asks_for_the_new_one() -> None:
    (assets, *_) = body("BalanceSheet", V1, testing_migration="")["Rows"]["Row"]
    assert assets["Header"]["ColData"][0]["value"] == "Assets"


@pytest.mark.parametrize(("shape", "split"), [(V1, "-Split-"), (V2, "")])
def test_several_accounts_on_the_other_side(shape: Shape, split: str) -> None:
    rows = body("TransactionList", shape)["Rows"]["Row"]
    assert cells(rows[0])[7] == (split, "")
    assert cells(rows[1])[7] == ("Landscaping Services:Job Materials", "14")


def test_columns_of_lists_are_known_by_type_in_v1_and_by_key_in_v2() -> None:
    assert body("GeneralLedger", V1)["Columns"]["Column"][0] == {"ColTitle": "Date", "ColType": "tx_date"}
    assert body("GeneralLedger", V2)["Columns"]["Column"][0] == {
        "ColTitle": "Date",
        "ColType": "Date",
        "MetaData": [{"Name": "ColKey", "Value": "tx_date"}],
    }


def test_columns_of_months_say_their_days() -> None:
    column = body("ProfitAndLoss", V2, summarize_column_by="Month")["Columns"]["Column"][5]
    assert column == {
        "ColTitle": "May 2026",
        "ColType": "Money",
        "MetaData": [
            {"Name": "StartDate", "Value": "2026-05-01"},
            {"Name": "EndDate", "Value": "2026-05-31"},
            {"Name": "ColKey", "Value": "May 2026"},
        ],
    }


def sections(rows: Any) -> dict[str, list[str]]:
    """Sections by account, and the accounts of those directly under them."""
    found = {}
    for row in rows:
        if "Header" in row:
            under = [one["Header"]["ColData"][0]["value"] for one in row["Rows"]["Row"] if "Header" in one]
            found[row["Header"]["ColData"][0]["value"]] = under
    return found


def test_a_parent_with_legs_of_its_own_stands_beside_its_sub_accounts_in_v1_and_over_them_in_v2() -> None:
    assert sections(body("GeneralLedger", V1)["Rows"]["Row"])["Landscaping Services"] == []
    assert sections(body("GeneralLedger", V1)["Rows"]["Row"])["Job Materials"] == []
    assert sections(body("GeneralLedger", V2)["Rows"]["Row"])["Landscaping Services"] == ["Job Materials"]
    (*_, parent) = [
        row
        for row in body("GeneralLedger", V2)["Rows"]["Row"]
        if row["Header"]["ColData"][0]["value"] == "Landscaping Services"
    ]
    assert parent["Summary"]["ColData"][0]["value"] == "Total for Landscaping Services with sub-accounts"


def test_the_profit_and_loss_in_detail_puts_a_parents_own_legs_in_a_section_without_header_in_v1() -> None:
    ordinary = body("ProfitAndLossDetail", V1)["Rows"]["Row"][0]
    income = ordinary["Rows"]["Row"][0]
    services = income["Rows"]["Row"][0]
    own, materials = services["Rows"]["Row"]
    assert list(own) == ["Rows", "Summary", "type"]
    assert materials["Header"]["ColData"][0] == {"value": "Job Materials", "id": "14"}
    assert income["Summary"]["ColData"][6]["value"] == "25.00"
    assert body("ProfitAndLossDetail", V1)["Rows"]["Row"][-1]["Summary"]["ColData"][6]["value"] == "25.00"


def test_in_french_words_and_types_differ_and_keys_ids_and_names_do_not() -> None:
    english, french = body("GeneralLedger", V2), body("GeneralLedger", Shape("v2", "fr"))
    assert [one["MetaData"] for one in english["Columns"]["Column"]] == [
        one["MetaData"] for one in french["Columns"]["Column"]
    ]
    words = set(texts(french))
    assert {"Type d'opération", "Facture", "Total pour Checking", "Landscaping Services"} <= words
    assert "Invoice" not in words
    months = body("ProfitAndLoss", Shape("v2", "fr"), summarize_column_by="Month")["Columns"]["Column"]
    assert months[2]["ColTitle"] == "févr. 2026"
    assert months[2]["MetaData"][2]["Value"] == "Feb 2026"


def test_an_account_called_like_a_title_is_not_translated() -> None:
    ledger = ledger_of(
        [transaction("SalesReceipt", "1", "2026-05-01", ("1", 5), ("13", -5))],
        accounts=[
            replace(account, name="Deposit") if account.id == "13" else account
            for account in books().accounts.by_id.values()
        ],
    )
    assert "Total pour Deposit" in set(texts(body("GeneralLedger", Shape("v2", "fr"), ledger)))


def test_more_cells_than_the_limit_end_in_the_notice() -> None:
    whole = body("JournalReport", V2)
    cut = body("JournalReport", V2, None, 40)
    assert cut["Rows"]["Row"][:5] == whole["Rows"]["Row"][:5]
    assert cut["Rows"]["Row"][-1] == {"ColData": [{"value": NOTICE}], "type": "Data"}
    assert len(cut["Rows"]["Row"]) == 6


def test_a_section_is_cut_within() -> None:
    cut = body("GeneralLedger", V1, None, 20)["Rows"]["Row"]
    assert cut[0]["Header"]["ColData"][0]["value"] == "Checking"
    assert "Summary" not in cut[0]
    assert cut[-1] == {"ColData": [{"value": NOTICE}], "type": "Data"}


def test_every_value_is_text() -> None:
    for name in ("ProfitAndLoss", "BalanceSheet", "TrialBalance", "AgedReceivables", "CashFlow", "GeneralLedger"):
        for shape in (V1, V2):
            assert all(isinstance(text, str) for text in texts(body(name, shape)["Rows"])), name


def test_headers_say_what_was_asked() -> None:
    header = body("ProfitAndLoss", V2, accounting_method="cash", customer="1", summarize_column_by="Month")["Header"]
    assert list(header) == [
        "Time", "ReportName", "ReportBasis", "StartPeriod", "EndPeriod", "SummarizeColumnsBy", "Currency", "Customer",
        "Option",
    ]  # fmt: skip
    assert header["ReportBasis"] == "Cash"
    assert header["Option"] == [
        {"Name": "AccountingStandard", "Value": "GAAP"},
        {"Name": "NoReportData", "Value": "true"},
    ]


def refused(name: str, **parameters: str) -> tuple[str, Any]:
    with pytest.raises(ServiceFaultError) as caught:
        body(name, V2, **parameters)
    return caught.value.error["code"], caught.value.error.get("element")


def test_a_report_that_does_not_exist_is_a_matter_of_permission_even_in_other_letters() -> None:
    assert refused("Cashflow") == ("5020", "ReportName")


@pytest.mark.parametrize(
    "parameters",
    [
        {"start_date": "2026-02-30"},
        {"end_date": "20261231"},
        {"start_date": "2027-01-01"},
        {"report_date": "yesterday"},
        {"accounting_method": "Barter"},
        {"summarize_column_by": "Moon"},
        {"aging_period": "0"},
    ],
)
def test_a_value_that_is_none_is_refused_by_the_name_of_its_parameter(parameters: dict[str, str]) -> None:
    assert refused("ProfitAndLoss", **parameters)[1] == next(iter(parameters))

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.tableau.package import PackageError, PublishedSource, writing
from qbo_pipeline_tests.tableau.books import MODEL
from qbo_pipeline_tests.tableau.package.documents import NAME, connected_workbook, one, read, workbook

ROOT = read(workbook())
CHECKOUT = os.environ.get("TABLEAU_DOCUMENT_SCHEMAS")
USER_STUB = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
  targetNamespace="http://www.tableausoftware.com/xml/user">
  <xs:attributeGroup name="UserAttributes-AG">
    <xs:anyAttribute namespace="##any" processContents="lax"/>
  </xs:attributeGroup>
</xs:schema>"""
XML_STUB = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/XML/1998/namespace">
  <xs:attribute name="base" type="xs:anyURI"/>
</xs:schema>"""


def sheet(name: str) -> Element:
    return one(ROOT, f"worksheets/worksheet[@name='{name}']")


def test_it_has_dashboards_for_the_statements_agings_sales_spend_and_documents() -> None:
    assert [board.attrib["name"] for board in ROOT.findall("dashboards/dashboard")] == [
        "Income Statement", "Balance Sheet", "Cash", "A/R Aging", "A/P Aging", "Sales", "Spend", "Proof",
        "Ledger Lines", "Sales Documents", "Spend Documents", "Open Documents",
    ]  # fmt: skip


def test_every_dashboard_chooses_period_basis_and_companies() -> None:
    for board in ROOT.findall("dashboards/dashboard"):
        controls = [zone.attrib["param"] for zone in board.iter("zone") if zone.get("type-v2") == "paramctrl"]

        assert controls == ["[Parameters].[First Day]", "[Parameters].[Last Day]", "[Parameters].[Basis]"]
        assert [zone.get("mode") for zone in board.iter("zone") if zone.get("type-v2") == "filter"] == ["checkdropdown"]


def test_companies_are_chosen_for_all_sheets_together() -> None:
    for one_ in ROOT.findall("worksheets/worksheet"):
        groups = [filter_.get("filter-group") for filter_ in one_.iter("filter")]

        assert groups.count("2") == 1, one_.attrib["name"]


def test_it_opens_with_the_newest_fiscal_year() -> None:
    source = one(ROOT, "datasources/datasource[2]").attrib["name"]
    parameters = {
        one_.attrib["name"]: one_ for one_ in one(ROOT, "datasources/datasource[@name='Parameters']").iter("column")
    }

    assert parameters["[First Day]"].attrib["default-value-field"] == f"[{source}].[First Day Of Newest Year]"
    assert parameters["[Last Day]"].attrib["default-value-field"] == f"[{source}].[Newest Day]"


def test_the_income_statement_is_by_section_account_and_month() -> None:
    table = one(sheet("Income Statement By Month"), "table")

    assert [part.split(":")[1] for part in (table.findtext("rows") or "").split("/")] == ["Section", "Account"]
    assert ".[tmn:Date:ok]" in (table.findtext("cols") or "")
    assert [one_.attrib["using"].split(".")[-1] for one_ in table.iter("computed-sort")] == ["[min:Section Order:qk]"]


def test_a_document_opens_in_quickbooks() -> None:
    links = [action for action in ROOT.findall("actions/action") if action.find("command") is None]

    assert [one(action, "link").attrib["expression"] for action in links] == [
        "<[Transaction Link]>", "<[Sales Document Link]>", "<[Spend Document Link]>", "<[Open Document Link]>",
    ]  # fmt: skip


def test_an_account_leads_to_its_ledger_lines() -> None:
    action = one(ROOT, "actions/action[@caption='Ledger lines']")

    assert one(action, "source").attrib["worksheet"] == "Income Statement By Month"
    assert one(action, "command/param").attrib["value"] == "Ledger Lines"
    assert one(action, "link").attrib["expression"].endswith(".[Account]~na>")


def test_ledger_lines_are_those_of_the_period_and_basis() -> None:
    [chosen] = [
        filter_ for filter_ in sheet("All Ledger Lines").iter("filter") if "In Period" in filter_.attrib["column"]
    ]

    assert one(chosen, "groupfilter").attrib["member"] == "true"


def test_connected_to_a_published_data_source_it_has_the_same_sheets() -> None:
    root = read(connected_workbook())
    connection = one(root, "datasources/datasource[2]/connection").attrib

    assert connection["class"] == "sqlproxy"
    assert (connection["server"], connection["port"], connection["channel"]) == ("books.example.com", "443", "https")
    assert (connection["dbname"], connection["server-ds-friendly-name"]) == ("QuickBooksOnline", NAME)
    assert one(root, "datasources/datasource[2]/repository-location").attrib["path"] == "/t/finance/datasources"
    assert [one_.attrib["name"] for one_ in root.iter("worksheet")] == [
        one_.attrib["name"] for one_ in ROOT.iter("worksheet")
    ]


def test_the_default_site_has_no_name_in_addresses() -> None:
    local = PublishedSource("http://127.0.0.1:8730", "", "QuickBooksOnline", NAME)
    source = one(read(writing.workbook(SEMANTIC_MODEL, name=NAME, server=local)), "datasources/datasource[2]")

    assert one(source, "repository-location").attrib["path"] == "/datasources"
    assert one(source, "connection").attrib["port"] == "8730"


def test_a_model_that_lacks_what_sheets_show_has_no_starter_workbook() -> None:
    with pytest.raises(PackageError, match="sheet Income Figures: there is no field Total Income"):
        writing.workbook(MODEL, name="Books")


def test_a_name_is_written_as_xml_wants_it() -> None:
    name = 'Smith\'s <Books> & "Co"'
    root = read(writing.workbook(replace(SEMANTIC_MODEL, name=name), name=name))

    assert one(root, "datasources/datasource[2]").attrib["caption"] == name


@pytest.mark.parametrize("content", [workbook, connected_workbook], ids=["extract", "published"])
def test_the_published_schema_takes_it(content: object, tmp_path: Path) -> None:
    if CHECKOUT is None:
        pytest.skip("TABLEAU_DOCUMENT_SCHEMAS names no checkout of github.com/tableau/tableau-document-schemas")
    if shutil.which("xmllint") is None:
        pytest.skip("xmllint is not installed (Debian: libxml2-utils)")
    assert callable(content)
    schema = newest_schema(Path(CHECKOUT), tmp_path)
    (tmp_path / "starter.twb").write_bytes(content())

    found = subprocess.run(
        ["xmllint", "--noout", "--nonet", "--schema", schema, tmp_path / "starter.twb"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert found.returncode == 0, found.stderr


def newest_schema(checkout: Path, folder: Path) -> Path:
    """The newest schema, with what it imports and does not say where to find."""
    newest = sorted(checkout.rglob("twb_*.xsd"))[-1].read_text(encoding="utf-8")
    for namespace, file, stub in (
        ("http://www.tableausoftware.com/xml/user", "user.xsd", USER_STUB),
        ("http://www.w3.org/XML/1998/namespace", "xml.xsd", XML_STUB),
    ):
        (folder / file).write_text(stub)
        newest = newest.replace(f'namespace="{namespace}"/>', f'namespace="{namespace}" schemaLocation="{file}"/>', 1)
    (folder / "twb.xsd").write_text(newest, encoding="utf-8")
    return folder / "twb.xsd"

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.columns import MONEY_FORMAT, PERCENT_FORMAT, WHOLE_FORMAT
from qbo_pipeline.model.definition import Kind
from qbo_pipeline.model.fields import field_names
from qbo_pipeline.tableau.package import writing
from qbo_pipeline.tableau.package.fields import number_format
from qbo_pipeline_tests.tableau.books import MODEL
from qbo_pipeline_tests.tableau.package.documents import NAME, data_source, one, read

ROOT = read(data_source())
TABLES = [table for table in SEMANTIC_MODEL.tables if table.kind is not Kind.MEASURES]


def column(name: str) -> Element:
    return one(ROOT, f"column[@name='[{name}]']")


def folder(name: str) -> list[str]:
    return [item.attrib["name"] for item in one(ROOT, f"folders-common/folder[@name='{name}']")]


def test_its_connection_is_hyper_itself_so_that_rows_can_be_changed() -> None:
    connection = one(ROOT, "connection/named-connections/named-connection/connection")

    assert connection.attrib["class"] == "hyper"
    assert connection.attrib["dbname"] == f"Data/Extracts/{NAME}.hyper"
    assert ROOT.find("extract") is None


def test_every_table_but_that_of_measures_is_in_it() -> None:
    relations = ROOT.findall("connection/relation/relation")

    assert [one_.attrib["table"] for one_ in relations] == [f"[Extract].[{table.name}]" for table in TABLES]


def test_every_column_of_the_extract_is_a_field() -> None:
    maps = {one_.attrib["value"]: one_.attrib["key"] for one_ in ROOT.findall("connection/cols/map")}

    assert set(maps) == {f"[{table.name}].[{one_.name}]" for table in TABLES for one_ in table.columns}
    assert maps["[Company].[Company Key]"] == "[Company Key]"
    assert maps["[Sales Lines].[Company Key]"] == "[Company Key (Sales Lines)]"


@pytest.mark.parametrize(
    "name", ["Account Key", "Company Key (Sales Lines)", "Line Count (Payments)", "AR Open Balance"]
)
def test_keys_and_counts_are_hidden(name: str) -> None:
    assert column(name).attrib["hidden"] == "true"


def test_a_field_that_another_one_is_sorted_by_can_be_chosen_to_sort_by() -> None:
    assert "hidden" not in column("Section Order").attrib
    assert "[Section Order]" in folder("Account Order")


@pytest.mark.parametrize(
    ("name", "role", "type_", "datatype", "aggregation"),
    [
        ("Account", "dimension", "nominal", "string", None),
        ("Is Cash", "dimension", "nominal", "boolean", None),
        ("Date", "dimension", "ordinal", "date", None),
        ("Last Synced At", "dimension", "ordinal", "datetime", None),
        ("Year", "dimension", "ordinal", "integer", None),
        ("Days Overdue", "dimension", "quantitative", "integer", None),
        ("Customer Balance", "dimension", "quantitative", "real", None),
        ("Net Sales Amount", "measure", "quantitative", "real", "Sum"),
        ("Records Received", "measure", "quantitative", "integer", "Sum"),
    ],
)
def test_only_what_adds_up_is_summed(name: str, role: str, type_: str, datatype: str, aggregation: str | None) -> None:
    found = column(name).attrib

    assert (found["role"], found["type"], found["datatype"], found.get("aggregation")) == (
        role, type_, datatype, aggregation,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("format_", "written"),
    [(MONEY_FORMAT, "*#,##0.00;(#,##0.00);-"), (PERCENT_FORMAT, "p0.0%"), (WHOLE_FORMAT, "*#,##0"), ("0", "*0")],
)
def test_formats_are_tableaus(format_: str, written: str) -> None:
    assert number_format(format_) == written


def test_amounts_and_measures_have_their_formats() -> None:
    assert (
        column("Debit").attrib["default-format"]
        == column("Net Income").attrib["default-format"]
        == "*#,##0.00;(#,##0.00);-"
    )
    assert column("Net Margin %").attrib["default-format"] == "p0.0%"
    assert column("Last Synced").attrib["default-format"] == "*yyyy-mm-dd hh:nn:ss"


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Customer City", "[City].[Name]"),
        ("Vendor State", "[State].[Name]"),
        ("Customer Postal Code", "[ZipCode].[Name]"),
        ("Company Country", "[Country].[Name]"),
    ],
)
def test_addresses_are_on_the_map(name: str, role: str) -> None:
    assert column(name).attrib["semantic-role"] == role


def test_every_field_says_what_it_is() -> None:
    described = {one_.attrib["name"] for one_ in ROOT.findall("column") if one_.findtext("desc/formatted-text/run")}

    assert {f"[{name}]" for name in field_names(SEMANTIC_MODEL.tables).values()} <= described
    assert {f"[{one_.name}]" for one_ in SEMANTIC_MODEL.measures if not one_.hidden} <= described


def test_every_measure_that_people_see_is_a_calculated_field() -> None:
    for measure in SEMANTIC_MODEL.measures:
        if not measure.hidden:
            assert one(column(measure.name), "calculation").attrib["formula"] == measure.tableau


def test_the_period_is_chosen_by_parameters() -> None:
    known = one(ROOT, "datasource-dependencies[@datasource='Parameters']")

    assert [one_.attrib["name"] for one_ in known] == ["[First Day]", "[Last Day]", "[Basis]"]
    assert [one_.attrib["value"] for one_ in one(known, "column[@name='[Basis]']/members")] == ['"Accrual"', '"Cash"']


def test_hierarchies_can_be_drilled() -> None:
    paths = {
        path.attrib["name"]: [level.text for level in path.findall("field")]
        for path in ROOT.findall("drill-paths/drill-path")
    }

    assert paths["Statement to Account"] == ["[Statement]", "[Section]", "[Subsection]", "[Account]"]
    assert paths["Customer Levels"] == [f"[Customer Level {number}]" for number in range(1, 6)]
    assert {"Account Levels", "Class Levels", "Location Levels", "Item Levels", "Year to Day"} <= set(paths)


def test_every_field_that_people_see_is_in_a_folder_or_a_hierarchy() -> None:
    filed = {item.attrib["name"] for item in ROOT.iter("folder-item")}
    filed |= {level.text or "" for level in ROOT.iter("field")}
    shown = {
        one_.attrib["name"]
        for one_ in ROOT.findall("column")
        if one_.get("hidden") != "true" and one_.attrib["datatype"] != "table"
    }

    assert shown - filed == set()
    assert folder("Income Statement")[0] == "[Total Income]"
    assert "[Customer City]" in folder("Customer Address")


def test_a_table_is_an_object_and_what_is_related_is_told_apart_by_its_key() -> None:
    objects = {one_.attrib["id"]: one_.attrib["caption"] for one_ in ROOT.iter("object")}
    ends = {
        tuple(objects[end.attrib["object-id"]] for end in relationship if end.tag.endswith("end-point"))
        for relationship in ROOT.iter("relationship")
    }

    assert set(objects.values()) == {table.name for table in TABLES}
    assert ends == {(one_.from_table, one_.to_table) for one_ in SEMANTIC_MODEL.relationships}
    assert all(one_.attrib["unique-key"] == "true" for one_ in ROOT.iter("second-end-point"))


def test_facts_that_share_dimensions_are_announced() -> None:
    assert ROOT.find("document-format-change-manifest/ObjectModelSharedDimensions") is not None


def test_a_model_without_calendar_and_companies_has_no_fields_that_need_them() -> None:
    root = read(writing.data_source(MODEL, name="Books"))

    assert [one_.attrib["name"] for one_ in root.findall("column") if one_.find("calculation") is not None] == [
        f"[{measure.name}]" for measure in MODEL.measures if measure.tableau is not None
    ]
    assert root.find("drill-paths") is None

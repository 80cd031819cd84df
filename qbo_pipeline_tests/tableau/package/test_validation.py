"""Every kind of mistake, made once in files that are whole."""

from __future__ import annotations

import pytest

from qbo_pipeline.tableau.package.validation import problems
from qbo_pipeline_tests.tableau.package.documents import connected_workbook, data_source, workbook


@pytest.mark.parametrize("content", [data_source, workbook, connected_workbook])
def test_what_is_written_is_whole(content: object) -> None:
    assert callable(content)
    assert problems(content()) == ()


def found(content: bytes, wrong: str, right: str, times: int = 1) -> str:
    """Problems of a file in which something was put in another's place."""
    assert right in content.decode(), right
    return "\n".join(problems(content.decode().replace(right, wrong, times).encode()))


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("value='[Account].[Section]'", "value='[Acount].[Section]'", "field [Section]: there is no table Acount."),
        ("<map key='[Section]'", "<map key='[Sektion]'", "column [Sektion]: there is no such field."),
        ("<field>[Section]</field>", "<field>[Sektion]</field>", "hierarchy level [Sektion]: there is no such field."),
        ("<field>[Subsection]</field>", "<field>[Section]</field>", "hierarchy level [Section]: there are 2"),
        (
            "<folder-item name='[Total Income]'",
            "<folder-item name='[Totals]'",
            "folder item [Totals]: there is no such field.",
        ),
        (
            "<folder-item name='Account Levels'",
            "<folder-item name='Levels'",
            "folder item Levels: there is no such drillpath.",
        ),
        (
            "<folder-item name='[Gross Profit]'",
            "<folder-item name='[Total Income]'",
            "folder item [Total Income]: there are 2",
        ),
        ("ZN([Total Income])", "ZN([Total Incom])", "its formula names [Total Incom], and there is no such field."),
        ("[Parameters].[Last Day]", "[Parameters].[End]", "names the parameter [End], and there is no such parameter."),
        (
            "formula='ZN([Total Income]) - ",
            "formula='ZN([Net Operating Income]) - ",
            "[Gross Profit]: it is made of itself.",
        ),
        (
            "<second-end-point object-id='Company_",
            "<second-end-point object-id='Kompany_",
            "there is no object Kompany_",
        ),
        ("op='[Account Key (Sales Lines)]'", "op='[Account Key (Sale)]'", "there is no field [Account Key (Sale)]."),
        ("op='[Account Key (Sales Lines)]'", "op='[Account Key (Payments)]'", "is no field of Sales Lines."),
        ("caption='Company Key' datatype", "caption='Account' datatype", "caption Account"),
        ("<local-name>[Section]", "<local-name>[Customer]", "metadata of [Customer]: it is not of [Account]."),
        ("  <aliases enabled='yes' />\n", "  <extract />\n", "<extract> in <datasource>: there is no such element."),
        ("connection='hyper.", "connection='hiper.", "there is no connection hiper."),
    ],
)
def test_a_data_source_that_is_not_whole(right: str, wrong: str, problem: str) -> None:
    content = data_source()
    if "caption='Company Key'" in right:
        content = content.replace(
            b"caption='Company Key' datatype='string' hidden='true'", b"caption='Company Key' datatype='string'", 1
        )
    assert problem in found(content, wrong, right)


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("' h='7500'", "' h='107500'", "stands outside of it."),
        ("name='Cash Figures' w=", "name='Cash' w=", "dashboard Cash: there is no sheet Cash."),
        ("mode='datetime' param", "param", "the control of [Parameters].[First Day] has no mode."),
        (
            "[Parameters].[Basis]' type-v2",
            "[Parameters].[Base]' type-v2",
            "<zone> shows [Parameters].[Base], which it does",
        ),
        (
            "window class='worksheet' hidden='true' name='Cash Figures'",
            "window class='worksheet' name='Cashes'",
            "window Cashes: there is no such sheet.",
        ),
        (
            "<viewpoint name='Cash Figures'",
            "<viewpoint name='Sales Figures'",
            "it does not show the sheets of its dashboard.",
        ),
        ("worksheet='Spend By Vendor'", "worksheet='Sales By Item'", "there is no sheet Sales By Item on Spend."),
        ("expression='tsl:Ledger%20Lines?", "expression='tsl:Ledger?", "there is no dashboard Ledger."),
        (
            "expression='&lt;[Transaction Link]&gt;'",
            "expression='&lt;[Link]&gt;'",
            "All Ledger Lines does not show [Link].",
        ),
        (
            "<param name='target' value='Open Documents'",
            "<param name='target' value='Open'",
            "there is no dashboard Open.",
        ),
        ("name='[Action2]'", "name='[Action1]'", "action [Action1]: there are 2"),
        ("default-value-field='[federated.", "default-value-field='[fed.", "and there is no such field."),
        ("name='[none:Section:nk]'", "name='[none:Sektion:nk]'", "[none:Section:nk], which it does not declare."),
        (
            "<column-instance column='[Section]'",
            "<column-instance column='[Sektion]'",
            "is of [Sektion], which it does not",
        ),
        ("<worksheet name='Cash Figures'", "<worksheet name='Cash'", "sheet Cash: there are 2"),
        ("<slices>", "<style /><slices>", "<style> in <view>: there is no such element."),
        (
            "<style />\n        <panes>",
            "<panes /><style />\n        <panes>",
            "<style> in <table>: it stands behind <panes>.",
        ),
    ],
)
def test_a_workbook_that_is_not_whole(right: str, wrong: str, problem: str) -> None:
    assert problem in found(workbook(), wrong, right)


def test_a_sheet_declares_what_its_fields_are_calculated_from() -> None:
    text = workbook().decode()
    at = text.index("<worksheet name='Income Figures'")
    declared = "<column datatype='string' name='[Section]' role='dimension' type='nominal' />"
    broken = text[:at] + text[at:].replace(declared, "", 1)

    assert "sheet Income Figures: [Total Income] is calculated from [Section], which it does not declare." in problems(
        broken.encode()
    )


def test_identities_are_there_once() -> None:
    first, second = workbook().decode().split("<simple-id uuid='")[1:3]

    assert "there are 2 of this name" in found(workbook(), first.split("'")[0], second.split("'")[0])


def test_tables_are_reached_by_one_way() -> None:
    text = data_source().decode()
    start = text.index("      <relationship>", text.index("[Account Key (Sales Lines)]' />") - 300)
    end = text.index("</relationship>", start) + len("</relationship>")
    again = text[:end] + "\n" + text[start:end] + text[end:]

    assert "table Account: it is reached from Sales Lines by two ways, or from itself." in problems(again.encode())


def test_a_parameter_is_told_from_every_field_by_what_people_see() -> None:
    assert "caption Account: there are 2" in found(data_source(), "caption='Account' datatype='date'",
                                                   "caption='Period First Day' datatype='date'")  # fmt: skip


def test_named_apostrophes_are_refused() -> None:
    assert "&apos;" in found(data_source(), "&apos;", "&#39;")


def test_what_is_no_xml_is_refused() -> None:
    [problem] = problems(b"<datasource>")

    assert problem.startswith("it is no XML")


def test_another_document_is_refused() -> None:
    assert problems(b"<style />") == ("<style> is neither a data source nor a workbook.",)

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.model.findings import ModelLimitError
from qbo_pipeline.power_bi.project.errors import TmdlError
from qbo_pipeline.power_bi.project.grammar import check
from qbo_pipeline.power_bi.project.power_query import text
from qbo_pipeline.power_bi.project.semantic_model import definition
from qbo_pipeline.power_bi.project.tmdl import Node, document
from qbo_pipeline.power_bi.project.writing import compiled
from qbo_pipeline_tests.power_bi.project.small_model import MODEL

GOLDEN = Path(__file__).parent / "golden"
DATA = "C:\\Books\\data"
FILES = definition(MODEL, DATA)


@pytest.mark.parametrize("path", sorted(FILES))
def test_the_small_model_is_compiled_to_the_golden_files(path: str) -> None:
    assert FILES[path] == (GOLDEN / Path(path).name).read_text(encoding="utf-8")


def test_there_is_a_golden_file_for_each_and_no_other() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {Path(path).name for path in FILES}


@pytest.mark.parametrize("model", [MODEL, SEMANTIC_MODEL], ids=lambda one: one.name)
def test_what_is_compiled_can_be_read(model: SemanticModel) -> None:
    for path, content in definition(model, DATA).items():
        check(path, content)


def test_the_same_model_gives_the_same_files() -> None:
    assert definition(SEMANTIC_MODEL, DATA) == definition(SEMANTIC_MODEL, DATA)


def test_lineage_tags_are_there_once() -> None:
    tags = [
        line.split()[1]
        for content in definition(SEMANTIC_MODEL, DATA).values()
        for line in content.splitlines()
        if line.strip().startswith(("lineageTag:", "relationship "))
    ]

    assert len(tags) == len(set(tags)) > 500


def test_the_data_folder_is_named_in_one_place() -> None:
    files = definition(SEMANTIC_MODEL, 'D:\\Über "uns"\\data')

    assert [path for path, content in files.items() if "Über" in content] == ["expressions.tmdl"]
    assert '= "D:\\Über ""uns""\\data" meta [IsParameterQuery=true' in files["expressions.tmdl"]


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ("column Date", "columnn Date"),
        ("column Date", "column"),
        ("column Date", "column Date = 1"),
        ("column 'Month Year'", "column Month Year"),
        ("column 'Month Year'", "column Date"),
        ("dataType: dateTime", "dataTyp: dateTime"),
        ("dataType: dateTime", "dataType: date"),
        ("dataType: dateTime", "isKey"),
        ("dataType: dateTime", "datatype dateTime"),
        ("\tdataType: dateTime", "\t    dataType: dateTime"),
        ("dataType: dateTime", "dataType: dateTime "),
        ("\t\tdataType: dateTime", "\t\t\tdataType: dateTime"),
        ("dataCategory: Time", "dataCategory: Calendar"),
        ("summarizeBy: none", "summarizeBy: total"),
        ("sourceColumn: Date", "isHidden: true"),
        ("partition Calendar = m", "partition Calendar"),
        ("mode: import", "mode: push"),
        ("level Date", "column Again"),
        ("/// Days.", "/// Days.\n/// More.\nref table Other"),
        ("sortByColumn: 'Month Year Number'", "sortByColumn: Month Year Number"),
    ],
)
def test_what_power_bi_would_refuse_is_refused(line: str, broken: str) -> None:
    good = FILES["tables/Calendar.tmdl"]
    assert line in good
    content = good.replace(line, broken, 1)

    with pytest.raises(TmdlError, match=r"^Calendar\.tmdl:\d+: "):
        check("Calendar.tmdl", content)


@pytest.mark.parametrize("content", ["table A", "table A\r\n", "/// Nothing\n", "\ttable A\n", "measure A =\n"])
def test_what_is_no_file_is_refused(content: str) -> None:
    with pytest.raises(TmdlError):
        check("file.tmdl", content)


def test_an_expression_is_not_left_out() -> None:
    good = FILES["tables/Sales Lines.tmdl"]
    lines = good.splitlines(keepends=True)
    broken = "".join(line for line in lines if "VAR lastDay" not in line and "RETURN" not in line)

    with pytest.raises(TmdlError, match="there is no expression"):
        check("Sales Lines.tmdl", broken)


@given(st.text(st.characters(min_codepoint=0x20, blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1))
def test_any_name_can_be_read_again(name: str) -> None:
    check("model.tmdl", document([Node("ref table", name)]))


def test_a_model_that_breaks_a_limit_is_not_compiled() -> None:
    again = replace(MODEL, tables=(*MODEL.tables, replace(MODEL.tables[0], columns=())))

    with pytest.raises(ModelLimitError, match="There are two tables of this name"):
        compiled(again, DATA)


@pytest.mark.parametrize(
    ("value", "written"), [('say "hi"', '"say ""hi"""'), ("a#(lf)b", '"a#(#)(lf)b"'), ("C:\\data", '"C:\\data"')]
)
def test_texts_of_power_query_mean_what_they_say(value: str, written: str) -> None:
    assert text(value) == written

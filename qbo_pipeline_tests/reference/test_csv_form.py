"""Files come back from spreadsheets as they went, or with what a person typed."""

from __future__ import annotations

import codecs
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.reference.csv_form import CsvError, bare, protected, read, written

COLUMNS = frozenset({"id", "name", "note"})

texts = st.text(st.characters(codec="utf-8"))
rows = st.lists(st.tuples(st.integers(1, 999).map(str), texts, texts))


@given(rows)
def test_any_content_comes_back(cells: list[tuple[str, str, str]]) -> None:
    names, found = read(written(["id", "name", "note"], cells), COLUMNS)

    assert names == ["id", "name", "note"]
    assert [tuple(row) for _, row in found] == cells


@given(rows)
def test_any_content_comes_back_with_semicolons_or_tabs_as_excel_saves_it_elsewhere(
    cells: list[tuple[str, str, str]],
) -> None:
    for separator, encoding in ((";", "utf-8-sig"), ("\t", "utf-16"), (",", "utf-8")):
        text = io.StringIO()
        writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
        writer.writerows([["id", "name", "note"], *([protected(cell) for cell in row] for row in cells)])

        assert [tuple(row) for _, row in read(text.getvalue().encode(encoding), COLUMNS)[1]] == cells


@pytest.mark.parametrize(
    "text",
    ["0100", "00", "1-2", "3/4", "10:30", "1E5", "12e3", "1.5", "5%", "$5", "(5)", "1234567890123456", "1 000",
     "10 am", "May 2024", "Mar-1", "août 24", "Okt 5", "true", "FALSE", "WAHR"],
)  # fmt: skip
def test_what_excel_would_turn_into_something_else_is_written_behind_an_apostrophe(text: str) -> None:
    assert protected(text) == f"'{text}"
    assert bare(protected(text)) == text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-x", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "\xa0=1"])
def test_no_cell_begins_as_a_formula(text: str) -> None:
    assert protected(text).startswith("'")


@pytest.mark.parametrize("text", ["4000", "0", "Office 2024", "3D", "Marketing 2024", "Müller & Söhne", "B-1", ""])
def test_what_excel_leaves_alone_is_written_as_it_is(text: str) -> None:
    assert protected(text) == text


def test_excel_is_told_that_it_is_utf_8_and_where_lines_end() -> None:
    content = written(["id"], [["Bücher"]])

    assert content == codecs.BOM_UTF8 + b"id\r\nB\xc3\xbccher\r\n"


def test_empty_lines_are_left_out_and_the_others_keep_their_numbers() -> None:
    content = b'id,name,note\r\n1,"two\nlines",\r\n,,\r\n\r\n2,b,\r\n'

    assert read(content, COLUMNS)[1] == [(2, ["1", "two\nlines", ""]), (6, ["2", "b", ""])]


def test_headers_say_what_may_be_done_and_are_read_without_it() -> None:
    assert read(b"ID;Name (read-only)\n1;x\n", COLUMNS)[0] == ["id", "name"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("id,name\r\n1,Bücher\r\n".encode("cp1252"), "CSV UTF-8"),
        (b'id,name\r\n1,"never closed\r\n', "Save it again"),
        (b'id,name\r\n1,"closed" too early\r\n', "line 2"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(content: bytes, told: str) -> None:
    with pytest.raises(CsvError, match=told):
        read(content, COLUMNS)

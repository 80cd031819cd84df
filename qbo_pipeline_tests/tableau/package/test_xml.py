from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.tableau.package.xml import document, element

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1)


@given(texts, texts)
def test_what_is_written_is_what_is_read(attribute: str, text: str) -> None:
    read = fromstring(document(element("a", {"b": attribute}, element("c", text=text))))

    assert read.attrib["b"] == attribute
    assert read.findtext("c") == text


@given(texts)
def test_apostrophes_are_numbers_as_tableau_server_wants_them(text: str) -> None:
    content = document(element("a", {"b": text + "'"}))

    assert b"&apos;" not in content.replace(b"&amp;apos;", b"")
    assert b"&#39;" in content


def test_lines_of_a_formula_stay_lines() -> None:
    assert fromstring(document(element("a", {"b": "IF x\n\tTHEN y\r\nEND"}))).attrib["b"] == "IF x\n\tTHEN y\r\nEND"


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    assert fromstring(document(element("a", {"b": "1\x002\x1b3"}, text="\x07x"))).attrib["b"] == "123"


def test_attributes_that_are_nothing_are_not_there() -> None:
    assert document(element("a", {"b": None, "d": "2", "c": "1"})).endswith(b"<a c='1' d='2' />\n")


def test_text_beside_elements_would_get_lines_that_nobody_wrote() -> None:
    with pytest.raises(ValueError, match="text beside its elements"):
        document(element("a", None, element("b"), text="x"))

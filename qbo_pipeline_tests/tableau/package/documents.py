"""What the files of Tableau are read with in tests."""

from __future__ import annotations

from functools import cache
from xml.etree.ElementTree import Element, fromstring

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.tableau.package import PublishedSource, writing

NAME = "QuickBooks Online"
PUBLISHED = PublishedSource("https://books.example.com", "finance", "QuickBooksOnline", NAME)


@cache
def data_source() -> bytes:
    """The `.tds` of the semantic model."""
    return writing.data_source(SEMANTIC_MODEL, name=NAME)


@cache
def workbook() -> bytes:
    """The `.twb` over the extract inside."""
    return writing.workbook(SEMANTIC_MODEL, name=NAME)


@cache
def connected_workbook() -> bytes:
    """The `.twb` connected to a published data source."""
    return writing.workbook(SEMANTIC_MODEL, name=NAME, server=PUBLISHED)


def read(content: bytes) -> Element:
    """The root, of the test alone."""
    return fromstring(content)


def one(root: Element, path: str) -> Element:
    """The element at a path."""
    found = root.find(path)
    assert found is not None, path
    return found

"""Whether a data source or workbook is whole, read off its XML: what the published schema of workbooks does not check.

The schema knows elements, attributes and their order. It does not know whether a field, a table, a sheet or a parameter
that something refers to is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, fromstring

from qbo_pipeline.tableau.package.child_order import misplaced
from qbo_pipeline.tableau.package.data_source_checks import DataSource, data_source_problems
from qbo_pipeline.tableau.package.workbook_checks import workbook_problems


def problems(content: bytes) -> tuple[str, ...]:
    """Everything that refers to nothing, stands twice, or stands in the wrong place; nothing, if all is well.

    Args:
        content: of a `.tds` or `.twb` file.
    """
    return tuple(_problems(content))


def _problems(content: bytes) -> Iterator[str]:
    try:
        root = fromstring(content)  # noqa: S314 (what is read was written a moment ago, by this package)
    except ParseError as error:
        yield f"it is no XML: {error}."
        return
    if b"&apos;" in content:
        yield "&apos; is in it, which Tableau Server refuses: write &#39;."
    yield from misplaced(root)
    yield from _of_root(root)


def _of_root(root: Element) -> Iterator[str]:
    if root.tag == "workbook":
        yield from workbook_problems(root)
    elif root.tag == "datasource":
        yield from data_source_problems(DataSource(root))
    else:
        yield f"<{root.tag}> is neither a data source nor a workbook."

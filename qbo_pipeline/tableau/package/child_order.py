"""The order in which elements stand in each other: Tableau does not read a file in which it is another one.

Source: the schema of workbooks, tableau/tableau-document-schemas; here are the elements that are written. What a
connection consists of is not in that schema: its order is that of files that Tableau saved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

_DATA_SOURCE = (
    "document-format-change-manifest", "repository-location", "connection", "aliases", "column", "drill-paths",
    "folders-common", "layout", "datasource-dependencies", "object-graph",
)  # fmt: skip
ORDER: Mapping[str, Sequence[str]] = {
    "workbook": (
        "document-format-change-manifest", "preferences", "datasources", "actions", "worksheets", "dashboards",
        "windows", "explain-data",
    ),
    "datasource": _DATA_SOURCE,
    "connection": ("named-connections", "relation", "calculations", "cols", "metadata-records"),
    "metadata-record": (
        "remote-name", "remote-type", "local-name", "parent-name", "remote-alias", "ordinal", "layered", "family",
        "local-type", "aggregation", "contains-null", "object-id",
    ),
    "column": ("calculation", "desc", "members"),
    "object-graph": ("objects", "relationships"),
    "relationship": ("expression", "first-end-point", "second-end-point"),
    "actions": ("action", "datasources", "datasource-dependencies"),
    "action": ("activation", "source", "link", "command"),
    "worksheet": ("table", "simple-id"),
    "table": ("view", "style", "panes", "rows", "cols"),
    "view": ("datasources", "datasource-dependencies", "filter", "computed-sort", "manual-sort", "slices",
             "aggregation", "breakdown"),
    "pane": ("view", "mark", "encodings"),
    "dashboard": ("style", "size", "datasources", "datasource-dependencies", "zones", "simple-id"),
    "zone": ("formatted-text", "zone"),
    "window": ("cards", "viewpoints", "active", "simple-id"),
}  # fmt: skip


def misplaced(root: Element) -> Iterator[str]:
    """What stands in the wrong place, or in something that has no such thing."""
    for parent in root.iter():
        order = ORDER.get(parent.tag)
        if order is None:
            continue
        last = 0
        for child in parent:
            where = f"<{child.tag}> in <{parent.tag}{_named(parent)}>"
            if child.tag not in order:
                yield f"{where}: there is no such element."
                continue
            place = order.index(child.tag)
            if place < last:
                yield f"{where}: it stands behind <{order[last]}>."
            last = max(place, last)


def _named(one: Element) -> str:
    name = one.get("caption") or one.get("name")
    return f" {name}" if name else ""

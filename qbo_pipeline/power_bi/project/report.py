"""The report as PBIR: one JSON file a page and visual.

Every file names the schema it follows, published by Microsoft below developer.microsoft.com/json-schemas.
"""

from __future__ import annotations

from typing import Any

import msgspec

from qbo_pipeline.power_bi.project.layout import HEIGHT, ROLES, WIDTH, Field, Kind, Of, Page, Visual
from qbo_pipeline.power_bi.project.names import short

_SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric/item/report/definition"
_SUM = 0
"""Power BI's number of the aggregation."""


def definition(pages: tuple[Page, ...]) -> dict[str, str]:
    """The files below `definition/`, by path."""
    names = [short("page", page.title) for page in pages]
    files = {
        "version.json": _json({"$schema": f"{_SCHEMAS}/versionMetadata/1.0.0/schema.json", "version": "2.0.0"}),
        "report.json": _json({"$schema": f"{_SCHEMAS}/report/3.0.0/schema.json", "themeCollection": {}}),
        "pages/pages.json": _json(
            {
                "$schema": f"{_SCHEMAS}/pagesMetadata/1.0.0/schema.json",
                "pageOrder": names,
                "activePageName": names[0],
            }
        ),
    }
    for page, name in zip(pages, names, strict=True):
        files[f"pages/{name}/page.json"] = _json(_page(page, name))
        for number, visual in enumerate(page.visuals):
            own = short("visual", page.title, str(number), visual.title)
            files[f"pages/{name}/visuals/{own}/visual.json"] = _json(_visual(visual, own, number))
    return files


def _page(page: Page, name: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "$schema": f"{_SCHEMAS}/page/2.0.0/schema.json",
        "name": name,
        "displayName": page.title,
        "displayOption": "FitToPage",
        "height": HEIGHT,
        "width": WIDTH,
    }
    if page.drill_through:
        filters = [(one, short("filter", page.title, one.table, one.name)) for one in page.drill_through]
        made["filterConfig"] = {
            "filters": [
                {"name": own, "field": _expression(one), "type": "Categorical", "howCreated": "Drillthrough"}
                for one, own in filters
            ]
        }
        made["pageBinding"] = {
            "name": short("binding", page.title),
            "type": "Drillthrough",
            "parameters": [
                {
                    "name": short("parameter", page.title, one.table, one.name),
                    "boundFilter": own,
                    "fieldExpr": _expression(one),
                }
                for one, own in filters
            ],
        }
        made["type"] = "Drillthrough"
        made["visibility"] = "HiddenInViewMode"
    return made


def _visual(visual: Visual, name: str, number: int) -> dict[str, Any]:
    query: dict[str, Any] = {
        "queryState": {
            role: {"projections": [_projection(visual, one) for one in visual.roles[role]]}
            for role in ROLES[visual.kind]
            if visual.roles.get(role)
        }
    }
    if visual.descending_by is not None:
        query["sortDefinition"] = {
            "sort": [{"field": _expression(visual.descending_by), "direction": "Descending"}],
            "isDefaultSort": False,
        }
    shown: dict[str, Any] = {"visualType": str(visual.kind), "query": query}
    rows = visual.roles.get("Rows", ())
    if len(rows) > 1:
        shown["expansionStates"] = [
            {
                "roles": ["Rows"],
                "levels": [
                    {"queryRefs": [_reference(one)], "isCollapsed": one is rows[-1], "isPinned": True} for one in rows
                ],
                "root": {},
            }
        ]
    if visual.kind is Kind.SLICER:
        shown["objects"] = {"data": [{"properties": {"mode": _literal("'Dropdown'")}}]}
    title = "'" + visual.title.replace("'", "''") + "'"
    shown["visualContainerObjects"] = {"title": [{"properties": {"show": _literal("true"), "text": _literal(title)}}]}
    if visual.group is not None:
        shown["syncGroup"] = {"groupName": visual.group, "fieldChanges": True, "filterChanges": True}
    shown["drillFilterOtherVisuals"] = True
    box = visual.box
    return {
        "$schema": f"{_SCHEMAS}/visualContainer/2.0.0/schema.json",
        "name": name,
        "position": {
            "x": box.x, "y": box.y, "z": number * 1000, "height": box.height, "width": box.width,
            "tabOrder": number * 1000,
        },
        "visual": shown,
    }  # fmt: skip


def _projection(visual: Visual, field: Field) -> dict[str, Any]:
    made: dict[str, Any] = {
        "field": _expression(field),
        "queryRef": _reference(field),
        "nativeQueryRef": f"Sum of {field.name}" if field.of is Of.SUM else field.name,
    }
    if field.of is Of.SUM:
        made["displayName"] = field.name
    if field.of is Of.COLUMN and visual.kind is not Kind.TABLE:
        made["active"] = True
    return made


def _reference(field: Field) -> str:
    """What a field is called in the query of its visual."""
    reference = f"{field.table}.{field.name}"
    return f"Sum({reference})" if field.of is Of.SUM else reference


def _expression(field: Field) -> dict[str, Any]:
    source = {"Expression": {"SourceRef": {"Entity": field.table}}, "Property": field.name}
    if field.of is Of.MEASURE:
        return {"Measure": source}
    if field.of is Of.SUM:
        return {"Aggregation": {"Expression": {"Column": source}, "Function": _SUM}}
    return {"Column": source}


def _literal(value: str) -> dict[str, Any]:
    return {"expr": {"Literal": {"Value": value}}}


def _json(content: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"

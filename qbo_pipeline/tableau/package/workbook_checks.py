"""Whether a `<workbook>` is whole: sheets, dashboards, windows and actions refer to what is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from qbo_pipeline.tableau.package.data_source_checks import DataSource, data_source_problems, twice
from qbo_pipeline.tableau.package.formulas import parameters_in, references_in
from qbo_pipeline.tableau.package.names import PARAMETERS, field

_REFERENCE = re.compile(r"\[([^\[\]]+)\]\.(\[[^\[\]]+\])")
_SPECIAL = frozenset({"[:Measure Names]", "[Multiple Values]"})
_PASSED = re.compile(r"<(?:\[[^\[\]]+\]\.)?(\[[^\[\]]+\])(?:~na)?>")
"""A field whose value an action passes on."""
_TARGET = re.compile(r"tsl:([^?]*)\?")


def workbook_problems(root: Element) -> Iterator[str]:
    """What is wrong with a workbook and its data sources."""
    parts = {one.attrib["name"]: DataSource(one) for one in root.findall("datasources/datasource")}
    parameters = parts.pop(PARAMETERS, None)
    if parameters is None:
        yield "there are no parameters."
        return
    for source in parts.values():
        yield from data_source_problems(source)
        for name in source.parameters - set(parameters.columns):
            yield f"parameter {name}: the data source knows it, and the workbook has no such parameter."
    yield from _defaults(parameters, parts)
    sheets = {one.attrib["name"]: one for one in root.findall("worksheets/worksheet")}
    dashboards = {one.attrib["name"]: one for one in root.findall("dashboards/dashboard")}
    yield from twice(
        "sheet",
        (one.attrib["name"] for path in ("worksheets/worksheet", "dashboards/dashboard") for one in root.findall(path)),
    )
    yield from twice("identity", (one.attrib["uuid"] for one in root.iter("simple-id")))
    for name, sheet in sheets.items():
        yield from (f"sheet {name}: {problem}" for problem in _dependencies(sheet, parts, parameters))
    for name, dashboard in dashboards.items():
        yield from (f"dashboard {name}: {problem}" for problem in _dashboard(dashboard, sheets, parts, parameters))
    yield from _windows(root, sheets, dashboards)
    yield from _actions(root, sheets, dashboards, parts, parameters)


def _defaults(parameters: DataSource, sources: dict[str, DataSource]) -> Iterator[str]:
    for name, column in parameters.columns.items():
        opens_with = column.get("default-value-field")
        for source, one in _REFERENCE.findall(opens_with or ""):
            if source not in sources or one not in sources[source].columns:
                yield f"parameter {name}: it opens with {opens_with}, and there is no such field."


def _dependencies(part: Element, sources: dict[str, DataSource], parameters: DataSource) -> Iterator[str]:
    """Of a sheet, a dashboard or the actions: what it declares is there, and what it uses is declared."""
    known: dict[str, DataSource] = {**sources, PARAMETERS: parameters}
    declared: dict[str, set[str]] = {}
    instances: dict[str, set[str]] = {}
    for block in part.iter("datasource-dependencies"):
        source = block.get("datasource", "")
        if source not in known:
            yield f"there is no data source {source}."
            continue
        columns = {one.attrib["name"] for one in block.findall("column")}
        declared.setdefault(source, set()).update(columns)
        yield from (f"there is no field {name}." for name in sorted(columns - set(known[source].columns)))
        for one in block.findall("column-instance"):
            instances.setdefault(source, set()).add(one.attrib["name"])
            if one.attrib["column"] not in columns:
                yield f"{one.attrib['name']} is of {one.attrib['column']}, which it does not declare."
    for source in set(declared) & set(sources):
        for name in sorted(declared[source]):
            formula = sources[source].formulas.get(name, "")
            for behind in references_in(formula):
                if field(behind) not in declared[source]:
                    yield f"{name} is calculated from [{behind}], which it does not declare."
            for behind in parameters_in(formula):
                if field(behind) not in declared.get(PARAMETERS, set()):
                    yield f"{name} is calculated from the parameter [{behind}], which it does not declare."
    for used, (source, name) in _used(part):
        if name not in _SPECIAL and name not in instances.get(source, set()) | declared.get(source, set()):
            yield f"<{used}> shows [{source}].{name}, which it does not declare."


def _used(part: Element) -> Iterator[tuple[str, tuple[str, str]]]:
    """References to fields: on shelves, in filters and sorts, in encodings, in links and controls."""
    for one in part.iter():
        if one.tag in ("column-instance", "map") or (one.tag == "column" and "name" in one.attrib):
            continue
        texts = [one.text or "", *(one.get(name, "") for name in ("column", "using", "member", "param"))]
        if one.tag == "link":
            texts.append(unquote(one.get("expression", "")))
        for text in texts:
            yield from ((one.tag, found) for found in _REFERENCE.findall(text))


def _dashboard(
    dashboard: Element, sheets: dict[str, Element], sources: dict[str, DataSource], parameters: DataSource
) -> Iterator[str]:
    yield from twice("zone", (one.attrib["id"] for one in dashboard.iter("zone")))
    yield from _dependencies(dashboard, sources, parameters)
    for zone in dashboard.iter("zone"):
        name = zone.get("name")
        if name is not None and name not in sheets:
            yield f"there is no sheet {name}."
        if zone.get("type-v2") == "paramctrl" and zone.get("mode") is None:
            yield f"the control of {zone.get('param')} has no mode."
        across, down = (int(zone.attrib[one]) + int(zone.attrib[size]) for one, size in (("x", "w"), ("y", "h")))
        if across > 100_000 or down > 100_000:
            yield f"zone {zone.get('id')} stands outside of it."


def _windows(root: Element, sheets: dict[str, Element], dashboards: dict[str, Element]) -> Iterator[str]:
    windows = [one.attrib["name"] for one in root.findall("windows/window")]
    yield from twice("window", windows)
    yield from (f"sheet {name}: it has no window." for name in sorted({*sheets, *dashboards} - set(windows)))
    yield from (f"window {name}: there is no such sheet." for name in sorted(set(windows) - {*sheets, *dashboards}))
    for window in root.findall("windows/window[@class='dashboard']"):
        shown = {one.get("name") for one in window.iter("viewpoint")}
        board = dashboards.get(window.attrib["name"])
        zones = set() if board is None else {one.get("name") for one in board.iter("zone")} - {None}
        if shown != zones:
            yield f"window {window.attrib['name']}: it does not show the sheets of its dashboard."


def _actions(
    root: Element,
    sheets: dict[str, Element],
    dashboards: dict[str, Element],
    sources: dict[str, DataSource],
    parameters: DataSource,
) -> Iterator[str]:
    yield from twice("action", (one.attrib["name"] for one in root.iter("action")))
    for part in root.findall("actions"):
        yield from (f"actions: {problem}" for problem in _dependencies(part, sources, parameters))
    for action in root.iter("action"):
        where = f"action {action.get('caption')}"
        source, link = action.find("source"), action.find("link")
        if source is None or link is None:
            yield f"{where}: it begins at a sheet and leads somewhere."
            continue
        sheet, board = sheets.get(source.get("worksheet", "")), dashboards.get(source.get("dashboard", ""))
        if (
            sheet is None
            or board is None
            or source.get("worksheet") not in {one.get("name") for one in board.iter("zone")}
        ):
            yield f"{where}: there is no sheet {source.get('worksheet')} on {source.get('dashboard')}."
            continue
        expression = link.get("expression", "")
        there = {one.attrib["column"] for one in sheet.iter("column-instance")}
        for name in _PASSED.findall(expression):
            if name not in there:
                yield f"{where}: {source.get('worksheet')} does not show {name}."
        target = _TARGET.match(expression)
        if target is not None and unquote(target[1]) not in dashboards:
            yield f"{where}: there is no dashboard {unquote(target[1])}."
        for param in action.findall("command/param[@name='target']"):
            if param.get("value") not in dashboards:
                yield f"{where}: there is no dashboard {param.get('value')}."

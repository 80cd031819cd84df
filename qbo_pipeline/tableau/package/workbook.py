"""The starter workbook: sheets, dashboards with the parameters above, and the ways to the documents."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote
from xml.etree.ElementTree import Element

from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.tableau.package.dashboards import DASHBOARDS, DRILLS, LINKS
from qbo_pipeline.tableau.package.data_source import VERSION, manifest
from qbo_pipeline.tableau.package.errors import PackageError
from qbo_pipeline.tableau.package.fields import column_element, fields
from qbo_pipeline.tableau.package.layout import HEIGHT, WIDTH, Dashboard, Drill, Link
from qbo_pipeline.tableau.package.names import PARAMETERS, action_name, field, sheet_id
from qbo_pipeline.tableau.package.parameters import PARAMETERS_OF_MEASURES, dependencies, parameter_element
from qbo_pipeline.tableau.package.sheets import SHEETS
from qbo_pipeline.tableau.package.worksheets import COMPANY, Shelves, worksheet_element
from qbo_pipeline.tableau.package.xml import USER, element

_BUILD = "2025.3.2 (20253.26.0109.0333)"
"""A workbook names the release that wrote it: this one writes workbooks of this shape."""
_WHOLE = 100_000
"""Positions on a dashboard are parts of this, whatever its size in pixels."""
_HEADER, _TITLE = 60, 380
"""In pixels: the row of the title, the parameters and the companies, and how wide the title is."""


def workbook_element(model: SemanticModel, source: Element) -> Element:
    """The root of a `.twb` file.

    Args:
        model: what the data source is of.
        source: `<datasource>`, with its name and caption.

    Raises:
        PackageError: sheets show fields that are not in the model.
    """
    shelves = Shelves(source.attrib["name"], source.attrib["caption"], fields(model))
    if missing := [
        f"sheet {sheet.name}: there is no field {name}."
        for sheet in SHEETS
        for name in sheet.fields
        if name not in shelves.fields
    ]:
        raise PackageError(f"Workbook of {model.name}", missing)
    return element(
        "workbook",
        {
            "original-version": VERSION,
            "source-build": _BUILD,
            "source-platform": "win",
            "version": VERSION,
            "xmlns:user": USER,
        },
        manifest(),
        element("preferences"),
        element("datasources", None, _parameters(shelves.source), source),
        _actions(shelves),
        element("worksheets", None, *(worksheet_element(sheet, shelves) for sheet in SHEETS)),
        element("dashboards", None, *(_dashboard(one, shelves) for one in DASHBOARDS)),
        element("windows", None, *_windows()),
        element(
            "explain-data",
            {"enabled-for-viewer": "false", "extreme-values-enabled-for-all": "false"},
            element("explanation-types"),
        ),
    )


def _parameters(source: str) -> Element:
    return element(
        "datasource",
        {"hasconnection": "false", "inline": "true", "name": PARAMETERS, "version": VERSION},
        element("aliases", {"enabled": "yes"}),
        *(parameter_element(one, source) for one in PARAMETERS_OF_MEASURES),
    )


def _actions(shelves: Shelves) -> Element:
    used = sorted({name for one in DRILLS for name in one.fields})
    return element(
        "actions",
        None,
        *(_drill(number, one, shelves.source) for number, one in enumerate(DRILLS, 1)),
        *(_link(number, one) for number, one in enumerate(LINKS, len(DRILLS) + 1)),
        element("datasources", None, shelves.source_element()),
        element(
            "datasource-dependencies",
            {"datasource": shelves.source},
            *(column_element(shelves.fields[name], dependency=True) for name in used),
        ),
    )


def _drill(number: int, one: Drill, source: str) -> Element:
    """A filter action: `tsl:`, its dashboard, and what each field there is filtered to."""
    columns = [f"{field(source)}.{field(name)}" for name in one.fields]
    passed = "&".join(f"{quote(f'{column}~s0', safe='')}=<{column}~na>" for column in columns)
    return element(
        "action",
        {"caption": one.caption, "name": action_name(number)},
        element("activation"),
        element("source", {"dashboard": one.dashboard, "type": "sheet", "worksheet": one.sheet}),
        element(
            "link",
            {
                "caption": one.caption,
                "delimiter": ",",
                "escape": "\\",
                "expression": f"tsl:{quote(one.target, safe='')}?{passed}",
                "include-null": "true",
                "multi-select": "true",
                "url-escape": "true",
            },
        ),
        element("command", {"command": "tsc:tsl-filter"}, element("param", {"name": "target", "value": one.target})),
    )


def _link(number: int, one: Link) -> Element:
    """A URL action: the address is a field's value as it is."""
    return element(
        "action",
        {"caption": one.caption, "name": action_name(number)},
        element("activation"),
        element("source", {"dashboard": one.dashboard, "type": "sheet", "worksheet": one.sheet}),
        element(
            "link",
            {"caption": "", "expression": f"<{field(one.field)}>"},
            element("url-action-type", text="browser"),
        ),
    )


def _dashboard(one: Dashboard, shelves: Shelves) -> Element:
    return element(
        "dashboard",
        {"name": one.name},
        element("style"),
        element(
            "size",
            {
                "maxheight": str(HEIGHT),
                "maxwidth": str(WIDTH),
                "minheight": str(HEIGHT),
                "minwidth": str(WIDTH),
                "sizing-mode": "fixed",
            },
        ),
        element("datasources", None, shelves.source_element(), element("datasource", {"name": PARAMETERS})),
        *shelves.dependencies((COMPANY,)),
        dependencies(frozenset(parameter.name for parameter in PARAMETERS_OF_MEASURES)),
        element("zones", None, _zones(one, shelves)),
        element("simple-id", {"uuid": sheet_id("dashboard", one.name)}),
    )


def _zones(one: Dashboard, shelves: Shelves) -> Element:
    numbers = iter(range(1, 1000))
    root = _zone(numbers, "layout-basic", 0, 0, WIDTH, HEIGHT)
    body = _zone(numbers, "layout-flow", 0, 0, WIDTH, HEIGHT, param="vert")
    root.append(body)
    body.append(_header(numbers, one, shelves))
    fixed = sum(row.height for row in one.rows if row.height is not None)
    free = [row for row in one.rows if row.height is None]
    y = _HEADER
    for row in one.rows:
        height = (HEIGHT - _HEADER - fixed) // len(free) if row.height is None else row.height
        line = _zone(numbers, "layout-flow", 0, y, WIDTH, height, param="horz", fixed=row.height)
        body.append(line)
        width = WIDTH // len(row.sheets)
        for place, sheet in enumerate(row.sheets):
            line.append(_zone(numbers, None, place * width, y, width, height, name=sheet))
        y += height
    return root


def _header(numbers: Iterator[int], one: Dashboard, shelves: Shelves) -> Element:
    header = _zone(numbers, "layout-flow", 0, 0, WIDTH, _HEADER, param="horz", fixed=_HEADER)
    title = _zone(numbers, "text", 0, 0, _TITLE, _HEADER)
    title.append(element("formatted-text", None, element("run", {"bold": "true", "fontsize": "16"}, text=one.name)))
    header.append(title)
    width = (WIDTH - _TITLE) // (len(PARAMETERS_OF_MEASURES) + 1)
    for place, parameter in enumerate(PARAMETERS_OF_MEASURES):
        reference = f"{field(PARAMETERS)}.{field(parameter.name)}"
        mode = "compact" if parameter.choices else "datetime"
        header.append(
            _zone(numbers, "paramctrl", _TITLE + place * width, 0, width, _HEADER, param=reference, mode=mode)
        )
    header.append(
        _zone(
            numbers, "filter", WIDTH - width, 0, width, _HEADER, param=shelves.reference(COMPANY), mode="checkdropdown",
            name=one.sheets[0],
        )
    )  # fmt: skip
    return header


def _zone(
    numbers: Iterator[int],
    type_: str | None,
    x: int,
    y: int,
    width: int,
    height: int,
    *,
    param: str | None = None,
    mode: str | None = None,
    name: str | None = None,
    fixed: int | None = None,
) -> Element:
    return element(
        "zone",
        {
            "fixed-size": None if fixed is None else str(fixed),
            "h": str(height * _WHOLE // HEIGHT),
            "id": str(next(numbers)),
            "is-fixed": None if fixed is None else "true",
            "mode": mode,
            "name": name,
            "param": param,
            "type-v2": type_,
            "w": str(width * _WHOLE // WIDTH),
            "x": str(x * _WHOLE // WIDTH),
            "y": str(y * _WHOLE // HEIGHT),
        },
    )


def _windows() -> Iterator[Element]:
    """Dashboards as tabs, the first one open; sheets are shown on them and hidden otherwise."""
    zooms = {sheet.name: sheet.zoom for sheet in SHEETS}
    for number, one in enumerate(DASHBOARDS):
        yield element(
            "window",
            {"class": "dashboard", "maximized": "true" if number == 0 else None, "name": one.name},
            element("viewpoints", None, *(_viewpoint(sheet, zooms[sheet]) for sheet in one.sheets)),
            element("active", {"id": "-1"}),
            element("simple-id", {"uuid": sheet_id("window", one.name)}),
        )
    for sheet in SHEETS:
        yield element(
            "window",
            {"class": "worksheet", "hidden": "true", "name": sheet.name},
            _cards(),
            element("simple-id", {"uuid": sheet_id("window", sheet.name)}),
        )


def _viewpoint(sheet: str, zoom: str | None) -> Element:
    return element("viewpoint", {"name": sheet}, *([] if zoom is None else [element("zoom", {"type": zoom})]))


def _cards() -> Element:
    left = element("strip", {"size": "160"}, *(element("card", {"type": one}) for one in ("pages", "filters", "marks")))
    top = (
        element("strip", {"size": "2147483647"}, element("card", {"type": one})) for one in ("columns", "rows", "title")
    )
    return element("cards", None, element("edge", {"name": "left"}, left), element("edge", {"name": "top"}, *top))

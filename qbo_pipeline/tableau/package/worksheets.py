"""Worksheets: what lies on their shelves, which fields these depend on, and what they are filtered and sorted by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from qbo_pipeline.tableau.package.fields import Field, column_element
from qbo_pipeline.tableau.package.formulas import parameters_in, references_in
from qbo_pipeline.tableau.package.layout import PREFIXES, Filter, Mark, Of, Pill, Sheet
from qbo_pipeline.tableau.package.names import field, sheet_id
from qbo_pipeline.tableau.package.parameters import dependencies
from qbo_pipeline.tableau.package.xml import element

MEASURE_NAMES, MEASURE_VALUES = "[:Measure Names]", "[Multiple Values]"
"""Tableau's fields for several measures on one shelf."""
COMPANY = Pill("Company")
"""Chosen for all sheets together."""
_COMPANY_GROUP = "2"
_SUFFIXES = {"nominal": "nk", "ordinal": "ok", "quantitative": "qk"}


class Shelves:
    """Names of fields on the shelves of a data source's sheets."""

    def __init__(self, source: str, caption: str, fields: Mapping[str, Field]) -> None:
        self.source, self.caption, self.fields = source, caption, fields

    def instance(self, pill: Pill) -> str:
        """`[none:Account:nk]`."""
        return f"[{PREFIXES[pill.of]}:{pill.field}:{_SUFFIXES[self.type_of(pill)]}]"

    def reference(self, pill: Pill) -> str:
        """`[federated.…].[none:Account:nk]`."""
        return f"{field(self.source)}.{self.instance(pill)}"

    def special(self, name: str) -> str:
        """A field of Tableau's own: `[federated.…].[:Measure Names]`."""
        return f"{field(self.source)}.{name}"

    def type_of(self, pill: Pill) -> str:
        """Nominal, ordinal or quantitative, as it is on a shelf."""
        if pill.of is Of.MONTH:
            return "ordinal"
        if pill.of in (Of.SUM, Of.MINIMUM):
            return "quantitative"
        return self.fields[pill.field].type

    def instance_element(self, pill: Pill) -> Element:
        """`<column-instance>`."""
        over_marks = [element("table-calc", {"ordering-type": "Rows"})] if self.fields[pill.field].running else []
        return element(
            "column-instance",
            {
                "column": field(pill.field),
                "derivation": pill.of.value,
                "name": self.instance(pill),
                "pivot": "key",
                "type": self.type_of(pill),
            },
            *over_marks,
        )

    def source_element(self) -> Element:
        """`<datasource>`, as what uses one names it."""
        return element("datasource", {"caption": self.caption, "name": self.source})

    def dependencies(self, pills: tuple[Pill, ...]) -> tuple[Element, ...]:
        """`<datasource-dependencies>` of fields on shelves, those that they are calculated from, and parameters."""
        names = sorted({pill.field for pill in pills})
        ahead, needed = list(names), set(names)
        while ahead:
            formula = self.fields[ahead.pop()].formula
            for name in references_in(formula) if formula is not None else ():
                if name not in needed:
                    needed.add(name)
                    ahead.append(name)
        parameters = frozenset(name for one in needed for name in parameters_in(self.fields[one].formula or ""))
        of_source = element(
            "datasource-dependencies",
            {"datasource": self.source},
            *(column_element(self.fields[name], dependency=True) for name in sorted(needed)),
            *(self.instance_element(pill) for pill in sorted(set(pills), key=self.instance)),
        )
        return (of_source, dependencies(parameters)) if parameters else (of_source,)


def worksheet_element(sheet: Sheet, shelves: Shelves) -> Element:
    """`<worksheet>`."""
    parts = shelves.dependencies((*sheet.pills, *_behind(sheet)))
    sources = [shelves.source_element()]
    if len(parts) > 1:
        sources.append(element("datasource", {"name": "Parameters"}))
    return element(
        "worksheet",
        {"name": sheet.name},
        element(
            "table",
            None,
            element(
                "view",
                None,
                element("datasources", None, *sources),
                *parts,
                *_filters(sheet, shelves),
                *_sorts(sheet, shelves),
                element("slices", None, *_slices(sheet, shelves)),
                element("aggregation", {"value": "true"}),
            ),
            element("style"),
            element("panes", None, _pane(sheet, shelves)),
            element("rows", text=_shelf(_rows(sheet, shelves))),
            element("cols", text=_shelf(_columns(sheet, shelves))),
        ),
        element("simple-id", {"uuid": sheet_id("worksheet", sheet.name)}),
    )


def _behind(sheet: Sheet) -> Iterator[Pill]:
    """Fields that it is filtered and sorted by."""
    yield COMPANY
    for one in sheet.filters:
        yield Pill(one.field)
    for _, order in sheet.orders:
        yield Pill(order, Of.MINIMUM)


def _several(sheet: Sheet) -> bool:
    return len(sheet.values) > 1


def _rows(sheet: Sheet, shelves: Shelves) -> list[str]:
    pills = [shelves.reference(pill) for pill in sheet.rows]
    return [*pills, *_axis(sheet, shelves)] if sheet.mark is not Mark.TEXT and sheet.columns else pills


def _columns(sheet: Sheet, shelves: Shelves) -> list[str]:
    pills = [shelves.reference(pill) for pill in sheet.columns]
    if sheet.mark is Mark.TEXT:
        return [*pills, shelves.special(MEASURE_NAMES)] if _several(sheet) else pills
    return pills if sheet.columns else _axis(sheet, shelves)


def _axis(sheet: Sheet, shelves: Shelves) -> list[str]:
    """The measure, or all of them on one axis."""
    return [shelves.special(MEASURE_VALUES) if _several(sheet) else shelves.reference(sheet.values[0])]


def _shelf(pills: list[str]) -> str:
    """One beside the other, the outermost first."""
    shelf = pills[-1] if pills else ""
    for pill in reversed(pills[:-1]):
        shelf = f"({pill} / {shelf})"
    return shelf


def _pane(sheet: Sheet, shelves: Shelves) -> Element:
    encodings = []
    if sheet.color is not None:
        encodings.append(element("color", {"column": shelves.reference(sheet.color)}))
    elif _several(sheet) and sheet.mark is not Mark.TEXT:
        encodings.append(element("color", {"column": shelves.special(MEASURE_NAMES)}))
    if sheet.mark is Mark.TEXT:
        shown = shelves.special(MEASURE_VALUES) if _several(sheet) else shelves.reference(sheet.values[0])
        encodings.append(element("text", {"column": shown}))
    encodings.extend(element("lod", {"column": shelves.reference(pill)}) for pill in sheet.details)
    return element(
        "pane",
        {"selection-relaxation-option": "selection-relaxation-allow"},
        element("view", None, element("breakdown", {"value": "auto"})),
        element("mark", {"class": sheet.mark.value}),
        *([element("encodings", None, *encodings)] if encodings else []),
    )


def _filters(sheet: Sheet, shelves: Shelves) -> Iterator[Element]:
    if _several(sheet):
        yield _chosen(
            shelves.special(MEASURE_NAMES), MEASURE_NAMES, tuple(f'"{shelves.reference(one)}"' for one in sheet.values)
        )
    company = shelves.instance(COMPANY)
    yield element(
        "filter",
        {"class": "categorical", "column": shelves.reference(COMPANY), "filter-group": _COMPANY_GROUP},
        element(
            "groupfilter",
            {
                "function": "level-members",
                "level": company,
                "user:ui-enumeration": "all",
                "user:ui-marker": "enumerate",
            },
        ),
    )
    for one in sheet.filters:
        yield _of_values(one, shelves)


def _of_values(one: Filter, shelves: Shelves) -> Element:
    pill = Pill(one.field)
    return _chosen(shelves.reference(pill), shelves.instance(pill), one.values)


def _chosen(reference: str, level: str, members: tuple[str, ...]) -> Element:
    """A filter that keeps members of a field."""
    marked: dict[str, str | None] = {"user:ui-enumeration": "inclusive", "user:ui-marker": "enumerate"}
    ones: list[dict[str, str | None]] = [{"function": "member", "level": level, "member": one} for one in members]
    if len(ones) == 1:
        chosen = element("groupfilter", {**ones[0], "user:ui-domain": "relevant", **marked})
    else:
        chosen = element(
            "groupfilter", {"function": "union", "user:op": "manual"}, *(element("groupfilter", one) for one in ones)
        )
    return element("filter", {"class": "categorical", "column": reference}, chosen)


def _sorts(sheet: Sheet, shelves: Shelves) -> Iterator[Element]:
    for name, order in sheet.orders:
        yield element(
            "computed-sort",
            {
                "column": shelves.reference(Pill(name)),
                "direction": "ASC",
                "using": shelves.reference(Pill(order, Of.MINIMUM)),
            },
        )
    if sheet.largest_first is not None:
        yield element(
            "computed-sort",
            {
                "column": shelves.reference(sheet.rows[-1]),
                "direction": "DESC",
                "using": shelves.reference(sheet.largest_first),
            },
        )
    if _several(sheet):
        buckets = (element("bucket", text=f'"{shelves.reference(one)}"') for one in sheet.values)
        yield element(
            "manual-sort",
            {"column": shelves.special(MEASURE_NAMES), "direction": "ASC"},
            element("dictionary", None, *buckets),
        )


def _slices(sheet: Sheet, shelves: Shelves) -> Iterator[Element]:
    yield element("column", text=shelves.reference(COMPANY))
    for one in sheet.filters:
        yield element("column", text=shelves.reference(Pill(one.field)))
    if _several(sheet):
        yield element("column", text=shelves.special(MEASURE_NAMES))

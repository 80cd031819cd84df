"""The fields of a data source: columns with their kind, format and place, and measures as calculated fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from qbo_pipeline.model.columns import PLAIN_FORMAT
from qbo_pipeline.model.definition import Category, Column, DataType, Measure, SemanticModel, Summary, Table
from qbo_pipeline.model.fields import field_names
from qbo_pipeline.tableau.package.calculations import Calculation, calculations
from qbo_pipeline.tableau.package.names import field
from qbo_pipeline.tableau.package.xml import element

DATA_TYPES: Mapping[DataType, str] = {
    DataType.TEXT: "string",
    DataType.WHOLE: "integer",
    DataType.MONEY: "real",
    DataType.NUMBER: "real",
    DataType.BOOLEAN: "boolean",
    DataType.DATE: "date",
    DataType.INSTANT: "datetime",
}
"""Tableau's types: an exact NUMERIC of Hyper is a `real` to it."""
_ROLES: Mapping[Category, str] = {
    Category.CITY: "[City].[Name]",
    Category.STATE: "[State].[Name]",
    Category.POSTAL_CODE: "[ZipCode].[Name]",
    Category.COUNTRY: "[Country].[Name]",
}
"""Categories that put a text on a map."""
_AGGREGATIONS: Mapping[Summary, str] = {
    Summary.SUM: "Sum",
    Summary.AVERAGE: "Avg",
    Summary.MIN: "Min",
    Summary.MAX: "Max",
    Summary.COUNT: "Count",
}
_NUMERIC = frozenset({DataType.WHOLE, DataType.MONEY, DataType.NUMBER})


@dataclass(frozen=True, slots=True)
class Field:
    """A field as worksheets use it: `type` is nominal, ordinal or quantitative; `formula` that of a calculated one."""

    name: str
    caption: str
    datatype: str
    role: str
    type: str
    description: str
    format: str | None = None
    hidden: bool = False
    aggregation: str | None = None
    semantic_role: str | None = None
    formula: str | None = None
    running: bool = False
    """Whether the formula is calculated over the marks of a sheet."""
    table: str | None = None
    """Of a column; None of a calculated field."""
    folder: str | None = None
    """Of a calculated field."""

    @property
    def aggregated(self) -> bool:
        """Whether the formula sums up already."""
        return self.formula is not None and self.role == "measure"


def number_format(format_: str) -> str:
    """`#,0.00;(#,0.00);-` as Tableau writes a custom format: `*#,##0.00;(#,##0.00);-`; shares begin with `p`."""
    sections = format_.replace("#,0", "#,##0")
    return f"p{sections.split(';')[0]}" if "%" in format_ else f"*{sections}"


def fields(model: SemanticModel) -> dict[str, Field]:
    """All fields of a model by name, in the order in which tables and measures have them."""
    names = field_names(model.tables)
    sorted_by = {(table.name, column.sort_by) for table in model.tables for column in table.columns}
    found = [
        _column(table, column, names[table.name, column.name], (table.name, column.name) in sorted_by)
        for table in model.tables
        for column in table.columns
        if (table.name, column.name) in names
    ]
    found.extend(
        _measure(measure, measure.tableau) for measure in model.measures if not measure.hidden and measure.tableau
    )
    found.extend(_calculation(one) for one in calculations(model))
    return {one.name: one for one in found}


def column_element(one: Field, *, dependency: bool = False) -> Element:
    """`<column>`; as a dependency of a worksheet without what only the data source needs."""
    children = []
    if one.formula is not None:
        over_marks = [element("table-calc", {"ordering-type": "Rows"})] if one.running else []
        children.append(element("calculation", {"class": "tableau", "formula": one.formula}, *over_marks))
    if not dependency:
        children.append(description_element(one.description))
    return element(
        "column",
        {
            "aggregation": one.aggregation,
            "caption": one.caption if one.caption != one.name else None,
            "datatype": one.datatype,
            "default-format": one.format,
            "hidden": "true" if one.hidden and not dependency else None,
            "name": field(one.name),
            "role": one.role,
            "semantic-role": one.semantic_role,
            "type": one.type,
        },
        *children,
    )


def description_element(text: str) -> Element:
    """`<desc>`: what a person reads over a field."""
    return element("desc", None, element("formatted-text", None, element("run", None, text=text)))


def _column(table: Table, column: Column, name: str, sorts: bool) -> Field:
    measures = column.additive and column.type in _NUMERIC
    numbers = column.type in _NUMERIC and column.format != PLAIN_FORMAT
    if measures or numbers:
        type_ = "quantitative"
    elif column.type in (DataType.TEXT, DataType.BOOLEAN):
        type_ = "nominal"
    else:
        type_ = "ordinal"
    return Field(
        name=name,
        caption=column.name,
        datatype=DATA_TYPES[column.type],
        role="measure" if measures else "dimension",
        type=type_,
        description=column.description,
        format=_format(column.type, column.format),
        hidden=column.hidden and not sorts,
        aggregation=_AGGREGATIONS.get(column.summary),
        semantic_role=None if column.category is None else _ROLES.get(column.category),
        table=table.name,
    )


def _measure(measure: Measure, formula: str) -> Field:
    day = measure.format.startswith("yyyy")
    datatype = ("datetime" if "hh" in measure.format else "date") if day else "real"
    return Field(
        name=measure.name,
        caption=measure.name,
        datatype=datatype,
        role="measure",
        type="ordinal" if day else "quantitative",
        description=measure.description,
        format=f"*{measure.format}" if day else number_format(measure.format),
        formula=formula,
        folder=measure.folder,
    )


def _calculation(one: Calculation) -> Field:
    day = one.datatype == "date"
    return Field(
        name=one.name,
        caption=one.name,
        datatype=one.datatype,
        role=one.role,
        type="ordinal" if day else "quantitative" if one.role == "measure" else "nominal",
        description=one.description,
        format=None if one.format is None else f"*{one.format}" if day else number_format(one.format),
        formula=one.formula,
        running=one.running,
        folder=one.folder,
    )


def _format(type_: DataType, format_: str | None) -> str | None:
    if format_ is None:
        return None
    return number_format(format_) if type_ in _NUMERIC else f"*{format_}"

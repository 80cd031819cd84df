"""The parameters of all measures: the period, which is `$first_day` and `$last_day` in their SQL, and the basis."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from qbo_pipeline.tableau.package.names import PARAMETERS, field
from qbo_pipeline.tableau.package.xml import element


@dataclass(frozen=True, slots=True)
class Parameter:
    """`caption` is what people see, and no field has it; `value` is written as in a formula; `choices` are all that may
    be chosen. `opens_with` is the name of the field that gives its value when a workbook is opened."""

    name: str
    caption: str
    datatype: str
    value: str
    format: str | None = None
    choices: tuple[str, ...] = ()
    opens_with: str | None = None


PARAMETERS_OF_MEASURES = (
    Parameter(
        "First Day",
        "Period First Day",
        "date",
        "#2000-01-01#",
        format="*yyyy-mm-dd",
        opens_with="First Day Of Newest Year",
    ),
    Parameter("Last Day", "Period Last Day", "date", "#2099-12-31#", format="*yyyy-mm-dd", opens_with="Newest Day"),
    Parameter("Basis", "Reporting Basis", "string", '"Accrual"', choices=('"Accrual"', '"Cash"')),
)
"""Their values choose all time until somebody chooses, or a workbook opens with the newest fiscal year."""


def parameter_element(one: Parameter, source: str | None = None) -> Element:
    """`<column>` of a parameter.

    Args:
        one: the parameter.
        source: name of the data source that has the field it opens with; None in a data source of its own.
    """
    opens_with = None if source is None or one.opens_with is None else f"{field(source)}.{field(one.opens_with)}"
    children = [element("calculation", {"class": "tableau", "formula": one.value})]
    if one.choices:
        children.append(element("members", None, *(element("member", {"value": value}) for value in one.choices)))
    return element(
        "column",
        {
            "caption": one.caption,
            "datatype": one.datatype,
            "default-format": one.format,
            "default-value-field": opens_with,
            "name": field(one.name),
            "param-domain-type": "list" if one.choices else "any",
            "role": "measure",
            "type": "nominal" if one.choices else "quantitative",
            "value": one.value,
        },
        *children,
    )


def dependencies(names: frozenset[str]) -> Element:
    """`<datasource-dependencies>` of those parameters that something refers to."""
    used = [parameter_element(one) for one in PARAMETERS_OF_MEASURES if one.name in names]
    return element("datasource-dependencies", {"datasource": PARAMETERS}, *used)

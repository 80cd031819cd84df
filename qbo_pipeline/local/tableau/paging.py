"""Filters, order and pages of queries: `filter=name:eq:Books,projectName:in:[A,B]&sort=name:asc&pageSize=100`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from typing import Any, TypeVar
from xml.etree.ElementTree import Element

from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.xml_text import element

T = TypeVar("T")

Fields = Mapping[str, Callable[[T], Any]]
"""What can be filtered and ordered by: text, number, or a list of texts; times are texts of ISO 8601."""

MOST_PER_PAGE = 1000
_BETWEEN_FILTERS = re.compile(r"[,&](?![^\[]*\])")
"""Whether they are encoded or not (help.tableau.com, filtering and sorting): no text that is sought may have them."""
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda one, other: one > other,
    "gte": lambda one, other: one >= other,
    "lt": lambda one, other: one < other,
    "lte": lambda one, other: one <= other,
}


def page(
    rows: Iterable[T], fields: Fields[T], parameters: Mapping[str, str], page_size: int
) -> tuple[list[T], Element]:
    """The rows of the page that was asked for, and the `pagination` element.

    Raises:
        TableauAnswerError: a filter, order or page that cannot be.
    """
    found = [row for row in rows if _fits(row, fields, parameters.get("filter", ""))]
    for asked in reversed([one for one in parameters.get("sort", "").split(",") if one]):
        name, _, direction = asked.partition(":")
        found.sort(key=_field(fields, name), reverse=direction.lower() == "desc")
    size = _number(parameters, "pageSize", page_size)
    number = _number(parameters, "pageNumber", 1)
    if not 1 <= size <= MOST_PER_PAGE:
        raise errors.TableauAnswerError("400007", "Bad Request", f"Invalid page size: {size}")
    first = (number - 1) * size
    if number < 1 or (first >= len(found) and number > 1):
        raise errors.TableauAnswerError("400006", "Bad Request", f"Invalid page number: {number}")
    told = element("pagination", {"pageNumber": number, "pageSize": size, "totalAvailable": len(found)})
    return found[first : first + size], told


def _fits(row: T, fields: Fields[T], filters: str) -> bool:
    fits = True
    for asked in _BETWEEN_FILTERS.split(filters) if filters else ():
        name, operator, value = (*asked.split(":", 2), "", "")[:3]
        # One that cannot be is refused, whatever the others say.
        fits = _holds(_field(fields, name)(row), operator, value, asked) and fits
    return fits


def _holds(actual: Any, operator: str, value: str, asked: str) -> bool:
    match operator:
        case "eq":
            return _equal(actual, value)
        case "in":
            return any(_equal(actual, one.strip()) for one in value.removeprefix("[").removesuffix("]").split(","))
        case "has":
            held = actual if isinstance(actual, list) else [str(actual)]
            return any(value.lower() in str(one).lower() for one in held)
        case "gt" | "gte" | "lt" | "lte":
            if isinstance(actual, int | float):
                if value.isdecimal():
                    return _COMPARED[operator](actual, int(value))
            else:
                return _COMPARED[operator](str(actual or ""), value)
    raise errors.TableauAnswerError("400009", "Bad Request", f"Invalid filter expression: {asked}")


def _equal(actual: Any, value: str) -> bool:
    """Texts without regard to case, with * for anything (Tableau Cloud since May 2023)."""
    if isinstance(actual, bool):
        return str(actual).lower() == value.lower()
    if "*" in value:
        return re.fullmatch(translate(value.replace("[", "[[]").lower()), str(actual).lower()) is not None
    return str(actual).lower() == value.lower()


def _field(fields: Fields[T], name: str) -> Callable[[T], Any]:
    if name not in fields:
        raise errors.TableauAnswerError("400009", "Bad Request", f"Invalid filter expression: unknown field '{name}'")
    return fields[name]


def _number(parameters: Mapping[str, str], name: str, default: int) -> int:
    value = parameters.get(name, str(default))
    if not value.isdecimal():
        code = "400007" if name == "pageSize" else "400006"
        raise errors.TableauAnswerError(code, "Bad Request", f"Invalid {name}: {value}")
    return int(value)

"""Values as SQL, with the type that DAX gives them, and what operators make of them.

BLANK is NULL. It is 0, "" or FALSE in comparisons and sums, and stays BLANK where all operands of a sum, or one of a
product, are (learn.microsoft.com, blank-function-dax). Types of results are those of DAX: a fixed decimal times or
over a whole number is one, over another it is a double.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.model import Kind

DECIMAL = "DECIMAL(38, 4)"
SQL_TYPES: dict[Kind, str] = {
    "int": "BIGINT",
    "decimal": DECIMAL,
    "double": "DOUBLE",
    "text": "VARCHAR",
    "bool": "BOOLEAN",
    "date": "TIMESTAMP",
    "blank": "INTEGER",
}
DAY_ZERO = "TIMESTAMP '1899-12-30'"
_ZEROS: dict[Kind, str] = {
    "int": "0",
    "decimal": "0",
    "double": "0",
    "text": "''",
    "bool": "FALSE",
    "date": DAY_ZERO,
    "blank": "0",
}
_NAMES: dict[Kind, str] = {
    "int": "Integer",
    "decimal": "Currency",
    "double": "Number",
    "text": "Text",
    "bool": "True/False",
    "date": "Date",
    "blank": "Blank",
}
NUMBERS: frozenset[Kind] = frozenset({"int", "decimal", "double", "blank"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """An expression of SQL over the relations that it `needs`, which are called there by their own names."""

    sql: str
    kind: Kind
    needs: frozenset[str] = frozenset()


BLANK = Scalar("NULL", "blank")


def made(sql: str, kind: Kind, *of: Scalar) -> Scalar:
    """An expression made of others."""
    return Scalar(sql, kind, frozenset().union(*(one.needs for one in of)))


def literal_text(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def cast(value: Scalar, kind: Kind) -> Scalar:
    """A value as another type."""
    return value if value.kind == kind else made(f"CAST({value.sql} AS {SQL_TYPES[kind]})", kind, value)


def number(value: Scalar) -> Scalar:
    """A value as a number: texts are read, dates count days."""
    match value.kind:
        case "text":
            return cast(value, "double")
        case "bool":
            return cast(value, "int")
        case "date":
            return made(f"(epoch_us({value.sql}) - epoch_us({DAY_ZERO})) / 86400000000.0", "double", value)
    return value


def truth(value: Scalar) -> Scalar:
    """A value as a condition that is never NULL.

    Raises:
        DaxError: it is a text.
    """
    match value.kind:
        case "bool":
            return made(f"coalesce({value.sql}, FALSE)", "bool", value)
        case "text":
            raise DaxError("Cannot convert value of type Text to type True/False.")
        case "blank":
            return made("FALSE", "bool", value)
    return made(f"(coalesce({number(value).sql}, 0) <> 0)", "bool", value)


def text(value: Scalar) -> Scalar:
    """A value as a text, BLANK as ""."""
    match value.kind:
        case "text":
            shown = value.sql
        case "bool":
            shown = f"CASE WHEN {value.sql} THEN 'True' WHEN NOT {value.sql} THEN 'False' END"
        case "date":
            shown = f"strftime({value.sql}, '%-m/%-d/%Y')"
        case "decimal" | "double":
            # 12.5000 is shown as 12.5, 100.0 as 100; a number without a point has no zeros to lose.
            digits = f"CAST({value.sql} AS VARCHAR)"
            shown = f"CASE WHEN contains({digits}, '.') THEN regexp_replace({digits}, '\\.?0+$', '') ELSE {digits} END"
        case _:
            shown = f"CAST({value.sql} AS VARCHAR)"
    return made(f"coalesce({shown}, '')", "text", value)


def common(kinds: Iterable[Kind]) -> Kind:
    """The type that values of several types have together.

    Raises:
        DaxError: they have none here.
    """
    told = {kind for kind in kinds if kind != "blank"}
    if len(told) <= 1:
        return told.pop() if told else "blank"
    if told <= {"int", "decimal", "double"}:
        return "double" if "double" in told else "decimal"
    listed = " and ".join(sorted(_NAMES[kind] for kind in told))
    raise DaxError(f"Values of type {listed} in one result (a variant) aren't evaluated here.")


def arithmetic(operator: str, left: Scalar, right: Scalar) -> Scalar:
    """Sum, difference, product, quotient or power."""
    if operator in "+-" and "date" in (left.kind, right.kind):
        return _moved_date(operator, left, right)
    left, right = number(left), number(right)
    match operator:
        case "+" | "-":
            kind = common((left.kind, right.kind))
            one, two = cast(left, kind).sql, cast(right, kind).sql
            if right.kind == "blank" or left.kind == "blank":
                sole = left if right.kind == "blank" else right
                return negative(sole) if operator == "-" and sole is right else sole
            alone = f"-{two}" if operator == "-" else two
            sql = f"WHEN {one} IS NULL THEN {alone} WHEN {two} IS NULL THEN {one} ELSE {one} {operator} {two}"
            return made(f"(CASE {sql} END)", kind, left, right)
        case "*":
            return _product(left, right)
        case "/":
            zero = made(
                f"CASE WHEN {left.sql} = 0 THEN 'nan'::DOUBLE WHEN {left.sql} > 0 THEN 'inf'::DOUBLE "
                f"WHEN {left.sql} < 0 THEN '-inf'::DOUBLE END", "double", left,
            )  # fmt: skip
            return quotient(left, right, zero)
    return made(f"power({cast(left, 'double').sql}, coalesce({cast(right, 'double').sql}, 0))", "double", left, right)


def quotient(left: Scalar, right: Scalar, otherwise: Scalar) -> Scalar:
    """A quotient, or something else where the divisor is 0 or BLANK; BLANK over anything else is BLANK."""
    left, right = number(left), number(right)
    kind: Kind = "decimal" if left.kind == "decimal" and right.kind in ("int", "double") else "double"
    sql = f"{cast(left, 'double').sql} / {cast(right, 'double').sql}"
    if kind == "decimal":
        sql = f"CAST({sql} AS {DECIMAL})"
    result = common((kind, otherwise.kind))
    sql = f"CAST({sql} AS {SQL_TYPES[result]})"
    other = cast(otherwise, result).sql
    return made(f"(CASE WHEN coalesce({right.sql}, 0) = 0 THEN {other} ELSE {sql} END)", result, left, right, otherwise)


def negative(value: Scalar) -> Scalar:
    """With the other sign."""
    value = number(value)
    return made(f"(-{value.sql})", value.kind, value)


def compared(operator: str, left: Scalar, right: Scalar) -> Scalar:
    """A comparison; texts are compared without regard to case, as Power BI does.

    Raises:
        DaxError: a text and a number.
    """
    if operator == "==":
        if left.kind == "blank" or right.kind == "blank":
            return made(f"({left.sql} IS NOT DISTINCT FROM {right.sql})", "bool", left, right)
        one, two = _alike(left, right)
        return made(f"({one.sql} IS NOT DISTINCT FROM {two.sql})", "bool", one, two)
    one, two = _alike(left, right)
    kind = one.kind if one.kind != "blank" else two.kind
    zero = _ZEROS[kind]
    return made(f"(coalesce({one.sql}, {zero}) {operator} coalesce({two.sql}, {zero}))", "bool", left, right)


def _alike(left: Scalar, right: Scalar) -> tuple[Scalar, Scalar]:
    kinds = {left.kind, right.kind} - {"blank"}
    if kinds == {"text"}:
        return _without_case(left), _without_case(right)
    if len(kinds) < 2:
        return left, right
    if kinds <= {"int", "decimal", "double"}:
        kind = common(kinds)
        return cast(left, kind), cast(right, kind)
    if kinds <= {"int", "decimal", "double", "date"}:
        return number(left), number(right)
    one, two = (_NAMES[kind] for kind in (left.kind, right.kind))
    raise DaxError(
        f"DAX comparison operations do not support comparing values of type {one} with values of type {two}. "
        "Consider using the VALUE or FORMAT function to convert one of the values."
    )


def ordered(value: Scalar, *, falling: bool) -> str:
    """A term of ORDER BY: BLANK is the least, texts are ordered without regard to case."""
    return f"{_without_case(value).sql} {'DESC NULLS LAST' if falling else 'ASC NULLS FIRST'}"


def _without_case(value: Scalar) -> Scalar:
    return made(f"lower({value.sql})", "text", value) if value.kind == "text" else value


def _product(left: Scalar, right: Scalar) -> Scalar:
    kinds = {left.kind, right.kind}
    if "blank" in kinds:
        return BLANK
    if kinds == {"int"}:
        return made(f"({left.sql} * {right.sql})", "int", left, right)
    sql = f"({cast(left, 'double').sql} * {cast(right, 'double').sql})"
    if kinds == {"decimal", "int"}:
        whole, fixed = (left, right) if left.kind == "int" else (right, left)
        exact = f"(CAST({fixed.sql} AS DECIMAL(19, 4)) * CAST({whole.sql} AS DECIMAL(19, 0)))"
        return made(f"CAST({exact} AS {DECIMAL})", "decimal", left, right)
    if kinds == {"decimal", "double"}:
        return made(f"CAST({sql} AS {DECIMAL})", "decimal", left, right)
    return made(sql, "double", left, right)


def _moved_date(operator: str, left: Scalar, right: Scalar) -> Scalar:
    """A date and a number of days; two dates subtracted are days."""
    if left.kind == right.kind == "date":
        if operator == "+":
            raise DaxError("Two dates cannot be added.")
        return made(f"((epoch_us({left.sql}) - epoch_us({right.sql})) / 86400000000.0)", "double", left, right)
    date, days = (left, right) if left.kind == "date" else (right, left)
    moved = f"to_microseconds(CAST(coalesce({number(days).sql}, 0) * 86400000000 AS BIGINT))"
    return made(f"(coalesce({date.sql}, {DAY_ZERO}) {operator} {moved})", "date", left, right)

"""Sums over rows as Tableau writes them, said once in SQL: `sum(line.debit)` where `account.is_cash` becomes
`SUM(IF [Is Cash] THEN [Debit] END)`.

What is understood is what measures are written in: sums of columns and their quotients, and conditions of columns,
texts and the bounds of the period, joined by AND.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from qbo_pipeline.model.definition import Measure
from qbo_pipeline.model.fields import field_names
from qbo_pipeline.model.tables import TABLES

FIRST_DAY, LAST_DAY, BASIS = "[Parameters].[First Day]", "[Parameters].[Last Day]", "[Parameters].[Basis]"
_RELATIONS = {table.relation: table for table in TABLES}
_FIELDS = field_names(TABLES)
_BETWEEN = re.compile(r"(\S+) BETWEEN (\S+) AND (\S+)")
_CAST = re.compile(r"::[A-Z]+")
_NOT_ZERO = re.compile(r"\bnullif\((.+), 0\)")
_SUM = re.compile(r"\bsum\(([\w.]+)\)")
_PIECE = re.compile(r"'(?P<text>[^']*)'|\$(?P<bound>\w+)|(?P<word>[a-z][\w.]*)")
"""A text, a bound of the period, or a column: those are in small letters, and SQL's own words in capitals."""
_NAMED = re.compile(r"(?<!\.)\[([^\]]+)\](?!\.)")
_BOUNDS = {"first_day": FIRST_DAY, "last_day": LAST_DAY}
_ALL_ROWS = " AND TRUE"


def summed(expression: str, condition: str, relations: Mapping[str, str]) -> str:
    """A formula that sums rows.

    Args:
        expression: SQL: `sum(line.debit)`, or a quotient of such; `nullif(…, 0)` is what Tableau does by itself.
        condition: SQL: which rows.
        relations: relation in the warehouse by its alias in both; `""` where there is none.

    Raises:
        KeyError: a column is not in the model.
    """
    where = _condition(condition, relations)
    plain = _NOT_ZERO.sub(r"\1", _CAST.sub("", expression))
    return _SUM.sub(lambda one: f"SUM(IF {where} THEN {field(one[1], relations)} END)", plain)


def field(column: str, relations: Mapping[str, str]) -> str:
    """A column of the warehouse as a field: `line.debit` is `[Debit]`."""
    alias, _, source = column.rpartition(".")
    table = _RELATIONS[relations[alias]]
    named = {one.source: one.name for one in table.columns}
    return f"[{_FIELDS[table.name, named[source]]}]"


def spelled_out(measure: Measure, of: Mapping[str, Measure]) -> str | None:
    """The formula of a measure with those of the measures it is made of in their place."""
    if measure.tableau is None:
        return None
    return _NAMED.sub(lambda one: f"({spelled_out(of[one[1]], of)})" if one[1] in of else one[0], measure.tableau)


def _condition(condition: str, relations: Mapping[str, str]) -> str:
    def said(piece: re.Match[str]) -> str:
        if piece["text"] is not None:
            return f'"{piece["text"]}"'
        return _BOUNDS[piece["bound"]] if piece["bound"] is not None else field(piece["word"], relations)

    return _PIECE.sub(said, _BETWEEN.sub(r"\1 >= \2 AND \1 <= \3", condition.replace(_ALL_ROWS, "")))

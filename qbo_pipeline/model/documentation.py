"""docs/semantic-model.md, derived from the model, so that it cannot be out of date."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from qbo_pipeline.model.definition import Column, Delivery, Kind, Measure, SemanticModel, Table

_INTRODUCTION = """# The semantic model

Written by `python -m qbo_pipeline.model > docs/semantic-model.md` from `qbo_pipeline/model`; a test keeps it current.

One model of the books, declared once and compiled to Power BI and Tableau: tables with plain names, keys and
relationships, and measures that mean the same on every dashboard. Each table is a relation of the warehouse, so that
every figure can be looked up there; each measure has its DAX, its formula of Tableau, and the SQL that gives the same
value.

- **Companies** stand side by side in every table. Amounts are in each company's home currency: companies that keep
  their books in different currencies are looked at one at a time.
- **Basis**: measures of the ledger are on the basis that is chosen, and on accrual where none is.
- **Time**: `Calendar` has the days of all companies, `Fiscal Period` the months of each in its own fiscal year. Either
  chooses the period; balances are those at the end of its last day.
- **Keys** are texts that begin with the company's id, and hidden. A row that has no customer, item or class belongs to
  the member "Not specified".
- **Delivery**: a destination that can only append gets small tables anew, and changes of large ones as signed rows: an
  updated row as its reversal and the new row. That is why measures over these are sums of columns that add up.
"""
_KINDS = {Kind.MEASURES: "Measures", Kind.DIMENSION: "Dimensions", Kind.FACT: "Facts"}


def document(model: SemanticModel) -> str:
    """The page."""
    return "\n".join(
        [
            _INTRODUCTION,
            *_contents(model),
            *_measures(model),
            *(line for table in model.tables if table.kind is not Kind.MEASURES for line in _page(model, table)),
        ]
    )


def _contents(model: SemanticModel) -> Iterator[str]:
    for kind in (Kind.DIMENSION, Kind.FACT):
        yield from (f"**{_KINDS[kind]}**", "", "| table | what it is | in the warehouse |", "|---|---|---|")
        for table in model.tables:
            if table.kind is kind:
                yield f"| [{table.name}](#{_anchor(table.name)}) | {_cell(table.description)} | `{table.relation}` |"
        yield ""


def _measures(model: SemanticModel) -> Iterator[str]:
    yield from ("## Measures", "")
    for folder, measures in groupby(model.measures, key=lambda one: one.folder or ""):
        yield from (f"**{folder}**", "", "| measure | what it is | format |", "|---|---|---|")
        for measure in measures:
            yield f"| {measure.name}{_hidden(measure)} | {_cell(measure.description)} | `{measure.format}` |"
        yield ""
    yield from ("<details><summary>DAX of all measures</summary>", "", "```dax")
    for measure in model.measures:
        yield f"{measure.name} =\n{measure.dax}\n"
    yield from ("```", "", "</details>", "")
    yield from ("<details><summary>Tableau formulas of all measures</summary>", "", "```")
    for measure in model.measures:
        yield f"{measure.name} =\n{measure.tableau or 'cannot be said as one formula'}\n"
    yield from ("```", "", "</details>", "")


def _page(model: SemanticModel, table: Table) -> Iterator[str]:
    yield from (f"## {table.name}", "", table.description, "", f"- In the warehouse: `{table.relation}`")
    yield f"- Key: {table.key}"
    if table.delivery is Delivery.SIGNED:
        yield "- Delivered by signed rows where a destination only appends"
    related = [f"{one.to_table} by {one.from_column}" for one in model.relationships if one.from_table == table.name]
    if related:
        yield f"- Belongs to: {', '.join(related)}"
    facts = sorted({one.from_table for one in model.relationships if one.to_table == table.name})
    if facts:
        yield f"- Filters: {', '.join(facts)}"
    for hierarchy in table.hierarchies:
        yield f"- Hierarchy {hierarchy.name}: {' → '.join(hierarchy.levels)}"
    yield from ("", "| column | what it is | type | from |", "|---|---|---|---|")
    for column in table.columns:
        type_ = f"{column.type}, adds up" if column.additive else str(column.type)
        yield f"| {column.name}{_hidden(column)} | {_cell(column.description)} | {type_} | `{column.source}` |"
    yield ""


def _hidden(one: Column | Measure) -> str:
    return " (hidden)" if one.hidden else ""


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

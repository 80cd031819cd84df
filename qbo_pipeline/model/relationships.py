"""Which rows belong to which: every fact to its company, its day, its fiscal month and its members of dimensions.

Dimensions are not related to each other, so that a filter reaches a fact by one way only.
"""

from __future__ import annotations

from qbo_pipeline.model.definition import Kind, Relationship, Table
from qbo_pipeline.model.tables import TABLES
from qbo_pipeline.model.tables.calendar import CALENDAR
from qbo_pipeline.model.tables.company import BASIS

_DAYS = {
    "General Ledger Lines": "Ledger Date",
    "Balance Sheet Lines": "Balance Sheet Month",
    "Cash Flow Lines": "Cash Flow Month",
    "Sales Lines": "Sales Date",
    "Spend Lines": "Spend Date",
    "Payments": "Payment Date",
    "Payment Applications": "Application Date",
    "AR Aging": "AR Aging Month",
    "AP Aging": "AP Aging Month",
    "Budget Lines": "Budget Month",
    "Reconciliation": "Reconciled Day",
}
"""The day by which a fact stands in the calendar."""
_BASES = {
    "General Ledger Lines": "Ledger Basis",
    "Balance Sheet Lines": "Balance Sheet Basis",
    "Reconciliation": "Reconciliation Basis",
}


def _of_fact(fact: Table) -> list[Relationship]:
    dimensions = {table.key: table for table in TABLES if table.kind is Kind.DIMENSION}
    members = [
        Relationship(fact.name, column.name, dimensions[column.name].name, column.name)
        for column in fact.columns
        if column.name in dimensions
    ]
    if fact.name in _DAYS:
        members.append(Relationship(fact.name, _DAYS[fact.name], CALENDAR.name, CALENDAR.key))
    if fact.name in _BASES:
        members.append(Relationship(fact.name, _BASES[fact.name], BASIS.name, BASIS.key))
    return members


RELATIONSHIPS: tuple[Relationship, ...] = tuple(
    relationship for table in TABLES if table.kind is Kind.FACT for relationship in _of_fact(table)
)
"""All of them."""

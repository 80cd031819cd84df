"""The tables of the model, one file a table or family, in the order in which they are shown."""

from __future__ import annotations

from qbo_pipeline.model.definition import Table
from qbo_pipeline.model.tables import (
    account,
    aging,
    budget,
    calendar,
    company,
    ledger,
    lists,
    measures,
    parties,
    payments,
    proof,
    sales,
    spend,
    statements,
)

TABLES: tuple[Table, ...] = (
    *measures.TABLES,
    *company.TABLES,
    *calendar.TABLES,
    *account.TABLES,
    *parties.TABLES,
    *lists.TABLES,
    *ledger.TABLES,
    *statements.TABLES,
    *sales.TABLES,
    *spend.TABLES,
    *payments.TABLES,
    *aging.TABLES,
    *budget.TABLES,
    *proof.TABLES,
)
"""All of them."""

"""Comparing the rows of every table with what QuickBooks counted."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from qbo_pipeline.ingestion import Session


def rows_agree(console: Console, session: Session) -> bool:
    """Show both of every company; whether they are equal."""
    from qbo_pipeline.quickbooks.catalogue import ENTITIES

    with session.reading() as query:
        rows = {
            (realm, entity.name): count
            for entity in ENTITIES
            for realm, count in query(
                f'SELECT realm_id, count(*) FROM quickbooks."{entity.table}" WHERE NOT deleted GROUP BY realm_id'
            )
        }
        counted = query(
            "SELECT realm_id, entity, counted FROM audit.sync_run WHERE counted IS NOT NULL "
            "QUALIFY row_number() OVER (PARTITION BY realm_id, entity ORDER BY started_at DESC) = 1"
        )
    table = Table("Company", "Entities", "Records in QuickBooks", "Rows in the warehouse", "Agree", title="Proof")
    for column in table.columns[1:4]:
        column.justify = "right"
    agreed = True
    for company in session.companies():
        own = [(entity, count) for realm, entity, count in counted if realm == company.realm_id]
        differing = [entity for entity, count in own if rows.get((company.realm_id, entity), 0) != count]
        agreed &= not differing
        table.add_row(
            escape(company.name),
            str(len(own)),
            f"{sum(count for _, count in own):,}",
            f"{sum(rows.get((company.realm_id, entity), 0) for entity, _ in own):,}",
            "yes" if not differing else f"no: {', '.join(differing)}",
        )
    console.print(table)
    return agreed

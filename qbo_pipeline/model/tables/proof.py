"""Whether the books are those of QuickBooks, and how new they are."""

from __future__ import annotations

from qbo_pipeline.model.columns import (
    COMPANY_KEY,
    FISCAL_MONTH_KEY,
    LINE_COUNT,
    amount,
    count,
    day,
    instant,
    key,
    member,
    text,
)
from qbo_pipeline.model.definition import Delivery, Kind, Table

RECONCILIATION = Table(
    name="Reconciliation",
    relation="finance.semantic_reconciliation",
    kind=Kind.FACT,
    description="Every account of every month as QuickBooks' own reports show it, and as these books do.",
    key="Reconciliation Key",
    company="Company Key",
    delivery=Delivery.SIGNED,
    columns=(
        key("Reconciliation Key", "reconciliation_key", "Company, basis, statement, day, line and account."),
        COMPANY_KEY,
        day("Reconciled Day", "as_of", "Last day of the month; of trial balances the day they are of."),
        FISCAL_MONTH_KEY,
        key("Reconciliation Basis", "basis", "Accrual or Cash."),
        text("Reconciled Statement", "statement", "Balance Sheet, Profit and Loss or Trial Balance."),
        member("Account"),
        text("Reconciled Account", "account", "Name of the account with its parents."),
        text("Reconciliation State", "state", "Ties, Waiting, Not Pulled or Differs."),
        amount("QuickBooks Amount", "quickbooks", "As QuickBooks' report shows it."),
        amount("Our Amount", "ours", "As our statement shows it."),
        amount("Difference", "difference", "Ours less QuickBooks'."),
        amount("Absolute Difference", "absolute_difference", "The same without its sign."),
        count("Differs", "differs", "1 where it differs, else 0: its sum counts differences.", hidden=True),
        LINE_COUNT,
    ),
)
SYNC_STATUS = Table(
    name="Sync Status",
    relation="finance.semantic_sync_status",
    kind=Kind.FACT,
    description="When each entity of each company was last synchronized, and what came of it.",
    key="Sync Status Key",
    company="Company Key",
    columns=(
        key("Sync Status Key", "sync_status_key", "Company and entity."),
        COMPANY_KEY,
        text("Entity", "entity", "QuickBooks' name of the entity."),
        instant("Entity Synced At", "last_synced_at", "When it was last synchronized without an error, UTC."),
        text("Sync Source", "last_source", "How: by a backfill, change data capture or a webhook."),
        text("Sync Error", "last_error", "What the newest run stumbled over; blank where it did not."),
        count("Records Received", "records", "Records received."),
        count("Records Inserted", "inserted", "Records that were new."),
        count("Records Updated", "updated", "Records that were changed."),
        count("Records Deleted", "deleted", "Records that were deleted."),
        count("Records Set Aside", "rejected", "Records that wait for a decision."),
    ),
)
TABLES = (RECONCILIATION, SYNC_STATUS)

"""How new the books are, and whether they are QuickBooks'."""

from __future__ import annotations

from qbo_pipeline.model.columns import INSTANT_FORMAT, WHOLE_FORMAT
from qbo_pipeline.model.measures.declared import Figure, ledger, measure, of_relation

_FOLDER = "Proof"

MEASURES = (
    measure(
        "Last Synced",
        "MAX('Company'[Last Synced At])",
        Figure(
            "SELECT max(synced_at) FROM finance.semantic_company WHERE realm_id = $realm_id", "MAX([Last Synced At])"
        ),
        "When a transaction was last synchronized, UTC.",
        folder=_FOLDER,
        format_=INSTANT_FORMAT,
    ),
    measure(
        "Rows Loaded",
        "SUM('Sync Status'[Records Received])",
        Figure(
            "SELECT sum(records)::BIGINT FROM finance.semantic_sync_status WHERE realm_id = $realm_id",
            "SUM([Records Received])",
        ),
        "Records received from QuickBooks.",
        folder=_FOLDER,
        format_=WHOLE_FORMAT,
    ),
    measure(
        "Rows Set Aside",
        "SUM('Sync Status'[Records Set Aside])",
        Figure(
            "SELECT sum(rejected)::BIGINT FROM finance.semantic_sync_status WHERE realm_id = $realm_id",
            "SUM([Records Set Aside])",
        ),
        "Records that wait for a decision.",
        folder=_FOLDER,
        format_=WHOLE_FORMAT,
    ),
    measure(
        "Ledger Lines",
        "VAR chosenBasis = SELECTEDVALUE('Basis'[Basis], \"Accrual\")\n"
        "RETURN CALCULATE(SUM('General Ledger Lines'[Line Count]), 'Basis'[Basis] = chosenBasis)",
        ledger("sum(line.line_count)::BIGINT"),
        "Lines of the ledger.",
        folder=_FOLDER,
        format_=WHOLE_FORMAT,
    ),
    measure(
        "Reconciliation Difference",
        "SUM('Reconciliation'[Absolute Difference])",
        of_relation("sum(absolute_difference)", "semantic_reconciliation", "as_of"),
        "What differs from QuickBooks' reports, signs aside: zero when every account of every month ties.",
        folder=_FOLDER,
    ),
    measure(
        "Accounts Compared",
        "SUM('Reconciliation'[Line Count])",
        of_relation("sum(line_count)::BIGINT", "semantic_reconciliation", "as_of"),
        "Accounts and months that were compared with QuickBooks' reports.",
        folder=_FOLDER,
        format_=WHOLE_FORMAT,
    ),
    measure(
        "Accounts That Differ",
        "SUM('Reconciliation'[Differs])",
        of_relation("sum(differs)::BIGINT", "semantic_reconciliation", "as_of"),
        "Accounts and months that differ from QuickBooks' reports.",
        folder=_FOLDER,
        format_=WHOLE_FORMAT,
    ),
)

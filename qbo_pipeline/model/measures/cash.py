"""Cash: what there is, and the statement of cash flows."""

from __future__ import annotations

from qbo_pipeline.model.definition import Measure
from qbo_pipeline.model.measures.declared import ANY_TIME, ledger_before, measure, of_each_company, of_relation
from qbo_pipeline.model.measures.position import holding

FOLDER = "Cash Flow"


def _activity(activity: str) -> Measure:
    return measure(
        f"{activity} Cash Flow",
        f"CALCULATE(SUM('Cash Flow Lines'[Cash Flow]), 'Cash Flow Lines'[Activity] = \"{activity}\")",
        of_relation("sum(amount)", "semantic_cash_flow_line", "month", f"section = '{activity}'"),
        f"What {activity.lower()} activities added to cash.",
        folder=FOLDER,
    )


CASH_BALANCE = holding(
    "Cash Balance", "'Account'[Is Cash] = TRUE()", "account.is_cash",
    "Bank accounts and undeposited funds at the end of the last day.", folder=FOLDER,
)  # fmt: skip
CASH_AT_BEGINNING = measure(
    "Cash At Beginning",
    of_each_company(
        "VAR firstDay = [First Day]",
        "VAR newestDay = EOMONTH('Company'[Last Month Of Books], 0)",
        "RETURN IF(",
        "    firstDay <= newestDay,",
        f"    CALCULATE([Ledger Amount], {ANY_TIME}, 'Account'[Is Cash] = TRUE(), 'Calendar'[Date] < firstDay)",
        ")",
    ),
    ledger_before("sum(line.signed_amount)", "account.is_cash"),
    "Bank accounts and undeposited funds before the first day.",
    folder=FOLDER,
)
NET_CHANGE = measure(
    "Net Change In Cash",
    "SUM('Cash Flow Lines'[Cash Flow])",
    of_relation("sum(amount)", "semantic_cash_flow_line", "month"),
    "What all activities of the months added to cash, accrual basis.",
    folder=FOLDER,
)
MEASURES = (
    CASH_AT_BEGINNING,
    *(_activity(one) for one in ("Operating", "Investing", "Financing")),
    NET_CHANGE,
    CASH_BALANCE,
)

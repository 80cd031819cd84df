"""What happens next in a company."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from qbo_pipeline.local.quickbooks.living import sales, spending, upkeep
from qbo_pipeline.local.quickbooks.living.view import Change, CompanyView

Plan = Callable[[CompanyView, Random], Change | None]

PLANS: tuple[tuple[int, Plan], ...] = (
    (180, sales.invoice),
    (110, sales.payment),
    (60, sales.sales_receipt),
    (40, sales.deposit),
    (20, sales.estimate),
    (12, sales.credit_memo),
    (90, spending.bill),
    (90, spending.bill_payment),
    (90, spending.expense),
    (30, spending.time_activity),
    (20, spending.journal_entry),
    (12, spending.transfer),
    (80, upkeep.note),
    (40, upkeep.correct_invoice),
    (25, upkeep.extend),
    (20, upkeep.new_number),
    (10, upkeep.reprice),
    (20, upkeep.void),
    (25, upkeep.delete),
    (12, upkeep.new_customer),
    (6, upkeep.new_vendor),
    (5, upkeep.retire_customer),
    (3, upkeep.return_customer),
)
"""How often each happens, of a thousand changes; what cannot happen at a moment leaves its place to the others."""


_WEIGHTS = [weight for weight, _ in PLANS]
_ALL = [plan for _, plan in PLANS]


def next_change(view: CompanyView, random: Random) -> Change:
    """The next thing that happens; the same for the same view and the same state of `random`."""
    while True:
        [plan] = random.choices(_ALL, _WEIGHTS)
        change = plan(view, random)
        if change is not None:
            return change

"""What happens next in a company."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random

from qbo_pipeline.local.quickbooks.living import name_lists, sales, spending, upkeep
from qbo_pipeline.local.quickbooks.living.view import Change, CompanyView, Merge

Plan = Callable[[CompanyView, Random], Change | Merge | None]

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
    (60, upkeep.note),
    (40, upkeep.correct_invoice),
    (25, upkeep.extend),
    (10, upkeep.reprice),
    (20, upkeep.void),
    (25, upkeep.delete),
    (20, name_lists.new_number),
    (12, name_lists.new_customer),
    (6, name_lists.new_vendor),
    (2, name_lists.new_item),
    (1, name_lists.new_account),
    (5, partial(name_lists.retire, "Customer")),
    (3, partial(name_lists.retire, "Vendor")),
    (2, partial(name_lists.retire, "Item")),
    (1, partial(name_lists.retire, "Account")),
    (3, partial(name_lists.bring_back, "Customer")),
    (2, partial(name_lists.bring_back, "Vendor")),
    (1, partial(name_lists.bring_back, "Item")),
    (1, partial(name_lists.bring_back, "Account")),
    (3, partial(name_lists.merge, "Customer")),
    (2, partial(name_lists.merge, "Vendor")),
    (1, partial(name_lists.merge, "Item")),
    (1, partial(name_lists.merge, "Account")),
)
"""How often each happens, of a thousand changes; what cannot happen at a moment leaves its place to the others."""

_WEIGHTS = [weight for weight, _ in PLANS]
_ALL = [plan for _, plan in PLANS]


def next_change(view: CompanyView, random: Random) -> Change | Merge:
    """The next thing that happens; the same for the same view and the same state of `random`."""
    while True:
        [plan] = random.choices(_ALL, _WEIGHTS)
        change = plan(view, random)
        if change is not None:
            return change

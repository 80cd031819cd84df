"""Units and cost of stock."""

from __future__ import annotations

from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.model import Transaction
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger
from qbo_pipeline.local.quickbooks.reports.stock_valuation import valuation_detail, valuation_summary
from qbo_pipeline.local.quickbooks.reports.table import Data, Section, Title
from qbo_pipeline_tests.local.quickbooks.report_books import amounts, asked, ledger_of, transaction


def move(entity: str, identity: str, day: str, units: int, cost: str, other: str) -> Transaction:
    legs = (
        *amounts(("4", cost), item="1", quantity=Decimal(units)),
        *amounts((other, str(-Decimal(cost))), item="1"),
    )
    return transaction(entity, identity, day, legs=legs)


def stock() -> Ledger:
    return ledger_of(
        [
            move("InventoryStartingValue", "1", "2026-01-01", 10, "100.00", "11"),
            move("Bill", "2", "2026-02-01", 5, "75.00", "7"),
            move("Invoice", "3", "2026-03-01", -12, "-130.00", "15"),
        ]
    )


def test_the_summary_is_as_of_a_day() -> None:
    ledger = stock()
    for day, expected in (
        ("2026-02-28", ["Pump", "P-1", 15, 175, Decimal(175) / 15]),
        ("2026-03-01", ["Pump", "P-1", 3, 45, 15]),
    ):
        item, total = valuation_summary(ledger, asked(ledger, report_date=day)).rows
        assert isinstance(item, Data)
        assert isinstance(total, Data)
        assert [cell.value for cell in item.cells] == expected
        assert total.cells[3].value == expected[3]


def test_the_detail_begins_with_what_was_there_before() -> None:
    ledger = stock()
    (item,) = valuation_detail(ledger, asked(ledger, start_date="2026-02-01", end_date="2026-12-31")).rows
    assert isinstance(item, Section)
    lines = [[cell.value for cell in row.cells[4:]] for row in item.rows if isinstance(row, Data)]
    assert lines == [
        [None, None, None, 10, 100],
        [5, 15, 75, 15, 175],
        [-12, Decimal(130) / 12, -130, 3, 45],
    ]
    assert item.summary is not None
    assert item.summary[0].value == Title("Total for {}", "Pump")
    assert [cell.value for cell in item.summary[4:]] == [-7, None, -55, 3, 45]

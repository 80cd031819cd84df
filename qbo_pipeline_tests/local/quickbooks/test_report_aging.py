"""Open items by age: what is owed on a day, and since when."""

from __future__ import annotations

from datetime import date

from qbo_pipeline.local.quickbooks.books.model import Name, Transaction
from qbo_pipeline.local.quickbooks.reports.aging import (
    PAYABLES,
    RECEIVABLES,
    Side,
    aging_detail,
    aging_summary,
    open_items,
)
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger
from qbo_pipeline.local.quickbooks.reports.table import Data, Section, Title
from qbo_pipeline_tests.local.quickbooks.report_books import amounts, applied, asked, ledger_of, transaction

AMY, FREEMAN, TWIN_LANE = (Name("Customer", identity) for identity in "123")


def invoice(identity: str, day: str, due: str, amount: int, name: Name = AMY) -> Transaction:
    return transaction(
        "Invoice", identity, day, ("3", amount), ("13", -amount), name=name, due=date.fromisoformat(due), kind="Invoice"
    )


def payment(identity: str, day: str, amount: int, name: Name = AMY) -> Transaction:
    return transaction("Payment", identity, day, ("1", amount), ("3", -amount), name=name)


def summary(ledger: Ledger, **parameters: str) -> dict[str, list[object]]:
    table = aging_summary(ledger, asked(ledger, **parameters), RECEIVABLES)
    rows = [row for row in table.rows if isinstance(row, Data)]
    return {str(row.cells[0].value): [cell.value for cell in row.cells[1:]] for row in rows}


SOME = [
    invoice("10", "2026-01-01", "2026-01-31", 100),
    invoice("11", "2026-02-01", "2026-03-03", 200),
    payment("12", "2026-03-10", 130),
]
SETTLED = [applied(("Payment", "12"), ("Invoice", "10"), "2026-03-10", 100)]


def test_items_are_aged_by_the_days_past_their_due_date() -> None:
    owed = summary(ledger_of(SOME), report_date="2026-03-04")
    assert owed == {"Amy's Bird Sanctuary": [None, 200, 100, None, None, 300]}


def test_a_day_in_the_past_knows_nothing_of_later_payments() -> None:
    ledger = ledger_of(SOME, SETTLED)
    assert summary(ledger, report_date="2026-03-09")["Amy's Bird Sanctuary"][-1] == 300
    assert summary(ledger, report_date="2026-03-10")["Amy's Bird Sanctuary"] == [-30, 200, None, None, None, 170]


def test_with_the_current_method_items_are_aged_from_today_with_todays_payments() -> None:
    ledger = ledger_of(SOME[:2], SETTLED)
    owed = summary(ledger, report_date="2026-03-09", aging_method="Current")
    assert owed == {"Amy's Bird Sanctuary": [None, None, None, None, 200, 200]}


def test_the_number_and_length_of_periods_can_be_asked_for() -> None:
    ledger = ledger_of(SOME)
    request = asked(ledger, report_date="2026-03-04", aging_period="10", num_periods="3")
    table = aging_summary(ledger, request, RECEIVABLES)
    titles = [column.title for column in table.columns[1:]]
    assert titles == [Title("Current"), "1 - 10", "11 - 20", Title("{} and over", "21"), Title("Total")]


def test_sub_customers_stand_under_their_parents() -> None:
    ledger = ledger_of([invoice("10", "2026-01-01", "2026-01-31", 100, TWIN_LANE)])
    table = aging_summary(ledger, asked(ledger, report_date="2026-01-31"), RECEIVABLES)
    freeman = table.rows[0]
    assert isinstance(freeman, Section)
    assert freeman.header is not None
    assert freeman.header[0].value == "Freeman Sporting Goods"
    (under,) = freeman.rows
    assert isinstance(under, Data)
    assert [cell.value for cell in under.cells] == ["55 Twin Lane", 100, None, None, None, None, 100]
    assert [cell.value for cell in freeman.summary or ()][0] == Title("Total {}", "Freeman Sporting Goods")  # noqa: RUF015


def test_a_journal_entry_on_receivables_is_an_item_of_each_customer_it_names() -> None:
    legs = (*amounts(("3", 40), name=AMY), *amounts(("3", -15), name=FREEMAN), *amounts(("13", -25)))
    ledger = ledger_of([transaction("JournalEntry", "20", "2026-01-05", legs=legs)])
    owed = summary(ledger, report_date="2026-01-05")
    assert {name: values[-1] for name, values in owed.items()} == {
        "Amy's Bird Sanctuary": 40,
        "Freeman Sporting Goods": -15,
    }


def test_what_an_entry_carries_over_is_settled_for_the_customer_it_is_settled_of() -> None:
    legs = (*amounts(("3", 40), name=FREEMAN), *amounts(("3", -40), name=AMY))
    books = [invoice("10", "2026-01-01", "2026-01-31", 100), transaction("JournalEntry", "20", "2026-01-05", legs=legs)]
    settled = [
        applied(("Payment", "21"), ("Invoice", "10"), "2026-01-10", 100),
        applied(("Payment", "21"), ("JournalEntry", "20"), "2026-01-10", -40, AMY),
    ]
    ledger = ledger_of([*books, payment("21", "2026-01-10", 60)], settled)
    owed = summary(ledger, report_date="2026-01-10")
    assert {name: values[-1] for name, values in owed.items()} == {"Freeman Sporting Goods": 40}
    assert summary(ledger, report_date="2026-01-10", customer="2")["Freeman Sporting Goods"][-1] == 40
    assert summary(ledger, report_date="2026-01-10", customer="1") == {}


def test_a_credit_at_another_rate_than_the_invoice_is_used_up_whole() -> None:
    # In euros: an invoice of 100 at 1.1 and a credit of 40 at 1.3, settled with 60 at 1.2.
    books = [
        invoice("10", "2026-01-01", "2026-01-31", 110),
        transaction("CreditMemo", "12", "2026-01-02", ("3", -52), ("13", 52), name=AMY),
        transaction("Payment", "13", "2026-01-10", ("1", 72), ("3", -58), ("20", -14), name=AMY),
    ]
    settled = [
        applied(("Payment", "13"), ("Invoice", "10"), "2026-01-10", 110),
        applied(("Payment", "13"), ("CreditMemo", "12"), "2026-01-10", -52),
    ]
    assert summary(ledger_of(books, settled), report_date="2026-01-10") == {}


def test_a_payment_without_money_waits_for_a_later_credit() -> None:
    books = [
        invoice("10", "2026-01-01", "2026-01-31", 100),
        transaction("Payment", "13", "2026-01-10", name=AMY),
        transaction("CreditMemo", "12", "2026-02-02", ("3", -40), ("13", 40), name=AMY),
    ]
    settled = [
        applied(("Payment", "13"), ("Invoice", "10"), "2026-01-10", 40),
        applied(("Payment", "13"), ("CreditMemo", "12"), "2026-02-02", -40),
    ]
    ledger = ledger_of(books, settled)
    assert summary(ledger, report_date="2026-01-31")["Amy's Bird Sanctuary"][-1] == 100
    assert ledger.balances().totals.balance("3", date(2026, 1, 31)) == 100
    assert summary(ledger, report_date="2026-02-02")["Amy's Bird Sanctuary"][-1] == 60


def test_a_bill_payment_that_uses_what_a_customer_owed_waits_among_payables() -> None:
    """A journal entry sets off what a customer owes against what the same party is owed, for a bill to come."""
    tim = Name("Vendor", "1")
    legs = (*amounts(("3", -50), name=AMY), *amounts(("7", 50), name=tim))
    books = [
        transaction("JournalEntry", "20", "2026-01-05", legs=legs),
        transaction("BillPayment", "21", "2026-02-01", name=tim),
        transaction("Bill", "22", "2026-03-10", ("7", -50), ("16", 50), name=tim),
    ]
    settled = [
        applied(("BillPayment", "21"), ("JournalEntry", "20"), "2026-02-01", -50, tim),
        applied(("BillPayment", "21"), ("Bill", "22"), "2026-03-10", 50),
    ]
    ledger = ledger_of(books, settled)

    def items(side: Side) -> dict[str, int]:
        found = open_items(ledger, asked(ledger, report_date="2026-02-28"), side)
        return {item.transaction.id: int(item.amount) for item in found}

    assert (items(RECEIVABLES), items(PAYABLES)) == ({"20": -50}, {"21": -50})


def test_an_exchange_difference_of_a_credit_stays_with_it_so_that_the_items_sum_to_the_account() -> None:
    credit = transaction("CreditMemo", "12", "2026-03-10", ("3", -90), ("13", 90), name=AMY)
    settled = [applied(("CreditMemo", "12"), ("Invoice", "10"), "2026-03-10", 100)]
    ledger = ledger_of([SOME[0], credit], settled)
    assert summary(ledger, report_date="2026-03-10")["Amy's Bird Sanctuary"][-1] == 10
    assert ledger.balances().totals.balance("3", date(2026, 3, 10)) == 10


def test_details_come_by_period_the_oldest_first() -> None:
    ledger = ledger_of(SOME, SETTLED)
    request = asked(ledger, report_date="2026-04-30", columns="doc_num,due_date,past_due,subt_open_bal")
    table = aging_detail(ledger, request, RECEIVABLES)
    sections = [row for row in table.rows if isinstance(row, Section) and row.header]
    assert [row.header[0].value for row in sections if row.header] == [Title("{} days past due", "31 - 60")]
    lines = [[cell.value for cell in row.cells[1:]] for row in sections[0].rows if isinstance(row, Data)]
    assert lines == [[date(2026, 3, 3), "58", 200], [date(2026, 3, 10), "51", -30]]


def test_payables_are_positive_where_we_owe() -> None:
    bill = transaction("Bill", "30", "2026-01-01", ("7", -90), ("16", 90), name=Name("Vendor", "2"))
    ledger = ledger_of([bill])
    table = aging_summary(ledger, asked(ledger, report_date="2026-01-01"), PAYABLES)
    row = table.rows[0]
    assert isinstance(row, Data)
    assert [row.cells[0].value, row.cells[1].value] == ["Cal Telephone", 90]

from __future__ import annotations

from decimal import Decimal

from qbo_pipeline.finance_report.account_lines import Section, section_lines
from qbo_pipeline.finance_report.figures import Account


def account(path: str, ordinal: int = 0) -> Account:
    return Account(path, tuple(path.split(":")), "Expense", ordinal, "")


def section(amounts: dict[str, int]) -> Section:
    accounts = [account(path, ordinal) for ordinal, path in enumerate(amounts)]
    given = {path: (Decimal(amount),) for path, amount in amounts.items()}
    return section_lines(accounts, given, lambda cells: cells, windows=1, level=1, sign=1)


def shown(amounts: dict[str, int]) -> list[tuple[int, str, str, int | None]]:
    return [
        (one.level, one.style, one.label, int(one.cells[0] or 0) if one.cells else None)
        for one in section(amounts).lines
    ]


def test_an_account_without_amounts_is_left_out() -> None:
    assert shown({"Rent": 5, "Travel": 0}) == [(1, "account", "Rent", 5)]


def test_subaccounts_stand_below_a_heading_with_a_total() -> None:
    assert shown({"Utilities:Gas": 3, "Utilities:Water": 4}) == [
        (1, "heading", "Utilities", None),
        (2, "account", "Gas", 3),
        (2, "account", "Water", 4),
        (1, "subtotal", "Total Utilities", 7),
    ]


def test_a_parent_has_its_own_amount_on_a_line_and_in_the_total() -> None:
    assert shown({"Rent": 5, "Rent:Parking": 2}) == [
        (1, "account", "Rent", 5),
        (2, "account", "Parking", 2),
        (1, "subtotal", "Total Rent", 7),
    ]


def test_an_only_child_needs_no_total() -> None:
    assert shown({"Machinery:Press:Depreciation": -4}) == [(1, "account", "Machinery: Press: Depreciation", -4)]


def test_a_section_knows_its_accounts_and_what_they_come_to() -> None:
    found = section({"Rent": 5, "Rent:Parking": 2, "Travel": 0})

    assert (found.amounts, found.accounts) == ((Decimal(7),), ("Rent", "Rent:Parking"))


def test_of_no_accounts_there_is_nothing() -> None:
    assert (section({}).amounts, section({}).lines) == ((Decimal(0),), [])


def test_accounts_of_one_name_have_a_line_each() -> None:
    accounts = [Account(id_, ("Rent",), "Expense", 0, "") for id_ in ("1", "2")]
    found = section_lines(
        accounts, {"1": (Decimal(10),), "2": (Decimal(5),)}, lambda cells: cells, windows=1, level=1, sign=1
    )

    assert [(one.label, one.accounts, one.cells) for one in found.lines] == [
        ("Rent", ("1",), (Decimal(10),)),
        ("Rent", ("2",), (Decimal(5),)),
    ]

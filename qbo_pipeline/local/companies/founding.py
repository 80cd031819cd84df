"""How a company's lists come to be: its chart of accounts, people, customers and vendors."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from qbo_pipeline.local.companies import names
from qbo_pipeline.local.companies.books import Books
from qbo_pipeline.local.companies.model import Account, Address, Label, Member, Party, Term

_CLASSIFICATIONS = {
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Cost of Goods Sold": "Expense",
    "Expense": "Expense",
    "Other Expense": "Expense",
}


class Chart:
    """The chart of accounts, by name; a colon in a name leads to a sub-account."""

    def __init__(self, books: Books, rows: Iterable[tuple[str, str, str, str]]) -> None:
        self._by_name: dict[str, Account] = {}
        for number, full_name, type_, sub_type in rows:
            self.open(books, number, full_name, type_, sub_type)

    def open(
        self, books: Books, number: str, full_name: str, type_: str, sub_type: str, currency: str = "USD"
    ) -> Account:
        """Adds an account; its parent must exist."""
        parent_name, _, name = full_name.rpartition(":")
        account = Account(
            books.next_id("Account"),
            name,
            books.now(),
            type=type_,
            sub_type=sub_type,
            classification=_CLASSIFICATIONS[type_],
            number=number,
            parent=self._by_name[parent_name] if parent_name else None,
            currency=currency,
        )
        books.accounts.append(account)
        self._by_name[full_name] = account
        return account

    def __getitem__(self, full_name: str) -> Account:
        return self._by_name[full_name]


def terms(books: Books) -> dict[str, Term]:
    """The usual payment terms, by name."""
    for name, days, percent, discount_days in (
        ("Due on receipt", 0, 0, 0),
        ("Net 15", 15, 0, 0),
        ("Net 30", 30, 0, 0),
        ("Net 60", 60, 0, 0),
        ("2% 10 Net 30", 30, 2, 10),
    ):
        term = Term(books.next_id("Term"), name, books.now(), days=days)
        term.discount_percent, term.discount_days = percent, discount_days
        books.terms.append(term)
    return {term.name: term for term in books.terms}


def methods(books: Books, rows: Iterable[str]) -> dict[str, Member]:
    """Payment methods, by name."""
    for name in rows:
        books.methods.append(Member(books.next_id("PaymentMethod"), name, books.now()))
    return {method.name: method for method in books.methods}


def labels(books: Books, sequence: str, members: list[Label], rows: Iterable[str]) -> dict[str, Label]:
    """Classes, departments or customer types by full name; a colon leads below another."""
    by_name: dict[str, Label] = {}
    for full_name in rows:
        parent_name, _, name = full_name.rpartition(":")
        label = Label(books.next_id(sequence), name, books.now(), parent=by_name.get(parent_name))
        members.append(label)
        by_name[full_name] = label
    return by_name


def address_in(books: Books, places: tuple[names.Place, ...]) -> Address:
    """A new address in one of the places; a few that QuickBooks' geocoder could not find."""
    rng = books.rng
    place = rng.choice(places)
    found = rng.random() < 0.85
    return Address(
        books.next_id("Address"),
        names.street(rng),
        place.city,
        place.state,
        names.postal_code(rng, place),
        place.country,
        f"{place.latitude + rng.uniform(-0.06, 0.06):.7f}" if found else "INVALID",
        f"{place.longitude + rng.uniform(-0.06, 0.06):.7f}" if found else "INVALID",
    )


def _area(places: tuple[names.Place, ...]) -> str:
    return {"OR": "503", "OH": "330"}.get(places[0].state, "971")


def customer(
    books: Books, taken: set[str], lines: tuple[str, ...], places: tuple[names.Place, ...], individual: float = 0.0
) -> Party:
    """A customer: a firm, or with the chance `individual` a private person."""
    rng = books.rng
    given, family = names.person(rng)
    private = rng.random() < individual and f"{given} {family}" not in taken
    name = f"{given} {family}" if private else names.firm(rng, lines, taken)
    taken.add(name)
    site = names.domain(name)
    party = Party(books.next_id("Name"), name, books.now(), given=given, family=family)
    party.company = "" if private else name
    party.address = address_in(books, places)
    party.phone = names.phone(rng, _area(places))
    party.email = f"{'mail' if private else 'accounts'}@{site}" if rng.random() < 0.9 else ""
    party.web = f"https://www.{site}" if not private and rng.random() < 0.4 else ""
    # Most pay about on time, some weeks late, a few have to be chased for months.
    habit = rng.random()
    party.late_days = rng.randrange(-6, 4) if habit < 0.6 else rng.randrange(4, 25) if habit < 0.9 else 70
    books.customers.append(party)
    return party


def vendor(books: Books, name: str, places: tuple[names.Place, ...]) -> Party:
    """A vendor from one of the places."""
    rng = books.rng
    party = Party(books.next_id("Name"), name, books.now(), kind="Vendor", company=name)
    party.given, party.family = names.person(rng)
    party.address = address_in(books, places)
    party.phone = names.phone(rng, _area(places))
    party.email = f"billing@{names.domain(name)}"
    party.account_number = str(rng.randrange(100_000, 999_999)) if rng.random() < 0.5 else ""
    books.vendors.append(party)
    return party


def employee(
    books: Books, places: tuple[names.Place, ...], taken: set[str], hired: date, cost_rate: int, bill_rate: int = 0
) -> Party:
    """An employee; rates are cents an hour."""
    rng = books.rng
    while True:
        given, family = names.person(rng)
        if f"{given} {family}" not in taken:
            break
    name = f"{given} {family}"
    taken.add(name)
    party = Party(books.next_id("Name"), name, books.now(), kind="Employee", given=given, family=family)
    party.address = address_in(books, places)
    party.phone = names.phone(rng, _area(places))
    party.account_number = f"E{len(books.employees) + 101}"
    party.hired = hired
    party.cost_rate, party.bill_rate = cost_rate, bill_rate
    books.employees.append(party)
    return party

"""Ledgers for tests of reports: a small chart, transactions written by hand, and random companies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from qbo_pipeline.local.quickbooks.books.model import Application, Leg, Name, Transaction
from qbo_pipeline.local.quickbooks.reports.accounts import Account, AccountTree
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger, Listed, ListKind
from qbo_pipeline.local.quickbooks.reports.periods import Period
from qbo_pipeline.local.quickbooks.reports.rendering import Version
from qbo_pipeline.local.quickbooks.reports.request import Request, parsed

TODAY = date(2026, 11, 21)
SOME_TIME = datetime(2026, 11, 21, tzinfo=UTC)

CHART = (
    Account("1", "Checking", "Bank"),
    Account("2", "Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    Account("3", "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    Account("4", "Inventory Asset", "Other Current Asset", "Inventory"),
    Account("5", "Truck", "Fixed Asset"),
    Account("6", "Original Cost", "Fixed Asset", parent="5"),
    Account("7", "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    Account("8", "Mastercard", "Credit Card"),
    Account("9", "Board of Equalization Payable", "Other Current Liability"),
    Account("10", "Notes Payable", "Long Term Liability"),
    Account("11", "Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    Account("12", "Retained Earnings", "Equity", "RetainedEarnings"),
    Account("13", "Landscaping Services", "Income"),
    Account("14", "Job Materials", "Income", parent="13"),
    Account("15", "Cost of Goods Sold", "Cost of Goods Sold"),
    Account("16", "Rent", "Expense"),
    Account("17", "Utilities", "Expense"),
    Account("18", "Telephone", "Expense", parent="17"),
    Account("19", "Interest Earned", "Other Income"),
    Account("20", "Penalties", "Other Expense"),
)

LISTS: Mapping[ListKind, Mapping[str, Listed]] = {
    "Customer": {
        "1": Listed("Amy's Bird Sanctuary"),
        "2": Listed("Freeman Sporting Goods"),
        "3": Listed("Freeman Sporting Goods:55 Twin Lane", parent="2"),
    },
    "Vendor": {"1": Listed("Norton Lumber"), "2": Listed("Cal Telephone")},
    "Class": {"1": Listed("North"), "2": Listed("South")},
    "Department": {"1": Listed("Shop"), "2": Listed("Yard")},
    "Item": {"1": Listed("Pump", sku="P-1")},
}


def amounts(*pairs: tuple[str, int | str], **values: object) -> tuple[Leg, ...]:
    """Legs of (account, debit-positive amount)."""
    return tuple(Leg(account, Decimal(amount), Decimal(amount), **values) for account, amount in pairs)  # type: ignore[arg-type]


def transaction(
    entity: str,
    identity: str,
    day: str | date,
    *pairs: tuple[str, int | str],
    kind: str = "",
    name: Name | None = None,
    due: date | None = None,
    number: str = "",
    legs: tuple[Leg, ...] = (),
) -> Transaction:
    """A transaction in home currency."""
    return Transaction(
        entity=entity,
        id=identity,
        kind=kind or entity,
        day=date.fromisoformat(day) if isinstance(day, str) else day,
        due=due,
        number=number,
        memo="",
        name=name,
        currency="USD",
        rate=Decimal(1),
        created=SOME_TIME,
        updated=SOME_TIME,
        legs=legs or amounts(*pairs),
    )


def applied(
    payer: tuple[str, str],
    paid: tuple[str, str],
    day: str | date,
    amount: int | str | Decimal,
    name: Name | None = None,
) -> Application:
    """An application in home currency."""
    value = Decimal(amount)
    return Application(payer, paid, date.fromisoformat(day) if isinstance(day, str) else day, value, value, name)


def ledger_of(
    transactions: Iterable[Transaction],
    applications: Iterable[Application] = (),
    accounts: Iterable[Account] = CHART,
    first_month: int = 1,
) -> Ledger:
    """A ledger of them."""
    return Ledger(AccountTree(accounts), transactions, applications, LISTS, first_month=first_month)


def asked(ledger: Ledger, version: Version = "v2", /, **parameters: str) -> Request:
    """A request as the endpoint reads it."""
    return parsed(parameters, ledger, TODAY, "this calendar year-to-date", version)


def months(start: date, end: date) -> Iterable[Period]:
    """Every month that a range touches."""
    day = start.replace(day=1)
    while day <= end:
        following = (day + timedelta(days=32)).replace(day=1)
        yield Period(day, following - timedelta(days=1))
        day = following


# -- random companies ----------------------------------------------------------------------------------------------


@dataclass
class _Company:
    """What happened so far, and what is still open."""

    transactions: list[Transaction] = field(default_factory=list)
    applications: list[Application] = field(default_factory=list)
    open: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def post(self, entity: str, day: date, *pairs: tuple[str, Decimal], name: Name | None = None) -> tuple[str, str]:
        legs = tuple(
            Leg(account, amount, amount, class_="12"[int(amount) % 2], department=("1", "2", None)[int(amount) % 3])
            for account, amount in pairs
        )
        identity = str(len(self.transactions) + 1)
        self.transactions.append(transaction(entity, identity, day, legs=legs, name=name, due=day + timedelta(days=30)))
        return entity, identity

    def settle(self, payer: tuple[str, str], paid: tuple[str, str], day: date, amount: Decimal) -> None:
        self.open[paid] -= amount
        self.applications.append(Application(payer, paid, day, amount, amount))

    def day_of(self, key: tuple[str, str]) -> date:
        return next(one.day for one in self.transactions if (one.entity, one.id) == key)

    def happen(self, kind: str, day: date, cents: int, choice: int) -> None:
        amount = Decimal(cents) / 100
        tax = (amount / 10).quantize(Decimal("0.01"))
        party = Name("Customer", "123"[choice % 3]) if kind[0] in "ICP" else Name("Vendor", "12"[choice % 2])
        match kind:
            case "Invoice":
                pairs = (("3", amount + tax), ("13", -amount / 2), ("14", amount / 2 - amount), ("9", -tax))
                cost = (("15", tax), ("4", -tax)) if choice % 2 else ()
                self.open[self.post(kind, day, *_cents(*pairs), *cost, name=party)] = amount + tax
            case "Bill":
                key = self.post(kind, day, ("7", -amount), ("16" if choice % 2 else "18", amount), name=party)
                self.open[key] = amount
            case "CreditMemo" | "Payment" | "BillPayment":
                self._pay(kind, day, amount, choice, party)
            case "JournalEntry":
                accounts = ("1", "6", "10", "11", "12", "17", "19", "20")
                self.post(kind, day, (accounts[choice % 8], amount), (accounts[(choice + 1) % 8], -amount))
            case "Purchase":
                self.post(kind, day, ("8", -amount), ("4" if choice % 2 else "17", amount), name=party)

    def _pay(self, kind: str, day: date, amount: Decimal, choice: int, party: Name) -> None:
        if kind == "Payment":
            payer = self.post(kind, day, ("2", amount), ("3", -amount), name=party)
        elif kind == "CreditMemo":
            payer = self.post(kind, day, ("3", -amount), ("13", amount), name=party)
        else:
            payer = self.post(kind, day, ("7", amount), ("1", -amount), name=party)
        wanted = "Bill" if kind == "BillPayment" else "Invoice"
        for paid in [key for key, left in self.open.items() if key[0] == wanted and left][choice % 2 :]:
            part = min(amount, self.open[paid])
            if not part:
                break
            self.settle(payer, paid, max(day, self.day_of(paid)), part)
            amount -= part


def _cents(*pairs: tuple[str, Decimal]) -> list[tuple[str, Decimal]]:
    """Pairs in whole cents; the last but one takes what rounding leaves."""
    rounded = [(account, amount.quantize(Decimal("0.01"))) for account, amount in pairs]
    left = sum(amount for _, amount in rounded)
    account, amount = rounded[-2]
    rounded[-2] = account, amount - left
    return rounded


_KINDS = ("Invoice", "Bill", "CreditMemo", "Payment", "BillPayment", "JournalEntry", "Purchase")


@st.composite
def companies(draw: st.DrawFn) -> Ledger:
    """Two years of business of any kind, in any order, with any first month of the fiscal year."""
    events = draw(
        st.lists(
            st.tuples(st.sampled_from(_KINDS), st.integers(0, 730), st.integers(1, 100_000), st.integers(0, 7)),
            max_size=25,
        )
    )
    company = _Company()
    for kind, offset, cents, choice in events:
        company.happen(kind, date(2025, 1, 1) + timedelta(days=offset), cents, choice)
    return ledger_of(company.transactions, company.applications, first_month=draw(st.sampled_from((1, 4, 7))))

"""What a report holds, before anybody lays it out: plain values, the same for the terminal and the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from qbo_pipeline.finance_report.periods import Period, Periods

Basis = Literal["Accrual", "Cash"]
Style = Literal["heading", "account", "subtotal", "total", "result"]
"""How a line of a statement is set: a heading has no amounts, a result (net income) is the heaviest."""

BUCKETS = ("Current", "1-30", "31-60", "61-90", "91+")
"""Days overdue, as finance.ar_aging and finance.ap_aging name them."""


@dataclass(frozen=True, slots=True)
class Company:
    """Whose books these are."""

    realm_id: str
    name: str
    currency: str
    """Home currency, ISO 4217."""
    fiscal_year_start_month: int
    newest_day: date
    """The day of the newest load: the last day the books are known of."""
    synced_at: datetime | None
    """When it was loaded last, UTC."""
    books_closed_until: date | None
    first_month: date | None
    """The month of the first posting; None where nothing is posted."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account and its place in the statements."""

    id: str
    path: tuple[str, ...]
    """Names from the outermost parent to itself."""
    type: str
    """QuickBooks' account type: `Bank`, `Income` …"""
    ordinal: int
    cash_flow_section: str
    """`Operating`, `Investing`, `Financing` or `Cash`; empty on the income statement."""
    is_retained_earnings: bool = False

    @property
    def name(self) -> str:
        """Its own name, after those of its parents."""
        return ": ".join(self.path)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a statement."""

    title: str
    days: str = ""
    """The period or day, as people read it."""
    kind: Literal["amount", "share"] = "amount"
    drill: Period | None = None
    """The days whose legs make up its amounts, where one can look at them."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement."""

    label: str
    level: int
    style: Style
    cells: tuple[Decimal | None, ...]
    accounts: tuple[str, ...] = ()
    """Accounts whose legs make up the amounts."""
    sign: int = 1
    """Amounts are debit less credit, or with -1 credit less debit."""
    opening: Decimal = Decimal(0)
    """What an amount holds beside the legs of the period: a balance brought forward."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, line by line as it is read."""

    key: str
    title: str
    when: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    note: str = ""

    def line(self, label: str) -> Line:
        """The total or result of this label.

        Raises:
            KeyError: there is none.
        """
        for one in self.lines:
            if one.label == label and one.style in ("total", "result"):
                return one
        raise KeyError(label)


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document that is not settled, or what was paid and not applied (negative)."""

    party_id: str
    party: str
    transaction_type: str
    transaction_id: str
    number: str
    dated: date
    due: date | None
    days_overdue: int
    bucket: str
    open_balance: Decimal
    """Home currency."""


@dataclass(frozen=True, slots=True)
class Party:
    """A customer or vendor and what is open, a figure a bucket."""

    id: str
    name: str
    amounts: tuple[Decimal, ...]
    documents: tuple[OpenDocument, ...]

    @property
    def total(self) -> Decimal:
        """All buckets together."""
        return sum(self.amounts, Decimal(0))


@dataclass(frozen=True, slots=True)
class Aging:
    """Who owes what, or is owed, and since when; most first."""

    key: str
    title: str
    as_of: date
    parties: tuple[Party, ...]

    @property
    def totals(self) -> tuple[Decimal, ...]:
        """A figure a bucket, all parties together."""
        return tuple(sum((one.amounts[place] for one in self.parties), Decimal(0)) for place in range(len(BUCKETS)))

    @property
    def total(self) -> Decimal:
        """Everything open."""
        return sum(self.totals, Decimal(0))

    def shortened(self, most: int) -> Aging:
        """The same with the first parties, and one line for what the others come to."""
        others = self.parties[most:]
        if len(others) < 2:
            return self
        amounts = tuple(sum((one.amounts[place] for one in others), Decimal(0)) for place in range(len(BUCKETS)))
        rest = Party("", f"{len(others):,} others", amounts, ())
        return replace(self, parties=(*self.parties[:most], rest))

    @property
    def overdue(self) -> Decimal:
        """What is past its due date."""
        return sum(self.totals[1:], Decimal(0))


@dataclass(frozen=True, slots=True)
class Ranked:
    """A customer or vendor by its amount."""

    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first of a list by amount, and what the others come to."""

    title: str
    first: tuple[Ranked, ...]
    others: int
    rest: Decimal
    """Amount of the others."""
    unnamed: Decimal
    """Amount that was booked without one."""

    @property
    def rows(self) -> tuple[Ranked, ...]:
        """Everything as rows: the first, the others, what has no name."""
        others = (Ranked(f"{self.others:,} others", self.rest),) if self.others else ()
        return self.first + others + ((Ranked("Not assigned", self.unnamed),) if self.unnamed else ())

    @property
    def total(self) -> Decimal:
        """All, the others too."""
        return self.rest + self.unnamed + sum((one.amount for one in self.first), Decimal(0))


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A month at a glance."""

    month: date
    """Its first day."""
    revenue: Decimal
    """Income and other income."""
    expense: Decimal
    """Cost of goods sold, expenses and other expenses."""
    cash: Decimal
    """Balance of the cash accounts at its end, or on the day of the report."""

    @property
    def net_income(self) -> Decimal:
        """What is left."""
        return self.revenue - self.expense


@dataclass(frozen=True, slots=True)
class TieOut:
    """How far the books agree with QuickBooks' own reports, up to the month of the report."""

    compared: int
    """Accounts times months that were compared."""
    differing: int
    waiting: int
    """Of which documents changed after QuickBooks' reports were pulled, so that they cannot be compared yet."""
    difference: Decimal
    """Sum of the differences, each without its sign."""

    @property
    def ties(self) -> bool:
        """Whether all agree to the cent, and there was something to agree."""
        return self.compared > 0 and self.differing == 0


@dataclass(frozen=True, slots=True)
class Highlight:
    """A figure of the headline."""

    label: str
    amount: Decimal | None
    kind: Literal["amount", "share", "days"]
    aside: str
    """What it is compared with, as a few words."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A posting leg."""

    transaction_type: str
    transaction_id: str
    dated: date
    account_id: str
    amount: Decimal
    """Debit less credit, home currency."""
    memo: str


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line of a document, in the currency of the document."""

    transaction_type: str
    transaction_id: str
    item: str
    description: str
    quantity: Decimal | None
    rate: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Document:
    """The head of a document."""

    transaction_type: str
    transaction_id: str
    label: str
    """Its type as people call it: `Invoice`, `Bill payment`."""
    number: str
    dated: date
    party: str
    memo: str
    total: Decimal | None
    """In its own currency."""
    currency: str
    voided: bool
    url: str


@dataclass(frozen=True, slots=True)
class Drill:
    """What is under the statements: the legs of some days and the documents they come from."""

    days: Period
    complete_from: date
    """Legs from this day on are here; later than the beginning of `days` where there are too many for a page."""
    legs: Sequence[Leg]
    documents: Sequence[Document]
    lines: Sequence[DocumentLine]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything about a company as of a day."""

    company: Company
    basis: Basis
    periods: Periods
    written_at: datetime
    tie_out: TieOut
    highlights: tuple[Highlight, ...]
    income_statement: Statement
    balance_sheet: Statement
    cash_flow: Statement
    budget: Statement | None
    receivable: Aging
    payable: Aging
    months: tuple[MonthFigures, ...]
    customers: Ranking
    vendors: Ranking
    accounts: dict[str, Account]
    drill: Drill | None
    """None where nobody can look at it: on a terminal."""

    @property
    def statements(self) -> tuple[Statement, ...]:
        """In the order they are read."""
        return (self.income_statement, self.balance_sheet, self.cash_flow, *([self.budget] if self.budget else []))

"""What every business does whatever it sells: payroll, rent, utilities, cards, month-end entries, paying bills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from qbo_pipeline.local.companies.amounts import percent_of, split
from qbo_pipeline.local.companies.books import Books
from qbo_pipeline.local.companies.founding import Chart
from qbo_pipeline.local.companies.model import Account, Document, Line, Party, Term


@dataclass(slots=True)
class Overhead:
    """A vendor whose bill comes every month: day of arrival, cents, and how much it varies in percent.

    `winter` raises it by that many percent in December to February.
    """

    vendor: Party
    account: Account
    day: int
    amount: int
    varies: int = 0
    winter: int = 0
    description: str = ""


@dataclass(slots=True)
class CardHabit:
    """Something bought by card: vendor, account, cents from and to, times a month."""

    vendor: Party
    account: Account
    low: int
    high: int
    a_month: float
    description: str = ""


@dataclass(slots=True)
class Routine:
    """The recurring side of a company's books."""

    books: Books
    chart: Chart
    checking: Account
    card: Account
    petty_cash: Account
    salaries: Account
    payroll_tax: Account
    payroll_liability: Account
    payroll_agency: Party
    bill_term: Term
    overheads: list[Overhead] = field(default_factory=list)
    habits: list[CardHabit] = field(default_factory=list)
    depreciation: list[tuple[Account, Account, int]] = field(default_factory=list)
    """Expense, accumulated depreciation, cents a month."""
    unpaid: dict[Party, list[Document]] = field(default_factory=lambda: defaultdict(list))
    credits: dict[Party, list[Document]] = field(default_factory=lambda: defaultdict(list))
    journal_number: int = 0
    check_number: int = 2000
    owed_on_card: int = 0
    withheld: int = 0
    """Payroll taxes not yet remitted."""
    activity: float = 1.0
    """Factor on how often things are bought, for scaled companies."""

    # -- entries ---------------------------------------------------------------------------------------------------

    def journal(self, day: date, memo: str, rows: Sequence[tuple[Account, int, str]], adjusting: bool = False) -> None:
        """A journal entry; positive cents are debits."""
        entry = self.books.enter("JournalEntry", day)
        self.journal_number += 1
        entry.number = f"JE-{self.journal_number:04d}"
        entry.memo = memo
        entry.credit = adjusting
        entry.lines = [Line("journal", amount, text, account=account) for account, amount, text in rows if amount]

    def bill(self, vendor: Party, lines: list[Line], day: date | None = None, number: str = "") -> Document:
        """A vendor's bill, to be paid with the next run after it falls due."""
        books = self.books
        bill = books.enter("Bill", day, vendor)
        bill.number = number or f"{books.rng.randrange(10_000, 99_999)}"
        bill.lines = lines
        bill.total = sum(line.amount for line in lines)
        bill.term = vendor.term or self.bill_term
        bill.due = bill.day + timedelta(days=bill.term.days)
        self.unpaid[vendor].append(bill)
        return bill

    def spend(self, vendor: Party, lines: list[Line], account: Account | None = None, refund: bool = False) -> Document:
        """A purchase by card, or by check when `account` is a bank account."""
        purchase = self.books.enter("Purchase", party=vendor)
        purchase.account = account or self.card
        purchase.lines = lines
        purchase.total = sum(line.amount for line in lines)
        if purchase.account.type == "Credit Card":
            purchase.status = "CreditCard"
            purchase.credit = refund
            self.owed_on_card += -purchase.total if refund else purchase.total
        elif purchase.account.sub_type == "CashOnHand":
            purchase.status = "Cash"
        else:
            purchase.status = "Check"
            self.check_number += 1
            purchase.number = str(self.check_number)
        return purchase

    def move(self, source: Account, target: Account, amount: int, memo: str = "") -> None:
        """A transfer between own accounts."""
        transfer = self.books.enter("Transfer")
        transfer.account, transfer.other_account, transfer.total, transfer.memo = source, target, amount, memo

    # -- days ------------------------------------------------------------------------------------------------------

    def every_day(self, day: date) -> None:
        """Bills that arrive, cards that are used, payroll on the 15th and last day, month end, payment runs."""
        self._bills_of(day)
        if day.weekday() < 5:
            self._cards(day)
        if day.day == 15 or (day + timedelta(days=1)).day == 1:
            self._payroll(day)
        if day.day == 4 and day > self.books.start + timedelta(days=10):
            self._close_month(day - timedelta(days=4))
        if day.day == 20:
            self._pay_card()
            self._payroll_taxes()
        if day.day == 27:
            self._petty_cash()
        if day.weekday() == 3:
            self.pay_due(day)

    def _bills_of(self, day: date) -> None:
        rng = self.books.rng
        for overhead in self.overheads:
            if overhead.day != day.day:
                continue
            amount = overhead.amount
            if overhead.varies:
                amount = percent_of(amount, 10_000 + rng.randrange(-100, 101) * overhead.varies)
            if overhead.winter and day.month in (12, 1, 2):
                amount = percent_of(amount, 10_000 + 100 * overhead.winter)
            # Prices creep up once a year.
            amount = percent_of(amount, 10_000 + 300 * (day.year - self.books.start.year))
            line = Line("account", amount, overhead.description, account=overhead.account)
            self.bill(overhead.vendor, [line], day)

    def _cards(self, day: date) -> None:
        rng = self.books.rng
        for habit in self.habits:
            chance = habit.a_month * self.activity / 21
            for _ in self.books.times(chance):
                amount = rng.randrange(habit.low, habit.high)
                self.spend(habit.vendor, [Line("account", amount, habit.description, account=habit.account)])
                if rng.random() < 0.012:
                    self.spend(habit.vendor, [Line("account", amount, "Returned", account=habit.account)], refund=True)

    def _petty_cash(self) -> None:
        """Coffee and stamps from the tin."""
        habit = self.habits[-1]
        line = Line("account", self.books.rng.randrange(600, 4_800), "Petty cash slip", account=habit.account)
        self.spend(habit.vendor, [line], self.petty_cash)

    def _payroll(self, day: date) -> None:
        """Half a month's pay of everybody employed that day, as the payroll service reports it."""
        gross = 0
        for worker in self.books.employees:
            if worker.hired and worker.hired <= day and not (worker.released and worker.released < day):
                gross += worker.cost_rate * 87
        if not gross:
            return
        withheld = percent_of(gross, 2140)
        employer = percent_of(gross, 765)
        rows = [
            (self.salaries, gross, "Gross pay"),
            (self.payroll_tax, employer, "Employer taxes"),
            (self.payroll_liability, -(withheld + employer), "Taxes to remit"),
            (self.checking, -(gross - withheld), "Net pay"),
        ]
        self.withheld += withheld + employer
        self.journal(day, f"Payroll {day:%b} {'1-15' if day.day == 15 else f'16-{day.day}'}, {day.year}", rows)

    def _payroll_taxes(self) -> None:
        """Remits what payroll withheld since the last time."""
        owed, self.withheld = self.withheld, 0
        if owed > 0:
            line = Line("account", owed, "Payroll tax deposit", account=self.payroll_liability)
            self.spend(self.payroll_agency, [line], self.checking)

    def _close_month(self, month_end: date) -> None:
        for expense, accumulated, amount in self.depreciation:
            self.journal(month_end, "Monthly depreciation", [(expense, amount, ""), (accumulated, -amount, "")])

    def _pay_card(self) -> None:
        if self.owed_on_card <= 0:
            return
        payment = self.books.enter("CreditCardPayment")
        payment.account, payment.other_account = self.checking, self.card
        payment.total, self.owed_on_card = self.owed_on_card, 0
        payment.memo = "Statement balance"

    def pay_due(self, day: date) -> None:
        """The weekly run: every vendor whose bills fall due before the next one is paid, less credits it gave."""
        horizon = day + timedelta(days=7)
        rng = self.books.rng
        for vendor, bills in self.unpaid.items():
            due = [bill for bill in bills if bill.due is not None and bill.due <= horizon and rng.random() < 0.93]
            if not due:
                continue
            owed = sum(bill.open for bill in due)
            usable = []
            for credit in self.credits[vendor]:
                if credit.open <= owed and credit.currency == due[0].currency:
                    owed -= credit.open
                    usable.append(credit)
            by_card = rng.random() < 0.06 and vendor.currency == self.books.home
            payment = self.books.pay(due, self.card if by_card else self.checking, usable)
            if by_card:
                self.owed_on_card += payment.total
            else:
                self.check_number += 1
                payment.number = str(self.check_number)
            paid = set(map(id, due))
            self.unpaid[vendor] = [bill for bill in bills if id(bill) not in paid]
            self.credits[vendor] = [credit for credit in self.credits[vendor] if credit not in usable]

    def accrue(self, month_end: date, expense: Account, liability: Account, amount: int, what: str) -> None:
        """An accrual at month end and its reversal on the first of the next month."""
        self.journal(month_end, f"Accrue {what}", [(expense, amount, what), (liability, -amount, what)], adjusting=True)
        first = month_end + timedelta(days=1)
        self.journal(first, f"Reverse accrued {what}", [(liability, amount, what), (expense, -amount, what)])

    def prepaid(self, day: date, expense: Account, asset: Account, yearly: int, what: str) -> None:
        """Spreads a prepaid year over twelve month-end entries."""
        for month, amount in enumerate(split(yearly, 12)):
            later = date(day.year + (day.month - 1 + month) // 12, (day.month - 1 + month) % 12 + 1, 28)
            self.books.on(later, partial(self._use_up, expense, asset, amount, what))

    def _use_up(self, expense: Account, asset: Account, amount: int, what: str, day: date) -> None:
        self.journal(day, f"{what} for {day:%B}", [(expense, amount, what), (asset, -amount, what)])

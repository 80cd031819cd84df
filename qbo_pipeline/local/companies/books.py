"""The books of one company while history passes: a calendar, number sequences, lists, documents, and how they settle.

A scenario (larkspur, ironbark) puts actions on days; `run` walks the days in order. Ids are handed out as QuickBooks
does: transactions share one sequence, customers, vendors and employees another, every other list has its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from qbo_pipeline.local.companies import pacific
from qbo_pipeline.local.companies.amounts import divide_half_up, percent_of
from qbo_pipeline.local.companies.exchange import RateTable
from qbo_pipeline.local.companies.model import (
    Account,
    Document,
    Item,
    Label,
    Line,
    Member,
    Party,
    TaxCode,
    TaxRate,
    Term,
)
from qbo_pipeline.local.companies.posting import ControlAccounts, flat

_M = TypeVar("_M", bound=Member)
Action = Callable[[date], None]


@dataclass(frozen=True, slots=True)
class Deletion:
    """A record that existed and is gone: hard-deleted, or the loser of a merge."""

    entity: str
    id: str
    deleted_at: str
    """Pacific time with offset, whole seconds, as MetaData.LastUpdatedTime of the CDC stub shows it."""


class Books:
    """Everything of one company; see the module's description."""

    control: ControlAccounts

    def __init__(self, seed: str, start: date, as_of: date, currencies: tuple[str, ...] = (), pace: float = 15) -> None:
        self.rng = Random(seed)  # noqa: S311 - reproducible sample data, no secret
        self.start = start
        self.as_of = as_of
        self.home = "USD"
        self.multi_currency = bool(currencies)
        self.currencies = currencies
        self.rates = RateTable(self.rng, currencies, start, as_of)
        self.end = pacific.instant(as_of, 18 * 3600)
        self.documents: list[Document] = []
        self.deletions: list[Deletion] = []
        self.accounts: list[Account] = []
        self.customers: list[Party] = []
        self.vendors: list[Party] = []
        self.employees: list[Party] = []
        self.items: list[Item] = []
        self.terms: list[Term] = []
        self.methods: list[Member] = []
        self.classes: list[Label] = []
        self.departments: list[Label] = []
        self.customer_types: list[Label] = []
        self.agencies: list[Member] = []
        self.tax_rates: list[TaxRate] = []
        self.tax_codes: list[TaxCode] = []
        self.undeposited: list[Document] = []
        self._sequences: dict[str, int] = defaultdict(int)
        self._form_number = 1000
        self._agenda: dict[date, list[Action]] = {}
        self.pace = pace
        self.today = start
        self._clock = pacific.instant(start, 8 * 3600)

    # -- time ------------------------------------------------------------------------------------------------------

    def on(self, day: date, action: Action) -> None:
        """Puts an action on a day; one that lies after the end of history never happens."""
        if day <= self.as_of:
            self._agenda.setdefault(max(day, self.today), []).append(action)

    def run(self, every_day: Action) -> None:
        """Walks history from start to as-of: each day's own business first, then what was put on it."""
        day = self.start
        while day <= self.as_of:
            self.today = day
            self._clock = max(self._clock, pacific.instant(day, 8 * 3600 + self.rng.randrange(1800)))
            every_day(day)
            actions = self._agenda.pop(day, [])
            for action in actions:
                action(day)
            # An action may have put another one on the same day.
            for action in self._agenda.pop(day, []):
                action(day)
            day += timedelta(days=1)

    def now(self) -> int:
        """The next instant at which somebody works: usually later than the last one, sometimes the same second."""
        if self.rng.random() > 0.04:
            latest = pacific.instant(self.today, 23 * 3600 + 3599)
            self._clock = min(self._clock + int(self.rng.random() * 2 * self.pace), latest, self.end)
        return self._clock

    def times(self, expected: float) -> range:
        """For loops over something that happens `expected` times on average, at any scale."""
        whole = int(expected)
        return range(whole + (self.rng.random() < expected - whole) + (whole > 0 and self.rng.randrange(-1, 2)))

    def later(self, instant: int, days: float) -> int | None:
        """A random instant within so many days after another; None when history ends before it."""
        moment = instant + 60 + int(self.rng.random() * days * 86_400)
        return moment if moment <= self.end else None

    def business_day(self, day: date) -> date:
        """The day itself, or the Monday after a weekend."""
        return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day

    # -- lists -----------------------------------------------------------------------------------------------------

    def next_id(self, sequence: str) -> str:
        """The next number of a sequence."""
        self._sequences[sequence] += 1
        return str(self._sequences[sequence])

    def join(self, members: list[_M], member: _M) -> _M:
        """Adds a member to a list."""
        members.append(member)
        return member

    # -- documents -------------------------------------------------------------------------------------------------

    def form_number(self) -> str:
        """Sales forms share one number range."""
        self._form_number += 1
        return str(self._form_number)

    def draft(self, entity: str, day: date | None = None, party: Party | None = None, sequence: str = "") -> Document:
        """A document with id, time and the currency of its party that is not in the books: a template."""
        ident = self.next_id(sequence or "transaction")
        document = Document(entity, ident, day or self.today, self.now(), party=party)
        if party is not None and party.currency != self.home:
            document.currency = party.currency
            document.rate = self.rates.on(party.currency, document.day)
        return document

    def enter(self, entity: str, day: date | None = None, party: Party | None = None, sequence: str = "") -> Document:
        """A new document in the books; the caller fills it in.

        One in twelve is opened and saved again within a few days, which moves its SyncToken.
        """
        document = self.draft(entity, day, party, sequence)
        if self.rng.random() < 0.08:
            moment = self.later(document.created, 4)
            if moment is not None:
                document.edit(moment)
        self.documents.append(document)
        return document

    def total_up(self, document: Document) -> None:
        """Works out tax and total from lines, discount and shipping. Tax is charged after the discount."""
        subtotal = taxable = 0
        for line in document.lines:
            subtotal += line.amount
        if document.discount_percent:
            document.discount = percent_of(subtotal, document.discount_percent)
        if document.tax_code is not None:
            taxable = sum(line.amount for line in flat(document.lines) if line.taxable)
            if document.discount and subtotal:
                taxable -= divide_half_up(document.discount * taxable, subtotal)
            document.tax_lines = tuple(
                (rate, taxable, percent_of(taxable, rate.percent)) for rate in document.tax_code.rates
            )
            document.tax = sum(tax for _, _, tax in document.tax_lines)
        document.total = subtotal - document.discount + document.shipping + document.tax

    def link(self, first: Document, second: Document, moment: int) -> None:
        """Names each document in the other's LinkedTxn."""
        if second not in first.links:
            first.links.append(second)
        if first not in second.links:
            second.links.append(first)
        first.touch(moment)
        second.touch(moment)

    def apply(self, payment: Document, target: Document, amount: int, moment: int) -> None:
        """Settles `amount` of `target` by `payment`; a credit is used up, which counts as negative."""
        sign = -1 if target.entity in ("CreditMemo", "VendorCredit") else 1
        payment.applications.append((target, sign * amount))
        target.applied += amount
        target.links.append(payment)
        target.touch(moment)
        payment.touch(moment)

    def receive(
        self,
        party: Party,
        targets: Sequence[tuple[Document, int]] = (),
        extra: int = 0,
        credits: Sequence[Document] = (),
    ) -> Document:
        """A customer's payment of invoices, perhaps with credits used and perhaps with `extra` left unapplied."""
        payment = self.enter("Payment", party=party)
        payment.total = sum(amount for _, amount in targets) + extra - sum(credit.open for credit in credits)
        for target, amount in targets:
            self.apply(payment, target, amount, payment.created)
        for credit in credits:
            self.apply(payment, credit, credit.open, payment.created)
        return payment

    def pay(self, bills: Sequence[Document], account: Account, credits: Sequence[Document] = ()) -> Document:
        """Pays bills of one vendor in full, less the vendor's open credits."""
        payment = self.enter("BillPayment", party=bills[0].party)
        payment.account = account
        payment.total = sum(bill.open for bill in bills) - sum(credit.open for credit in credits)
        for target in (*bills, *credits):
            self.apply(payment, target, target.open, payment.created)
        return payment

    def bank(self, account: Account, cash_back: int = 0, cash_account: Account | None = None) -> Document | None:
        """Takes every receipt that waits in Undeposited Funds to the bank."""
        waiting, self.undeposited = self.undeposited, []
        if not waiting:
            return None
        deposit = self.enter("Deposit")
        deposit.account = account
        for receipt in waiting:
            line = Line("deposit", receipt.total - receipt.deposit, source=receipt, party=receipt.party)
            deposit.lines.append(line)
            receipt.links.append(deposit)
            receipt.touch(deposit.created)
        received = sum(line.amount for line in deposit.lines)
        if cash_back and cash_account is not None and received > 2 * cash_back:
            deposit.deposit, deposit.other_account = cash_back, cash_account
        deposit.total = received - deposit.deposit
        return deposit

    # -- what goes wrong -------------------------------------------------------------------------------------------

    def void(self, document: Document) -> None:
        """Voids an unsettled document a little later: amounts become zero, the record stays."""
        moment = self.later(document.updated, 6)
        if moment is None:
            return
        document.voided = True
        document.memo = "Voided"
        document.total = document.tax = document.discount = document.shipping = document.deposit = 0
        document.discount_percent = 0
        document.tax_lines = ()
        for line in flat(document.lines):
            line.amount = line.quantity = line.price = line.cost = 0
        for line in document.lines:
            line.amount = 0
        document.edit(moment)

    def entered_in_error(self, entity: str, party: Party | None = None, sequence: str = "transaction") -> None:
        """A document that is entered and deleted within days; only the gap in the numbers and the deletion remain."""
        created = self.now()
        number = self.next_id(sequence)
        moment = self.later(created, 5) or created
        if party is not None:
            party.touch(moment)
        self.deletions.append(Deletion(entity, number, pacific.stamp(moment)))

    def deactivate(self, member: Member) -> None:
        """Makes a list member inactive."""
        member.active = False
        member.edit(self.now())

    def merge(self, loser: Party, survivor: Party) -> None:
        """Merges two customers: the loser's documents become the survivor's and its record is gone."""
        moment = self.now()
        for document in self.documents:
            if document.party is loser:
                document.party = survivor
                document.touch(moment)
            for line in document.lines:
                if line.party is loser:
                    line.party = survivor
        for customer in self.customers:
            if customer.parent is loser:
                customer.parent = survivor
        self.customers.remove(loser)
        survivor.edit(moment)
        self.deletions.append(Deletion("Customer", loser.id, pacific.stamp(moment)))

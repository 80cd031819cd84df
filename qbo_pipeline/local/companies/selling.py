"""How sales become money: invoices, reminders ignored, payments, credits, retainers, and trips to the bank."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from qbo_pipeline.local.companies.amounts import percent_of
from qbo_pipeline.local.companies.books import Books
from qbo_pipeline.local.companies.model import Account, Document, Line, Member, Party, Term


@dataclass(slots=True)
class Selling:
    """The receivables desk of a company."""

    books: Books
    checking: Account
    term: Term
    check: Member
    transfer: Member
    open_invoices: dict[Party, list[Document]] = field(default_factory=lambda: defaultdict(list))
    open_credits: dict[Party, list[Document]] = field(default_factory=lambda: defaultdict(list))
    retainers: dict[Party, list[Document]] = field(default_factory=lambda: defaultdict(list))

    def form(self, entity: str, party: Party | None, lines: list[Line]) -> Document:
        """A numbered sales form with its lines; the caller adds what it has beyond that and totals it up."""
        document = self.books.enter(entity, party=party)
        document.number = self.books.form_number()
        document.lines = lines
        if party is not None:
            document.emailed = bool(party.root.email) and self.books.rng.random() < 0.85
            document.printed = not document.emailed
            document.tax_code = party.root.tax_code
        return document

    def invoice(
        self,
        party: Party,
        lines: list[Line],
        *,
        discount_percent: int = 0,
        shipping: int = 0,
        deposit_percent: int = 0,
    ) -> Document:
        """An invoice, with the day on which its customer means to pay it put into the calendar. Percents are in
        hundredths."""
        invoice = self.form("Invoice", party, lines)
        invoice.discount_percent = discount_percent
        invoice.shipping = shipping
        invoice.term = party.root.term or self.term
        invoice.due = invoice.day + timedelta(days=invoice.term.days)
        self.books.total_up(invoice)
        if deposit_percent:
            invoice.deposit = percent_of(invoice.total, deposit_percent)
            invoice.account = self.checking
        if invoice.open <= 0:
            return invoice
        self.open_invoices[party].append(invoice)
        for retainer in self.retainers[party]:
            self._draw(retainer, invoice)
        self._expect(invoice)
        return invoice

    def _expect(self, invoice: Document) -> None:
        books = self.books
        if invoice.party is None or invoice.due is None:
            return
        late = invoice.party.root.late_days
        if late >= 70:
            late += books.rng.randrange(120)
            if books.rng.random() < 0.15:
                return
        day = invoice.due + timedelta(days=late + books.rng.randrange(-2, 6))
        books.on(books.business_day(max(day, books.today)), lambda _: self._collect(invoice))

    def _draw(self, retainer: Document, invoice: Document) -> None:
        """Uses what is left of a retainer; the payment itself is edited."""
        amount = min(retainer.unapplied, invoice.open)
        if amount > 0:
            moment = self.books.now()
            self.books.apply(retainer, invoice, amount, moment)
            retainer.edit(moment)

    def _collect(self, invoice: Document) -> None:
        """The customer pays: this invoice, often others that are due, sometimes in part, sometimes too much."""
        party = invoice.party
        if party is None or invoice.voided or invoice.open <= 0:
            return
        books, rng = self.books, self.books.rng
        targets = [(invoice, invoice.open)]
        if rng.random() < 0.04 and invoice.open > 20_000:
            targets = [(invoice, invoice.open // 2)]
            rest_day = books.business_day(books.today + timedelta(days=rng.randrange(10, 40)))
            books.on(rest_day, lambda _: self._collect(invoice))
        elif rng.random() < 0.5:
            horizon = books.today + timedelta(days=6)
            for other in self.open_invoices[party]:
                if other is not invoice and other.open > 0 and not other.voided and other.due and other.due <= horizon:
                    targets.append((other, other.open))
        credits = []
        rest = sum(amount for _, amount in targets)
        for credit in self.open_credits[party]:
            if 0 < credit.open <= rest:
                credits.append(credit)
                rest -= credit.open
        extra = rng.randrange(100, 5000) if rng.random() < 0.01 else 0
        payment = books.receive(party, targets, extra, credits)
        self._bank(payment)
        self.open_invoices[party] = [other for other in self.open_invoices[party] if other.open > 0]
        self.open_credits[party] = [credit for credit in self.open_credits[party] if credit.open > 0]

    def _bank(self, payment: Document) -> None:
        """Wires land in the account; checks wait for the next trip to the bank."""
        if payment.currency != self.books.home or self.books.rng.random() < 0.45:
            payment.account = self.checking
            payment.method = self.transfer
        else:
            payment.method = self.check
            payment.reference = str(self.books.rng.randrange(1000, 9999))
            if payment.total:
                self.books.undeposited.append(payment)

    def retainer(self, party: Party, amount: int) -> Document:
        """Money paid in advance: a payment that settles nothing yet."""
        payment = self.books.receive(party, extra=amount)
        payment.memo = "Retainer"
        self._bank(payment)
        self.retainers[party].append(payment)
        return payment

    def credit(self, party: Party, lines: list[Line], memo: str = "") -> Document:
        """A credit memo, to be used with the customer's next payment."""
        credit = self.form("CreditMemo", party, lines)
        credit.customer_memo = memo
        self.books.total_up(credit)
        self.open_credits[party].append(credit)
        return credit

    def failing_payment(self, party: Party) -> None:
        """A payment that was voided soon after: a check that bounced."""
        payment = self.books.enter("Payment", party=party)
        payment.method = self.check
        payment.total = 1
        self.books.void(payment)
        if not payment.voided:
            self.books.documents.remove(payment)

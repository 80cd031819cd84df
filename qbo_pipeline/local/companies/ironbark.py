"""Ironbark Fabrication: a small maker of steel fittings and workshop furniture in Akron, Ohio.

It buys stock on purchase orders, sells by invoice and over the counter, charges sales tax in two states, keeps two
locations and three classes apart, budgets, counts its stock, and writes off what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from qbo_pipeline.local.companies import posting
from qbo_pipeline.local.companies.amounts import percent_of
from qbo_pipeline.local.companies.ironbark_trade import IronbarkTrade
from qbo_pipeline.local.companies.json_parts import Record
from qbo_pipeline.local.companies.model import Account, Line
from qbo_pipeline.local.companies.planning import Template, budget


class Ironbark(IronbarkTrade):
    """One history of the shop; `scale` multiplies its customers and its trade."""

    def run(self) -> None:
        """Lives through three years."""
        books, chart = self.books, self.chart
        rows = [
            (chart["Operating Account"], 42_000_000, "Opening balance"),
            (chart["Reserve Account"], 10_000_000, "Opening balance"),
            (chart["Machinery:Original Cost"], 37_200_000, "Opening balance"),
            (chart["Vehicles:Original Cost"], 7_100_000, "Opening balance"),
            (chart["Machine Loan"], -21_600_000, "Opening balance"),
            (chart["Common Stock"], -74_700_000, "Opening balance"),
        ]
        self.routine.journal(books.start, "Opening balances", rows)
        self.routine.prepaid(books.start, chart["Insurance"], chart["Prepaid Insurance"], 960_000, "Machine cover")
        insurance = [Line("account", 960_000, "Machine cover, one year", account=chart["Prepaid Insurance"])]
        self.routine.bill(self.routine.overheads[5].vendor, insurance)
        books.on(books.start, lambda _: self._first_stock())
        for offset in (2, 7, 13, 21, 27):
            books.on(books.as_of - timedelta(days=offset), lambda _: books.entered_in_error("Invoice", self.clients[1]))
        for days in (500, 720, 930):
            books.on(books.start + timedelta(days=days), lambda _: self._retire())
        books.run(self._day)

    def _retire(self) -> None:
        for client in self.clients:
            busy = self.selling.open_invoices[client] or any(job.parent is client for job in self.clients)
            if not busy and client not in self.charges:
                self.books.deactivate(client)
                self.clients.remove(client)
                return

    def _busy(self, day: date) -> float:
        """Gates sell in spring and summer, workshops before Christmas; the shop grows by a tenth a year."""
        season = {1: 0.7, 2: 0.75, 3: 1.0, 4: 1.2, 5: 1.3, 6: 1.2, 7: 1.1, 8: 1.05, 9: 1.0, 10: 1.0, 11: 1.05, 12: 0.85}
        return season[day.month] * (0.92 + 0.1 * (day - self.books.start).days / 365) * self.scale

    def _day(self, day: date) -> None:
        books, rng, chart = self.books, self.books.rng, self.chart
        self.routine.every_day(day)
        if day.weekday() < 5:
            self._times(2.3 * self._busy(day), self._sale)
            self._times(0.36 * self._busy(day), self._quote)
            self._times(0.35 * self.scale, self._goods_return)
            self._times(0.07 * self.scale, self._freight)
            self._times(0.08 * self.scale, self._billable_part)
            self._times(0.02 * self.scale, self._void_something)
            self._times(0.04 * self.scale, self._mistake)
            self._times(0.06 * self.scale, self._supplier_credit)
        if day.weekday() < 6:
            self._times(1.35 * self._busy(day), self._counter_sale)
        if day.weekday() in (0, 3):
            self._reorder()
        if day.weekday() in (1, 4):
            books.bank(chart["Operating Account"], 15_000 if rng.random() < 0.08 else 0, chart["Petty Cash"])
        if day.day == 23:
            self._pay_sales_tax(day)
        if day.day == 28:
            self._count_stock()
        if (day.month, day.day) == (1, 2):
            self._new_year()
        if day.day == 6:
            month_end = day.replace(day=1) - timedelta(days=1)
            if month_end >= books.start:
                amount = rng.randrange(40_000, 160_000)
                self.routine.accrue(month_end, chart["Freight In"], chart["Accrued Freight"], amount, "freight")
        if day.day == 14:
            rows = [
                (chart["Machine Loan"], 360_000, "Principal"),
                (chart["Interest Paid"], 71_250, "Interest"),
                (chart["Operating Account"], -431_250, ""),
            ]
            self.routine.journal(day, "Machine loan instalment", rows)
        if day.day == 26:
            self.routine.move(
                chart["Operating Account"], chart["Reserve Account"], 50_000 * rng.randrange(2, 9), "Reserve"
            )

    def _times(self, expected: float, action: Callable[[], None]) -> None:
        """Does something so many times on average."""
        for _ in self.books.times(expected):
            action()

    def _count_stock(self) -> None:
        """The monthly count: some shelves hold less than the books say, now and then one holds more."""
        books, rng = self.books, self.books.rng
        counted = []
        for item in rng.sample(self.stock, 4):
            if item.on_hand < 5:
                continue
            change = rng.choice((-3, -2, -1, -1, -1, 1))
            line = Line("stock", item=item, quantity=100 * change)
            line.cost = -posting.issue(item, -change) if change < 0 else posting.give_back(item, change)
            counted.append(line)
        if not counted:
            return
        adjustment = books.enter("InventoryAdjustment")
        self.adjustment_number += 1
        adjustment.number = f"ADJ-{self.adjustment_number}"
        adjustment.memo = f"Count of {books.today:%B %Y}"
        adjustment.lines = counted
        adjustment.other_account = self.chart["Inventory Shrinkage"]

    def _pay_sales_tax(self, day: date) -> None:
        """Last month's tax goes to each agency that is owed any."""
        first = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
        owed: dict[Account, int] = {}
        while self._taxed_to < len(self.books.documents):
            document = self.books.documents[self._taxed_to]
            if document.day >= day.replace(day=1) and document.tax_lines:
                break
            self._taxed_to += 1
            sign = {"Invoice": 1, "SalesReceipt": 1, "CreditMemo": -1, "RefundReceipt": -1}.get(document.entity, 0)
            for rate, _, tax in document.tax_lines:
                if rate.payable is not None and sign:
                    owed[rate.payable] = owed.get(rate.payable, 0) + sign * tax
        for payable, amount in owed.items():
            if amount > 0:
                payment = self.books.enter("TaxPayment")
                payment.account, payment.other_account = self.chart["Operating Account"], payable
                payment.total = amount
                payment.memo = f"Sales tax {first:%B %Y}, {payable.name.removesuffix(' Payable')}"

    def _void_something(self) -> None:
        """Voided forms never held stock here: they were written for services."""
        rng = self.books.rng
        client = rng.choice(self.clients)
        if rng.random() < 0.4:
            self.selling.failing_payment(client)
            return
        form = self.selling.form("Invoice", client, [self._service_line(rng.choice(self.services))])
        form.term, form.due = self.terms["Net 30"], form.day + timedelta(days=30)
        self.books.total_up(form)
        self.books.void(form)
        if not form.voided:
            self.selling.open_invoices[client].append(form)

    def _new_year(self) -> None:
        """New prices; and the first thing, account, class and term that nobody uses any more go inactive."""
        for item in self.stock:
            if self.books.rng.random() < 0.7:
                item.price = percent_of(item.price, 10_350) // 5 * 5
                item.edit(self.books.now())
        for member in (self.chart["Merchant Fees"], self.classes["Gates & Rails:Custom"], self.terms["Net 60"]):
            if member.active:
                self.books.deactivate(member)
        if len(self.services) == 3 and self.books.today.year > self.books.start.year + 1:
            self.books.deactivate(self.services.pop(1))

    def _mistake(self) -> None:
        rng = self.books.rng
        kinds = ("Invoice", "Bill", "Purchase", "SalesReceipt", "Estimate", "PurchaseOrder", "Payment", "JournalEntry")
        kind = rng.choice(kinds)
        party = rng.choice(self.clients) if kind in ("Invoice", "Payment", "Estimate") else None
        self.books.entered_in_error(kind, party)

    def plans(self) -> Iterator[tuple[str, Record]]:
        """A budget for each year."""
        chart, classes = self.chart, self.classes
        for year in range(self.books.start.year + 1, self.books.as_of.year + 1):
            rows = [
                (chart["Product Sales:Hardware"], 1_450_000, classes["Hardware"]),
                (chart["Product Sales:Furniture"], 6_200_000, classes["Furniture"]),
                (chart["Product Sales:Gates & Rails"], 7_400_000, classes["Gates & Rails"]),
                (chart["Fabrication Services"], 900_000, classes["Services"]),
                (chart["Cost of Goods Sold"], 7_100_000, None),
                (chart["Shop Wages"], 4_300_000, None),
                (chart["Rent"], 1_045_000, None),
                (chart["Utilities:Electricity"], 220_000, None),
                (chart["Shop Supplies"], 180_000, None),
            ]
            yield "Budget", budget(self.books, year, rows)

    def templates(self) -> list[Template]:
        """Rent every first, a standing order of a customer, the depreciation entry."""
        books, chart = self.books, self.chart
        rent = books.draft("Bill", party=self.routine.overheads[0].vendor)
        rent.lines = [Line("account", 780_000, "Shop rent", account=chart["Rent"])]
        rent.total = 780_000
        standing = books.draft("Invoice", party=self.clients[0])
        standing.lines = [self._service_line(self.services[-1])]
        books.total_up(standing)
        entry = books.draft("JournalEntry")
        entry.lines = [
            Line("journal", 310_000, account=chart["Depreciation"]),
            Line("journal", -310_000, account=chart["Machinery:Depreciation"]),
        ]
        return [
            Template("Shop rent", rent, day_of_month=1),
            Template("Maintenance visit", standing, "Reminded", 3, 10),
            Template("Machine depreciation", entry, "UnScheduled"),
        ]

"""Larkspur Advisory: consultants in Portland, Oregon, with clients at home and abroad.

Work is sold by the month (fixed fees), by the hour (time activities on projects) and by the piece (workshops); clients
pay in US dollars, euro, pounds and Canadian dollars.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from qbo_pipeline.local.companies import founding, names
from qbo_pipeline.local.companies.company_settings import journal_code_record
from qbo_pipeline.local.companies.json_parts import Record
from qbo_pipeline.local.companies.larkspur_lists import JOURNALS
from qbo_pipeline.local.companies.larkspur_work import LarkspurWork
from qbo_pipeline.local.companies.model import Line, Party
from qbo_pipeline.local.companies.planning import Template, budget


class Larkspur(LarkspurWork):
    """One history of the firm; `scale` multiplies its customers and its sales."""

    def _hire(self, taken: set[str], cost: int, bill: int, day: date) -> None:
        founding.employee(self.books, names.PACIFIC_NORTHWEST[:3], taken, day, cost, bill)

    def _leave(self, leaver: Party, day: date) -> None:
        leaver.released = day
        self.books.deactivate(leaver)

    def _merge_and_retire(self) -> None:
        books = self.books
        survivor = books.rng.choice(self.clients)
        # Entered twice by two people, found out months later.
        twin = founding.customer(books, self.taken, names.CLIENT_LINES, names.PACIFIC_NORTHWEST)
        twin.name = twin.company = f"{survivor.name} (old)"
        twin.currency, twin.term, twin.late_days = survivor.currency, survivor.term, survivor.late_days
        books.on(books.start + timedelta(days=45), lambda _: self._piece(twin))
        books.on(books.start + timedelta(days=75), lambda _: self._piece(twin))
        books.on(books.start + timedelta(days=260), lambda _: self._merge(twin, survivor))
        for days in (700, 880, 1000):
            books.on(books.start + timedelta(days=days), lambda _: self._retire())

    def _merge(self, loser: Party, survivor: Party) -> None:
        self.books.merge(loser, survivor)
        for ledger in (self.selling.open_invoices, self.selling.open_credits, self.selling.retainers):
            ledger[survivor] += ledger.pop(loser, [])

    def _retire(self) -> None:
        for client in self.clients:
            idle = client not in self.monthly and not self.selling.open_invoices[client]
            if client.active and idle and not any(project.parent is client for project in self.projects):
                self.books.deactivate(client)
                self.clients.remove(client)
                return

    def run(self) -> None:
        """Lives through three years."""
        books, chart = self.books, self.chart
        opening = [
            (chart["Checking"], 18_450_000, "Opening balance"),
            (chart["Savings"], 9_000_000, "Opening balance"),
            (chart["Office Equipment:Original Cost"], 5_700_000, "Opening balance"),
            (chart["Equipment Loan"], -3_600_000, "Opening balance"),
            (chart["Members' Capital"], -29_550_000, "Opening balance"),
        ]
        self.routine.journal(books.start, "Opening balances", opening)
        for offset in (3, 9, 16, 24):
            books.on(books.as_of - timedelta(days=offset), lambda _: books.entered_in_error("Invoice", self.clients[0]))
        self._staff_changes()
        self._merge_and_retire()
        books.run(self._day)

    def _day(self, day: date) -> None:
        books, rng = self.books, self.books.rng
        self.routine.every_day(day)
        if day.day == 1:
            for index, client in enumerate(self.monthly):
                # Advisory clients sign up one after the other.
                if client.active and index < len(self.monthly) * (0.35 + (day - books.start).days / 2000):
                    books.on(books.business_day(day), partial(self._monthly_fee, client))
            if day.month in (1, 4, 7, 10):
                rows = [(self.chart["Members' Draws"], 3_500_000, ""), (self.chart["Checking"], -3_500_000, "")]
                self.routine.journal(day, "Quarterly draw", rows)
            if day.month in (1, 3, 4, 6, 7, 9, 10, 12):
                self.routine.move(
                    self.chart["Checking"], self.chart["Savings"], 150_000 * rng.randrange(2, 8), "Tax reserve"
                )
            self._new_projects(day)
        if day.weekday() < 5:
            self._hours(day)
            self._now_and_then(day)
        if day.day == 3:
            for project in list(self.unbilled):
                books.on(books.business_day(day), partial(self._bill_hours, project))
        if day.day == 5:
            month_end = day.replace(day=1) - timedelta(days=1)
            accrued = (self.chart["Subcontractors"], self.chart["Accrued Expenses"])
            if month_end >= books.start:
                self.routine.accrue(month_end, *accrued, rng.randrange(200_000, 900_000), "subcontractors")
        if day.day == 18:
            self.routine.journal(
                day,
                "Interest on savings",
                [(self.chart["Savings"], 2_150, ""), (self.chart["Interest Earned"], -2_150, "")],
            )
            self.routine.journal(
                day,
                "Equipment loan instalment",
                [
                    (self.chart["Equipment Loan"], 75_000, "Principal"),
                    (self.chart["Interest Paid"], 9_400, "Interest"),
                    (self.chart["Checking"], -84_400, ""),
                ],
            )
        if day.weekday() in (1, 4):
            cash_back = 20_000 if rng.random() < 0.06 else 0
            books.bank(self.chart["Checking"], cash_back, self.chart["Petty Cash"])

    def _now_and_then(self, day: date) -> None:
        books, rng, scale = self.books, self.books.rng, self.scale
        busy = self._growth(day)
        pieces = 0.14 * busy
        for _ in books.times(pieces):
            self._piece(rng.choice(self.clients))
        for _ in books.times(0.30 * scale):
            self._contractor_bill(day)
        for _ in books.times(0.10 * scale):
            self._billable_trip()
        for _ in books.times(0.09 * scale):
            self._workshop()
        for _ in books.times(0.05 * scale):
            client = rng.choice(self.clients)
            line = self._service_line(self.services[1], 50 * rng.randrange(1, 9), 19_500, "Hours credited", "Advisory")
            self.selling.credit(client, [line], "Credit for hours not used")
        for _ in books.times(0.02 * scale):
            self._void_something()
        for _ in books.times(0.035 * scale):
            kind = rng.choice(
                ("Invoice", "Invoice", "Purchase", "Estimate", "Payment", "Bill", "JournalEntry", "TimeActivity")
            )
            party = rng.choice(self.clients) if kind in ("Invoice", "Estimate", "Payment") else None
            books.entered_in_error(kind, party, "TimeActivity" if kind == "TimeActivity" else "transaction")
        for _ in books.times(0.02 * scale):
            vendor = rng.choice(self.contractors)
            credit = books.enter("VendorCredit", party=vendor)
            credit.lines = [
                Line("account", rng.randrange(10_000, 60_000), "Hours credited", account=self.chart["Subcontractors"])
            ]
            credit.total = credit.lines[0].amount
            self.routine.credits[vendor].append(credit)

    def _contractor_bill(self, day: date) -> None:
        rng = self.books.rng
        contractor = rng.choice(self.contractors)
        line = Line("account", 100 * rng.randrange(400, 5200), "Project support", account=self.chart["Subcontractors"])
        line.klass = self.classes["Projects"]
        self.routine.bill(contractor, [line], max(self.books.start, day - timedelta(days=rng.randrange(5))))

    def _void_something(self) -> None:
        rng, client = self.books.rng, self.books.rng.choice(self.clients)
        if rng.random() < 0.5:
            item = self.services[0]
            line = self._service_line(item, 300, item.price, item.description, "Advisory")
            form = self.selling.form("Invoice", client, [line])
            form.term = client.term or self.terms["Net 30"]
            form.due = form.day + timedelta(days=form.term.days)
            self.books.total_up(form)
            self.books.void(form)
            if not form.voided:
                self.selling.open_invoices[client].append(form)
        else:
            self.selling.failing_payment(client)

    def plans(self) -> Iterator[tuple[str, Record]]:
        """This year's budget, and journal codes for the partner firm in Lyon."""
        chart = self.chart
        for code, (_, text, kind) in zip(self.journal_codes, JOURNALS, strict=True):
            yield "JournalCode", journal_code_record(code, text, kind)
        rows = [
            (chart["Consulting Income:Strategy"], 5_500_000, None),
            (chart["Consulting Income:Finance"], 8_200_000, None),
            (chart["Subcontractors"], 1_400_000, None),
            (chart["Salaries & Wages"], 5_900_000, None),
            (chart["Rent"], 640_000, None),
        ]
        yield "Budget", budget(self.books, self.books.as_of.year, rows)

    def templates(self) -> list[Template]:
        """Rent, and the monthly fee of an advisory client."""
        books = self.books
        rent = books.draft("Bill", party=self.routine.overheads[0].vendor)
        rent.lines = [Line("account", 640_000, "Office rent, suite 410", account=self.chart["Rent"])]
        rent.total = 640_000
        fee = books.draft("Invoice", party=self.monthly[0])
        item = self.services[4]
        fee.lines = [self._service_line(item, 100, item.price, "Monthly advisory", "Advisory")]
        books.total_up(fee)
        return [Template("Office rent", rent, day_of_month=1), Template("Advisory fee", fee, "Automated", 1, 1)]

    def _staff_changes(self) -> None:
        books = self.books
        taken = {worker.name for worker in books.employees}
        for months, cost, bill in ((7, 3800, 12_500), (16, 5000, 17_500), (25, 5200, 19_500)):
            hired = books.start + timedelta(days=30 * months)
            books.on(hired, partial(self._hire, taken, cost, bill))
        leaver = books.employees[3]
        books.on(books.start + timedelta(days=590), partial(self._leave, leaver))

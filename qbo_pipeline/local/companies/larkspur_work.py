"""How Larkspur Advisory earns its money: fees, projects, hours, workshops, travel charged on."""

from __future__ import annotations

from datetime import date, timedelta

from qbo_pipeline.local.companies.amounts import extend
from qbo_pipeline.local.companies.larkspur_lists import LarkspurLists
from qbo_pipeline.local.companies.model import Document, Item, Line, Party

_WORK = (
    "Interviews with department heads",
    "Cost model, second draft",
    "Board deck",
    "Process walk-through on site",
    "Cash forecast",
    "Vendor comparison",
    "Steering committee",
    "Month-end support",
    "Data room review",
    "Pricing analysis",
    "Weekly check-in and follow-up",
)

_PROJECTS = (
    "Cost Review",
    "Growth Plan",
    "ERP Selection",
    "Shared Services",
    "Pricing",
    "Close Acceleration",
    "Carve-out",
)


class LarkspurWork(LarkspurLists):
    """The firm at work."""

    def _growth(self, day: date) -> float:
        """How busy the firm is: growing, quiet in July, August and December."""
        years = (day - self.books.start).days / 365
        season = {7: 0.8, 8: 0.75, 12: 0.7, 1: 1.1, 3: 1.15, 10: 1.1}.get(day.month, 1.0)
        return (0.8 + 0.2 * years) * season * self.scale

    def _service_line(self, item: Item, hours: int, rate: int, text: str, klass: str) -> Line:
        line = Line("item", extend(rate, hours), text, item=item, quantity=hours, price=rate)
        line.klass = self.classes[klass]
        return line

    def _monthly_fee(self, client: Party, today: date) -> None:
        if not client.active:
            return
        fee = self.services[4]
        price = fee.price + 25_000 * (int(client.id) % 7)
        lines = [self._service_line(fee, 100, price, f"Advisory, {today:%B %Y}", "Advisory")]
        if self.books.rng.random() < 0.25:
            lines.append(
                self._service_line(
                    self.services[3], 50 * self.books.rng.randrange(2, 12), 12_500, "Extra analysis", "Advisory"
                )
            )
        invoice = self.selling.invoice(client, lines, discount_percent=500 if int(client.id) % 11 == 0 else 0)
        invoice.custom = (("Partner", self.books.employees[int(client.id) % 2].name),)

    def _new_projects(self, day: date) -> None:
        books, rng = self.books, self.books.rng
        for project in self.projects[:]:
            if rng.random() < 0.16:
                self.projects.remove(project)
                if project not in self.unbilled and not self.selling.open_invoices[project] and rng.random() < 0.5:
                    books.deactivate(project)
        wanted = max(2, round(9 * self._growth(day)))
        while len(self.projects) < wanted:
            client = rng.choice(self.clients)
            name = f"{rng.choice(_PROJECTS)} {day.year}"
            if any(other.parent is client and other.name == name for other in books.customers):
                name = f"{name} / {books.next_id('Project')}"
            project = Party(books.next_id("Name"), name, books.now(), parent=client, is_project=True)
            project.company = client.company
            project.currency = client.currency
            project.given, project.family = client.given, client.family
            books.customers.append(project)
            self.projects.append(project)
            if rng.random() < 0.9:
                self._propose(project)
            if rng.random() < 0.12:
                self.selling.retainer(project, 100_000 * rng.randrange(2, 9))

    def _propose(self, project: Party) -> None:
        books, rng = self.books, self.books.rng
        item = rng.choice(self.services[:4])
        lines = [
            self._service_line(item, 100 * rng.randrange(20, 160), item.price, text, "Projects")
            for text in rng.sample(_WORK, rng.randrange(1, 4))
        ]
        estimate = self.selling.form("Estimate", project, lines)
        estimate.due = estimate.day + timedelta(days=30)
        estimate.status = rng.choice(("Accepted", "Accepted", "Pending", "Rejected"))
        books.total_up(estimate)
        if estimate.status == "Accepted" and rng.random() < 0.7:
            books.on(books.today + timedelta(days=rng.randrange(5, 30)), lambda _: self._kick_off(estimate))

    def _kick_off(self, estimate: Document) -> None:
        """The first fifth of an accepted proposal is invoiced at the start."""
        if estimate.party is None:
            return
        first = estimate.lines[0]
        if first.item is None:
            return
        line = self._service_line(
            first.item, first.quantity // 5, first.price, f"Kick-off: {first.description}", "Projects"
        )
        line.source = estimate
        invoice = self.selling.invoice(estimate.party, [line])
        estimate.status = "Closed"
        self.books.link(estimate, invoice, invoice.created)

    def _hours(self, day: date) -> None:
        """Consultants write down their hours, some for several projects a day; imported ones share a second."""
        books, rng = self.books, self.books.rng
        workers = [e for e in books.employees if e.bill_rate and e.active]
        entries = 1.4 * self._growth(day)
        for _ in books.times(entries):
            project = rng.choice(self.projects)
            activity = books.enter("TimeActivity", day, sequence="TimeActivity")
            activity.party = project
            activity.employee = rng.choice(workers if rng.random() < 0.9 else self.contractors[:4])
            activity.minutes = 15 * rng.randrange(2, 33)
            activity.item = rng.choice(self.services[:4])
            activity.total = activity.item.price
            activity.memo = rng.choice(_WORK)
            activity.status = "Billable" if rng.random() < 0.9 else "NotBillable"
            if activity.status == "Billable":
                self.unbilled.setdefault(project, []).append(activity)

    def _bill_hours(self, project: Party, today: date) -> None:
        activities = self.unbilled.pop(project, [])
        if not activities:
            return
        lines = []
        for activity in activities:
            if activity.item is None:
                continue
            hours = activity.minutes * 100 // 60
            line = self._service_line(activity.item, hours, activity.total, activity.memo, "Projects")
            line.service_date, line.source = activity.day, activity
            lines.append(line)
        charges = self.charges.pop(project, [])
        for charge in charges:
            line = Line(
                "item", charge.total, charge.lines[0].description, account=self.chart["Billable Expense Income"]
            )
            line.quantity, line.price, line.source = 100, charge.total, charge
            lines.append(line)
        lines.append(Line("text", description=f"Work to {today - timedelta(days=3):%B %d, %Y}"))
        invoice = self.selling.invoice(project, lines)
        invoice.custom = (("Engagement", project.name),)
        for activity in activities:
            activity.status = "HasBeenBilled"
            activity.touch(invoice.created)
        for charge in charges:
            charge.status = "HasBeenBilled"
            self.books.link(charge, invoice, invoice.created)

    def _piece(self, client: Party) -> None:
        """A small job without a project."""
        item = self.books.rng.choice(self.services[:4])
        hours = 50 * self.books.rng.randrange(2, 30)
        self.selling.invoice(client, [self._service_line(item, hours, item.price, item.description, "Advisory")])

    def _billable_trip(self) -> None:
        """Travel paid by card that a client will pay back: a billable line, and the charge QuickBooks makes of it."""
        books, rng = self.books, self.books.rng
        project = rng.choice(self.projects)
        if project.currency != books.home:
            return
        habit = self.routine.habits[3]
        line = Line("account", rng.randrange(18_000, 92_000), f"Travel for {project.name}", account=habit.account)
        line.party, line.billable = project, "Billable"
        purchase = self.routine.spend(habit.vendor, [line])
        charge = books.enter("ReimburseCharge", party=project)
        charge.lines = [Line("reimburse", line.amount, line.description, account=self.chart["Billable Expense Income"])]
        charge.total = line.amount
        charge.status = "Billable"
        books.link(purchase, charge, charge.created)
        self.charges.setdefault(project, []).append(charge)

    def _workshop(self) -> None:
        books, rng = self.books, self.books.rng
        seat = self.services[5]
        client = rng.choice([c for c in self.clients if c.currency == books.home])
        seats = 100 * rng.randrange(1, 4)
        receipt = self.selling.form(
            "SalesReceipt", client, [self._service_line(seat, seats, seat.price, seat.description, "Workshops")]
        )
        receipt.method = self.methods["Visa Card"]
        books.total_up(receipt)
        books.undeposited.append(receipt)
        if rng.random() < 0.15:
            refund = self.selling.form(
                "RefundReceipt", client, [self._service_line(seat, 100, seat.price, "Seat cancelled", "Workshops")]
            )
            refund.method, refund.account = receipt.method, self.chart["Checking"]
            books.total_up(refund)

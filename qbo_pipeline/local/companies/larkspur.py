"""Larkspur Advisory: consultants in Portland, Oregon, with clients at home and abroad.

Work is sold by the month (fixed fees), by the hour (time activities on projects) and by the piece (workshops); clients
pay in US dollars, euro, pounds and Canadian dollars.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from qbo_pipeline.local.companies import founding, names
from qbo_pipeline.local.companies.amounts import extend
from qbo_pipeline.local.companies.books import Books
from qbo_pipeline.local.companies.company_settings import Identity, journal_code_record
from qbo_pipeline.local.companies.founding import Chart
from qbo_pipeline.local.companies.json_parts import Record
from qbo_pipeline.local.companies.model import Document, Item, Line, Member, Party, TaxCode
from qbo_pipeline.local.companies.planning import Template, budget
from qbo_pipeline.local.companies.posting import ControlAccounts
from qbo_pipeline.local.companies.routine import CardHabit, Overhead, Routine
from qbo_pipeline.local.companies.selling import Selling

IDENTITY = Identity(
    "9341452000000001",
    "Larkspur Advisory",
    "Larkspur Advisory LLC",
    "410 Alder St, Suite 410",
    "Portland",
    "OR",
    "97205",
    "hello@larkspuradvisory.example",
    "https://www.larkspuradvisory.example",
    "(503) 555-0141",
    "Management consulting",
    "00-0000001",
    "America/Los_Angeles",
)

_CHART = (
    ("1000", "Checking", "Bank", "Checking"),
    ("1010", "Savings", "Bank", "Savings"),
    ("1050", "Petty Cash", "Bank", "CashOnHand"),
    ("1100", "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("1150", "Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("1200", "Prepaid Expenses", "Other Current Asset", "PrepaidExpenses"),
    ("1500", "Office Equipment", "Fixed Asset", "FurnitureAndFixtures"),
    ("1510", "Office Equipment:Original Cost", "Fixed Asset", "FurnitureAndFixtures"),
    ("1520", "Office Equipment:Depreciation", "Fixed Asset", "AccumulatedDepreciation"),
    ("2000", "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ("2100", "Company Card", "Credit Card", "CreditCard"),
    ("2200", "Payroll Liabilities", "Other Current Liability", "PayrollTaxPayable"),
    ("2250", "Accrued Expenses", "Other Current Liability", "OtherCurrentLiabilities"),
    ("2700", "Equipment Loan", "Long Term Liability", "NotesPayable"),
    ("3000", "Members' Capital", "Equity", "PartnersEquity"),
    ("3100", "Members' Draws", "Equity", "PartnerDistributions"),
    ("3900", "Retained Earnings", "Equity", "RetainedEarnings"),
    ("4000", "Consulting Income", "Income", "ServiceFeeIncome"),
    ("4010", "Consulting Income:Strategy", "Income", "ServiceFeeIncome"),
    ("4020", "Consulting Income:Operations", "Income", "ServiceFeeIncome"),
    ("4030", "Consulting Income:Finance", "Income", "ServiceFeeIncome"),
    ("4100", "Workshop Income", "Income", "ServiceFeeIncome"),
    ("4200", "Billable Expense Income", "Income", "ServiceFeeIncome"),
    ("4900", "Discounts Given", "Income", "DiscountsRefundsGiven"),
    ("4950", "Shipping Income", "Income", "ServiceFeeIncome"),
    ("5000", "Subcontractors", "Cost of Goods Sold", "CostOfLaborCos"),
    ("6000", "Salaries & Wages", "Expense", "PayrollExpenses"),
    ("6010", "Payroll Taxes", "Expense", "PayrollExpenses"),
    ("6100", "Rent", "Expense", "RentOrLeaseOfBuildings"),
    ("6200", "Utilities", "Expense", "Utilities"),
    ("6210", "Utilities:Electric & Gas", "Expense", "Utilities"),
    ("6220", "Utilities:Internet & Phone", "Expense", "Utilities"),
    ("6300", "Software Subscriptions", "Expense", "OfficeGeneralAdministrativeExpenses"),
    ("6400", "Travel", "Expense", "Travel"),
    ("6410", "Meals", "Expense", "TravelMeals"),
    ("6500", "Office Supplies", "Expense", "SuppliesMaterials"),
    ("6600", "Insurance", "Expense", "Insurance"),
    ("6700", "Professional Fees", "Expense", "LegalProfessionalFees"),
    ("6800", "Bank Charges", "Expense", "BankCharges"),
    ("6900", "Depreciation", "Other Expense", "Depreciation"),
    ("6950", "Exchange Gain or Loss", "Other Expense", "ExchangeGainOrLoss"),
    ("7000", "Interest Earned", "Other Income", "InterestEarned"),
    ("7100", "Interest Paid", "Expense", "InterestPaid"),
)

_SERVICES = (
    ("Strategy", "Strategy advice", "Consulting Income:Strategy", 24_500),
    ("Operations", "Operations review", "Consulting Income:Operations", 19_500),
    ("Finance", "Interim finance", "Consulting Income:Finance", 17_500),
    ("Research", "Research and analysis", "Consulting Income:Strategy", 12_500),
    ("Monthly Advisory", "Monthly advisory fee", "Consulting Income:Finance", 280_000),
    ("Workshop Seat", "Seat in an open workshop", "Workshop Income", 39_500),
)

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


_JOURNALS = (
    ("VT", "Sales journal", "Sales"),
    ("AC", "Purchases journal", "Expenses"),
    ("BQ", "Bank journal", "Bank"),
    ("OD", "Everything else", "Others"),
)


class Larkspur:
    """One history of the firm; `scale` multiplies its customers and its sales."""

    custom_fields: tuple[str, ...] = ("Engagement", "Partner")
    sales_tax = False
    identity = IDENTITY

    def __init__(self, seed: int, scale: float, as_of: date) -> None:
        start = date(as_of.year - 3, as_of.month, 1)
        self.books = books = Books(f"larkspur:{seed}", start, as_of, ("EUR", "GBP", "CAD"))
        self.scale = scale
        self.chart = chart = Chart(books, _CHART)
        foreign = {}
        for side, kind, sub in (("R", "Receivable", "AccountsReceivable"), ("P", "Payable", "AccountsPayable")):
            for code in books.currencies:
                name = f"Accounts {kind} (A/{side}) - {code}"
                foreign[side, code] = chart.open(books, "", name, f"Accounts {kind}", sub, code)
        receivable = {"USD": chart["Accounts Receivable (A/R)"]} | {c: foreign["R", c] for c in books.currencies}
        payable = {"USD": chart["Accounts Payable (A/P)"]} | {c: foreign["P", c] for c in books.currencies}
        books.control = ControlAccounts(
            receivable,
            payable,
            chart["Undeposited Funds"],
            chart["Discounts Given"],
            chart["Shipping Income"],
            chart["Exchange Gain or Loss"],
        )
        self.terms = founding.terms(books)
        self.methods = founding.methods(books, ("Cash", "Check", "Visa Card", "Wire / ACH"))
        self.types = founding.labels(
            books, "CustomerType", books.customer_types, ("Commercial", "Nonprofit", "Public sector", "Overseas")
        )
        self.classes = founding.labels(books, "Class", books.classes, ("Advisory", "Projects", "Workshops"))
        for ident, text, taxable in (("TAX", "Taxable", True), ("NON", "Not taxable", False)):
            books.tax_codes.append(TaxCode(ident, ident, books.now(), description=text, taxable=taxable))
        self.journal_codes = [Member(books.next_id("JournalCode"), row[0], books.now()) for row in _JOURNALS]
        self.services = [self._service(*row) for row in _SERVICES]
        self.selling = Selling(
            books, chart["Checking"], self.terms["Net 30"], self.methods["Check"], self.methods["Wire / ACH"]
        )
        self._people()
        self._customers()
        self._vendors()
        books.pace = 450 / max(scale, 1)
        self.unbilled: dict[Party, list[Document]] = {}
        self.charges: dict[Party, list[Document]] = {}

    # -- lists -----------------------------------------------------------------------------------------------------

    def _service(self, name: str, text: str, account: str, price: int) -> Item:
        item = Item(self.books.next_id("Item"), name, self.books.now(), description=text, price=price)
        item.income = self.chart[account]
        return self.books.join(self.books.items, item)

    def _people(self) -> None:
        books = self.books
        taken: set[str] = set()
        for cost, bill in (
            (7200, 24_500),
            (6600, 24_500),
            (5400, 19_500),
            (5200, 19_500),
            (4800, 17_500),
            (3600, 12_500),
        ):
            founding.employee(books, names.PACIFIC_NORTHWEST[:3], taken, books.start - timedelta(days=500), cost, bill)
        founding.employee(books, names.PACIFIC_NORTHWEST[:3], taken, books.start - timedelta(days=300), 2900)
        for months, cost, bill in ((7, 3800, 12_500), (16, 5000, 17_500), (25, 5200, 19_500)):
            hired = books.start + timedelta(days=30 * months)
            books.on(hired, partial(self._hire, taken, cost, bill))
        leaver = books.employees[3]
        books.on(books.start + timedelta(days=590), partial(self._leave, leaver))

    def _hire(self, taken: set[str], cost: int, bill: int, day: date) -> None:
        founding.employee(self.books, names.PACIFIC_NORTHWEST[:3], taken, day, cost, bill)

    def _leave(self, leaver: Party, day: date) -> None:
        leaver.released = day
        self.books.deactivate(leaver)

    def _customers(self) -> None:
        books, rng = self.books, self.books.rng
        self.taken: set[str] = set()
        self.monthly: list[Party] = []
        self.projects: list[Party] = []
        for index in range(max(8, round(110 * self.scale))):
            currency = ("USD", "USD", "USD", "EUR", "USD", "GBP", "USD", "USD", "USD", "CAD")[index % 10]
            places = names.ABROAD.get(currency, names.PACIFIC_NORTHWEST)
            client = founding.customer(books, self.taken, names.CLIENT_LINES, places)
            client.currency = currency
            client.term = rng.choice(
                (self.terms["Net 15"], self.terms["Net 30"], self.terms["Net 30"], self.terms["Net 60"])
            )
            kinds = ("Overseas",) if currency != "USD" else ("Commercial", "Commercial", "Nonprofit", "Public sector")
            client.group = self.types[rng.choice(kinds)]
            client.tax_code = None
            if index % 10 < 3:
                self.monthly.append(client)
        self.clients = list(books.customers)
        pairs = rng.sample(self.clients, 2)
        self._merge_and_retire(pairs)

    def _merge_and_retire(self, pair: list[Party]) -> None:
        books = self.books
        survivor = pair[0]
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

    def _vendors(self) -> None:
        books, chart = self.books, self.chart
        near = names.PACIFIC_NORTHWEST

        def vendor(name: str, account: str) -> Party:
            return founding.vendor(books, name, near, chart[account])

        landlord = vendor("Alder Street Properties", "Rent")
        power = vendor("Rose City Power & Light", "Utilities:Electric & Gas")
        fiber = vendor("Bridgetown Fiber", "Utilities:Internet & Phone")
        insurer = vendor("Northfork Mutual", "Insurance")
        counsel = vendor("Wainwright & Quill LLP", "Professional Fees")
        counsel.vendor_1099 = True
        treasury = vendor("United States Treasury", "Payroll Liabilities")
        self.routine = routine = Routine(
            books,
            chart,
            chart["Checking"],
            chart["Savings"],
            chart["Company Card"],
            chart["Petty Cash"],
            chart["Salaries & Wages"],
            chart["Payroll Taxes"],
            chart["Payroll Liabilities"],
            treasury,
            self.terms["Net 30"],
        )
        routine.overheads = [
            Overhead(landlord, chart["Rent"], 1, 640_000, description="Office rent, suite 410"),
            Overhead(power, chart["Utilities:Electric & Gas"], 9, 41_000, 12, 35, "Electricity and gas"),
            Overhead(fiber, chart["Utilities:Internet & Phone"], 12, 28_900, description="Fiber 1 Gbit, 9 lines"),
            Overhead(insurer, chart["Insurance"], 3, 92_500, description="Professional liability"),
            Overhead(counsel, chart["Professional Fees"], 22, 120_000, 45, description="Legal advice"),
        ]
        for name, account, low, high, often, text in (
            ("Ledgerleaf Software", "Software Subscriptions", 4_900, 18_000, 4, "Subscription"),
            ("Papermill Supply", "Office Supplies", 1_200, 16_000, 3, "Office supplies"),
            ("Corner Oven Cafe", "Meals", 1_100, 9_500, 5, "Client lunch"),
            ("Tamarack Air", "Travel", 18_000, 92_000, 3, "Flights"),
            ("Harbor Lodge Hotels", "Travel", 15_900, 61_000, 2, "Hotel"),
            ("Cloudberry Hosting", "Software Subscriptions", 9_900, 31_000, 2, "Hosting"),
        ):
            routine.habits.append(CardHabit(vendor(name, account), chart[account], low, high, often, text))
        routine.activity = max(self.scale, 0.05)
        routine.depreciation = [(chart["Depreciation"], chart["Office Equipment:Depreciation"], 95_000)]
        self.contractors = []
        for currency in ("USD", "USD", "USD", "USD", "EUR", "GBP", "CAD"):
            places = names.ABROAD.get(currency, near)
            name = f"{' '.join(names.person(books.rng))} Consulting"
            contractor = founding.vendor(books, name, places, chart["Subcontractors"])
            contractor.currency = currency
            contractor.vendor_1099 = currency == "USD"
            self.contractors.append(contractor)

    # -- history ---------------------------------------------------------------------------------------------------

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
        books.run(self._day)

    def _growth(self, day: date) -> float:
        """How busy the firm is: growing, quiet in July, August and December."""
        years = (day - self.books.start).days / 365
        season = {7: 0.8, 8: 0.75, 12: 0.7, 1: 1.1, 3: 1.15, 10: 1.1}.get(day.month, 1.0)
        return (0.8 + 0.2 * years) * season * self.scale

    def _day(self, day: date) -> None:
        books, rng = self.books, self.books.rng
        self.routine.every_day(day)
        if day.day == 1:
            for index, client in enumerate(self.monthly):
                # Advisory clients sign up one after the other.
                if client.active and index < len(self.monthly) * (0.35 + (day - books.start).days / 2000):
                    books.on(books.business_day(day), partial(self._monthly_fee, client))
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
        entries = 1.75 * self._growth(day)
        while self.projects and rng.random() < entries:
            entries -= 1
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

    def _now_and_then(self, day: date) -> None:
        books, rng, scale = self.books, self.books.rng, self.scale
        busy = self._growth(day)
        pieces = 0.14 * busy
        while rng.random() < pieces:
            pieces -= 1
            self._piece(rng.choice(self.clients))
        if rng.random() < 0.30 * scale:
            self._contractor_bill(day)
        if rng.random() < 0.10 * scale and self.projects:
            self._billable_trip()
        if rng.random() < 0.09 * scale:
            self._workshop()
        if rng.random() < 0.05 * scale:
            client = rng.choice(self.clients)
            line = self._service_line(self.services[1], 50 * rng.randrange(1, 9), 19_500, "Hours credited", "Advisory")
            self.selling.credit(client, [line], "Credit for hours not used")
        if rng.random() < 0.02 * scale:
            self._void_something()
        if rng.random() < 0.035 * scale:
            kind = rng.choice(
                ("Invoice", "Invoice", "Purchase", "Estimate", "Payment", "Bill", "JournalEntry", "TimeActivity")
            )
            party = rng.choice(self.clients) if kind in ("Invoice", "Estimate", "Payment") else None
            books.entered_in_error(kind, party, "TimeActivity" if kind == "TimeActivity" else "transaction")
        if rng.random() < 0.02 * scale:
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

    # -- plans -----------------------------------------------------------------------------------------------------

    def plans(self) -> Iterator[tuple[str, Record]]:
        """This year's budget, and journal codes for the partner firm in Lyon."""
        chart = self.chart
        for code, (_, text, kind) in zip(self.journal_codes, _JOURNALS, strict=True):
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

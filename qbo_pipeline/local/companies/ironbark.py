"""Ironbark Fabrication: a small maker of steel fittings and workshop furniture in Akron, Ohio.

It buys stock on purchase orders, sells by invoice and over the counter, charges sales tax in two states, keeps two
locations and three classes apart, budgets, counts its stock, and writes off what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from qbo_pipeline.local.companies import founding, names, posting
from qbo_pipeline.local.companies.amounts import extend, percent_of
from qbo_pipeline.local.companies.books import Books
from qbo_pipeline.local.companies.company_settings import Identity
from qbo_pipeline.local.companies.founding import Chart
from qbo_pipeline.local.companies.json_parts import Record
from qbo_pipeline.local.companies.model import Account, Document, Item, Line, Member, Party, TaxCode, TaxRate
from qbo_pipeline.local.companies.planning import Template, budget
from qbo_pipeline.local.companies.posting import ControlAccounts
from qbo_pipeline.local.companies.routine import CardHabit, Overhead, Routine
from qbo_pipeline.local.companies.selling import Selling

IDENTITY = Identity(
    "9341452000000002",
    "Ironbark Fabrication",
    "Ironbark Fabrication, Inc.",
    "2250 Foundry Rd",
    "Akron",
    "OH",
    "44310",
    "office@ironbarkfabrication.example",
    "https://www.ironbarkfabrication.example",
    "(330) 555-0160",
    "Fabricated metal products",
    "00-0000002",
    "America/New_York",
)

_CHART = (
    ("1000", "Operating Account", "Bank", "Checking"),
    ("1010", "Reserve Account", "Bank", "Savings"),
    ("1050", "Petty Cash", "Bank", "CashOnHand"),
    ("1100", "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("1150", "Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("1300", "Inventory Asset", "Other Current Asset", "Inventory"),
    ("1350", "Prepaid Insurance", "Other Current Asset", "PrepaidExpenses"),
    ("1500", "Machinery", "Fixed Asset", "MachineryAndEquipment"),
    ("1510", "Machinery:Original Cost", "Fixed Asset", "MachineryAndEquipment"),
    ("1520", "Machinery:Depreciation", "Fixed Asset", "AccumulatedDepreciation"),
    ("1600", "Vehicles", "Fixed Asset", "Vehicles"),
    ("1610", "Vehicles:Original Cost", "Fixed Asset", "Vehicles"),
    ("1620", "Vehicles:Depreciation", "Fixed Asset", "AccumulatedDepreciation"),
    ("2000", "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ("2100", "Shop Card", "Credit Card", "CreditCard"),
    ("2200", "Payroll Liabilities", "Other Current Liability", "PayrollTaxPayable"),
    ("2300", "Ohio Department of Taxation Payable", "Other Current Liability", "GlobalTaxPayable"),
    ("2310", "Indiana Department of Revenue Payable", "Other Current Liability", "GlobalTaxPayable"),
    ("2400", "Accrued Freight", "Other Current Liability", "OtherCurrentLiabilities"),
    ("2700", "Machine Loan", "Long Term Liability", "NotesPayable"),
    ("3000", "Common Stock", "Equity", "CommonStock"),
    ("3900", "Retained Earnings", "Equity", "RetainedEarnings"),
    ("4000", "Product Sales", "Income", "SalesOfProductIncome"),
    ("4010", "Product Sales:Hardware", "Income", "SalesOfProductIncome"),
    ("4020", "Product Sales:Furniture", "Income", "SalesOfProductIncome"),
    ("4030", "Product Sales:Gates & Rails", "Income", "SalesOfProductIncome"),
    ("4100", "Fabrication Services", "Income", "ServiceFeeIncome"),
    ("4200", "Shipping Income", "Income", "SalesOfProductIncome"),
    ("4300", "Billable Expense Income", "Income", "ServiceFeeIncome"),
    ("4900", "Discounts Given", "Income", "DiscountsRefundsGiven"),
    ("5000", "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("5100", "Freight In", "Cost of Goods Sold", "ShippingFreightDeliveryCos"),
    ("5200", "Inventory Shrinkage", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("5300", "Shop Wages", "Cost of Goods Sold", "CostOfLaborCos"),
    ("6010", "Payroll Taxes", "Expense", "PayrollExpenses"),
    ("6100", "Rent", "Expense", "RentOrLeaseOfBuildings"),
    ("6200", "Utilities", "Expense", "Utilities"),
    ("6210", "Utilities:Electricity", "Expense", "Utilities"),
    ("6220", "Utilities:Natural Gas", "Expense", "Utilities"),
    ("6230", "Utilities:Water & Waste", "Expense", "Utilities"),
    ("6300", "Shop Supplies", "Expense", "SuppliesMaterials"),
    ("6310", "Small Tools", "Expense", "SuppliesMaterials"),
    ("6400", "Vehicle Fuel", "Expense", "Auto"),
    ("6500", "Repairs & Maintenance", "Expense", "RepairMaintenance"),
    ("6600", "Insurance", "Expense", "Insurance"),
    ("6700", "Accounting & Legal", "Expense", "LegalProfessionalFees"),
    ("6800", "Merchant Fees", "Expense", "BankCharges"),
    ("6850", "Advertising", "Expense", "AdvertisingPromotional"),
    ("6900", "Depreciation", "Other Expense", "Depreciation"),
    ("7100", "Interest Paid", "Expense", "InterestPaid"),
)

_STOCK = (
    ("Hardware", "Strap Hinge 8 in", "HW-STH08", 1850, 790),
    ("Hardware", "Strap Hinge 12 in", "HW-STH12", 2450, 1060),
    ("Hardware", "Gate Latch", "HW-LAT01", 3200, 1385),
    ("Hardware", "Cane Bolt", "HW-CAN01", 2750, 1120),
    ("Hardware", "Shelf Bracket 10 in", "HW-BRK10", 1395, 525),
    ("Hardware", "Shelf Bracket 14 in", "HW-BRK14", 1695, 640),
    ("Hardware", "Post Base 4x4", "HW-PST44", 2895, 1240),
    ("Hardware", "Anchor Plate", "HW-ANC01", 895, 310),
    ("Furniture", "Workbench Frame 6 ft", "FU-WBF06", 42_500, 19_800),
    ("Furniture", "Workbench Frame 8 ft", "FU-WBF08", 51_900, 24_350),
    ("Furniture", "Maple Bench Top 6 ft", "FU-MBT06", 31_500, 17_200),
    ("Furniture", "Drawer Unit", "FU-DRW03", 27_900, 13_100),
    ("Furniture", "Tool Rack", "FU-RCK01", 14_900, 6_150),
    ("Furniture", "Rolling Cart", "FU-CRT01", 23_900, 11_400),
    ("Furniture", "Welding Table 4x4", "FU-WLD44", 89_500, 43_700),
    ("Gates & Rails", "Driveway Gate 12 ft", "GR-DRV12", 124_000, 61_800),
    ("Gates & Rails", "Walk Gate 4 ft", "GR-WLK04", 41_500, 19_900),
    ("Gates & Rails", "Rail Panel 6 ft", "GR-PNL06", 18_900, 8_250),
    ("Gates & Rails", "Stair Rail Kit", "GR-STR01", 33_500, 15_600),
    ("Gates & Rails", "Post Cap", "GR-CAP01", 1150, 365),
)

_BUNDLES = (
    ("Workshop Starter", ("Workbench Frame 6 ft", 1), ("Maple Bench Top 6 ft", 1), ("Tool Rack", 2)),
    ("Driveway Set", ("Driveway Gate 12 ft", 1), ("Gate Latch", 1), ("Cane Bolt", 2), ("Strap Hinge 12 in", 4)),
    ("Garden Gate Set", ("Walk Gate 4 ft", 1), ("Gate Latch", 1), ("Strap Hinge 8 in", 2)),
)


class Ironbark:
    """One history of the shop; `scale` multiplies its customers and its trade."""

    custom_fields: tuple[str, ...] = ("PO Number", "Ship Via")
    sales_tax = True
    identity = IDENTITY

    def __init__(self, seed: int, scale: float, as_of: date) -> None:
        self.books = books = Books(f"ironbark:{seed}", date(as_of.year - 3, as_of.month, 1), as_of)
        self.scale = scale
        self.chart = chart = Chart(books, _CHART)
        books.control = ControlAccounts(
            {"USD": chart["Accounts Receivable (A/R)"]},
            {"USD": chart["Accounts Payable (A/P)"]},
            chart["Undeposited Funds"],
            chart["Discounts Given"],
            chart["Shipping Income"],
        )
        self.terms = founding.terms(books)
        self.methods = founding.methods(books, ("Cash", "Check", "Visa Card", "Debit Card", "ACH"))
        types = ("Contractor", "Dealer", "Farm", "Retail")
        self.types = founding.labels(books, "CustomerType", books.customer_types, types)
        classes = ("Hardware", "Furniture", "Gates & Rails", "Gates & Rails:Custom", "Services")
        self.classes = founding.labels(books, "Class", books.classes, classes)
        self.locations = founding.labels(books, "Department", books.departments, ("Akron Shop", "Canton Showroom"))
        self._taxes()
        self._vendors()
        self._items()
        self._customers()
        self.selling = Selling(
            books, chart["Operating Account"], self.terms["Net 30"], self.methods["Check"], self.methods["ACH"]
        )
        self.charges: dict[Party, list[Document]] = {}
        self.incoming: dict[str, int] = {}
        self.order_number = 1000
        self.adjustment_number = 0
        self._taxed_to = 0
        books.pace = 500 / max(scale, 1)

    # -- lists -----------------------------------------------------------------------------------------------------

    def _taxes(self) -> None:
        books = self.books
        agencies = {}
        for name in ("Ohio Department of Taxation", "Indiana Department of Revenue"):
            agencies[name] = books.join(books.agencies, Member(books.next_id("TaxAgency"), name, books.now()))
        rates = {}
        for name, percent, agency in (
            ("Ohio State", 575, "Ohio Department of Taxation"),
            ("Summit County", 100, "Ohio Department of Taxation"),
            ("Indiana State", 700, "Indiana Department of Revenue"),
        ):
            rate = TaxRate(books.next_id("TaxRate"), name, books.now(), percent=percent, agency=agencies[agency])
            rate.payable = self.chart[f"{agency} Payable"]
            rates[name] = books.join(books.tax_rates, rate)
        for ident, text, taxable in (("TAX", "Taxable", True), ("NON", "Not taxable", False)):
            books.tax_codes.append(TaxCode(ident, ident, books.now(), description=text, taxable=taxable))
        both = (rates["Ohio State"], rates["Summit County"])
        self.ohio = TaxCode("2", "Summit County, OH", books.now(), description="State and county", rates=both)
        self.indiana = TaxCode("3", "Indiana", books.now(), description="State", rates=(rates["Indiana State"],))
        books.tax_codes += [self.ohio, self.indiana]

    def _vendors(self) -> None:
        books, chart = self.books, self.chart

        def vendor(name: str, account: str) -> Party:
            return founding.vendor(books, name, names.GREAT_LAKES, chart[account])

        self.suppliers = {
            "Hardware": [
                vendor("Cuyahoga Castings", "Inventory Asset"),
                vendor("Millrace Fasteners", "Inventory Asset"),
            ],
            "Furniture": [
                vendor("Tuscarawas Tube & Steel", "Inventory Asset"),
                vendor("Buckhorn Hardwoods", "Inventory Asset"),
            ],
            "Gates & Rails": [vendor("Lakefront Ornamental", "Inventory Asset")],
        }
        for group in self.suppliers.values():
            for supplier in group:
                supplier.term = self.terms["Net 30"]
        self.carrier = vendor("Portage Freight Lines", "Freight In")
        self.revenue_office = vendor("Ohio Department of Taxation", "Ohio Department of Taxation Payable")
        landlord = vendor("Foundry Road Holdings", "Rent")
        showroom = vendor("Belden Village Leasing", "Rent")
        power = vendor("Buckeye Valley Electric", "Utilities:Electricity")
        gas = vendor("Western Reserve Gas", "Utilities:Natural Gas")
        water = vendor("City Water & Waste", "Utilities:Water & Waste")
        insurer = vendor("Tillage & Trade Insurance", "Insurance")
        auditor = vendor("Pemberton Kaplan CPAs", "Accounting & Legal")
        auditor.vendor_1099 = True
        treasury = vendor("United States Treasury", "Payroll Liabilities")
        self.routine = routine = Routine(
            books,
            chart,
            chart["Operating Account"],
            chart["Reserve Account"],
            chart["Shop Card"],
            chart["Petty Cash"],
            chart["Shop Wages"],
            chart["Payroll Taxes"],
            chart["Payroll Liabilities"],
            treasury,
            self.terms["Net 30"],
        )
        routine.overheads = [
            Overhead(landlord, chart["Rent"], 1, 780_000, description="Shop rent"),
            Overhead(showroom, chart["Rent"], 1, 265_000, description="Showroom rent"),
            Overhead(power, chart["Utilities:Electricity"], 8, 214_000, 14, 10, "Three-phase power"),
            Overhead(gas, chart["Utilities:Natural Gas"], 11, 68_000, 15, 140, "Natural gas"),
            Overhead(water, chart["Utilities:Water & Waste"], 17, 19_500, 8, description="Water and waste"),
            Overhead(insurer, chart["Insurance"], 5, 148_000, description="Property and liability"),
            Overhead(auditor, chart["Accounting & Legal"], 21, 65_000, 20, description="Bookkeeping review"),
        ]
        for name, account, low, high, often, text in (
            ("Torch & Tip Welding Supply", "Shop Supplies", 2_400, 48_000, 6, "Gas, wire, discs"),
            ("Whetstone Tools", "Small Tools", 1_900, 36_000, 3, "Tools"),
            ("Route 8 Fuel Stop", "Vehicle Fuel", 4_200, 14_500, 5, "Diesel"),
            ("Keystone Crane Service", "Repairs & Maintenance", 9_500, 120_000, 1, "Inspection and repair"),
            ("Signpost Media", "Advertising", 7_500, 60_000, 1, "Advertising"),
            ("Tallmadge Office Supply", "Shop Supplies", 1_100, 9_900, 2, "Paper and labels"),
        ):
            routine.habits.append(CardHabit(vendor(name, account), chart[account], low, high, often, text))
        routine.activity = max(self.scale, 0.05)
        routine.depreciation = [
            (chart["Depreciation"], chart["Machinery:Depreciation"], 310_000),
            (chart["Depreciation"], chart["Vehicles:Depreciation"], 84_000),
        ]
        taken: set[str] = set()
        for cost in (3900, 3400, 3200, 2900, 2700, 2500):
            founding.employee(books, names.GREAT_LAKES[:2], taken, books.start - timedelta(days=700), cost)

    def _items(self) -> None:
        books, chart, rng = self.books, self.chart, self.books.rng
        categories: dict[str, Item] = {}
        by_name: dict[str, Item] = {}
        self.stock: list[Item] = []
        for category, name, sku, price, cost in _STOCK:
            if category not in categories:
                categories[category] = Item(books.next_id("Item"), category, books.now(), type="Category")
                books.items.append(categories[category])
            item = Item(books.next_id("Item"), name, books.now(), type="Inventory", sku=sku, description=name)
            item.price, item.cost, item.taxable, item.parent = price, cost, True, categories[category]
            item.income = chart[f"Product Sales:{category}"]
            item.expense, item.asset = chart["Cost of Goods Sold"], chart["Inventory Asset"]
            item.vendor = rng.choice(self.suppliers[category])
            # Cheap things are kept in hundreds, dear ones in dozens; more of both for a larger company.
            item.reorder_point = max(4, round((120 if cost < 2000 else 24 if cost < 15_000 else 10) * self.scale))
            item.started = books.start
            by_name[name] = item
            self.stock.append(books.join(books.items, item))
        self.bundles = []
        for name, *parts in _BUNDLES:
            bundle = Item(books.next_id("Item"), name, books.now(), type="Group", description=name)
            bundle.components = tuple((by_name[part], quantity) for part, quantity in parts)
            self.bundles.append(books.join(books.items, bundle))
        services = []
        for name, price in (("Custom Welding", 9_500), ("Powder Coating", 14_000), ("Installation", 8_500)):
            item = Item(books.next_id("Item"), name, books.now(), description=name, price=price)
            item.income = chart["Fabrication Services"]
            services.append(books.join(books.items, item))
        self.services = services
        crate = Item(books.next_id("Item"), "Shipping Crate", books.now(), type="NonInventory", price=4_500, cost=2_100)
        crate.income, crate.expense = chart["Product Sales:Hardware"], chart["Shop Supplies"]
        crate.taxable = True
        self.crate = books.join(books.items, crate)

    def _customers(self) -> None:
        books, rng = self.books, self.books.rng
        self.taken: set[str] = set()
        for _ in range(max(10, round(210 * self.scale))):
            client = founding.customer(books, self.taken, names.TRADE_LINES, names.GREAT_LAKES, 0.2)
            client.group = self.types[rng.choice(("Contractor", "Contractor", "Dealer", "Farm", "Retail"))]
            client.term = self.terms[rng.choice(("Net 30", "Net 30", "Net 15", "2% 10 Net 30", "Due on receipt"))]
            state = client.address.state if client.address else ""
            exempt = client.group.name == "Dealer"
            if not exempt:
                client.tax_code = {"OH": self.ohio, "IN": self.indiana}.get(state)
            client.taxable = client.tax_code is not None
            client.account_number = f"RS-{rng.randrange(10_000, 99_999)}" if exempt else ""
        self.clients = list(books.customers)
        # Contractors have jobs below them.
        for client in self.clients[::12]:
            job = Party(
                books.next_id("Name"), f"{names.street(rng)}", books.now(), parent=client, company=client.company
            )
            job.given, job.family, job.taxable = client.given, client.family, client.taxable
            books.customers.append(job)
            self.clients.append(job)

    # -- history ---------------------------------------------------------------------------------------------------

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
        while self.books.rng.random() < expected:
            expected -= 1
            action()

    # -- buying ----------------------------------------------------------------------------------------------------

    def _first_stock(self) -> None:
        for item in self.stock:
            self._order(item, item.reorder_point * 3, at_once=True)

    def _reorder(self) -> None:
        """Orders what is low: one purchase order a supplier, with every item of theirs that is needed."""
        needed: dict[Party, list[tuple[Item, int]]] = {}
        for item in self.stock:
            if item.on_hand + self.incoming.get(item.id, 0) <= item.reorder_point and item.vendor is not None:
                needed.setdefault(item.vendor, []).append((item, item.reorder_point * 2))
        for supplier, rows in needed.items():
            self._send_order(supplier, rows)

    def _order(self, item: Item, units: int, at_once: bool = False) -> None:
        if item.vendor is not None:
            self._send_order(item.vendor, [(item, units)], at_once)

    def _send_order(self, supplier: Party, rows: list[tuple[Item, int]], at_once: bool = False) -> None:
        books, rng = self.books, self.books.rng
        order = books.enter("PurchaseOrder", party=supplier)
        self.order_number += 1
        order.number = f"PO-{self.order_number}"
        order.status = "Open"
        order.emailed = True
        for item, units in rows:
            # Steel follows the market.
            price = percent_of(
                item.cost, 10_000 + rng.randrange(-300, 500) + 250 * (books.today.year - books.start.year)
            )
            line = Line(
                "item", extend(price, 100 * units), item.description, item=item, quantity=100 * units, price=price
            )
            line.klass = self.classes[item.parent.name] if item.parent else None
            order.lines.append(line)
            self.incoming[item.id] = self.incoming.get(item.id, 0) + units
        order.total = sum(line.amount for line in order.lines)
        order.due = order.day + timedelta(days=21)
        if at_once:
            self._goods_arrive(order)
        else:
            arrival = books.business_day(books.today + timedelta(days=rng.randrange(5, 19)))
            books.on(arrival, lambda _: self._goods_arrive(order))

    def _goods_arrive(self, order: Document) -> None:
        """The supplier's bill comes with the goods, sometimes with freight on it."""
        if order.party is None:
            return
        lines = []
        for ordered in order.lines:
            if ordered.item is None:
                continue
            line = Line("item", ordered.amount, ordered.description, item=ordered.item, klass=ordered.klass)
            line.quantity, line.price, line.cost, line.source = ordered.quantity, ordered.price, 0, order
            lines.append(line)
            posting.receive(ordered.item, ordered.quantity // 100, ordered.amount)
            self.incoming[ordered.item.id] -= ordered.quantity // 100
        if self.books.rng.random() < 0.3:
            lines.append(
                Line("account", self.books.rng.randrange(4_500, 28_000), "Freight", account=self.chart["Freight In"])
            )
        bill = self.routine.bill(order.party, lines)
        bill.department = self.locations["Akron Shop"]
        order.status = "Closed"
        self.books.link(order, bill, bill.created)

    def _freight(self) -> None:
        line = Line("account", self.books.rng.randrange(6_000, 42_000), "Freight", account=self.chart["Freight In"])
        self.routine.bill(self.carrier, [line])

    def _supplier_credit(self) -> None:
        """Faulty goods go back, at what they cost."""
        rng = self.books.rng
        item = rng.choice(self.stock)
        if not item.layers or item.vendor is None or item.layers[0][0] < 3:
            return
        units, cost = item.layers[0]
        count = rng.randrange(1, max(2, min(units // 2, 6)))
        value = posting.issue(item, count)
        credit = self.books.enter("VendorCredit", party=item.vendor)
        credit.number = f"RMA{rng.randrange(1000, 9999)}"
        line = Line("item", value, f"Returned: {item.name}", item=item, quantity=100 * count, price=cost // units)
        credit.lines = [line]
        credit.total = value
        self.routine.credits[item.vendor].append(credit)

    # -- selling ---------------------------------------------------------------------------------------------------

    def _stock_line(self, item: Item, units: int) -> Line | None:
        """A sale of stock, as many as there are; None when there are none."""
        units = min(units, item.on_hand)
        if units <= 0:
            return None
        line = Line("item", extend(item.price, 100 * units), item.description, item=item, quantity=100 * units)
        line.price, line.taxable = item.price, item.taxable
        line.klass = self.classes[item.parent.name] if item.parent else None
        line.cost = posting.issue(item, units)
        return line

    def _bundle_line(self, bundle: Item, count: int) -> Line | None:
        if any(part.on_hand < each * count for part, each in bundle.components):
            return None
        children = [self._stock_line(part, each * count) for part, each in bundle.components]
        line = Line("bundle", item=bundle, description=bundle.description, quantity=100 * count)
        line.children = tuple(child for child in children if child is not None)
        line.amount = sum(child.amount for child in line.children)
        return line

    def _goods(self, most: int) -> list[Line]:
        rng = self.books.rng
        lines: list[Line] = []
        for item in rng.sample(self.stock, rng.randrange(1, most)):
            line = self._stock_line(item, rng.randrange(1, 13) if item.cost < 2000 else rng.randrange(1, 4))
            if line is not None:
                lines.append(line)
        if rng.random() < 0.16:
            bundle = self._bundle_line(rng.choice(self.bundles), 1)
            if bundle is not None:
                lines.append(bundle)
        return lines

    def _service_line(self, item: Item) -> Line:
        hours = 50 * self.books.rng.randrange(1, 17)
        line = Line("item", extend(item.price, hours), item.description, item=item, quantity=hours, price=item.price)
        line.klass = self.classes["Services"]
        return line

    def _sale(self) -> None:
        rng = self.books.rng
        client = rng.choice(self.clients)
        lines = self._goods(5)
        if not lines or rng.random() < 0.25:
            lines.append(self._service_line(rng.choice(self.services)))
        self._bill_sale(client, lines)

    def _bill_sale(self, client: Party, lines: list[Line]) -> Document:
        rng = self.books.rng
        charges = self.charges.pop(client, [])
        for charge in charges:
            line = Line(
                "item", charge.total, charge.lines[0].description, account=self.chart["Billable Expense Income"]
            )
            line.quantity, line.price, line.source = 100, charge.total, charge
            lines.append(line)
        dealer = client.root.group is not None and client.root.group.name == "Dealer"
        invoice = self.selling.invoice(
            client,
            lines,
            discount_percent=1000 if dealer else 500 if rng.random() < 0.05 else 0,
            shipping=100 * rng.randrange(15, 140) if rng.random() < 0.3 else 0,
            deposit_percent=3000 if rng.random() < 0.03 else 0,
        )
        invoice.department = self.locations["Akron Shop" if rng.random() < 0.8 else "Canton Showroom"]
        if rng.random() < 0.5:
            invoice.custom = (("PO Number", str(rng.randrange(40_000, 90_000))),)
        for charge in charges:
            charge.status = "HasBeenBilled"
            self.books.link(charge, invoice, invoice.created)
        return invoice

    def _quote(self) -> None:
        """An estimate does not touch stock; an accepted one becomes an invoice weeks later."""
        rng = self.books.rng
        client = rng.choice(self.clients)
        item = rng.choice(self.stock)
        units = rng.randrange(1, 4)
        quoted = Line("item", extend(item.price, 100 * units), item.description, item=item, quantity=100 * units)
        quoted.price, quoted.taxable = item.price, item.taxable
        estimate = self.selling.form("Estimate", client, [quoted, self._service_line(self.services[0])])
        estimate.due = estimate.day + timedelta(days=45)
        estimate.status = rng.choice(("Pending", "Pending", "Accepted", "Accepted", "Rejected"))
        self.books.total_up(estimate)
        if estimate.status == "Accepted":
            self.books.on(
                self.books.business_day(self.books.today + timedelta(days=rng.randrange(4, 25))),
                lambda _: self._order_quoted(estimate),
            )

    def _order_quoted(self, estimate: Document) -> None:
        quoted, work = estimate.lines
        if estimate.party is None or not estimate.party.active or quoted.item is None:
            return
        goods = self._stock_line(quoted.item, quoted.quantity // 100)
        work = Line("item", work.amount, work.description, item=work.item, quantity=work.quantity, price=work.price)
        lines = [line for line in (goods, work) if line is not None]
        for line in lines:
            line.source = estimate
        invoice = self._bill_sale(estimate.party, lines)
        estimate.status = "Closed"
        self.books.link(estimate, invoice, invoice.created)

    def _counter_sale(self) -> None:
        rng = self.books.rng
        lines = self._goods(3)
        if not lines:
            return
        client = rng.choice(self.clients) if rng.random() < 0.35 else None
        receipt = self.selling.form("SalesReceipt", client, lines)
        receipt.tax_code = self.ohio if client is None or client.tax_code else client.tax_code
        receipt.department = self.locations["Canton Showroom" if rng.random() < 0.7 else "Akron Shop"]
        receipt.method = self.methods[rng.choice(("Cash", "Visa Card", "Visa Card", "Debit Card", "Check"))]
        receipt.reference = str(rng.randrange(1000, 9999)) if receipt.method.name == "Check" else ""
        self.books.total_up(receipt)
        self.books.undeposited.append(receipt)
        if rng.random() < 0.045 and lines[0].item is not None and lines[0].kind == "item":
            self.books.on(
                self.books.today + timedelta(days=rng.randrange(1, 12)),
                lambda _: self._refund(receipt, lines[0]),
            )

    def _returned(self, sold: Line) -> Line:
        """One unit back on the shelf."""
        line = Line("item", sold.price, f"Returned: {sold.description}", item=sold.item, quantity=100, price=sold.price)
        line.taxable, line.klass = sold.taxable, sold.klass
        if sold.item is not None and sold.item.asset is not None:
            line.cost = posting.give_back(sold.item, 1)
        return line

    def _refund(self, receipt: Document, sold: Line) -> None:
        refund = self.selling.form("RefundReceipt", receipt.party, [self._returned(sold)])
        refund.tax_code, refund.department = receipt.tax_code, receipt.department
        refund.method, refund.account = receipt.method, self.chart["Operating Account"]
        self.books.total_up(refund)

    def _goods_return(self) -> None:
        """A customer on account sends something back and gets a credit memo."""
        rng = self.books.rng
        client = rng.choice(self.clients)
        for invoice in self.selling.open_invoices[client]:
            for sold in invoice.lines:
                if sold.kind == "item" and sold.item is not None and sold.item.asset is not None:
                    self.selling.credit(client, [self._returned(sold)], f"Return from invoice {invoice.number}")
                    return

    def _billable_part(self) -> None:
        """A part bought by card for one customer's job, to be charged on."""
        books, rng = self.books, self.books.rng
        client = rng.choice(self.clients)
        habit = self.routine.habits[0]
        line = Line("account", rng.randrange(3_000, 45_000), "Special-order part", account=habit.account)
        line.party, line.billable = client, "Billable"
        purchase = self.routine.spend(habit.vendor, [line])
        charge = books.enter("ReimburseCharge", party=client)
        charge.lines = [Line("reimburse", line.amount, line.description, account=self.chart["Billable Expense Income"])]
        charge.total = line.amount
        charge.status = "Billable"
        books.link(purchase, charge, charge.created)
        self.charges.setdefault(client, []).append(charge)

    # -- keeping things straight -----------------------------------------------------------------------------------

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

    # -- plans -----------------------------------------------------------------------------------------------------

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

"""What Ironbark Fabrication is made of: its accounts, taxes, vendors, goods, staff and customers."""

from __future__ import annotations

from datetime import date, timedelta

from qbo_pipeline.local.companies import founding, names
from qbo_pipeline.local.companies.books import Books
from qbo_pipeline.local.companies.company_settings import Identity
from qbo_pipeline.local.companies.founding import Chart
from qbo_pipeline.local.companies.model import Document, Item, Member, Party, TaxCode, TaxRate
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


class IronbarkLists:
    """The shop on its first day."""

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

        def vendor(name: str) -> Party:
            return founding.vendor(books, name, names.GREAT_LAKES)

        self.suppliers = {
            "Hardware": [
                vendor("Cuyahoga Castings"),
                vendor("Millrace Fasteners"),
            ],
            "Furniture": [
                vendor("Tuscarawas Tube & Steel"),
                vendor("Buckhorn Hardwoods"),
            ],
            "Gates & Rails": [vendor("Lakefront Ornamental")],
        }
        for group in self.suppliers.values():
            for supplier in group:
                supplier.term = self.terms["Net 30"]
        self.carrier = vendor("Portage Freight Lines")
        vendor("Ohio Department of Taxation")
        landlord = vendor("Foundry Road Holdings")
        showroom = vendor("Belden Village Leasing")
        power = vendor("Buckeye Valley Electric")
        gas = vendor("Western Reserve Gas")
        water = vendor("City Water & Waste")
        insurer = vendor("Tillage & Trade Insurance")
        auditor = vendor("Pemberton Kaplan CPAs")
        auditor.vendor_1099 = True
        treasury = vendor("United States Treasury")
        self.routine = routine = Routine(
            books,
            chart,
            chart["Operating Account"],
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
            routine.habits.append(CardHabit(vendor(name), chart[account], low, high, often, text))
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

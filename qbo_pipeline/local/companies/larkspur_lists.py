"""What Larkspur Advisory is made of: its accounts, services, people, vendors and clients."""

from __future__ import annotations

from datetime import date, timedelta

from qbo_pipeline.local.companies import founding, names
from qbo_pipeline.local.companies.books import Books
from qbo_pipeline.local.companies.company_settings import Identity
from qbo_pipeline.local.companies.founding import Chart
from qbo_pipeline.local.companies.model import Document, Item, Member, Party, TaxCode
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
    ("Monthly Advisory", "Monthly advisory fee", "Consulting Income:Finance", 450_000),
    ("Workshop Seat", "Seat in an open workshop", "Workshop Income", 39_500),
)


JOURNALS = (
    ("VT", "Sales journal", "Sales"),
    ("AC", "Purchases journal", "Expenses"),
    ("BQ", "Bank journal", "Bank"),
    ("OD", "Everything else", "Others"),
)


class LarkspurLists:
    """The firm on its first day."""

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
        self.journal_codes = [Member(books.next_id("JournalCode"), row[0], books.now()) for row in JOURNALS]
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

    def _vendors(self) -> None:
        books, chart = self.books, self.chart
        near = names.PACIFIC_NORTHWEST

        def vendor(name: str) -> Party:
            return founding.vendor(books, name, near)

        landlord = vendor("Alder Street Properties")
        power = vendor("Rose City Power & Light")
        fiber = vendor("Bridgetown Fiber")
        insurer = vendor("Northfork Mutual")
        counsel = vendor("Wainwright & Quill LLP")
        counsel.vendor_1099 = True
        treasury = vendor("United States Treasury")
        self.routine = routine = Routine(
            books,
            chart,
            chart["Checking"],
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
            routine.habits.append(CardHabit(vendor(name), chart[account], low, high, often, text))
        routine.activity = max(self.scale, 0.05)
        routine.depreciation = [(chart["Depreciation"], chart["Office Equipment:Depreciation"], 95_000)]
        self.contractors = []
        for currency in ("USD", "USD", "USD", "USD", "EUR", "GBP", "CAD"):
            places = names.ABROAD.get(currency, near)
            name = f"{' '.join(names.person(books.rng))} Consulting"
            contractor = founding.vendor(books, name, places)
            contractor.currency = currency
            contractor.vendor_1099 = currency == "USD"
            self.contractors.append(contractor)

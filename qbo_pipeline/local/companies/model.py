"""What a company is made of while it is generated: list members and documents, compact, in whole cents.

A `Document` is any dated record. Its JSON is made when it is handed out (rendering), its effect on the books when
balances are asked for (posting), so voiding, deleting or repointing one needs no reversal anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from qbo_pipeline.local.companies.amounts import RATE_ONE, to_home


@dataclass(slots=True, eq=False)
class Member:
    """A row of a name list. Times are Unix seconds; `sync` counts the edits since creation."""

    id: str
    name: str
    created: int
    updated: int = 0
    sync: int = 0
    active: bool = True

    def __post_init__(self) -> None:
        self.updated = max(self.updated, self.created)

    def touch(self, instant: int) -> None:
        """Something this record shows has changed; QuickBooks moves LastUpdatedTime but not SyncToken."""
        if instant > self.updated:
            self.updated = instant

    def edit(self, instant: int) -> None:
        """A user saved it again."""
        self.sync += 1
        self.touch(instant)


@dataclass(slots=True, eq=False)
class Account(Member):
    """An account; `native` is its ledger balance, debit positive, in its own currency's cents."""

    type: str = ""
    sub_type: str = ""
    classification: str = ""
    number: str = ""
    parent: Account | None = None
    currency: str = "USD"
    description: str = ""
    native: int = 0

    @property
    def full_name(self) -> str:
        """`Utilities:Gas and Electric`."""
        return f"{self.parent.full_name}:{self.name}" if self.parent else self.name


@dataclass(slots=True, eq=False)
class Label(Member):
    """A class, department or customer type: a name, perhaps below another."""

    parent: Label | None = None

    @property
    def full_name(self) -> str:
        """Names from the root down, joined by colons."""
        return f"{self.parent.full_name}:{self.name}" if self.parent else self.name


@dataclass(slots=True, eq=False)
class Term(Member):
    """Payment terms."""

    days: int = 30
    discount_percent: int = 0
    discount_days: int = 0


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; every address in QuickBooks has an id of its own."""

    id: str
    line1: str
    city: str
    state: str
    postal: str
    country: str
    latitude: str
    longitude: str


@dataclass(slots=True, eq=False)
class Party(Member):
    """A customer, project, vendor or employee. `balance` is in the party's currency, positive when money is open."""

    kind: str = "Customer"
    given: str = ""
    family: str = ""
    company: str = ""
    address: Address | None = None
    phone: str = ""
    email: str = ""
    web: str = ""
    notes: str = ""
    account_number: str = ""
    currency: str = "USD"
    parent: Party | None = None
    is_project: bool = False
    taxable: bool = False
    tax_code: TaxCode | None = None
    term: Term | None = None
    method: Member | None = None
    group: Label | None = None
    late_days: int = 0
    """How many days after the due date this customer tends to pay; a habit, not a field."""
    vendor_1099: bool = False
    hired: date | None = None
    released: date | None = None
    bill_rate: int = 0
    cost_rate: int = 0
    balance: int = 0
    balance_with_jobs: int = 0

    @property
    def full_name(self) -> str:
        """Names from the root customer down, joined by colons."""
        return f"{self.parent.full_name}:{self.name}" if self.parent else self.name

    @property
    def root(self) -> Party:
        """The customer at the top; itself when it is no sub-customer."""
        return self.parent.root if self.parent else self


@dataclass(slots=True, eq=False)
class Item(Member):
    """A product or service. `layers` are the FIFO layers on hand: [quantity in units, cost in cents]."""

    type: str = "Service"
    sku: str = ""
    description: str = ""
    price: int = 0
    cost: int = 0
    taxable: bool = False
    income: Account | None = None
    expense: Account | None = None
    asset: Account | None = None
    parent: Item | None = None
    vendor: Party | None = None
    components: tuple[tuple[Item, int], ...] = ()
    reorder_point: int = 0
    on_order: int = 0
    started: date | None = None
    layers: list[list[int]] = field(default_factory=list)

    @property
    def on_hand(self) -> int:
        """Units in stock."""
        return sum(layer[0] for layer in self.layers)

    @property
    def full_name(self) -> str:
        """Category and name, joined by a colon."""
        return f"{self.parent.full_name}:{self.name}" if self.parent else self.name


@dataclass(slots=True, eq=False)
class TaxRate(Member):
    """A rate in hundredths of a percent, owed to an agency, kept in the agency's liability account."""

    percent: int = 0
    agency: Member | None = None
    payable: Account | None = None


@dataclass(slots=True, eq=False)
class TaxCode(Member):
    """A sales tax code: one rate, or a group of several."""

    description: str = ""
    taxable: bool = True
    rates: tuple[TaxRate, ...] = ()


@dataclass(slots=True, eq=False)
class Line:
    """A line of a document; which members count depends on `kind`.

    `item` (sales or purchase of an item), `account`, `bundle` (its `children` sum to its amount), `text`, `journal`
    (`amount` positive for a debit), `deposit`, `stock` (an adjustment: `quantity` is the change) or `reimburse`.
    Amounts and prices are cents, quantities hundredths of a unit, `cost` the FIFO cost of inventory it moved.
    """

    kind: str
    amount: int = 0
    description: str = ""
    item: Item | None = None
    account: Account | None = None
    quantity: int = 0
    price: int = 0
    cost: int = 0
    taxable: bool = False
    klass: Label | None = None
    department: Label | None = None
    party: Party | None = None
    billable: str = ""
    service_date: date | None = None
    source: Document | None = None
    """The document this line was drawn from: an estimate, order, time activity, charge, or deposited receipt."""
    children: tuple[Line, ...] = ()


@dataclass(slots=True, eq=False)
class Document:
    """One transaction or other dated record, of any entity."""

    entity: str
    id: str
    day: date
    created: int
    updated: int = 0
    sync: int = 0
    number: str = ""
    memo: str = ""
    customer_memo: str = ""
    party: Party | None = None
    currency: str = "USD"
    rate: int = RATE_ONE
    lines: list[Line] = field(default_factory=list)
    total: int = 0
    applied: int = 0
    """How much of a receivable, payable or credit has been settled by others."""
    applications: list[tuple[Document, int]] = field(default_factory=list)
    """What a payment settles; credits used in it count as negative."""
    links: list[Document] = field(default_factory=list)
    """Other documents named in the header's LinkedTxn, in the order in which they came to be linked."""
    voided: bool = False
    due: date | None = None
    term: Term | None = None
    account: Account | None = None
    """The bank or card paid from or deposited to; for a sales form with a deposit, where that went."""
    other_account: Account | None = None
    """Transfer and card payment: the receiving account. Tax payment: the liability. Adjustment: its offset."""
    method: Member | None = None
    reference: str = ""
    department: Label | None = None
    klass: Label | None = None
    tax_code: TaxCode | None = None
    tax_lines: tuple[tuple[TaxRate, int, int], ...] = ()
    """Rate, net amount taxable, tax."""
    tax: int = 0
    discount: int = 0
    discount_percent: int = 0
    shipping: int = 0
    deposit: int = 0
    """Paid on the form itself (Invoice); cash back (Deposit)."""
    emailed: bool = False
    printed: bool = False
    status: str = ""
    """Estimate: TxnStatus. Purchase order: POStatus. TimeActivity: BillableStatus. Purchase: PaymentType."""
    credit: bool = False
    """A purchase that is a card refund."""
    minutes: int = 0
    item: Item | None = None
    employee: Party | None = None
    custom: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        self.updated = max(self.updated, self.created)

    @property
    def open(self) -> int:
        """What is still to be settled, in the document's currency."""
        return self.total - self.deposit - self.applied if self.entity == "Invoice" else self.total - self.applied

    @property
    def unapplied(self) -> int:
        """What is left of a payment after everything it settles."""
        return self.total - sum(amount for _, amount in self.applications)

    @property
    def home_total(self) -> int:
        """The total in home cents."""
        return to_home(self.total, self.rate)

    def touch(self, instant: int) -> None:
        """Another object changed what this one shows (its balance or links)."""
        if instant > self.updated:
            self.updated = instant

    def edit(self, instant: int) -> None:
        """A user saved it again."""
        self.sync += 1
        self.touch(instant)

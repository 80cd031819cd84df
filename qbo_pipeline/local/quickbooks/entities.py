"""What the real service does differently from entity to entity, as far as it was seen or documented."""

from __future__ import annotations

SINGLETONS = frozenset({"CompanyInfo", "Preferences"})

LISTS = frozenset(
    {
        "Account", "Budget", "Class", "CompanyCurrency", "Customer", "CustomerType", "Department", "Employee", "Item",
        "JournalCode", "PaymentMethod", "TaxAgency", "TaxCode", "TaxRate", "Term", "Vendor",
    }
)  # fmt: skip
"""Hidden when inactive, ordered by name."""

TRANSACTIONS = frozenset(
    {
        "Bill", "BillPayment", "CreditCardPayment", "CreditMemo", "Deposit", "Estimate", "InventoryAdjustment",
        "Invoice", "JournalEntry", "Payment", "Purchase", "PurchaseOrder", "RecurringTransaction", "RefundReceipt",
        "ReimburseCharge", "SalesReceipt", "TaxPayment", "TimeActivity", "Transfer", "VendorCredit",
    }
)  # fmt: skip
"""Hard-deletable, ordered by their last change, newest first."""

OTHERS = frozenset({"Attachable", "ExchangeRate"})

ALL = SINGLETONS | LISTS | TRANSACTIONS | OTHERS

READ_ONLY = frozenset({"CustomerType", "ReimburseCharge", "TaxCode", "TaxPayment", "TaxRate"})
"""What other requests or people make: tax codes and rates come from TaxService."""

DELETABLE = (TRANSACTIONS | {"Attachable", "Budget"}) - READ_ONLY

VOIDABLE = frozenset({"BillPayment", "Invoice", "Payment", "SalesReceipt"})

ON_PAPER = frozenset({"CreditMemo", "Estimate", "Invoice", "Payment", "PurchaseOrder", "RefundReceipt", "SalesReceipt"})
"""Forms that are sent by e-mail and printed as PDF."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "Account": ("Name",),
    "Bill": ("VendorRef", "Line"),
    "BillPayment": ("VendorRef", "PayType", "TotalAmt", "Line"),
    "Budget": ("StartDate", "EndDate"),
    "Class": ("Name",),
    "CompanyCurrency": ("Code",),
    "CreditCardPayment": ("CreditCardAccountRef", "BankAccountRef", "Amount"),
    "CreditMemo": ("CustomerRef", "Line"),
    "Department": ("Name",),
    "Deposit": ("DepositToAccountRef", "Line"),
    "Estimate": ("CustomerRef", "Line"),
    "ExchangeRate": ("SourceCurrencyCode", "AsOfDate", "Rate"),
    "InventoryAdjustment": ("AdjustAccountRef",),
    "Invoice": ("CustomerRef", "Line"),
    "Item": ("Name",),
    "JournalCode": ("Name",),
    "JournalEntry": ("Line",),
    "Payment": ("CustomerRef", "TotalAmt"),
    "PaymentMethod": ("Name",),
    "Purchase": ("AccountRef", "PaymentType", "Line"),
    "PurchaseOrder": ("VendorRef", "Line"),
    "RefundReceipt": ("Line",),
    "SalesReceipt": ("Line",),
    "TaxAgency": ("DisplayName",),
    "Term": ("Name",),
    "Transfer": ("FromAccountRef", "ToAccountRef", "Amount"),
    "VendorCredit": ("VendorRef", "Line"),
}
"""What a new record cannot be without (Intuit's reference pages); no lines are none."""

UNIQUE_NAMES = {
    "Account": "FullyQualifiedName",
    "Class": "FullyQualifiedName",
    "CompanyCurrency": "Code",
    "Department": "FullyQualifiedName",
    "Item": "FullyQualifiedName",
    "PaymentMethod": "Name",
    "TaxAgency": "DisplayName",
    "Term": "Name",
}
"""Lists whose active records differ in this property; people share theirs."""

NESTED = frozenset({"Account", "Class", "Customer", "Department", "Item"})
"""Lists whose records have parents, and full names that begin with theirs."""

WITH_TOTAL_COUNT = frozenset({"Bill", "BillPayment", "Deposit", "Invoice", "JournalEntry", "PurchaseOrder"})
"""Answers of these carry `totalCount` (recordings of May 2026); it is the rows of the page."""

WITHOUT_CDC = frozenset({"JournalCode", "TaxAgency", "TaxCode", "TaxRate", "TimeActivity"})

WITH_WEBHOOKS = frozenset(
    {
        "Account", "Bill", "BillPayment", "Budget", "Class", "CompanyCurrency", "CreditMemo", "Customer", "Department",
        "Deposit", "Employee", "Estimate", "Invoice", "Item", "JournalCode", "JournalEntry", "Payment",
        "PaymentMethod", "Preferences", "Purchase", "PurchaseOrder", "RefundReceipt", "SalesReceipt", "TaxAgency",
        "Term", "TimeActivity", "Transfer", "Vendor", "VendorCredit",
    }
)  # fmt: skip
"""Their changes are told by webhooks (Intuit, webhooks: supported entities); nobody tells of the others."""

NAMES = {"Customer": "FullyQualifiedName", "Vendor": "DisplayName", "Employee": "DisplayName"}
"""Property that lists are ordered by, where it is not `Name`."""

CAPITALS_FIRST = frozenset({"Vendor"})
"""Lists whose names are ordered by character code (recorded: "PG&E" before "Pam Seitz"); others disregard case."""

SUFFIXED = ("DisplayName", "Name", "FullyQualifiedName")
"""Names that show " (deleted)" on inactive records; PrintOnCheckName does not."""

WRAPPED = "RecurringTransaction"
"""Its records come inside their type: `{"Invoice": {…}}`."""

RESPONSE_KEYS = {"CreditCardPayment": "CreditCardPaymentTxn"}


def response_key(entity: str) -> str:
    """Key of an entity's objects in answers."""
    return RESPONSE_KEYS.get(entity, entity)


def canonical(name: str) -> str | None:
    """The entity of a name in any case, as in paths (`/invoice/12`); None when there is none."""
    return _BY_LOWER.get(name.lower())


_BY_LOWER = {name.lower(): name for name in ALL} | {"creditcardpaymenttxn": "CreditCardPayment"}

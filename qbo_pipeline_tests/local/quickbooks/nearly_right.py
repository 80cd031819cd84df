"""Records that would be right, but for a few values: what apps send while they are being written."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from qbo_pipeline_tests.local.quickbooks.small_books import Record, stamped

_FOUNDED = "2026-01-01T08:00:00-08:00"
CONTROL_ACCOUNTS: list[tuple[str, Record]] = [
    ("Account", stamped(identity, _FOUNDED, Name=name, AccountType=kind, AccountSubType=subtype, Active=True))
    for identity, name, kind, subtype in (
        ("71", "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
        ("72", "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
        ("73", "Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
        ("74", "Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
        ("75", "Sales Tax Payable", "Other Current Liability", "SalesTaxPayable"),
        ("76", "Discounts given", "Income", "DiscountsRefundsGiven"),
    )
]

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=6),
    st.sampled_from(["", "1", "2", "11", "-1", "1e999", "2026-01-31", "9999-12-31", "Deleted", "\x00", "ß"]),
)  # fmt: skip
REFERENCES = st.fixed_dictionaries({"value": st.sampled_from(["1", "2", "6", "7", "8", "99"])})
NESTED = st.recursive(
    SCALARS | REFERENCES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Id", "Amount", "Line", "value"]) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=10,
)


def _line(kind: str, amount: float = 10, **detail: Any) -> Record:
    link = {"TxnId": "11", "TxnType": "Invoice"}
    return {"Id": "1", "Amount": amount, "DetailType": kind, kind: detail, "LinkedTxn": [link]}


SOLD = _line("SalesItemLineDetail", ItemRef={"value": "1"}, Qty=2, UnitPrice=5, TaxCodeRef={"value": "NON"})
BUNDLE = _line("GroupLineDetail", GroupItemRef={"value": "1"}, Line=[SOLD])
SPENT = _line("AccountBasedExpenseLineDetail", AccountRef={"value": "8"}, BillableStatus="NotBillable")
BOUGHT = _line("ItemBasedExpenseLineDetail", ItemRef={"value": "1"}, Qty=1)
LESS = _line("DiscountLineDetail", PercentBased=True, DiscountPercent=10, DiscountAccountRef={"value": "8"})
TAX = {"TotalTax": 1, "TaxLine": [_line("TaxLineDetail", 1, TaxRateRef={"value": "3"})]}
BANKED = _line("DepositLineDetail", AccountRef={"value": "8"}, Entity={"value": "2", "type": "Customer"})
EITHER = {"Type": "Customer", "EntityRef": {"value": "2"}}
BOOKED = _line("JournalEntryLineDetail", PostingType="Debit", AccountRef={"value": "7"}, Entity=EITHER)
PAID = {"Amount": 5, "LinkedTxn": [{"TxnId": "11", "TxnType": "Invoice"}]}
CUSTOMER, VENDOR, BANK, INCOME = {"value": "2"}, {"value": "6"}, {"value": "7"}, {"value": "8"}
SALE: Record = {"CustomerRef": CUSTOMER, "TxnDate": "2026-02-01", "Line": [SOLD, BUNDLE, LESS], "TxnTaxDetail": TAX,
                "ExchangeRate": 1, "CurrencyRef": {"value": "USD"}, "CustomField": [{}]}  # fmt: skip
NEARLY: dict[str, Record] = {
    "Account": {"Name": "Rent", "AccountType": "Expense", "ParentRef": INCOME, "CurrencyRef": {"value": "USD"}},
    "Attachable": {"Note": "n", "AttachableRef": [{"EntityRef": {"type": "Invoice", "value": "11"}}]},
    "Bill": {"VendorRef": VENDOR, "Line": [SPENT, BOUGHT], "DueDate": "2026-03-01", "APAccountRef": BANK},
    "BillPayment": {"VendorRef": VENDOR, "PayType": "Check", "TotalAmt": 5, "Line": [PAID],
                    "CheckPayment": {"BankAccountRef": BANK}},
    "Budget": {"StartDate": "2026-01-01", "EndDate": "2026-12-31", "BudgetDetail": [{"Amount": 1}]},
    "CompanyInfo": {"Id": "1", "SyncToken": "0", "sparse": True, "CompanyName": "x"},
    "CreditMemo": SALE,
    "Customer": {"DisplayName": "x", "ParentRef": CUSTOMER, "BillAddr": {"Line1": "y"}, "Active": True, "Balance": 1},
    "Deposit": {"DepositToAccountRef": BANK, "Line": [BANKED], "CashBack": {"AccountRef": BANK, "Amount": 1}},
    "Estimate": SALE,
    "ExchangeRate": {"SourceCurrencyCode": "EUR", "AsOfDate": "2026-01-05", "Rate": 1.5},
    "InventoryAdjustment": {"AdjustAccountRef": INCOME, "Line": [BOUGHT]},
    "Invoice": {**SALE, "Deposit": 1},
    "Item": {"Name": "x", "Type": "Inventory", "QtyOnHand": 3, "PurchaseCost": 2, "InvStartDate": "2026-01-01",
             "AssetAccountRef": BANK, "IncomeAccountRef": INCOME, "ExpenseAccountRef": INCOME},
    "JournalEntry": {"Line": [BOOKED, {**BOOKED, "JournalEntryLineDetail": {"PostingType": "Credit",
                                                                          "AccountRef": INCOME}}]},
    "Payment": {"CustomerRef": CUSTOMER, "TotalAmt": 5, "Line": [PAID], "DepositToAccountRef": BANK},
    "Preferences": {"Id": "1", "SyncToken": "0", "sparse": True, "AccountingInfoPrefs": {"BookCloseDate": "2019-01-01"},
                    "SalesFormsPrefs": {"CustomTxnNumbers": False, "CustomField": [{"CustomField": [{"Name": "x"}]}]},
                    "CurrencyPrefs": {"HomeCurrency": {"value": "USD"}}, "TaxPrefs": {"UsingSalesTax": True}},
    "Purchase": {"AccountRef": BANK, "PaymentType": "Cash", "Line": [SPENT], "EntityRef": {"value": "6",
                                                                                       "type": "Vendor"}},
    "RecurringTransaction": {"Invoice": {**SALE, "RecurringInfo": {"Name": "x", "ScheduleInfo": {"NumInterval": 1}}}},
    "RefundReceipt": {**SALE, "DepositToAccountRef": BANK},
    "SalesReceipt": {**SALE, "DepositToAccountRef": BANK},
    "TaxAgency": {"DisplayName": "x"},
    "Term": {"Name": "x", "DueDays": 10},
    "TimeActivity": {"NameOf": "Vendor", "VendorRef": VENDOR, "Hours": 1, "Minutes": 30, "TxnDate": "2026-01-01"},
    "Transfer": {"FromAccountRef": BANK, "ToAccountRef": INCOME, "Amount": 3},
    "VendorCredit": {"VendorRef": VENDOR, "Line": [SPENT]},
}  # fmt: skip


def _places(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a record there are values."""
    keys = part.keys() if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
    for key in keys:
        yield (*path, key)
        yield from _places(part[key], (*path, key))


@st.composite
def nearly_right(draw: st.DrawFn) -> tuple[str, Record]:
    """A record that would be right, but for a few values."""
    entity = draw(st.sampled_from(sorted(NEARLY)))
    record: Record = deepcopy(NEARLY[entity])
    for _ in range(draw(st.integers(0, 3))):
        places = [*_places(record)]
        if not places:
            break
        *parents, last = draw(st.sampled_from(places))
        part: Any = record
        for key in parents:
            part = part[key]
        if draw(st.integers(0, 4)):
            part[last] = draw(NESTED)
        else:
            del part[last]
    if draw(st.integers(0, 3)) == 0 and "Id" not in record:
        identity = draw(st.sampled_from(["1", "2", "3", "4", "11", "12", "15"]))
        record |= {"Id": identity, "SyncToken": draw(st.sampled_from(["0", "1"])), "sparse": draw(st.booleans())}
    return entity, record

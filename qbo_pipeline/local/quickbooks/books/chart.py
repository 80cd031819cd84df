"""What posting needs to know of a company's lists and preferences: accounts by role, items, tax agencies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Record = dict[str, Any]

SHIPPING_ITEM = "SHIPPING_ITEM_ID"
"""The reserved item id of a sales form's shipping line."""
TIP_ITEM = "GRATUITY_ITEM_ID"
"""The reserved item id of the tip on a sales form."""


class PostingError(Exception):
    """A record cannot be posted; the message says why."""


class MissingAccountError(PostingError):
    """The chart lacks an account: one that QuickBooks keeps in every company, or one that a stored record names.

    `made` is what QuickBooks makes when it is first needed; None where only people make it.
    """

    def __init__(self, message: str, made: Record | None = None) -> None:
        super().__init__(message)
        self.made = made


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the chart."""

    id: str
    name: str
    kind: str
    """AccountType."""
    subtype: str
    currency: str


@dataclass(frozen=True, slots=True)
class Item:
    """A product or service, and the accounts it posts to."""

    id: str
    name: str
    stocked: bool
    income: str | None
    expense: str | None
    asset: str | None
    cost: Decimal
    """What a unit is expected to cost (PurchaseCost)."""


@dataclass(frozen=True)
class Chart:
    """The lists of a company at one moment."""

    home_currency: str
    accounts: Mapping[str, Account]
    items: Mapping[str, Item]
    agency_names: Mapping[str, str] = field(default_factory=dict)
    """TaxAgency id → name."""
    rate_agencies: Mapping[str, str] = field(default_factory=dict)
    """TaxRate id → TaxAgency id."""

    def account(self, reference: Record | None) -> str | None:
        """The account of a reference; None without one.

        Raises:
            MissingAccountError: there is no such account.
        """
        if not reference or "value" not in reference:
            return None
        if reference["value"] not in self.accounts:
            raise MissingAccountError(f"account {reference['value']} does not exist")
        return str(reference["value"])

    def kind_of(self, account: str) -> str | None:
        """AccountType of an account; None where there is no such account."""
        known = self.accounts.get(account)
        return known.kind if known else None

    def receivable(self, currency: str) -> str:
        """The account that sales on credit go to: Accounts Receivable of that currency."""
        return self._control("Accounts Receivable", currency)

    def payable(self, currency: str) -> str:
        """The account that bills go to when they name none."""
        return self._control("Accounts Payable", currency)

    @property
    def undeposited(self) -> str:
        """Where money waits that is on no deposit yet."""
        return self._of_subtype("UndepositedFunds")

    @property
    def discounts(self) -> str:
        """Where discounts go whose line names no account."""
        return self._of_subtype("DiscountsRefundsGiven")

    @property
    def shipping(self) -> str:
        """Income from shipping: QuickBooks makes `Shipping Income` when shipping is switched on."""
        found = self._first(lambda account: account.kind == "Income" and account.name == "Shipping Income")
        made = {"Name": "Shipping Income", "AccountType": "Income", "AccountSubType": "SalesOfProductIncome"}
        return found or self._missing("an income account named Shipping Income", made)

    @property
    def tips(self) -> str:
        """What is owed to the staff: QuickBooks makes `Undistributed Tips` when tips are switched on for a team."""
        return self._of_subtype("UndistributedTips")

    @property
    def exchange(self) -> str:
        """Realized gain or loss of a settlement at another rate."""
        return self._of_subtype("ExchangeGainOrLoss")

    @property
    def opening_balance(self) -> str:
        """What balances a stock or an account that starts with a value."""
        found = self._first(lambda account: account.subtype == "OpeningBalanceEquity")
        return found or self._of_subtype("RetainedEarnings")

    def tax_liability(self, rate: str | None) -> str:
        """The liability of the agency of a tax rate: all its rates post to the one account named after it.

        (Intuit's JournalReport sample: three rates of one invoice on one payable account.)
        """
        agency = self.agency_names.get(self.rate_agencies.get(rate or "", ""), "")
        return self.liability_of_agency(agency)

    def liability_of_agency(self, text: str) -> str:
        """The liability account of the agency that a text names, else the only one; without a text, the first one.

        Where there is none at all the first document with tax has it made, as a new agency would.

        Raises:
            PostingError: there is none, or it cannot be told.
        """
        liabilities = [account for account in self.accounts.values() if account.subtype in _TAX_SUBTYPES]
        named = [one for one in liabilities if one.name.removesuffix(" Payable") in text] if text else []
        found = named or liabilities
        if len(found) != 1 and not named and (text or not found):
            payable = {"AccountType": "Other Current Liability", "AccountSubType": "GlobalTaxPayable"}
            made = {"Name": f"{text or 'Sales Tax'} Payable", **payable} if not found else None
            raise MissingAccountError(f"{len(found)} accounts could be the sales tax liability of '{text}'", made)
        return found[0].id

    def _control(self, kind: str, currency: str) -> str:
        found = self._first(lambda account: account.kind == kind and account.currency == currency)
        name, subtype = _CONTROLS[kind]
        made: Record = {"Name": name, "AccountType": kind, "AccountSubType": subtype}
        if currency != self.home_currency:
            made |= {"Name": f"{name} - {currency}", "CurrencyRef": {"value": currency}}
        return found or self._missing(f"an account of type {kind} in {currency}", made)

    def _of_subtype(self, subtype: str) -> str:
        found = self._first(lambda account: account.subtype == subtype)
        name, kind = _KEPT.get(subtype, ("", ""))
        made = {"Name": name, "AccountType": kind, "AccountSubType": subtype} if name else None
        return found or self._missing(f"an account of subtype {subtype}", made)

    def _first(self, fits: Callable[[Account], bool]) -> str | None:
        return next((account.id for account in self.accounts.values() if fits(account)), None)

    def _missing(self, what: str, made: Record | None = None) -> str:
        raise MissingAccountError(f"the company has no {what.removeprefix('an ')}", made)


_CONTROLS = {
    "Accounts Payable": ("Accounts Payable (A/P)", "AccountsPayable"),
    "Accounts Receivable": ("Accounts Receivable (A/R)", "AccountsReceivable"),
}
"""AccountType → the name and subtype of the account that QuickBooks makes."""

_KEPT = {
    "DiscountsRefundsGiven": ("Discounts given", "Income"),
    "ExchangeGainOrLoss": ("Exchange Gain or Loss", "Other Expense"),
    "RetainedEarnings": ("Retained Earnings", "Equity"),
    "UndepositedFunds": ("Undeposited Funds", "Other Current Asset"),
    "UndistributedTips": ("Undistributed Tips", "Other Current Liability"),
}
"""AccountSubType → the name and type of the account that QuickBooks makes."""

_TAX_SUBTYPES = frozenset({"GlobalTaxPayable", "SalesTaxPayable"})


def read_chart(records: Callable[[str], Iterable[Record]]) -> Chart:
    """The chart of a company from its records; `records(entity)` gives all of an entity, inactive ones included."""
    preferences = next(iter(records("Preferences")), {})
    home = preferences.get("CurrencyPrefs", {}).get("HomeCurrency", {}).get("value", "USD")
    return Chart(
        home,
        {record["Id"]: _account(record, home) for record in sorted(records("Account"), key=_by_id)},
        {record["Id"]: _item(record) for record in records("Item")},
        {record["Id"]: record.get("DisplayName", "") for record in records("TaxAgency")},
        {record["Id"]: record.get("AgencyRef", {}).get("value", "") for record in records("TaxRate")},
    )


def _by_id(record: Record) -> tuple[int, str]:
    return len(record["Id"]), record["Id"]


def _account(record: Record, home: str) -> Account:
    return Account(
        record["Id"],
        record.get("Name", ""),
        record.get("AccountType", ""),
        record.get("AccountSubType", ""),
        record.get("CurrencyRef", {}).get("value", home),
    )


def _item(record: Record) -> Item:
    def account(name: str) -> str | None:
        value = record.get(name, {}).get("value")
        return None if value is None else str(value)

    return Item(
        record["Id"],
        record.get("Name", ""),
        record.get("Type") == "Inventory",
        account("IncomeAccountRef"),
        account("ExpenseAccountRef"),
        account("AssetAccountRef"),
        Decimal(record.get("PurchaseCost") or 0),
    )

"""What the posting engine says and the reports read: transactions, their legs, and what settles what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

NameKind = Literal["Customer", "Vendor", "Employee"]


@dataclass(frozen=True, slots=True)
class Name:
    """Whom a transaction or a leg is about."""

    kind: NameKind
    id: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of an entry. The legs of a transaction sum to zero in `home`."""

    account: str
    """Account id."""
    home: Decimal
    """Home currency, two decimals, debit positive."""
    foreign: Decimal
    """The transaction's currency, two decimals, debit positive; equal to `home` where that is the home currency."""
    line_id: str | None = None
    """Id of the line it comes from; None for control, tax, rounding and exchange legs."""
    name: Name | None = None
    item: str | None = None
    """Item id."""
    quantity: Decimal | None = None
    """Signed units; stock in is positive, on income legs what was sold."""
    class_: str | None = None
    """Class id."""
    department: str | None = None
    """Department id."""
    memo: str = ""
    tax_rate: str | None = None
    """TaxRate id of a tax leg."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A posted transaction, the control leg first as the journal shows it."""

    entity: str
    """The API's entity (`Invoice`), or None-entity kinds by their own name (`InventoryStartingValue`,
    `InventoryQuantityAdjustment`, `SalesTaxPayment`, `PayrollCheck`)."""
    id: str
    kind: str
    """The transaction type that reports print in English: `Invoice`, `Check`, `Expense`, `Credit Card Expense`,
    `Credit Card Credit`, `Bill Payment (Check)`, `Bill Payment (Credit Card)`, `Journal Entry`, `Payment` …"""
    day: date
    due: date | None
    number: str
    """Document number; empty where there is none."""
    memo: str
    name: Name | None
    currency: str
    rate: Decimal
    created: datetime
    updated: datetime
    legs: tuple[Leg, ...]
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Application:
    """Part of a document settled by a payment, on the later of the two days."""

    payer: tuple[str, str]
    """Entity and id of the payment that settles."""
    paid: tuple[str, str]
    """Entity and id of the document that is settled."""
    day: date
    amount: Decimal
    """In the currency of the document; negative where that is a credit which the payment uses up."""
    home: Decimal
    """The same at the rate the document was booked at."""
    name: Name | None = None
    """Whose part of the document it is, where that can have several."""

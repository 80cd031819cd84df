"""A company's records as QuickBooks writes them, made from a seed: invoices of three lines are 3.1 KB, as measured."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

Record = dict[str, Any]

COMPANY = {
    "Invoice": 200_000,
    "Payment": 100_000,
    "Bill": 50_000,
    "Customer": 20_000,
    "Vendor": 5_000,
    "Account": 500,
    "Item": 2_000,
    "JournalEntry": 20_000,
}
"""Entity → records of the whole company: 397,500."""

LARGEST_AMOUNT = "99999999999999.99"
"""Sixteen digits: whoever reads amounts through a double gets it wrong."""

_MARK = "largest-amount"
_START = datetime(2022, 1, 3, 9, 0, 0)  # noqa: DTZ001 - the offset is written behind it
_TEXTS = (
    "Custom design of a garden with terrace and lighting",
    "Weekly maintenance",
    "Rock fountain, delivery included",
    "Concrete for fountain installation",
    "Consultation on site, travel time included",
)


def texts(entity: str, count: int, seed: int = 7) -> Iterator[bytes]:
    """The records of an entity as JSON, in the order of creation."""
    chance = random.Random(f"{seed} {entity}")
    make = _MAKERS[entity]
    for number in range(1, count + 1):
        text = json.dumps(make(number, chance), separators=(",", ":"))
        yield text.replace(f'"{_MARK}"', LARGEST_AMOUNT).encode()


def _meta(number: int) -> Record:
    created = _START + timedelta(seconds=number * 97 // 8)
    updated = created + timedelta(seconds=number % 4000)
    return {
        "CreateTime": f"{created.isoformat()}-08:00",
        "LastModifiedByRef": {"value": "9341450000000000"},
        "LastUpdatedTime": f"{updated.isoformat()}-08:00",
    }


def _head(number: int) -> Record:
    return {
        "domain": "QBO",
        "sparse": False,
        "Id": str(number),
        "SyncToken": str(number % 6),
        "MetaData": _meta(number),
    }


def _amount(value: float) -> float | int:
    """QuickBooks writes whole amounts without a point."""
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def _address(number: int) -> Record:
    return {
        "Id": str(number),
        "Line1": f"{number % 9000 + 100} Finch St.",
        "Line2": f"Suite {number % 97}",
        "City": "Bayshore",
        "Country": "USA",
        "CountrySubDivisionCode": "CA",
        "PostalCode": "94326",
        "Lat": "INVALID",
        "Long": "INVALID",
    }


def _reference(number: int, name: str) -> Record:
    return {"value": str(number), "name": f"{name} {number}"}


_USD = {"value": "USD", "name": "United States Dollar"}


def _date(number: int) -> str:
    return (_START + timedelta(days=number % 1400)).date().isoformat()


def _invoice(number: int, chance: random.Random) -> Record:
    lines: list[Record] = []
    total = 0.0
    for position in (1, 2, 3):
        quantity, price = chance.randint(1, 20), chance.choice([10, 12.5, 99.95, 7, 33.3333])
        amount = round(quantity * price, 2)
        total += amount
        lines.append(
            {
                "Id": str(position),
                "LineNum": position,
                "Description": chance.choice(_TEXTS),
                "Amount": _amount(amount),
                "LinkedTxn": [],
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": {
                    "ItemRef": _reference(chance.randint(1, 2000), "Landscaping:Services"),
                    "ClassRef": {"value": "5000000000000231", "name": "West"},
                    "UnitPrice": price,
                    "Qty": quantity,
                    "ItemAccountRef": {"value": "45", "name": "Landscaping Services"},
                    "TaxCodeRef": {"value": "TAX"},
                },
            }
        )
    lines.append({"Amount": _amount(total), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}})
    tax = _amount(total * 0.08)
    return {
        "AllowIPNPayment": False,
        "AllowOnlinePayment": False,
        "AllowOnlineCreditCardPayment": False,
        "AllowOnlineACHPayment": False,
        **_head(number),
        "CustomField": [
            {"DefinitionId": "1", "Name": "Crew #", "Type": "StringType", "StringValue": str(number % 120)},
            {"DefinitionId": "2", "Name": "Region", "Type": "StringType"},
        ],
        "DocNumber": str(1000 + number),
        "TxnDate": _date(number),
        "CurrencyRef": _USD,
        "PrivateNote": "Call before delivery; the gate code is with the office. Invoice approved by the site manager.",
        "LinkedTxn": [{"TxnId": str(5_000_000 + number), "TxnType": "Payment"}],
        "Line": lines,
        "TxnTaxDetail": {
            "TxnTaxCodeRef": {"value": "2"},
            "TotalTax": tax,
            "TaxLine": [
                {
                    "Amount": tax,
                    "DetailType": "TaxLineDetail",
                    "TaxLineDetail": {
                        "TaxRateRef": {"value": "3"},
                        "PercentBased": True,
                        "TaxPercent": 8,
                        "NetAmountTaxable": _amount(total),
                    },
                }
            ],
        },
        "CustomerRef": _reference(chance.randint(1, 20_000), "Weiskopf Consulting"),
        "CustomerMemo": {"value": "Thank you for your business and have a great day!"},
        "BillAddr": _address(2 * number),
        "ShipAddr": _address(2 * number + 1),
        "FreeFormAddress": True,
        "SalesTermRef": {"value": "3", "name": "Net 30"},
        "DueDate": _date(number + 30),
        "TotalAmt": _MARK if number == 4 else _amount(total * 1.08),
        "ApplyTaxAfterDiscount": False,
        "PrintStatus": "NeedToPrint",
        "EmailStatus": "NotSet",
        "BillEmail": {"Address": f"accounts{number % 20_000}@example.com"},
        "DeliveryInfo": {"DeliveryType": "Email", "DeliveryTime": f"{_date(number)}T10:00:00-08:00"},
        "Balance": chance.choice([0, 12.5, 100, 337.51]),
    }


def _payment(number: int, chance: random.Random) -> Record:
    amount = _amount(chance.randint(100, 900_000) / 100)
    return {
        **_head(number),
        "CustomerRef": _reference(chance.randint(1, 20_000), "Weiskopf Consulting"),
        "DepositToAccountRef": {"value": "4"},
        "TotalAmt": amount,
        "UnappliedAmt": 0,
        "ProcessPayment": False,
        "PaymentMethodRef": {"value": "2", "name": "Check"},
        "PaymentRefNum": str(70_000 + number),
        "PrivateNote": "Received by mail together with the remittance advice of the customer",
        "ARAccountRef": {"value": "84", "name": "Accounts Receivable (A/R)"},
        "TxnDate": _date(number),
        "CurrencyRef": _USD,
        "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": str(number), "TxnType": "Invoice"}]}],
    }


def _bill(number: int, chance: random.Random) -> Record:
    amounts = [_amount(chance.randint(100, 90_000) / 100) for _ in range(2)]
    return {
        **_head(number),
        "DocNumber": f"B-{number}",
        "TxnDate": _date(number),
        "CurrencyRef": _USD,
        "DueDate": _date(number + 30),
        "Balance": 0,
        "VendorRef": _reference(chance.randint(1, 5000), "Norton Lumber"),
        "SalesTermRef": {"value": "3", "name": "Net 30"},
        "DepartmentRef": {"value": "1", "name": "Bayshore"},
        "PrivateNote": "Delivered to the yard, checked against the order by the foreman",
        "VendorAddr": _address(number),
        "APAccountRef": {"value": "33", "name": "Accounts Payable (A/P)"},
        "TotalAmt": _amount(sum(amounts)),
        "LinkedTxn": [{"TxnId": str(8_000_000 + number), "TxnType": "BillPaymentCheck"}],
        "Line": [
            {
                "Id": str(position),
                "LineNum": position,
                "Description": chance.choice(_TEXTS),
                "Amount": amount,
                "DetailType": "AccountBasedExpenseLineDetail",
                "AccountBasedExpenseLineDetail": {
                    "AccountRef": _reference(chance.randint(1, 500), "Job Materials"),
                    "BillableStatus": "NotBillable",
                    "TaxCodeRef": {"value": "NON"},
                },
            }
            for position, amount in enumerate(amounts, start=1)
        ],
    }


def _customer(number: int, chance: random.Random) -> Record:
    return {
        "Taxable": True,
        "BillAddr": _address(number),
        "Job": False,
        "BillWithParent": False,
        "Balance": _amount(chance.randint(0, 900_000) / 100),
        "BalanceWithJobs": 0,
        "CurrencyRef": _USD,
        "PreferredDeliveryMethod": "Print",
        "ShipAddr": _address(number + 1),
        "Notes": "Prefers to be called in the afternoon",
        "IsProject": False,
        "ClientEntityId": "0",
        "Mobile": {"FreeFormNumber": "(650) 555-0199"},
        "WebAddr": {"URI": "http://www.example.com"},
        **_head(number),
        "FullyQualifiedName": f"Weiskopf Consulting {number}",
        "CompanyName": f"Weiskopf Consulting {number}",
        "DisplayName": f"Weiskopf Consulting {number}",
        "PrintOnCheckName": f"Weiskopf Consulting {number}",
        "Active": number % 50 != 0,
        "PrimaryPhone": {"FreeFormNumber": "(650) 555-3311"},
        "PrimaryEmailAddr": {"Address": f"accounts{number}@example.com"},
    }


def _vendor(number: int, chance: random.Random) -> Record:
    return {
        "BillAddr": _address(number),
        "Balance": _amount(chance.randint(0, 900_000) / 100),
        "AcctNum": str(chance.randint(1000, 9999)),
        "Vendor1099": False,
        "CurrencyRef": _USD,
        **_head(number),
        "CompanyName": f"Norton Lumber {number}",
        "DisplayName": f"Norton Lumber {number}",
        "PrintOnCheckName": f"Norton Lumber {number}",
        "Active": True,
    }


def _account(number: int, chance: random.Random) -> Record:
    return {
        "Name": f"Account {number}",
        "SubAccount": False,
        "FullyQualifiedName": f"Account {number}",
        "Active": True,
        "Classification": "Expense",
        "AccountType": "Expense",
        "AccountSubType": "SuppliesMaterials",
        "CurrentBalance": _amount(chance.randint(0, 900_000) / 100),
        "CurrentBalanceWithSubAccounts": 0,
        "CurrencyRef": _USD,
        **_head(number),
    }


def _item(number: int, chance: random.Random) -> Record:
    return {
        "Name": f"Item {number}",
        "Description": chance.choice(_TEXTS),
        "Active": True,
        "FullyQualifiedName": f"Item {number}",
        "Taxable": True,
        "UnitPrice": chance.choice([10, 12.5, 99.95]),
        "Type": "Service",
        "IncomeAccountRef": {"value": "45", "name": "Landscaping Services"},
        "PurchaseCost": 0,
        "TrackQtyOnHand": False,
        **_head(number),
    }


def _journal_entry(number: int, chance: random.Random) -> Record:
    amount = _amount(chance.randint(100, 900_000) / 100)
    return {
        "Adjustment": False,
        **_head(number),
        "TxnDate": _date(number),
        "CurrencyRef": _USD,
        "Line": [
            {
                "Id": str(position),
                "Description": chance.choice(_TEXTS),
                "Amount": amount,
                "DetailType": "JournalEntryLineDetail",
                "JournalEntryLineDetail": {
                    "PostingType": kind,
                    "AccountRef": _reference(chance.randint(1, 500), "Account"),
                },
            }
            for position, kind in enumerate(("Debit", "Credit"))
        ],
        "TxnTaxDetail": {},
    }


_MAKERS = {
    "Invoice": _invoice,
    "Payment": _payment,
    "Bill": _bill,
    "Customer": _customer,
    "Vendor": _vendor,
    "Account": _account,
    "Item": _item,
    "JournalEntry": _journal_entry,
}

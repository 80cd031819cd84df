"""Pieces that many records share, in QuickBooks' key order: references, metadata, addresses, custom fields."""

from __future__ import annotations

from typing import Any

from qbo_pipeline.local.companies.exchange import CURRENCY_NAMES
from qbo_pipeline.local.companies.model import Account, Address, Document, Item, Label, Member, Party
from qbo_pipeline.local.companies.pacific import stamp

Record = dict[str, Any]
"""One JSON object, complete as QuickBooks returns it; numbers are int or Decimal."""


def currency_ref(code: str) -> Record:
    """`{"value": "USD", "name": "United States Dollar"}`."""
    return {"value": code, "name": CURRENCY_NAMES[code]}


def ref(member: Member) -> Record:
    """A reference by id and name; sub-customers, sub-items and sub-accounts go by their full name."""
    if isinstance(member, Account | Item | Label | Party):
        return {"value": member.id, "name": member.full_name}
    return {"value": member.id, "name": member.name}


def head(member: Member | Document) -> Record:
    """`domain`, `sparse`, `Id`, `SyncToken`, `MetaData`."""
    return {
        "domain": "QBO",
        "sparse": False,
        "Id": member.id,
        "SyncToken": str(member.sync),
        "MetaData": {"CreateTime": stamp(member.created), "LastUpdatedTime": stamp(member.updated)},
    }


def address(place: Address) -> Record:
    """A postal address as entered on a list record."""
    record: Record = {"Id": place.id, "Line1": place.line1, "City": place.city}
    if place.country != "USA":
        record["Country"] = place.country
    record["CountrySubDivisionCode"] = place.state
    record["PostalCode"] = place.postal
    record["Lat"] = place.latitude
    record["Long"] = place.longitude
    return record


def custom_fields(names: tuple[str, ...], values: tuple[tuple[str, str], ...]) -> list[Record]:
    """Every defined field, `StringValue` only where there is one."""
    given = dict(values)
    fields = []
    for index, name in enumerate(names, 1):
        entry: Record = {"DefinitionId": str(index), "Name": name, "Type": "StringType"}
        if name in given:
            entry["StringValue"] = given[name]
        fields.append(entry)
    return fields


def name_value(name: str, value: str) -> Record:
    """One entry of an `…Ex` extension, with the XML binding's trappings that QuickBooks lets through."""
    return {
        "name": "{http://schema.intuit.com/finance/v3}NameValue",
        "declaredType": "com.intuit.schema.finance.v3.NameValue",
        "scope": "javax.xml.bind.JAXBElement$GlobalScope",
        "value": {"Name": name, "Value": value},
        "nil": False,
        "globalScope": True,
        "typeSubstituted": False,
    }

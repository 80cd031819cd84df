"""TaxService: the one way in which apps make tax codes and rates (Intuit, TaxService; agencies are made by themselves).

POST /taxservice/taxcode, with new rates and existing ones:

    {"TaxCode": "State and city", "TaxRateDetails": [
        {"TaxRateName": "City", "RateValue": "2.5", "TaxAgencyId": "1", "TaxApplicableOn": "Sales"},
        {"TaxRateId": "3", "TaxApplicableOn": "Purchase"}]}

It answers the same with all ids, in no envelope and without a time.
"""

from __future__ import annotations

from typing import Any

from qbo_pipeline.local.quickbooks.faults import (
    duplicate_name,
    missing_parameter,
    not_found,
    unreadable_property,
)
from qbo_pipeline.local.quickbooks.store import Record, Store
from qbo_pipeline.local.quickbooks.typed_properties import typed
from qbo_pipeline.local.quickbooks.writes import Writer

_LISTS = {"Sales": "SalesTaxRateList", "Purchase": "PurchaseTaxRateList"}
"""TaxApplicableOn → where a code lists such rates."""


class TaxService:
    """Tax codes of companies."""

    def __init__(self, store: Store, writer: Writer) -> None:
        self._store = store
        self._writer = writer

    def create(self, realm: str, sent: Record) -> Record:
        """Make a tax code, and the rates in it that do not exist yet.

        Raises:
            ServiceFaultError: 2020 for what is missing, 6240 for a name that is taken, 610 for an agency or rate that
                does not exist, 2010 for a value that is none.
        """
        asked = typed({name: value for name, value in sent.items() if name != "TaxCode"})
        name = sent.get("TaxCode")
        if not isinstance(name, str) or not name:
            raise missing_parameter("TaxCode")
        if not asked.get("TaxRateDetails"):
            raise missing_parameter("TaxCode.TaxRateDetails")
        with self._store.transaction():
            self._refuse_twin(realm, "TaxCode", name)
            details = [self._rate(realm, detail) for detail in asked["TaxRateDetails"]]
            code = self._writer.add(realm, "TaxCode", _code(name, details))
        return {"TaxCode": name, "TaxCodeId": code["Id"], "TaxRateDetails": details}

    def _rate(self, realm: str, detail: Record) -> Record:
        """A detail with the id of its rate, which is made where none is named."""
        applicable = detail.get("TaxApplicableOn", "Sales")
        if applicable not in _LISTS:
            raise unreadable_property()
        if "TaxRateId" in detail:
            rate = self._store.get(realm, "TaxRate", str(detail["TaxRateId"]))
            if rate is None:
                raise not_found()
        else:
            rate = self._new_rate(realm, detail)
        return {
            "TaxRateName": rate["Name"],
            "TaxRateId": rate["Id"],
            "RateValue": rate.get("RateValue", 0),
            "TaxAgencyId": rate.get("AgencyRef", {}).get("value"),
            "TaxApplicableOn": applicable,
        }

    def _new_rate(self, realm: str, detail: Record) -> Record:
        for name in ("TaxRateName", "RateValue", "TaxAgencyId"):
            if name not in detail:
                raise missing_parameter(f"TaxRateDetails.{name}")
        if self._store.get(realm, "TaxAgency", detail["TaxAgencyId"]) is None:
            raise not_found()
        self._refuse_twin(realm, "TaxRate", detail["TaxRateName"])
        rate = {
            "Name": detail["TaxRateName"],
            "Description": detail["TaxRateName"],
            "Active": True,
            "RateValue": detail["RateValue"],
            "AgencyRef": {"value": detail["TaxAgencyId"]},
            "SpecialTaxType": "NONE",
            "DisplayType": "ReadOnly",
        }
        return self._writer.add(realm, "TaxRate", rate)

    def _refuse_twin(self, realm: str, entity: str, name: str) -> None:
        twins = self._store.rows(
            "SELECT 1 FROM record WHERE realm = ? AND entity = ? AND active = 1 AND name = ? COLLATE NOCASE",
            [realm, entity, name],
        )
        if twins:
            raise duplicate_name()


def _code(name: str, details: list[Record]) -> Record:
    def rates(applicable: str) -> dict[str, Any]:
        among = [detail for detail in details if detail["TaxApplicableOn"] == applicable]
        return {
            "TaxRateDetail": [
                {
                    "TaxRateRef": {"value": detail["TaxRateId"], "name": detail["TaxRateName"]},
                    "TaxTypeApplicable": "TaxOnAmount",
                    "TaxOrder": 0,
                }
                for detail in among
            ]
        }

    return {
        "Name": name,
        "Description": name,
        "Active": True,
        "Taxable": True,
        "TaxGroup": True,
        **{key: rates(applicable) for applicable, key in _LISTS.items()},
    }

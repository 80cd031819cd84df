"""Both demo companies at full size, generated once, as a reader of the API would hold them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from qbo_pipeline.local.companies import DEMO_COMPANIES, GeneratedCompany, generate

Record = dict[str, Any]
SALES_FORMS = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Estimate")
PURCHASE_FORMS = ("Bill", "VendorCredit", "Purchase", "PurchaseOrder")


@dataclass
class Shown:
    """A company and its records by entity and id."""

    company: GeneratedCompany
    by_entity: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    by_id: dict[tuple[str, str], Record] = field(default_factory=dict)

    def all(self, *entities: str) -> Iterable[tuple[str, Record]]:
        for entity in entities:
            for record in self.by_entity[entity]:
                yield entity, record


def shown(company: GeneratedCompany) -> Shown:
    result = Shown(company)
    for entity, record in company.records:
        if entity == "RecurringTransaction":
            (record,) = record.values()
        result.by_entity[entity].append(record)
        if "Id" in record:
            result.by_id[entity, record["Id"]] = record
    return result


def cents(value: int | Decimal) -> int:
    """Whole cents; fails on a fraction of one."""
    scaled = Decimal(value) * 100
    assert scaled == int(scaled), value
    return int(scaled)


@pytest.fixture(scope="session", params=DEMO_COMPANIES)
def full(request: pytest.FixtureRequest) -> Shown:
    return shown(generate(request.param))

"""A company of a few records, each written for a behaviour, and a caller that has a token."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.patience import PATIENCE_SECONDS

REALM = "9341459999999999"
OTHER = "9341458888888888"
CLIENT = ("local-client-id", "local-client-secret")
REDIRECT = "http://127.0.0.1:9/callback"

Record = dict[str, Any]


@dataclass(frozen=True)
class Gone:
    entity: str
    id: str
    deleted_at: str


def stamped(identity: str, created: str, updated: str | None = None, **values: Any) -> Record:
    meta = {"CreateTime": created, "LastUpdatedTime": updated or created}
    return {"domain": "QBO", "sparse": False, "Id": identity, "SyncToken": "0", "MetaData": meta, **values}


def customer(identity: str, name: str, created: str = "2026-01-05T09:00:00-08:00", **values: Any) -> Record:
    names = {"DisplayName": name, "FullyQualifiedName": name, "PrintOnCheckName": name, "Active": True, "Balance": 0}
    return stamped(identity, created, **{**names, **values})


def invoice(identity: str, created: str, updated: str | None = None, total: Decimal | int = 100) -> Record:
    line = {
        "Id": "1",
        "LineNum": 1,
        "Amount": total,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "1", "name": "Services"}, "Qty": 1},
    }
    return stamped(
        identity,
        created,
        updated,
        DocNumber=f"10{identity}",
        TxnDate=created[:10],
        CustomerRef={"value": "2", "name": "Amy's Bird Sanctuary"},
        Line=[line],
        TotalAmt=total,
        Balance=total,
    )


def some_records() -> list[tuple[str, Record]]:
    start = "2026-01-01T08:00:00-08:00"
    return [
        ("CompanyInfo", stamped("1", start, CompanyName="Small Books", Country="US")),
        ("Preferences", stamped("1", start, AccountingInfoPrefs={"CustomerTerminology": "Customers"})),
        ("Customer", customer("2", "Amy's Bird Sanctuary", Balance=Decimal("333.50"))),
        ("Customer", customer("3", "bill's Windsurf Shop", PrimaryEmailAddr={"Address": "bill@windsurf.example"})),
        ("Customer", customer("4", "Cool Cars", BillWithParent=True)),
        ("Customer", customer("5", "Ace Gone", Active=False)),
        ("Vendor", stamped("6", start, DisplayName="Tim Philip Masonry", Active=True, Balance=0)),
        (
            "Account",
            stamped("7", start, Name="Checking", FullyQualifiedName="Checking", AccountType="Bank", Active=True),
        ),
        (
            "Account",
            stamped("8", start, Name="Services", FullyQualifiedName="Services", AccountType="Income", Active=True),
        ),
        ("Item", stamped("1", start, Name="Services", Type="Service", IncomeAccountRef={"value": "8"}, Active=True)),
        ("Invoice", invoice("11", "2026-02-01T09:00:00-08:00", "2026-03-09T09:00:00-07:00")),
        ("Invoice", invoice("12", "2026-02-02T09:00:00-08:00", "2026-03-08T09:00:00-07:00", Decimal("133.50"))),
        # The hour that is lived twice in autumn: an hour apart, yet the texts run backwards.
        ("Invoice", invoice("13", "2025-11-02T01:50:00-07:00")),
        ("Invoice", invoice("14", "2025-11-02T01:10:00-08:00")),
        (
            "Estimate",
            stamped("15", "2026-02-03T09:00:00-08:00", TotalAmt=Decimal("1234567890123.45"), TxnDate="2026-02-03"),
        ),
        (
            "ExchangeRate",
            {
                "SourceCurrencyCode": "EUR",
                "TargetCurrencyCode": "USD",
                "Rate": Decimal("1.081282"),
                "AsOfDate": "2026-01-05",
                "MetaData": {"LastUpdatedTime": "2026-01-05T02:00:00-08:00"},
            },
        ),
        ("TimeActivity", stamped("16", start, TxnDate="2026-01-01", NameOf="Employee")),
    ]


@dataclass(frozen=True)
class SmallBooks:
    realm_id: str = REALM
    name: str = "Small Books"
    records: list[tuple[str, Record]] = field(default_factory=some_records)
    deleted: tuple[Gone, ...] = (Gone("Invoice", "10", "2026-03-01T10:00:00-08:00"),)


def connect(service: LocalQuickBooks, realm: str = REALM) -> dict[str, Any]:
    """The answer of the token endpoint after a person clicked Connect."""
    code = service.oauth.authorize(realm, REDIRECT)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    answer: dict[str, Any] = httpx.post(f"{service.url}/oauth2/v1/tokens/bearer", data=form, auth=CLIENT).json()
    return answer


class Caller:
    """Calls the API of one company as an app would."""

    def __init__(self, service: LocalQuickBooks, realm: str = REALM) -> None:
        self.service = service
        self.tokens = connect(service, realm)
        self.http = httpx.Client(
            base_url=f"{service.url}/v3/company/{realm}/",
            headers={"Authorization": f"Bearer {self.tokens['access_token']}", "Accept": "application/json"},
            timeout=PATIENCE_SECONDS,
        )

    def query(self, text: str) -> Any:
        """The QueryResponse of a statement."""
        response = self.http.get("query", params={"query": text})
        assert response.status_code == 200, response.text
        return response.json()["QueryResponse"]

    def ids(self, text: str, entity: str) -> list[str]:
        return [record["Id"] for record in self.query(text).get(entity, [])]

    def fault(self, text: str) -> tuple[int, Record]:
        """Status and first error of a statement that cannot be answered."""
        response = self.http.get("query", params={"query": text})
        return response.status_code, response.json()["Fault"]["Error"][0]

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.http.post(path, json=body)

    def read(self, entity: str, identity: str) -> Record:
        record: Record = self.http.get(f"{entity.lower()}/{identity}").json()[entity]
        return record

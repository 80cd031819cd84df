"""`/control/served`: every version of a record that an answer showed to a client, and nothing that did not arrive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Caller, SmallBooks
from qbo_pipeline_tests.local.quickbooks.test_process import serving
from qbo_pipeline_tests.patience import PATIENCE_SECONDS

ALL_INVOICES = "select * from Invoice"


@pytest.fixture
def noting(tmp_path: Path) -> Iterator[LocalQuickBooks]:
    """A service of its own: what was noted stays noted."""
    with LocalQuickBooks(tmp_path / "quickbooks.sqlite") as service:
        service.add_company(SmallBooks())
        assert httpx.post(f"{service.url}/control/served", json={"on": True}).json() == {"on": True}
        yield service


@pytest.fixture
def client(noting: LocalQuickBooks) -> Iterator[Caller]:
    caller = Caller(noting)
    yield caller
    caller.http.close()


def page(service: LocalQuickBooks, after: int = 0, limit: int = 1000) -> dict[str, Any]:
    answer = httpx.get(f"{service.url}/control/served", params={"after": after, "limit": limit})
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def versions(service: LocalQuickBooks, entity: str = "Invoice", after: int = 0) -> list[tuple[str, str | None, str]]:
    """Id, SyncToken and by what, in order."""
    return [
        (one["id"], one["sync_token"], one["by"]) for one in page(service, after)["served"] if one["entity"] == entity
    ]


def test_every_version_is_told_once_by_what_showed_it_first(noting: LocalQuickBooks, client: Caller) -> None:
    client.read("Invoice", "12")
    client.query(f"{ALL_INVOICES} where Id in ('11', '12')")
    client.http.get("cdc", params={"entities": "Invoice", "changedSince": "2026-03-08T00:00:00-08:00"})

    assert versions(noting) == [("12", "0", "read"), ("11", "0", "query")]
    assert page(noting)["served"][0] == {
        "sequence": 1,
        "realm": REALM,
        "entity": "Invoice",
        "id": "12",
        "sync_token": "0",
        "last_updated": "2026-03-08T09:00:00-07:00",
        "deleted": False,
        "by": "read",
    }


def test_a_new_version_is_told_when_it_is_read_not_when_it_is_written(noting: LocalQuickBooks, client: Caller) -> None:
    client.read("Invoice", "12")
    change = {"Id": "12", "SyncToken": "0", "sparse": True, "PrivateNote": "Call again"}
    assert client.post("invoice", change).status_code == 200
    before = versions(noting)
    client.read("Invoice", "12")

    assert (before, versions(noting)) == ([("12", "0", "read")], [("12", "0", "read"), ("12", "1", "read")])


def test_deletions_are_told_as_change_data_capture_shows_them(noting: LocalQuickBooks, client: Caller) -> None:
    assert client.post("invoice?operation=delete", {"Id": "12", "SyncToken": "0"}).status_code == 200
    client.http.get("cdc", params={"entities": "Invoice", "changedSince": "2026-03-08T00:00:00-08:00"})

    [gone] = [one for one in page(noting)["served"] if one["deleted"]]
    assert (gone["entity"], gone["id"], gone["sync_token"], gone["by"]) == ("Invoice", "12", None, "cdc")
    assert gone["last_updated"]


def test_queries_of_a_batch_show_records_and_its_writes_do_not(noting: LocalQuickBooks, client: Caller) -> None:
    items = [{"bId": "1", "Query": f"{ALL_INVOICES} where Id = '11'"}, {"bId": "2", "Query": "select nothing"}]
    written = {"bId": "3", "operation": "create", "Customer": {"DisplayName": "Somebody New"}}
    assert client.post("batch", {"BatchItemRequest": [*items, written]}).status_code == 200

    assert versions(noting) == [("11", "0", "query")]
    assert versions(noting, "Customer") == []


def test_records_without_an_id_and_templates_inside_their_type_are_told(
    noting: LocalQuickBooks, client: Caller
) -> None:
    line = {"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
    template = {"CustomerRef": {"value": "2"}, "Line": [line], "RecurringInfo": {"Name": "Retainer"}}
    answer = client.post("recurringtransaction", {"Invoice": template})
    made = answer.json()["RecurringTransaction"]["Invoice"]["Id"]
    for path in (f"recurringtransaction/{made}", "companyinfo/1", "exchangerate?sourcecurrencycode=EUR"):
        assert client.http.get(path).status_code == 200

    told = [(one["entity"], one["id"], one["sync_token"]) for one in page(noting)["served"]]
    assert told == [
        ("RecurringTransaction", made, "0"),
        ("CompanyInfo", "1", "0"),
        ("ExchangeRate", "EUR:2026-01-05", None),
    ]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("reset", {"at": "start"}),
        ("reset", {"at": "middle"}),
        ("truncated", {}),
        ("throttle", {}),
        ("server_error", {"carried_out": True}),
        ("unauthorized", {}),
        ("fault_200", {}),
        ("timeout", {"seconds": 0.6}),
        ("slow", {"seconds": 0.8, "pieces": 2}),
    ],
    ids=lambda value: str(value),
)
def test_what_does_not_arrive_is_not_told(
    noting: LocalQuickBooks, client: Caller, kind: str, settings: dict[str, Any]
) -> None:
    noting.inject(kind, endpoint="query", **settings)
    patience = 0.3 if kind in ("timeout", "slow") else PATIENCE_SECONDS
    try:
        struck = client.http.get("query", params={"query": ALL_INVOICES}, timeout=patience)
        assert struck.status_code != 200 or kind in ("fault_200", "truncated")
    except httpx.TransportError:
        assert kind in ("reset", "timeout", "slow")
    if kind in ("timeout", "slow"):
        # As late as the answer before it, so that what had become of that is known by then.
        noting.inject(kind, match="from Customer", **settings)
    client.query("select * from Customer")

    assert len(versions(noting, "Customer")) == 3
    assert versions(noting) == []
    client.query(ALL_INVOICES)
    assert len(versions(noting)) == 4


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("unknown_fields", {"place": "everywhere"}),
        ("type_flips", {"flip": "null_for_absent"}),
        ("type_flips", {"flip": "text_as_object"}),
        ("slow", {"seconds": 0.1, "pieces": 3}),
    ],
    ids=lambda value: str(value),
)
def test_what_arrives_in_a_strange_shape_is_told(
    noting: LocalQuickBooks, client: Caller, kind: str, settings: dict[str, Any]
) -> None:
    noting.inject(kind, **settings)
    client.http.get("cdc", params={"entities": "Invoice,Estimate", "changedSince": "2026-01-31T00:00:00-08:00"})

    assert sorted(versions(noting)) == [("10", None, "cdc"), ("11", "0", "cdc"), ("12", "0", "cdc")]
    assert versions(noting, "Estimate") == [("15", "0", "cdc")]


def test_it_is_read_in_pages(noting: LocalQuickBooks, client: Caller) -> None:
    client.query(ALL_INVOICES)
    first, rest = page(noting, limit=3), page(noting, after=3)

    assert ([one["sequence"] for one in first["served"]], first["next"]) == ([1, 2, 3], 3)
    assert ([one["sequence"] for one in rest["served"]], rest["next"]) == ([4], 4)
    assert page(noting, after=4) == {"on": True, "served": [], "next": 4}


def test_switched_off_nothing_is_noted(noting: LocalQuickBooks, client: Caller) -> None:
    httpx.post(f"{noting.url}/control/served", json={"on": False})
    client.query(ALL_INVOICES)

    assert page(noting) == {"on": False, "served": [], "next": 0}


@pytest.mark.parametrize("asked", [{"after": "x"}, {"limit": "-1"}], ids=str)
def test_what_is_asked_wrongly_is_refused(noting: LocalQuickBooks, asked: dict[str, str]) -> None:
    answer = httpx.get(f"{noting.url}/control/served", params=asked)

    assert (answer.status_code, next(iter(asked)) in answer.json()["error"]) == (400, True)
    assert httpx.post(f"{noting.url}/control/served", json={"on": "yes"}).status_code == 400


def test_a_process_notes_from_its_start_when_it_is_told_to(tmp_path: Path) -> None:
    with serving(tmp_path / "one.sqlite", "--companies", "", "--note-served") as (http, _):
        assert http.get("/control/served").json()["on"] is True
    with serving(tmp_path / "two.sqlite", "--companies", "") as (http, _):
        assert http.get("/control/served").json()["on"] is False

"""Change data capture: full records, deletion stubs, one cap for all, no flag."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Caller

START = "2026-01-01T00:00:00-08:00"


def ask(caller: Caller, entities: str, since: str = START) -> httpx.Response:
    return caller.http.get("cdc", params={"entities": entities, "changedSince": since})


def changed(caller: Caller, entities: str, since: str = START) -> list[dict[str, Any]]:
    answer = ask(caller, entities, since)
    assert answer.status_code == 200, answer.text
    [only] = answer.json()["CDCResponse"]
    assert list(answer.json()) == ["CDCResponse", "time"]
    found: list[dict[str, Any]] = only["QueryResponse"]
    return found


def test_each_entity_has_its_part_in_the_order_asked_and_an_empty_one_where_nothing_changed(caller: Caller) -> None:
    customers, bills, invoices = changed(caller, "customer,Bill, Invoice")
    assert (customers["startPosition"], customers["maxResults"], len(customers["Customer"])) == (1, 4, 4)
    assert bills == {}
    assert invoices["maxResults"] == 3


def test_a_deletion_is_a_stub_without_sync_token(caller: Caller) -> None:
    [invoices] = changed(caller, "Invoice", "2026-03-01T10:00:00-08:00")
    [stub] = [record for record in invoices["Invoice"] if record.get("status") == "Deleted"]
    stamp = {"LastUpdatedTime": "2026-03-01T10:00:00-08:00"}
    assert stub == {"domain": "QBO", "status": "Deleted", "Id": "10", "MetaData": stamp}


def test_records_come_whole_and_oldest_change_first(caller: Caller) -> None:
    [invoices] = changed(caller, "Invoice", "2026-03-02T00:00:00-08:00")
    assert [record["Id"] for record in invoices["Invoice"]] == ["12", "11"]
    assert invoices["Invoice"][1] == caller.read("Invoice", "11")


def test_deactivated_records_are_records_marked_as_such(caller: Caller) -> None:
    [customers] = changed(caller, "Customer")
    [gone] = [record for record in customers["Customer"] if not record["Active"]]
    assert (gone["DisplayName"], "status" in gone) == ("Ace Gone (deleted)", False)


def test_deletions_and_edits_show_at_once(service: LocalQuickBooks, caller: Caller) -> None:
    since = "2026-03-20T00:00:00-07:00"
    assert changed(caller, "Invoice,Customer", since) == [{}, {}]
    caller.post("invoice?operation=delete", {"Id": "11", "SyncToken": "0"})
    invoices, customers = changed(caller, "Invoice,Customer", since)
    assert [record["status"] for record in invoices["Invoice"]] == ["Deleted"]
    assert [record["Id"] for record in customers["Customer"]] == ["2"]


def test_a_thousand_is_the_cap_for_all_entities_together_and_nothing_says_so(
    service: LocalQuickBooks, caller: Caller
) -> None:
    later = 1_790_000_000
    for entity, start in (("Purchase", 5000), ("Bill", 9000)):
        texts = ((str(number), later, later, None, f'{{"Id":"{number}"}}') for number in range(start, start + 700))
        service.store.add_texts(REALM, entity, texts)
    purchases, bills = changed(caller, "Purchase,Bill")
    assert (purchases["maxResults"], bills["maxResults"]) == (700, 300)
    assert set(bills) == {"Bill", "startPosition", "maxResults"}


@pytest.mark.parametrize("entity", ["JournalCode", "TaxAgency", "TimeActivity", "TaxCode", "TaxRate", "Nonsense", ""])
def test_entities_it_does_not_cover_are_refused(caller: Caller, entity: str) -> None:
    answer = ask(caller, entity)
    assert answer.status_code == 400
    assert answer.json()["Fault"]["Error"][0]["code"] == "4001"


@pytest.mark.parametrize("since", ["yesterday", ""])
def test_a_moment_that_is_none_is_refused(caller: Caller, since: str) -> None:
    assert ask(caller, "Invoice", since).status_code == 400


def test_it_looks_back_further_than_thirty_days_unless_a_switch_forbids_it(
    service: LocalQuickBooks, caller: Caller
) -> None:
    switches = f"{service.url}/control/switches"
    assert ask(caller, "Invoice").status_code == 200
    httpx.post(switches, json={"strict_look_back": True})
    refused = ask(caller, "Invoice")
    httpx.post(switches, json={"strict_look_back": False})
    assert refused.status_code == 400
    assert "30 days" in refused.json()["Fault"]["Error"][0]["Detail"]

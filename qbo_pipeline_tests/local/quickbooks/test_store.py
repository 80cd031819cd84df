"""What the service holds: loaded quickly, kept exactly, still there after a restart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.store import Store
from qbo_pipeline_tests.local.quickbooks.small_books import CLIENT, OTHER, REALM, Caller, SmallBooks, customer


def test_records_writes_deletions_and_tokens_survive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "quickbooks.sqlite"
    with LocalQuickBooks(state) as first:
        first.add_company(SmallBooks())
        before = Caller(first)
        with before.http:
            before.post("invoice?operation=delete", {"Id": "11", "SyncToken": "0"})
            made = before.post("customer", {"DisplayName": "New"}).json()["Customer"]
    with LocalQuickBooks(state) as second:
        after = Caller(second)
        with after.http:
            after.http.headers["Authorization"] = f"Bearer {before.tokens['access_token']}"
            assert after.read("Customer", made["Id"]) == made
            changes = after.http.get("cdc?entities=Invoice&changedSince=2026-02-15T00:00:00Z").json()
            stubs = [one["Id"] for one in changes["CDCResponse"][0]["QueryResponse"][0]["Invoice"] if "status" in one]
            assert stubs == ["10", "11"]
            form = {"grant_type": "refresh_token", "refresh_token": before.tokens["refresh_token"]}
            refreshed = after.http.post(f"{second.url}/oauth2/v1/tokens/bearer", data=form, auth=CLIENT)
            assert refreshed.json()["refresh_token"] == before.tokens["refresh_token"]


def test_a_company_loaded_again_replaces_itself_and_no_other(service: LocalQuickBooks) -> None:
    service.add_company(SmallBooks(realm_id=OTHER, name="Other Books"))
    service.add_company(SmallBooks(records=[("Customer", customer("77", "Only"))], deleted=()))
    assert service.store.counts(REALM) == {"Customer": 1}
    assert service.store.counts(OTHER)["Invoice"] == 4
    assert service.store.rows("SELECT id FROM deletion WHERE realm = ?", [REALM]) == []


def test_a_company_with_an_id_twice_is_not_loaded_at_all(service: LocalQuickBooks) -> None:
    twice = [("Customer", customer("77", "One")), ("Customer", customer("77", "Two"))]
    with pytest.raises(Exception, match="UNIQUE"):
        service.add_company(SmallBooks(records=twice))
    assert service.store.counts(REALM)["Customer"] == 4


def test_text_is_served_byte_for_byte(service: LocalQuickBooks, caller: Caller) -> None:
    text = '{"Id":"900","TotalAmt":1234567890123.40,"PrivateNote":"caf\\u00e9 ü"}'
    service.store.add_texts(REALM, "Deposit", [("900", 1_700_000_000, 1_700_000_000, "2023-11-14", text)])
    assert f'"Deposit":[{text}]' in caller.http.get("query?query=select * from Deposit").text
    assert caller.http.get("deposit/900").text.startswith(f'{{"Deposit":{text},"time":')


def test_ids_are_never_given_twice_even_after_deletions(service: LocalQuickBooks, caller: Caller) -> None:
    first = caller.post("customer", {"DisplayName": "A"}).json()["Customer"]["Id"]
    sold = {"CustomerRef": {"value": "2"}, "Line": [{"DetailType": "DescriptionOnly"}]}
    invoice = caller.post("invoice", sold).json()["Invoice"]
    caller.post("invoice?operation=delete", {"Id": invoice["Id"], "SyncToken": "0"})
    second = caller.post("customer", {"DisplayName": "B"}).json()["Customer"]["Id"]
    assert int(first) < int(invoice["Id"]) < int(second)


def test_an_edited_record_keeps_its_place_among_records_of_the_same_second(
    service: LocalQuickBooks, caller: Caller
) -> None:
    moment = "2026-04-01T09:00:00-07:00"
    tied = [("Customer", customer(str(number), f"C{number}", moment)) for number in (31, 32, 33)]
    service.add_company(SmallBooks(records=tied))
    statement = "SELECT * FROM Customer ORDERBY MetaData.CreateTime"
    service.writer.touch(REALM, "Customer", "32", Notes="edited")
    assert caller.ids(statement, "Customer") == ["31", "32", "33"]


def test_deep_pages_walk_an_index_without_sorting(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.sqlite")
    inner = "SELECT number FROM record WHERE realm = ? AND entity = ? ORDER BY created, number LIMIT 1000 OFFSET 5"
    plan = " ".join(row[3] for row in store.rows(f"EXPLAIN QUERY PLAN {inner}", [REALM, "Invoice"]))
    store.close()
    assert "COVERING INDEX" in plan
    assert "TEMP B-TREE" not in plan


def test_wrapped_records_are_stored_edited_and_read_in_their_wrapping(service: LocalQuickBooks, caller: Caller) -> None:
    meta = {"CreateTime": "2026-01-05T09:00:00-08:00", "LastUpdatedTime": "2026-01-05T09:00:00-08:00"}
    template = {"Invoice": {"Id": "50", "SyncToken": "0", "MetaData": meta, "RecurringInfo": {"Name": "Rent"}}}
    service.add_company(SmallBooks(records=[("RecurringTransaction", template)]))
    service.writer.touch(REALM, "RecurringTransaction", "50", PrivateNote="n")
    [found] = caller.query("SELECT * FROM RecurringTransaction")["RecurringTransaction"]
    assert (found["Invoice"]["SyncToken"], found["Invoice"]["RecurringInfo"]) == ("1", {"Name": "Rent"})
    assert json.loads(next(service.store.records(REALM, "RecurringTransaction"))) == found


def test_an_attachment_does_not_raise_the_ids_of_what_follows(service: LocalQuickBooks, caller: Caller) -> None:
    before = int(service.store.next_id(REALM))
    service.store.put(REALM, "Attachable", {"Id": "5000000000000503624", "FileName": "a.pdf"})
    assert caller.post("customer", {"DisplayName": "New"}).json()["Customer"]["Id"] == str(before)

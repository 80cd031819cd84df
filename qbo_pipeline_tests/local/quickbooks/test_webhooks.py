"""What changes is told to whoever subscribed: signed, in order, again until it is acknowledged."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.clock import pacific
from qbo_pipeline.local.quickbooks.webhooks import DeliverySettings, Event, cloud_events, legacy, signature
from qbo_pipeline.local.quickbooks.webhooks.settings import RETRY_WAITS
from qbo_pipeline_tests.local.quickbooks.small_books import OTHER, REALM, Caller, SmallBooks
from qbo_pipeline_tests.patience import wait_until
from qbo_pipeline_tests.shared_data import required

TOKEN = "00faeec4-0000-4996-bb37-698ae19f0149"
AMY = {"value": "2"}
CONTROLS = (
    ("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
)


@dataclass(frozen=True)
class Delivery:
    headers: dict[str, str]
    body: bytes

    @property
    def events(self) -> list[Any]:
        found: list[Any] = json.loads(self.body)
        return found

    @property
    def ids(self) -> list[str]:
        return [event["id"] for event in self.events]


@dataclass
class Endpoint:
    """An app's webhook endpoint, which answers what it is told to."""

    answers: Callable[[int], int] = lambda _: 200
    slow: float = 0.0
    received: list[Delivery] = field(default_factory=list)
    url: str = ""

    def wait_for(self, count: int) -> list[Delivery]:
        wait_until(lambda: len(self.received) >= count)
        return self.received

    def types(self) -> list[str]:
        return [event["type"] for event in chain.from_iterable(one.events for one in self.received)]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    one = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            one.received.append(Delivery({key.lower(): value for key, value in self.headers.items()}, body))
            status = one.answers(len(one.received))
            time.sleep(one.slow)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    one.url = f"http://127.0.0.1:{server.server_port}/webhooks"
    yield one
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def told(service: LocalQuickBooks, endpoint: Endpoint) -> Iterator[Endpoint]:
    """The endpoint, subscribed, of a company that has the accounts which QuickBooks makes at first need."""
    for name, kind, subtype in CONTROLS:
        service.writer.save(REALM, "Account", {"Name": name, "AccountType": kind, "AccountSubType": subtype})
    service.outbox.subscribe(endpoint.url, TOKEN)
    yield endpoint
    service.outbox.unsubscribe(endpoint.url)
    service.deliver()


def pending(service: LocalQuickBooks) -> int:
    return sum(one.pending for one in service.outbox.subscriptions())


def new_customer(caller: Caller, name: str) -> str:
    answer = caller.post("customer", {"DisplayName": name})
    assert answer.status_code == 200, answer.text
    identity: str = answer.json()["Customer"]["Id"]
    return identity


def test_a_change_is_told_as_a_signed_cloud_event(caller: Caller, told: Endpoint) -> None:
    identity = new_customer(caller, "Told")
    [delivery] = told.wait_for(1)

    assert delivery.headers["content-type"] == "application/cloudevents+json"
    assert delivery.headers["intuit-signature"] == signature(delivery.body, TOKEN)
    [event] = delivery.events
    assert {name: event[name] for name in ("specversion", "type", "intuitentityid", "intuitaccountid", "data")} == {
        "specversion": "1.0",
        "type": "qbo.customer.created.v1",
        "intuitentityid": identity,
        "intuitaccountid": REALM,
        "data": {},
    }
    seconds, fraction = event["time"].removesuffix("Z").split(".")
    assert len(fraction) == 9
    at = datetime.fromisoformat(caller.read("Customer", identity)["MetaData"]["LastUpdatedTime"])
    assert datetime.fromisoformat(f"{seconds}+00:00") == at


def test_every_kind_of_change_has_its_name(caller: Caller, told: Endpoint) -> None:
    caller.post("invoice", {"Id": "11", "SyncToken": "0", "sparse": True, "PrivateNote": "Edited"})
    caller.post("invoice?operation=void", {"Id": "11", "SyncToken": "1"})
    caller.post("invoice?operation=delete", {"Id": "11", "SyncToken": "2"})
    wait_until(lambda: len(told.types()) == 3)
    assert told.types() == ["qbo.invoice.updated.v1", "qbo.invoice.voided.v1", "qbo.invoice.deleted.v1"]


def test_what_is_refused_is_not_told(caller: Caller, told: Endpoint) -> None:
    assert caller.post("invoice", {"Id": "11", "SyncToken": "7", "sparse": True}).status_code == 400
    new_customer(caller, "After it")
    told.wait_for(1)
    assert told.types() == ["qbo.customer.created.v1"]


def test_nobody_tells_of_entities_that_have_no_webhooks(caller: Caller, told: Endpoint) -> None:
    caller.post("attachable", {"Note": "A note"})
    new_customer(caller, "After it")
    told.wait_for(1)
    assert told.types() == ["qbo.customer.created.v1"]


@pytest.mark.parametrize(("switch", "expected"), [(True, ["invoice", "payment"]), (False, ["payment"])])
def test_a_payment_tells_of_the_invoices_it_pays_unless_switched_off(
    service: LocalQuickBooks, caller: Caller, told: Endpoint, switch: bool, expected: list[str]
) -> None:
    service.deliver(linked_updates=switch)
    line = {"Amount": 60, "LinkedTxn": [{"TxnId": "11", "TxnType": "Invoice"}]}
    assert caller.post("payment", {"CustomerRef": AMY, "TotalAmt": 60, "Line": [line]}).status_code == 200
    wait_until(lambda: len(told.types()) == len(expected))
    assert sorted(one.split(".")[1] for one in told.types()) == expected


def test_companies_are_mixed_in_one_delivery_of_at_most_a_hundred_events(
    service: LocalQuickBooks, caller: Caller, told: Endpoint
) -> None:
    service.add_company(SmallBooks(OTHER))
    other = Caller(service, OTHER)
    told.answers = lambda number: 500 if number == 1 else 200
    service.deliver(retry_scale=0.05)
    new_customer(caller, "First")
    told.wait_for(1)
    with service.store.transaction(), other.http:  # held back until both are there
        for number in range(60):
            service.writer.save(REALM, "Customer", {"DisplayName": f"Here {number}"})
            service.writer.save(OTHER, "Customer", {"DisplayName": f"There {number}"})
    wait_until(lambda: pending(service) == 0)

    counts = [len(one.events) for one in told.received]
    assert counts == [1, 1, 100, 20]
    assert {event["intuitaccountid"] for event in told.received[2].events} == {REALM, OTHER}


def test_the_legacy_shape_names_companies_and_records(
    service: LocalQuickBooks, caller: Caller, endpoint: Endpoint
) -> None:
    service.outbox.subscribe(endpoint.url, TOKEN, "legacy")
    identity = new_customer(caller, "Old school")
    [delivery] = endpoint.wait_for(1)
    service.outbox.unsubscribe(endpoint.url)

    body: Any = delivery.events
    last = body["eventNotifications"][0]["dataChangeEvent"]["entities"][0].pop("lastUpdated")
    assert datetime.strptime(last, "%Y-%m-%dT%H:%M:%S%z").tzinfo is not None
    assert last[-5] in "+-"
    entities = [{"name": "Customer", "id": identity, "operation": "Create"}]
    assert body == {"eventNotifications": [{"realmId": REALM, "dataChangeEvent": {"entities": entities}}]}
    assert delivery.headers["content-type"] == "application/json"
    assert delivery.headers["intuit-signature"] == signature(delivery.body, TOKEN)


def test_what_is_not_acknowledged_is_told_again_and_holds_back_what_comes_later(
    service: LocalQuickBooks, caller: Caller, told: Endpoint
) -> None:
    told.answers = lambda number: 400 if number < 3 else 200
    service.deliver(retry_scale=0.01)
    first = new_customer(caller, "First")
    told.wait_for(1)
    second = new_customer(caller, "Second")
    told.wait_for(4)

    assert [[event["intuitentityid"] for event in one.events] for one in told.received] == [
        [first],
        [first],
        [first],
        [second],
    ]
    assert len({one.body for one in told.received[:3]}) == 1


def test_attempts_follow_the_schedule_of_quickbooks(service: LocalQuickBooks, caller: Caller, told: Endpoint) -> None:
    told.answers = lambda _: 503
    new_customer(caller, "Never told")
    for attempt, wait in enumerate(RETRY_WAITS, start=1):
        told.wait_for(attempt)
        wait_until(lambda attempt=attempt: service.outbox.subscriptions()[0].attempts == attempt)  # type: ignore[misc]
        [one] = service.outbox.subscriptions()
        assert one.due - service.clock.now() == pytest.approx(wait, abs=5)
        assert one.answer == "503"
        service.clock.advance(wait)
    assert DeliverySettings().wait_after(99) == 6 * 3600


def test_an_endpoint_that_takes_more_than_three_seconds_has_not_acknowledged(
    service: LocalQuickBooks, caller: Caller, told: Endpoint
) -> None:
    assert DeliverySettings().answer_seconds == 3
    service.deliver(answer_seconds=0.05, retry_scale=0.001)
    told.slow = 0.2
    new_customer(caller, "Slow")
    told.wait_for(2)
    assert told.received[0].body == told.received[1].body
    told.slow = 0
    wait_until(lambda: pending(service) == 0)


def test_an_endpoint_that_is_not_there_gets_everything_later(tmp_path: Path, endpoint: Endpoint) -> None:
    state = tmp_path / "quickbooks.sqlite"
    with LocalQuickBooks(state) as service:
        service.add_company(SmallBooks())
        service.outbox.subscribe("http://127.0.0.1:9/nobody", TOKEN)
        service.deliver(retry_scale=0.001)
        service.writer.save(REALM, "Customer", {"DisplayName": "Kept"})
        wait_until(lambda: service.outbox.subscriptions()[0].attempts > 0)
        assert service.outbox.subscriptions()[0].answer == "ConnectError"
    with LocalQuickBooks(state) as service:
        service.store.rows("UPDATE webhook_subscription SET url = ?, due = 0", [endpoint.url])
        endpoint.wait_for(1)
    assert endpoint.types() == ["qbo.customer.created.v1"]


def test_a_delivery_may_come_twice(service: LocalQuickBooks, caller: Caller, told: Endpoint) -> None:
    service.deliver(duplicate=1)
    new_customer(caller, "Twice")
    first, second = told.wait_for(2)
    assert first.ids == second.ids


def test_deliveries_may_come_in_another_order(service: LocalQuickBooks, told: Endpoint) -> None:
    service.deliver(reorder=1, seed=3)
    with service.store.transaction():
        made = [service.writer.save(REALM, "Customer", {"DisplayName": f"New {n}"})["Id"] for n in range(150)]
    wait_until(lambda: len(told.types()) == 150)
    seen = [event["intuitentityid"] for one in told.received for event in one.events]
    assert seen != made
    assert sorted(seen) == sorted(made)


def test_events_may_be_lost(service: LocalQuickBooks, told: Endpoint) -> None:
    service.deliver(drop=0.5, seed=1)
    with service.store.transaction():
        for number in range(100):
            service.writer.save(REALM, "Customer", {"DisplayName": f"New {number}"})
    wait_until(lambda: pending(service) == 0)
    assert 20 < len(told.types()) < 80


def test_a_delivery_may_be_late(service: LocalQuickBooks, caller: Caller, told: Endpoint) -> None:
    service.deliver(aggregate_seconds=0.3)
    began = time.monotonic()
    new_customer(caller, "Late")
    told.wait_for(1)
    assert time.monotonic() - began > 0.3


def test_subscriptions_and_switches_are_set_over_http(service: LocalQuickBooks, endpoint: Endpoint) -> None:
    at = f"{service.url}/control/webhooks"
    asked = {"url": endpoint.url, "verifier_token": TOKEN, "shape": "legacy"}
    [shown] = httpx.post(at, json=asked).json()["subscriptions"]
    assert (shown["url"], shown["shape"], shown["pending"]) == (endpoint.url, "legacy", 0)
    assert TOKEN not in httpx.get(at).text
    assert httpx.request("DELETE", at, json={"url": endpoint.url}).json() == {"subscriptions": []}

    assert httpx.post(f"{at}/delivery", json={"duplicate": 0.5, "seed": 7}).json()["duplicate"] == 0.5
    assert httpx.delete(f"{at}/delivery").json()["duplicate"] == 0


def test_the_status_tells_what_waits_and_why(service: LocalQuickBooks, caller: Caller, told: Endpoint) -> None:
    told.answers = lambda _: 503
    new_customer(caller, "Waiting")
    wait_until(lambda: service.outbox.subscriptions()[0].attempts == 1)
    [one] = httpx.get(f"{service.url}/control/status").json()["webhooks"]
    assert (one["url"], one["delivered"], one["pending"], one["answer"]) == (told.url, 0, 1, "503")
    assert one["next_attempt"] > pacific(service.clock.now())
    page = httpx.get(service.url).text
    assert told.url in page
    assert TOKEN not in page


@pytest.mark.parametrize(
    ("path", "asked", "named"),
    [
        ("", {"url": "nowhere", "verifier_token": "x"}, "url"),
        ("", {"url": "http://a.example"}, "verifier_token"),
        ("", {"url": "http://a.example", "verifier_token": "x", "shape": "xml"}, "shape"),
        ("/delivery", {"often": 1}, "often"),
        ("/delivery", {"duplicate": "often"}, "duplicate"),
    ],
)
def test_a_wrong_setting_is_named(service: LocalQuickBooks, path: str, asked: dict[str, Any], named: str) -> None:
    answer = httpx.post(f"{service.url}/control/webhooks{path}", json=asked)
    assert answer.status_code == 400
    assert named in answer.json()["error"]


def test_signatures_are_those_of_intuits_software_development_kits() -> None:
    path = required("quickbooks_recordings/_webhook_signature_vectors__intuit_sdk_tests.json")
    for vector in json.loads(path.read_text()):
        assert signature(vector["payload"].encode(), vector["verifier_token"]) == vector["intuit_signature"]


EVENTS = st.lists(
    st.builds(
        Event,
        number=st.integers(1),
        id=st.uuids().map(str),
        realm=st.sampled_from([REALM, OTHER]),
        entity=st.sampled_from(["Invoice", "CompanyCurrency", "Customer"]),
        identity=st.integers(1, 99).map(str),
        operation=st.sampled_from(["Create", "Update", "Delete", "Merge", "Void", "Emailed"]),
        deleted_id=st.none() | st.just("5"),
        at=st.integers(0, 4_000_000_000),
    )
)


@given(EVENTS)
def test_both_shapes_tell_every_event_in_order(events: list[Event]) -> None:
    told = [(event.realm, event.identity) for event in events]
    assert [(one["intuitaccountid"], one["intuitentityid"]) for one in json.loads(cloud_events(events))] == told
    notifications = json.loads(legacy(events))["eventNotifications"]
    entities = [(one["realmId"], e["id"]) for one in notifications for e in one["dataChangeEvent"]["entities"]]
    assert entities == told

"""A company that lives over the public API: what happens in it is plausible, repeatable and never refused."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import httpx
import pytest

from qbo_pipeline.local.companies import DEMO_COMPANIES, GeneratedCompany, generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.books.company_books import CompanyBooks
from qbo_pipeline.local.quickbooks.json_text import dumps
from qbo_pipeline.local.quickbooks.living import (
    CompanyView,
    ConnectionFailedError,
    LivingCompany,
    Outcome,
    connect,
    next_change,
    offered_companies,
)
from qbo_pipeline.local.quickbooks.living.changes import PLANS
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, customer

SCALE = 0.05
CHANGES = 300


@contextmanager
def opened(folder: Path, company: GeneratedCompany) -> Iterator[tuple[LocalQuickBooks, LivingCompany, list[float]]]:
    """A service, a company of it that lives, and the seconds it was told to wait."""
    waited: list[float] = []
    with LocalQuickBooks(folder / "quickbooks.sqlite") as service, httpx.Client(base_url=service.url) as http:
        service.add_company(company)
        yield service, LivingCompany(connect(http, company.realm_id, waited.append)), waited


@pytest.fixture(scope="module", params=DEMO_COMPANIES)
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Outcome]]:
    """What happened in a demo company."""
    with opened(tmp_path_factory.mktemp(request.param), generate(request.param, scale=SCALE)) as (_, living, _waited):
        chance = Random(7)
        yield [living.live(chance) for _ in range(CHANGES)]


def test_nothing_is_refused(lived: list[Outcome]) -> None:
    assert [one.fault for one in lived if one.fault] == []


def test_every_kind_of_thing_happens(lived: list[Outcome]) -> None:
    counts = Counter((one.change.entity, one.change.operation) for one in lived)

    assert {kind for _, kind in counts} == {"create", "update", "void", "delete"}
    often = {"Invoice", "Payment", "Bill", "BillPayment", "Purchase", "Deposit", "JournalEntry", "Customer"}
    assert often <= {entity for entity, kind in counts if kind == "create"}
    assert counts["Invoice", "create"] > counts["Customer", "create"]


def test_invoices_are_paid_with_what_they_ask_for(lived: list[Outcome]) -> None:
    payments = [one.change.body for one in lived if one.change.entity == "Payment" and one.change.operation == "create"]

    assert payments
    for body in payments:
        assert body["TotalAmt"] == sum((line["Amount"] for line in body["Line"]), Decimal(0)) > 0


@pytest.mark.parametrize("name", DEMO_COMPANIES)
def test_the_same_seed_makes_the_same_changes(tmp_path: Path, name: str) -> None:
    company = generate(name, scale=SCALE)
    told = []
    for folder, seed in (("first", 3), ("second", 3), ("third", 4)):
        with opened(tmp_path / folder, company) as (_, living, _waited):
            chance = Random(seed)
            told.append(
                [
                    dumps([one.entity, one.operation, one.body])
                    for one in (living.live(chance).change for _ in range(60))
                ]
            )

    assert told[0] == told[1] != told[2]


def test_what_is_left_to_pay_is_what_quickbooks_says_and_never_less_than_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, generate("larkspur", scale=SCALE)) as (service, living, _):
        chance = Random(11)
        for _ in range(CHANGES):
            living.live(chance)
        for known in living.view.of("Invoice"):
            held = service.store.get(realm_of(service), "Invoice", known["Id"])
            assert held is not None
            assert Decimal(held["Balance"]) == Decimal(known["Balance"]) >= 0, known["Id"]


@pytest.mark.parametrize("name", DEMO_COMPANIES)
def test_the_books_of_a_company_that_lived_still_balance(tmp_path: Path, name: str) -> None:
    with opened(tmp_path, generate(name, scale=SCALE)) as (service, living, _):
        chance = Random(5)
        for _ in range(CHANGES):
            living.live(chance)
        books = CompanyBooks(service.store, realm_of(service))

        assert books.unposted() == {}
        assert sum(leg.home for one in books.transactions() for leg in one.legs) == 0


def realm_of(service: LocalQuickBooks) -> str:
    return service.store.companies()[0][0]


def test_an_app_that_is_throttled_waits_and_tries_again(tmp_path: Path) -> None:
    with opened(tmp_path, generate("larkspur", scale=SCALE)) as (service, living, waited):
        service.inject("throttle", times=2, retry_after=9)
        outcome = living.live(Random(1))

        assert (outcome.fault, waited, living.connection.throttled) == (None, [9.0, 9.0], 2)


def test_an_app_whose_token_is_old_refreshes_it(tmp_path: Path) -> None:
    with opened(tmp_path, generate("larkspur", scale=SCALE)) as (service, living, _):
        service.clock.advance(3700)

        assert living.live(Random(1)).fault is None


def test_a_record_that_somebody_else_changed_is_read_again(tmp_path: Path) -> None:
    with opened(tmp_path, generate("larkspur", scale=SCALE)) as (service, living, _):
        for known in living.view.of("Customer"):
            service.writer.touch(realm_of(service), "Customer", known["Id"])
        chance = Random(7)
        refused = [one for one in (living.live(chance) for _ in range(CHANGES)) if one.fault]

        assert refused
        assert {str(one.fault)[:4] for one in refused} == {"5010"}
        ids = [one.change.body["Id"] for one in refused]
        assert len(set(ids)) == len(ids), "a record that was read again is refused no more"


def test_the_companies_offered_are_those_of_the_consent_page(service: LocalQuickBooks) -> None:
    with httpx.Client(base_url=service.url) as http:
        assert offered_companies(http) == [REALM]
        with pytest.raises(ConnectionFailedError, match="no company 12"):
            connect(http, "12")


def test_a_service_that_is_not_there_is_told_apart() -> None:
    with httpx.Client(base_url="http://127.0.0.1:9") as http, pytest.raises(ConnectionFailedError, match="answers on"):
        offered_companies(http)


def test_what_cannot_happen_leaves_its_place_to_what_can() -> None:
    view = CompanyView(date(2026, 11, 20), {})
    view.add("Customer", [customer("2", "Amy"), customer("3", "Bill", Active=False)])
    chance = Random(5)
    made = [next_change(view, chance) for _ in range(50)]

    assert {(one.entity, one.operation) for one in made} == {
        ("Customer", "create"),
        ("Customer", "update"),
        ("Vendor", "create"),
    }
    # The only active customer of so few is not retired; who left may come back.
    assert {json.dumps(one.body) for one in made if "Active" in one.body} == {
        '{"Id": "3", "SyncToken": "0", "sparse": true, "Active": true}'
    }


def test_nothing_is_touched_in_a_closed_month() -> None:
    view = CompanyView(date(2026, 11, 20), {"AccountingInfoPrefs": {"BookCloseDate": "2026-10-31"}})
    view.add("Estimate", [{"Id": str(day), "TxnDate": f"2026-{day}"} for day in ("10-30", "10-31", "11-01")])

    assert [one["TxnDate"] for one in view.changeable("Estimate")] == ["2026-11-01"]


def test_the_shares_are_of_a_thousand() -> None:
    assert sum(share for share, _ in PLANS) == 1000

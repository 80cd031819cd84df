"""A company that lives over the public API: what happens in it is plausible, repeatable and never refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random

import httpx
import pytest

from qbo_pipeline.local.companies import DEMO_COMPANIES, GeneratedCompany, generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.books.company_books import CompanyBooks
from qbo_pipeline.local.quickbooks.json_text import dumps
from qbo_pipeline.local.quickbooks.living import (
    Change,
    CompanyView,
    ConnectionFailedError,
    LivingCompany,
    Merge,
    Outcome,
    connect,
    next_change,
    offered_companies,
)
from qbo_pipeline.local.quickbooks.living.changes import PLANS, Plan
from qbo_pipeline.local.quickbooks.living.name_lists import (
    bring_back,
    merge,
    new_account,
    new_customer,
    new_item,
    new_vendor,
    retire,
)
from qbo_pipeline.local.quickbooks.references import referred
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

    kinds = {kind for _, kind in counts}
    assert kinds >= {"create", "update", "void", "delete"}
    # Rarer things, of which three hundred changes need not have every one.
    assert kinds & {"deactivate", "reactivate", "merge"}
    often = {"Invoice", "Payment", "Bill", "BillPayment", "Purchase", "Deposit", "JournalEntry", "Customer"}
    assert often <= {entity for entity, kind in counts if kind == "create"}
    assert counts["Invoice", "create"] > counts["Customer", "create"]


def test_invoices_are_paid_with_what_they_ask_for(lived: list[Outcome]) -> None:
    made = [one.change for one in lived if isinstance(one.change, Change)]
    payments = [one.body for one in made if (one.entity, one.operation) == ("Payment", "create")]

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
            told.append([dumps(asdict(living.live(chance).change)) for _ in range(60)])

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
        ids = [one.change.body["Id"] for one in refused if isinstance(one.change, Change)]
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
        ("Customer", "reactivate"),
        ("Vendor", "create"),
    }


def test_nothing_is_touched_in_a_closed_month() -> None:
    view = CompanyView(date(2026, 11, 20), {"AccountingInfoPrefs": {"BookCloseDate": "2026-10-31"}})
    view.add("Estimate", [{"Id": str(day), "TxnDate": f"2026-{day}"} for day in ("10-30", "10-31", "11-01")])

    assert [one["TxnDate"] for one in view.changeable("Estimate")] == ["2026-11-01"]


def test_the_shares_are_of_a_thousand() -> None:
    assert sum(share for share, _ in PLANS) == 1000


LISTS = ("Customer", "Vendor", "Item", "Account")
NEW = (new_customer, new_vendor, new_item, new_account)


def tried(living: LivingCompany, plan: Plan, chance: Random) -> Outcome:
    """A change of that plan, after some other work if that has to come first."""
    for _ in range(CHANGES):
        change = plan(living.view, chance)
        if change is not None:
            return living.make(change)
        living.live(chance)
    raise AssertionError("it never happens")


@pytest.mark.parametrize("name", DEMO_COMPANIES)
def test_records_of_lists_come_go_and_come_back(tmp_path: Path, name: str) -> None:
    with opened(tmp_path, generate(name, scale=SCALE)) as (service, living, _):
        chance = Random(3)
        assert [tried(living, plan, chance).fault for plan in NEW] == [None] * len(NEW)
        for entity in LISTS:
            gone = tried(living, partial(retire, entity), chance)
            assert isinstance(gone.change, Change)
            held = service.store.get(realm_of(service), entity, gone.change.body["Id"])
            assert (gone.fault, held and held["Active"]) == (None, False)
            back = tried(living, partial(bring_back, entity), chance)
            assert isinstance(back.change, Change)
            held = service.store.get(realm_of(service), entity, back.change.body["Id"])
            assert (back.fault, held and held["Active"]) == (None, True)


@pytest.mark.parametrize("name", DEMO_COMPANIES)
def test_merged_records_are_gone_and_work_goes_on_with_those_that_stay(tmp_path: Path, name: str) -> None:
    with opened(tmp_path, generate(name, scale=SCALE)) as (service, living, _):
        chance = Random(3)
        for plan in (*NEW, *NEW):
            tried(living, plan, chance)
        merges = [tried(living, partial(merge, entity), chance) for entity in LISTS]
        assert [one.fault for one in merges] == [None] * len(LISTS)
        for one in (one.change for one in merges if isinstance(one.change, Merge)):
            assert service.store.get(realm_of(service), one.entity, one.loser) is None
            known = [(kind, record) for kind, held in living.view.records.items() for record in held.values()]
            assert not [kind for kind, record in known if (one.entity, one.loser) in set(referred(kind, record))]
        assert [one.fault for one in (living.live(chance) for _ in range(100)) if one.fault] == []
        assert CompanyBooks(service.store, realm_of(service)).unposted() == {}


def test_a_merge_that_somebody_made_impossible_is_refused_and_both_records_are_read_again(tmp_path: Path) -> None:
    with opened(tmp_path, generate("larkspur", scale=SCALE)) as (service, living, _):
        loser, winner, other = (one["Id"] for one in living.view.of("Vendor")[:3])
        service.writer.merge(realm_of(service), "Vendor", loser, other)
        outcome = living.make(Merge("Vendor", loser, winner))

        assert outcome.fault
        assert living.view.get("Vendor", loser) is None
        assert living.view.get("Vendor", winner) is not None


def test_of_few_records_none_goes_and_nobody_comes_back_to_a_name_that_was_given_away() -> None:
    view = CompanyView(date(2026, 11, 20), {})
    view.add("Customer", [customer(str(place), f"Customer {place}") for place in range(2)])
    view.add("Customer", [customer("7", "Amy (deleted)", Active=False), customer("8", "Bill (deleted)", Active=False)])
    view.add("Vendor", [customer("9", "AMY")])
    chance = Random(5)

    assert (retire("Customer", view, chance), merge("Customer", view, chance)) == (None, None)
    assert {change.body["Id"] for _ in range(20) if (change := bring_back("Customer", view, chance))} == {"8"}

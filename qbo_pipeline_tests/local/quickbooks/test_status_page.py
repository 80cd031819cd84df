"""The page on the root, as JSON and in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.limits import Limits
from qbo_pipeline_tests.end_to_end.browser import PATIENCE_MILLISECONDS, open_browser
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Caller
from qbo_pipeline_tests.prerequisites import chromium

CHROMIUM = chromium()


def told(service: LocalQuickBooks) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{service.url}/control/status").json()
    return answer


def test_it_counts_the_records_and_deletions_of_each_company(service: LocalQuickBooks) -> None:
    [company] = told(service)["companies"]

    assert (company["realm_id"], company["name"], company["deleted"]) == (REALM, "Small Books", 1)
    assert (company["records"]["Invoice"], company["records"]["Customer"]) == (4, 4)


def test_it_counts_requests_by_kind_and_status(service: LocalQuickBooks, caller: Caller) -> None:
    httpx.delete(f"{service.url}/control/requests")
    caller.query("SELECT * FROM Invoice")
    caller.query("SELECT count(*) FROM Invoice")
    caller.fault("SELECT * FROM Nothing")
    caller.http.get("invoice/11")
    caller.post("customer", {"DisplayName": "Dukes"})
    caller.http.get("cdc", params={"entities": "Invoice", "changedSince": "2026-01-01T00:00:00Z"})
    status = told(service)

    assert {(one["kind"], one["status"]): one["count"] for one in status["requests"]} == {
        ("query", 200): 2,
        ("query", 400): 1,
        ("read", 200): 1,
        ("write", 200): 1,
        ("change data capture", 200): 1,
    }
    assert (len(status["per_second"]), sum(status["per_second"])) == (60, 6)


def test_it_tells_what_happened_last(service: LocalQuickBooks, caller: Caller) -> None:
    service.clock.advance(10)
    caller.post("customer", {"DisplayName": "Dukes"})
    service.clock.advance(10)
    service.writer.touch(REALM, "Vendor", "6", CompanyName="Tim & Sons")
    service.clock.advance(10)
    caller.post("invoice?operation=delete", {"Id": "14", "SyncToken": "0"})
    changes = told(service)["changes"]

    # Amy's balance follows the deletion of her invoice.
    deleted, changed, created = [one for one in changes if one["label"] != "Amy's Bird Sanctuary"][:3]
    assert (deleted["what"], deleted["entity"], deleted["id"]) == ("deleted", "Invoice", "14")
    assert (changed["what"], changed["entity"], changed["label"]) == ("changed", "Vendor", "Tim Philip Masonry")
    assert (created["what"], created["entity"], created["label"]) == ("created", "Customer", "Dukes")


def test_a_voided_record_is_told_apart(service: LocalQuickBooks, caller: Caller) -> None:
    caller.post("invoice?operation=void", {"Id": "12", "SyncToken": "0"})

    assert ("voided", "12") in {(one["what"], one["id"]) for one in told(service)["changes"]}


def test_it_tells_what_every_company_may_still_ask(service: LocalQuickBooks, caller: Caller) -> None:
    service.limits.settings = Limits(per_second=50, per_minute=60, reports_per_minute=3, reads_per_month=1000)
    service.limits.reads_this_month = 990
    for path in ("query?query=SELECT * FROM Invoice", "invoice/11", "reports/TrialBalance"):
        assert caller.http.get(path).status_code == 200
    [company] = told(service)["companies"]
    page = httpx.get(service.url).text

    # How many of the three came in the last second depends on the machine.
    assert company["left"] in [
        {"second": second, "minute": 57, "batches": 40, "reports": 2, "month": 7} for second in range(47, 51)
    ]
    assert [f"{left} <small>of {whole}</small>" in page for left, whole in (("2", "3"), ("7", "1,000"))] == [True, True]


def test_a_limit_that_is_reached_is_seen(service: LocalQuickBooks) -> None:
    service.limits.settings = Limits(reports_per_minute=0, metered=False)
    page = httpx.get(service.url).text

    assert '<td class="number bad">0 <small>of 0</small></td>' in page
    assert "not metered" in page


def test_without_limits_nothing_is_said_of_them(service: LocalQuickBooks) -> None:
    [company] = told(service)["companies"]

    assert company["left"] is None
    assert "Limits left" not in httpx.get(service.url).text


def test_names_are_text_and_never_markup(service: LocalQuickBooks, caller: Caller) -> None:
    caller.post("customer", {"DisplayName": "<script>alert(1)</script>"})
    page = httpx.get(service.url).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_service_without_a_company_says_how_one_comes_in(tmp_path: Path) -> None:
    with LocalQuickBooks(tmp_path / "empty.sqlite") as service:
        page = httpx.get(service.url).text

    assert "local import" in page


NOBODY = "http://127.0.0.1:9/webhooks"
"""No endpoint is there: what it is told waits."""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    assert CHROMIUM is not None
    with open_browser(CHROMIUM, tmp_path / "profile", width=1280) as opened:
        yield opened


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: python -m qbo_pipeline_tests.prerequisites says why")
def test_a_person_watches_it_live(service: LocalQuickBooks, caller: Caller, page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(service.url)
    books = page.locator("section.company").filter(has_text="Small Books")

    expect(books.locator("li").filter(has_text="Estimate")).to_have_text("Estimate1")
    expect(page.locator("section").filter(has_text="Faults on")).to_contain_text("None.")
    expect(page.locator("section.limits")).to_have_count(0)

    service.limits.settings = Limits()
    service.inject("throttle", match="from Bill", times=3)
    service.outbox.subscribe(NOBODY, "a-token", "cloudevents")
    caller.post("customer", {"DisplayName": "Dukes & Sons"})

    # Without being loaded again by anybody.
    expect(books.locator("li").filter(has_text="Estimate")).to_be_visible()
    expect(page.locator("section").filter(has_text="Latest changes")).to_contain_text(
        "Dukes & Sons", timeout=PATIENCE_MILLISECONDS
    )
    expect(page.locator("section").filter(has_text="Faults on")).to_contain_text(
        "from Bill", timeout=PATIENCE_MILLISECONDS
    )
    expect(page.locator("section").filter(has_text="Requests").locator("tr").filter(has_text="write")).to_be_visible()
    expect(page.locator("tr").filter(has_text=NOBODY).locator("td").nth(2)).to_have_text("1")
    service.outbox.unsubscribe(NOBODY)
    expect(page.locator("section.limits tr").filter(has_text="Small Books")).to_contain_text("of 500,000")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        fits = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert (width, fits) == (width, True)
    assert complaints == []

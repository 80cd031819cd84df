"""Whatever goes wrong on the way: nothing is lost, doubled or left half done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.ingestion.failures import LoadError
from qbo_pipeline.local.companies import GeneratedCompany
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.clock import pacific
from qbo_pipeline.quickbooks import transport
from qbo_pipeline.quickbooks.catalogue import ENTITIES, entity
from qbo_pipeline.quickbooks.errors import MonthlyQuotaError, RotationLostError
from qbo_pipeline_tests.end_to_end.comparison import differences
from qbo_pipeline_tests.end_to_end.conftest import connect, settings_for

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

TRANSFER = entity("Transfer")
TRANSFERS = 3500

OF_EVERY_KIND = [
    entity(name)
    for name in ("CompanyInfo", "Account", "Customer", "Item", "TaxRate", "Invoice", "Bill", "JournalEntry",
                 "TimeActivity", "RecurringTransaction")
]  # fmt: skip
"""A singleton, lists, one that names no time of change, documents of many lines, one that is wrapped in its type."""


@pytest.fixture
def many_transfers(quickbooks: LocalQuickBooks, realm_id: str) -> LocalQuickBooks:
    """The small company with enough transfers for four pages."""
    first = 1_700_000_000

    def texts() -> Iterator[tuple[str, int, int, str, str]]:
        for number in range(TRANSFERS):
            at = first + number // 3
            record = {
                "domain": "QBO",
                "Id": str(5_000_000 + number),
                "SyncToken": "0",
                "MetaData": {"CreateTime": pacific(at), "LastUpdatedTime": pacific(at)},
                "TxnDate": "2024-03-01",
                "Amount": number,
            }
            yield str(5_000_000 + number), at, at, "2024-03-01", json.dumps(record)

    quickbooks.store.add_texts(realm_id, "Transfer", texts())
    return quickbooks


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("throttle", {"retry_after": 1, "times": 2}),
        ("server_error", {"status": 503, "times": 3}),
        ("server_error", {"status": 500, "times": 2, "after": 5}),
        ("server_error", {"status": 504, "body": "html", "times": 2}),
        ("timeout", {"seconds": 1, "times": 2}),
        ("reset", {"times": 3}),
        ("truncated", {"times": 3}),
        ("fault_200", {"times": 2}),
        ("expire_token", {"times": 1, "after": 4}),
        ("reset", {"times": 12, "rate": 0.2}),
    ],
)
def test_a_passing_fault_changes_nothing(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str, kind: str, settings: dict[str, Any]
) -> None:
    injected = quickbooks.inject(kind, **settings)
    session.backfill(realm_id, OF_EVERY_KIND, None, "run")
    assert injected.struck > 0
    assert differences(quickbooks, session, realm_id, OF_EVERY_KIND) == []


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is opened from here on waits seconds for an answer, and not two minutes."""
    monkeypatch.setattr(transport, "_TIMEOUT", httpx.Timeout(10, read=5))


@pytest.mark.usefixtures("impatient")
def test_an_answer_that_does_not_come_is_asked_for_again(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    quickbooks.inject("timeout", match="from Invoice", seconds=8)
    session.backfill(realm_id, OF_EVERY_KIND, None, "run")
    unanswered = session.warehouse_query("SELECT entity FROM audit.api_call WHERE status IS NULL")
    assert ("Invoice",) in unanswered
    assert differences(quickbooks, session, realm_id, OF_EVERY_KIND) == []


def test_every_attempt_is_in_the_audit_trail(quickbooks: LocalQuickBooks, session: Session, realm_id: str) -> None:
    quickbooks.inject("server_error", match="from Invoice", times=2)
    session.backfill(realm_id, [entity("Invoice")], None, "run")
    outcomes = session.warehouse_query("SELECT outcome, count(*) FROM audit.api_call GROUP BY ALL ORDER BY ALL")
    assert dict(outcomes)["server_error"] == 2
    assert len(quickbooks.requests) == sum(count for _, count in outcomes)


def test_records_edited_between_pages_arrive(many_transfers: LocalQuickBooks, session: Session, realm_id: str) -> None:
    for after in range(3):
        many_transfers.inject("edit", match="from Transfer", after=after + 1, entity="Transfer")
    session.backfill(realm_id, [TRANSFER], None, "run")
    session.changes.sync(realm_id, [TRANSFER], "next")
    assert differences(many_transfers, session, realm_id, [TRANSFER]) == []


def test_records_that_slip_over_a_page_border_are_found(
    many_transfers: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    gone = many_transfers.inject("delete", match="ORDERBY", times=2, entity="Transfer")
    session.backfill(realm_id, [TRANSFER], None, "run")
    session.changes.sync(realm_id, [TRANSFER], "next")
    assert gone.struck == 2
    assert differences(many_transfers, session, realm_id, [TRANSFER]) == []


def test_records_created_between_pages_arrive(many_transfers: LocalQuickBooks, session: Session, realm_id: str) -> None:
    many_transfers.inject("create", match="from Transfer", times=3, entity="Transfer")
    session.backfill(realm_id, [TRANSFER], None, "run")
    session.changes.sync(realm_id, [TRANSFER], "next")
    assert differences(many_transfers, session, realm_id, [TRANSFER]) == []


def test_a_deletion_that_is_not_true_does_not_delete(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    session.backfill(realm_id, ENTITIES, None, "run")
    alive = quickbooks.writer.oldest(realm_id, "Payment")
    quickbooks.store.rows(
        "INSERT INTO deletion VALUES (?, 'Payment', ?, ?)", [realm_id, alive, int(quickbooks.clock.now()) + 5]
    )
    session.changes.sync(realm_id, ENTITIES, "next")
    assert session.warehouse_query("SELECT deleted FROM quickbooks.payment WHERE id = ?", [alive]) == [(False,)]


def test_a_deletion_too_old_for_change_capture_is_found_by_a_backfill(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    session.backfill(realm_id, ENTITIES, None, "run")
    victim = quickbooks.writer.oldest(realm_id, "Purchase")
    quickbooks.store.rows("DELETE FROM record WHERE entity = 'Purchase' AND id = ?", [victim])
    session.backfill(realm_id, [entity("Purchase")], None, "again")
    assert session.warehouse_query("SELECT deleted FROM quickbooks.purchase WHERE id = ?", [victim]) == [(True,)]
    assert session.warehouse_query("SELECT count(*) FROM quickbooks.purchase_line WHERE purchase_id = ?", [victim]) == [
        (0,)
    ]


def test_a_spent_quota_stops_at_once_and_says_so(quickbooks: LocalQuickBooks, session: Session, realm_id: str) -> None:
    quickbooks.inject("quota", match="from Invoice", times=100)
    with pytest.raises(LoadError) as failed:
        session.backfill(realm_id, [entity("Invoice"), entity("Item")], None, "run")
    assert isinstance(failed.value.failures["Invoice"], MonthlyQuotaError)
    assert [load.entity for load in failed.value.loads] == ["Item"]


def test_an_entity_that_fails_does_not_hold_up_the_others(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    quickbooks.inject("server_error", match="SELECT * FROM Vendor ", times=100)
    with pytest.raises(LoadError, match=r"Vendor.*HTTP 503"):
        session.backfill(realm_id, ENTITIES, None, "run")
    assert session.changes.missing(realm_id) == ["Vendor"]
    quickbooks.heal()
    session.backfill(realm_id, [entity("Vendor")], None, "again")
    assert session.changes.missing(realm_id) == []
    assert differences(quickbooks, session, realm_id) == []


def test_a_lost_rotation_is_told_from_a_revoked_connection(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    quickbooks.inject("lost_rotation", match="refresh_token", times=1)
    quickbooks.oauth.expire_access_tokens()
    with pytest.raises(RotationLostError, match="qbo-pipeline connect"):
        session.count(realm_id, entity("Invoice"))


def test_a_value_that_does_not_fit_quarantines_its_record_only(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    broken = quickbooks.writer.oldest(realm_id, "Invoice")
    quickbooks.writer.touch(realm_id, "Invoice", broken, DueDate="the day after tomorrow")
    [load] = session.backfill(realm_id, [entity("Invoice")], None, "run")
    assert (load.rejected, load.rows) == (1, quickbooks.store.counts(realm_id)["Invoice"] - 1)
    [(identity, reason)] = session.warehouse_query("SELECT id, reason FROM audit.rejected_record")
    assert identity == broken
    assert "DueDate" in reason
    quickbooks.clock.advance(60)
    quickbooks.writer.touch(realm_id, "Invoice", broken, DueDate="2026-12-24")
    session.changes.sync(realm_id, [entity("Invoice")], "mended")
    assert session.warehouse_query("SELECT due_date::VARCHAR FROM quickbooks.invoice WHERE id = ?", [broken]) == [
        ("2026-12-24",)
    ]


def test_the_real_limits_are_never_met(tmp_path: Path, small_company: GeneratedCompany) -> None:
    with LocalQuickBooks(tmp_path / "quickbooks.sqlite", limits=True) as quickbooks:
        quickbooks.add_company(small_company)
        with open_session(settings_for(quickbooks, tmp_path / "data")) as session:
            connect(quickbooks, session, small_company.realm_id)
            session.backfill(small_company.realm_id, ENTITIES, None, "run")
        assert quickbooks.limits is not None
        assert quickbooks.limits.refused == 0


def test_a_second_load_of_the_same_changes_nothing(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    session.backfill(realm_id, ENTITIES, None, "run")
    again = session.backfill(realm_id, ENTITIES, None, "again")
    assert sum(load.inserted + load.updated + load.deleted for load in again) == 0
    assert differences(quickbooks, session, realm_id) == []

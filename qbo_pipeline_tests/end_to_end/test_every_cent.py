"""Every table of both demo companies equals what QuickBooks holds, row by row and cent by cent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qbo_pipeline.ingestion import Session, open_session, publishing
from qbo_pipeline.local.companies import DEMO_COMPANIES, generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import ENTITIES, entity
from qbo_pipeline_tests.end_to_end.comparison import differences, raw_differences
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED, connect, settings_for

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalQuickBooks, Session]]:
    """Both companies at full size, loaded over HTTP, without finance models: no test here looks at these."""
    folder: Path = tmp_path_factory.mktemp("both")
    with pytest.MonkeyPatch.context() as patch, LocalQuickBooks(folder / "quickbooks.sqlite") as quickbooks:
        patch.setattr(publishing, "build_models", lambda _: None)
        for name in DEMO_COMPANIES:
            quickbooks.add_company(generate(name))
        with open_session(settings_for(quickbooks, folder / "data"), UNLIMITED) as session:
            for realm_id, _ in quickbooks.store.companies():
                connect(quickbooks, session, realm_id)
                session.backfill(realm_id, ENTITIES, None, "first")
            yield quickbooks, session


def test_every_row_of_every_table_agrees(both: tuple[LocalQuickBooks, Session]) -> None:
    quickbooks, session = both
    for realm_id, _ in quickbooks.store.companies():
        assert differences(quickbooks, session, realm_id) == []


def test_every_record_is_kept_byte_for_byte(both: tuple[LocalQuickBooks, Session]) -> None:
    quickbooks, session = both
    for realm_id, _ in quickbooks.store.companies():
        assert raw_differences(quickbooks, session, realm_id) == []


def test_inactive_names_are_there(both: tuple[LocalQuickBooks, Session]) -> None:
    _, session = both
    [(inactive,)] = session.warehouse_query("SELECT count(*) FROM quickbooks.customer WHERE NOT active")
    assert inactive > 0


def test_nothing_is_quarantined_and_no_field_is_unknown(both: tuple[LocalQuickBooks, Session]) -> None:
    _, session = both
    assert session.warehouse_query("SELECT reason FROM audit.rejected_record") == []
    assert session.warehouse_query("SELECT unknown_fields FROM audit.sync_run WHERE unknown_fields IS NOT NULL") == []


def test_a_load_of_everything_costs_a_request_a_thousand_records_and_two_batches_of_counts(
    both: tuple[LocalQuickBooks, Session],
) -> None:
    quickbooks, session = both
    for realm_id, _ in quickbooks.store.companies():
        pages = sum(-(-count // 1000) for count in quickbooks.store.counts(realm_id).values())
        [(calls,)] = session.warehouse_query(
            "SELECT count(*) FROM audit.api_call WHERE run_id = 'first' AND realm_id = ?", [realm_id]
        )
        assert calls == pages + 2


def test_a_day_of_work_arrives_deletions_and_voids_included(both: tuple[LocalQuickBooks, Session]) -> None:
    quickbooks, session = both
    realm_id = quickbooks.store.companies()[0][0]
    writer, store = quickbooks.writer, quickbooks.store
    quickbooks.clock.advance(3600)
    for name in ("Invoice", "Bill", "Customer", "Item", "Transfer"):
        writer.touch(realm_id, name, writer.oldest(realm_id, name), PrivateNote="Edited")
    for name in ("JournalEntry", "Payment", "Purchase", "Deposit"):
        record = store.get(realm_id, name, writer.oldest(realm_id, name, 3))
        assert record is not None
        writer.delete(realm_id, name, record)
    voided = store.get(realm_id, "Invoice", writer.oldest(realm_id, "Invoice", 5))
    assert voided is not None
    writer.void(realm_id, "Invoice", voided)
    writer.save(realm_id, "Customer", {"DisplayName": "Brand New Customer", "Balance": 0})
    session.changes.sync(realm_id, ENTITIES, "second")
    assert differences(quickbooks, session, realm_id) == []
    [(deleted,)] = session.warehouse_query("SELECT count(*) FROM quickbooks.payment WHERE deleted")
    assert deleted == 1


def test_twelve_months_of_one_entity_are_one_count_and_its_pages(both: tuple[LocalQuickBooks, Session]) -> None:
    from datetime import date

    from qbo_pipeline.ingestion.results import Period

    quickbooks, session = both
    realm_id = quickbooks.store.companies()[0][0]
    [load] = session.backfill(
        realm_id, [entity("Invoice")], Period(date(2025, 1, 1), date(2025, 12, 31)), "twelve months"
    )
    assert load.counted is not None
    assert load.api_calls == 1 + -(-load.counted // 1000)
    assert load.updated == load.inserted == 0

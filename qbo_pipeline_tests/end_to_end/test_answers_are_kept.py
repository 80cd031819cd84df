"""What QuickBooks answered is in the history, though what was asked beside it failed: asked again, it may be gone."""

from __future__ import annotations

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.ingestion.told import Told
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.company import IDS_IN_A_QUERY

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

INVOICE = entity("Invoice")


@pytest.fixture
def loaded(session: Session, quickbooks: LocalQuickBooks, realm_id: str) -> Session:
    session.backfill(realm_id, [INVOICE], None, "first")
    quickbooks.clock.advance(90)
    return session


def kept(session: Session, run_id: str) -> set[tuple[str, str]]:
    """Ids and operations of the versions that a run received."""
    rows = session.warehouse_query("SELECT id, operation FROM history.record WHERE run_id = ?", [run_id])
    return {(one, operation) for one, operation in rows}


def test_records_that_were_told_of_are_kept_when_the_next_group_of_them_cannot_be_read(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    oldest = quickbooks.writer.oldest(realm_id, "Invoice")
    made = [quickbooks.writer.duplicate(realm_id, "Invoice", oldest)["Id"] for _ in range(IDS_IN_A_QUERY + 10)]
    quickbooks.inject("quota", match="FROM Invoice", after=1)

    readings, _ = loaded.load_all_told({realm_id: [Told(INVOICE, one) for one in made]}, "webhook")

    assert readings[realm_id][0].error is not None
    assert {one for one, _ in kept(loaded, "webhook")} <= set(made)
    assert len(kept(loaded, "webhook")) in (10, IDS_IN_A_QUERY)


def test_changes_are_kept_when_a_deletion_among_them_cannot_be_confirmed(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    edited, deleted = (quickbooks.writer.oldest(realm_id, "Invoice", place) for place in (0, 1))
    quickbooks.writer.touch(realm_id, "Invoice", edited, PrivateNote="Edited")
    quickbooks.writer.remove(realm_id, "Invoice", deleted)
    quickbooks.inject("quota", match="Id IN")

    with pytest.raises(Exception, match="quota"):
        loaded.changes.sync(realm_id, [INVOICE], "interrupted")

    assert kept(loaded, "interrupted") == {(edited, "updated")}
    loaded.changes.sync(realm_id, [INVOICE], "again")
    assert (deleted, "deleted") in kept(loaded, "again")


def test_records_that_are_read_to_find_what_was_deleted_are_kept(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    activity = entity("TimeActivity")
    first = quickbooks.writer.touch(realm_id, "Invoice", quickbooks.writer.oldest(realm_id, "Invoice"))
    for _ in range(2):
        quickbooks.store.put(realm_id, "TimeActivity", {**first, "Id": quickbooks.store.next_id(realm_id)})
    session.backfill(realm_id, [activity], None, "first")
    quickbooks.clock.advance(3600)
    session.changes.sync(realm_id, [activity], "second")
    oldest, other = (quickbooks.writer.oldest(realm_id, "TimeActivity", place) for place in (0, 1))
    quickbooks.writer.remove(realm_id, "TimeActivity", oldest)
    quickbooks.inject("edit", match="LastUpdatedTime", entity="TimeActivity")

    session.changes.sync(realm_id, [activity], "counted")

    assert kept(session, "counted") == {(oldest, "deleted"), (other, "updated")}

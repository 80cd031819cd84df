"""A whole company of all forty entities, replayed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.ingestion.replay import EntityReplay, Selection, replay_selection
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import ENTITIES, tables
from qbo_pipeline.warehouse.warehouse import open_warehouse
from qbo_pipeline_tests.end_to_end.comparison import differences

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

EVERYTHING = Selection(since=datetime(2000, 1, 1, tzinfo=UTC))


@pytest.fixture
def lived_in(session: Session, quickbooks: LocalQuickBooks, realm_id: str) -> Session:
    """All forty entities loaded, then edits, a deletion and a creation, loaded as changes; and a second whole load."""
    session.backfill(realm_id, ENTITIES, None, "first")
    quickbooks.clock.advance(5)
    writer = quickbooks.writer
    edited, deleted = writer.oldest(realm_id, "Invoice"), writer.oldest(realm_id, "Invoice", 1)
    writer.touch(realm_id, "Invoice", edited, PrivateNote="Edited")
    writer.duplicate(realm_id, "Invoice", edited)
    writer.remove(realm_id, "Invoice", deleted)
    session.changes.sync(realm_id, ENTITIES, "second")
    session.backfill(realm_id, ENTITIES, None, "third")
    return session


def replay(session: Session) -> dict[str, EntityReplay]:
    asked = len(session.warehouse_query("SELECT 1 FROM audit.api_call"))
    done = replay_selection(session.settings.data, EVERYTHING, "replay", dry_run=False)
    assert len(session.warehouse_query("SELECT 1 FROM audit.api_call")) == asked
    return {one.entity: one for one in done}


def content(session: Session) -> dict[str, list[tuple[object, ...]]]:
    names = [table.name for entity in ENTITIES for table in tables(entity)]
    with session.reading() as query:
        return {name: query(f'FROM quickbooks."{name}" ORDER BY ALL') for name in names}


def test_nothing_changes_where_nothing_is_wrong_and_everything_comes_back_where_all_is_gone(
    lived_in: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    before, data = content(lived_in), lived_in.settings.data

    done = replay(lived_in)

    assert [one for one in done.values() if one.unchanged != one.records or one.unfit] == []
    assert content(lived_in) == before
    assert len(done) > 30

    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        for name in before:
            warehouse.rows(f'DELETE FROM stored."{name}"')
        warehouse.publish()
    assert not any(content(lived_in).values())

    done = replay(lived_in)

    assert all(one.inserted == one.records for one in done.values())
    assert content(lived_in) == before
    assert differences(quickbooks, lived_in, realm_id) == []

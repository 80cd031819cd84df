"""Templates of recurring transactions come wrapped in their type; they change and end as everything else does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.ingestion.told import Told
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.state.cursors import ChangeCursors
from qbo_pipeline.state.store import StateStore
from qbo_pipeline_tests.end_to_end.comparison import differences
from qbo_pipeline_tests.end_to_end.conftest import Start

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

TEMPLATE = entity("RecurringTransaction")
LONG_AGO = timedelta(days=40)
"""Longer than change data capture looks back."""


@pytest.fixture
def loaded(start: Start, quickbooks: LocalQuickBooks, realm_id: str) -> Iterator[Session]:
    with start.loaded(quickbooks, lambda session: session.backfill(realm_id, [TEMPLATE], None, "first")) as session:
        quickbooks.clock.advance(90)
        yield session


def oldest(quickbooks: LocalQuickBooks, realm_id: str, place: int = 0) -> str:
    return quickbooks.writer.oldest(realm_id, TEMPLATE.name, place)


def deleted(session: Session) -> list[str]:
    return [one for (one,) in session.warehouse_query("SELECT id FROM quickbooks.recurring_transaction WHERE deleted")]


@pytest.mark.parametrize("what", ["edit", "delete"])
def test_a_change_is_news_until_it_is_loaded(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str, what: str
) -> None:
    one = oldest(quickbooks, realm_id)
    assert not loaded.changes.has_news(realm_id, [TEMPLATE])
    if what == "edit":
        quickbooks.writer.touch(realm_id, TEMPLATE.name, one, PrivateNote="Edited")
    else:
        quickbooks.writer.remove(realm_id, TEMPLATE.name, one)
    assert loaded.changes.has_news(realm_id, [TEMPLATE])
    loaded.changes.sync(realm_id, [TEMPLATE], "second")
    assert not loaded.changes.has_news(realm_id, [TEMPLATE])
    assert differences(quickbooks, loaded, realm_id, [TEMPLATE]) == []


def test_a_deletion_that_is_not_true_does_not_delete(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    told = int(quickbooks.clock.now()) + 5
    quickbooks.store.rows(
        "INSERT INTO deletion VALUES (?, ?, ?, ?)", [realm_id, TEMPLATE.name, oldest(quickbooks, realm_id), told]
    )
    loaded.changes.sync(realm_id, [TEMPLATE], "second")
    assert deleted(loaded) == []


def test_of_a_gap_only_what_was_deleted_in_it_is_gone(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    at = int((datetime.now(UTC) - 2 * LONG_AGO).timestamp())
    stamp = datetime.fromtimestamp(at, UTC).isoformat()
    content = {"SyncToken": "0", "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp}}
    made = [(one, at, at, None, json.dumps({"Bill": {"Id": one, **content}})) for one in ("9001", "9002")]
    quickbooks.store.add_texts(realm_id, TEMPLATE.name, made)
    session.backfill(realm_id, [TEMPLATE], None, "first")
    with StateStore(session.settings.state_url) as store:
        cursors = ChangeCursors(store)
        cursors.forget(realm_id, [TEMPLATE.name])
        cursors.advance(realm_id, [TEMPLATE.name], datetime.now(UTC) - LONG_AGO)
    quickbooks.writer.remove(realm_id, TEMPLATE.name, "9001")
    session.changes.sync(realm_id, [TEMPLATE], "second")
    assert deleted(session) == ["9001"]


def test_told_of_they_cost_one_request_for_all(quickbooks: LocalQuickBooks, loaded: Session, realm_id: str) -> None:
    told = [Told(TEMPLATE, oldest(quickbooks, realm_id, place)) for place in range(2)]
    [load] = loaded.load_told(realm_id, told, "told")
    assert (load.api_calls, load.records) == (1, 2)


def test_one_that_is_said_to_be_deleted_and_lives_costs_one_more(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    told = [Told(TEMPLATE, oldest(quickbooks, realm_id, place), deleted=place == 0) for place in range(2)]
    [load] = loaded.load_told(realm_id, told, "told")
    assert (load.api_calls, load.deleted) == (2, 0)

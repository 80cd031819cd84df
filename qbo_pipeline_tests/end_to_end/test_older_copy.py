"""A data folder whose place an older copy took, as after a disk was lost, while the state store is elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.ingestion.access import Access
from qbo_pipeline.ingestion.told import Told
from qbo_pipeline.local.quickbooks import LocalQuickBooks, accounting_api
from qbo_pipeline.local.quickbooks.faults import ServiceFaultError
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.warehouse.lock import WarehouseBusyError
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED, connect, settings_for

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

CUSTOMER, TRANSFER = entity("Customer"), entity("Transfer")
ENTITIES = [CUSTOMER, TRANSFER]


@dataclass(frozen=True)
class Place:
    """A data folder, a copy of it, and a state store that is in neither."""

    quickbooks: LocalQuickBooks
    realm_id: str
    folder: Path

    @contextmanager
    def session(self) -> Iterator[Session]:
        state = f"sqlite:///{self.folder / 'elsewhere' / 'state.sqlite'}"
        settings = settings_for(self.quickbooks, self.folder / "data", state_url_override=state)
        with open_session(settings, UNLIMITED) as session:
            yield session

    def copy(self) -> None:
        shutil.copytree(self.folder / "data", self.folder / "copy")

    def restore(self) -> None:
        shutil.rmtree(self.folder / "data")
        (self.folder / "copy").rename(self.folder / "data")

    def rename_customer(self) -> str:
        """Another name for the first customer; its id."""
        [(customer,), *_] = self.quickbooks.store.rows(
            "SELECT id FROM record WHERE realm = ? AND entity = 'Customer' AND active ORDER BY number", [self.realm_id]
        )
        self.quickbooks.writer.touch(self.realm_id, "Customer", customer, DisplayName="Renamed Ltd")
        return str(customer)

    def set_back(self) -> str:
        """Rename a customer, load that, and put the older copy in its place; the customer's id."""
        customer = self.rename_customer()
        with self.session() as session:
            session.changes.sync(self.realm_id, ENTITIES, "second")
        self.restore()
        return customer

    def name_of(self, session: Session, customer: str) -> object:
        [(name,)] = session.warehouse_query(
            "SELECT display_name FROM quickbooks.customer WHERE realm_id = ? AND id = ?", [self.realm_id, customer]
        )
        return name


@pytest.fixture
def place(quickbooks: LocalQuickBooks, realm_id: str, tmp_path: Path) -> Place:
    """A loaded company, and a copy of the data folder with what there was then."""
    made = Place(quickbooks, realm_id, tmp_path)
    with made.session() as session:
        connect(quickbooks, session, realm_id)
        session.backfill(realm_id, ENTITIES, None, "first")
    made.copy()
    return made


def test_what_was_loaded_after_the_copy_was_made_is_loaded_again(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    customer = place.set_back()

    with place.session() as session:
        before = place.name_of(session, customer)
        session.changes.sync(place.realm_id, ENTITIES, "third")
        after = place.name_of(session, customer)

    assert (before != "Renamed Ltd", after) == (True, "Renamed Ltd")
    assert "an older copy of it took its place" in caplog.text


def test_that_is_news_to_a_tick_though_quickbooks_has_none(place: Place) -> None:
    place.rename_customer()
    with place.session() as session:
        session.changes.sync(place.realm_id, ENTITIES, "second")
        assert not session.changes.has_news(place.realm_id, ENTITIES)
    place.restore()

    with place.session() as session:
        assert session.changes.has_news(place.realm_id, ENTITIES)
        session.changes.sync(place.realm_id, ENTITIES, "third")
        assert not session.changes.has_news(place.realm_id, ENTITIES)


def test_a_copy_that_has_everything_is_asked_for_changes_alone(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    place.restore()
    with place.session() as session:
        before = len(place.quickbooks.requests)
        session.changes.sync(place.realm_id, ENTITIES, "second")

    assert [one.path for one in place.quickbooks.requests[before:]] == ["cdc"]
    assert not caplog.text


def test_a_warehouse_that_is_older_than_its_lake_loads_nothing_again(place: Place) -> None:
    place.rename_customer()
    with place.session() as session:
        session.changes.sync(place.realm_id, ENTITIES, "second")
        shutil.copy(place.folder / "copy" / "warehouse.duckdb", session.settings.data.warehouse)
    with place.session() as session:
        before = len(place.quickbooks.requests)
        session.changes.sync(place.realm_id, ENTITIES, "third")

    assert [one.path for one in place.quickbooks.requests[before:]] == ["cdc"]


def test_what_webhooks_brought_after_the_copy_was_made_is_loaded_again(place: Place) -> None:
    customer = place.rename_customer()
    with place.session() as session:
        session.load_told(place.realm_id, [Told(CUSTOMER, customer)], "second")
        place.quickbooks.clock.advance(3600)  # so that the change is long before what is asked for next
        assert not session.changes.has_news(place.realm_id, ENTITIES)
    place.restore()

    with place.session() as session:
        assert session.changes.has_news(place.realm_id, ENTITIES)
        session.changes.sync(place.realm_id, ENTITIES, "third")
        assert place.name_of(session, customer) == "Renamed Ltd"


def test_that_is_so_though_a_webhook_brought_something_newer_since(place: Place) -> None:
    customer = place.rename_customer()
    place.quickbooks.clock.advance(3600)
    with place.session() as session:
        session.changes.sync(place.realm_id, ENTITIES, "second")
    place.restore()

    with place.session() as session:
        [(transfer,), *_] = session.warehouse_query("SELECT id FROM quickbooks.transfer")
        place.quickbooks.writer.touch(place.realm_id, "Transfer", str(transfer), PrivateNote="Corrected")
        session.load_told(place.realm_id, [Told(TRANSFER, str(transfer))], "third")
        session.changes.sync(place.realm_id, ENTITIES, "fourth")
        assert place.name_of(session, customer) == "Renamed Ltd"


def test_what_a_load_that_was_cut_short_did_not_load_again_is_still_to_be_loaded(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = place.set_back()

    with place.session() as session:
        with monkeypatch.context() as patched:
            patched.setattr(Access, "merge", _busy)
            with pytest.raises(WarehouseBusyError):
                session.changes.sync(place.realm_id, ENTITIES, "third")
        session.backfill(place.realm_id, [TRANSFER], None, "fourth")
        assert session.changes.has_news(place.realm_id, ENTITIES)
        session.changes.sync(place.realm_id, [TRANSFER], "fifth")
        assert place.name_of(session, customer) == "Renamed Ltd"
        assert not session.changes.has_news(place.realm_id, ENTITIES)


def test_so_it_is_where_the_folder_was_emptied(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("lake", "build"):
        shutil.rmtree(place.folder / "data" / name)
    (place.folder / "data" / "warehouse.duckdb").unlink()
    with place.session() as session:
        with monkeypatch.context() as patched:
            patched.setattr(Access, "merge", _busy)
            with pytest.raises(WarehouseBusyError):
                session.changes.sync(place.realm_id, ENTITIES, "second")
        session.backfill(place.realm_id, [TRANSFER], None, "third")
        [customers, transfers] = session.changes.sync(place.realm_id, [TRANSFER], "fourth")[::-1]
        assert (customers.entity, customers.source, transfers.entity) == ("Customer", "backfill", "Transfer")


def test_what_is_not_served_any_more_is_not_asked_for_with_every_tick(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.set_back()
    answered = accounting_api.AccountingApi._query

    def refused(self: accounting_api.AccountingApi, realm: str, text: str) -> str:
        if "FROM Transfer" in text:
            raise ServiceFaultError(400, "5020", "Feature Not Supported Error", "You have no access to this feature.")
        return answered(self, realm, text)

    monkeypatch.setattr(accounting_api.AccountingApi, "_query", refused)
    with place.session() as session:
        session.changes.sync(place.realm_id, ENTITIES, "third")
        assert session.changes.followed(place.realm_id) == {"Customer"}
        assert not session.changes.has_news(place.realm_id, ENTITIES)


def _busy(*_: object, **__: object) -> NoReturn:
    raise WarehouseBusyError("Another process is writing the warehouse.")

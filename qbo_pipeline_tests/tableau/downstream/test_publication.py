"""A publication and what hangs on it: refreshed where rows were sent, and never forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_downstream import DownstreamWorkbooks
from qbo_pipeline.tableau import publish as publishing_module
from qbo_pipeline.tableau.extract.record import PublishedRecord
from qbo_pipeline.tableau.publication import Publication
from qbo_pipeline.tableau.publish import publish
from qbo_pipeline.tableau.status import status
from qbo_pipeline.tableau.webhooks.apply import apply_waiting, something_waits
from qbo_pipeline_tests.tableau.books import HARBOUR, MODEL, Books, lines, starter
from qbo_pipeline_tests.tableau.conftest import QUICK, Publish, settings_of
from qbo_pipeline_tests.tableau.site import Person


@pytest.fixture
def person(tableau: LocalTableau, tmp_path: Path) -> Person:
    return Person(tableau, tmp_path)


@pytest.fixture
def luid(books: Books, publishing: Publish) -> str:
    """The data source, published; nothing of others hangs on it."""
    books.put(*lines(HARBOUR, 5))
    published: Publication = publishing()
    return published.luid


def refreshed(done: Publication) -> dict[str, str]:
    return {one.name: one.outcome.value for one in done.refreshes}


def test_the_starter_workbook_shows_what_is_published_and_is_not_refreshed(
    books: Books, publishing: Publish, luid: str
) -> None:
    books.put(*lines(HARBOUR, 6))

    assert set(refreshed(publishing(refresh_within=5.0)).values()) <= {"nothing to refresh"}


def test_what_hangs_on_it_is_refreshed_after_rows_were_sent_and_not_after_nothing_was(
    settings: Settings, books: Books, publishing: Publish, person: Person, luid: str
) -> None:
    margins = person.workbook("Margins", luid)
    tell_of_a_workbook(settings, luid)
    books.put(*lines(HARBOUR, 6))

    assert refreshed(publishing(refresh_within=5.0))["Margins"] == "refreshed"
    assert refreshed(publishing(refresh_within=5.0)) == {}
    assert len(person.refreshes(margins)) == 1


def test_where_the_process_ends_after_a_publication_the_refresh_is_due(
    settings: Settings,
    books: Books,
    publishing: Publish,
    person: Person,
    luid: str,
    tableau: LocalTableau,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    margins = person.workbook("Margins", luid)
    tell_of_a_workbook(settings, luid)
    books.put(*lines(HARBOUR, 6))

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(publishing_module, "settle_refreshes", killed)
        with pytest.raises(Killed):
            publishing()

    assert something_waits(settings)
    apply_waiting(settings, QUICK)
    tableau.wait_for_jobs()
    apply_waiting(settings, QUICK)
    assert len(person.refreshes(margins)) == 1
    assert not something_waits(settings)


def test_where_the_process_ends_before_what_arrived_is_settled_the_refresh_is_due_all_the_same(
    settings: Settings, books: Books, publishing: Publish, person: Person, luid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    margins = person.workbook("Margins", luid)
    tell_of_a_workbook(settings, luid)
    books.put(*lines(HARBOUR, 6))

    class Killed(BaseException):
        pass

    in_place = PublishedRecord.in_place

    def killed(record: PublishedRecord, batch: str) -> None:
        in_place(record, batch)
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(PublishedRecord, "in_place", killed)
        with pytest.raises(Killed):
            publishing()

    assert refreshed(publishing(refresh_within=5.0))["Margins"] == "refreshed"
    assert len(person.refreshes(margins)) == 1


def test_what_hangs_on_one_is_not_forgotten_by_who_publishes_another_of_its_name(
    settings: Settings, books: Books, publishing: Publish, person: Person, luid: str, tableau: LocalTableau,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    margins = person.workbook("Margins", luid)
    tell_of_a_workbook(settings, luid)
    books.put(*lines(HARBOUR, 6))
    other = settings_of(
        tmp_path / "other", tableau.url, tableau_project="Finance", state_url_override=settings.state_url
    )
    assert other.state_url == settings.state_url
    books.write(other.data.warehouse)

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(publishing_module, "settle_refreshes", killed)
        with pytest.raises(Killed):
            publishing()
    publish(other, model=MODEL, starter=starter, manner=QUICK)
    assert status(other).waiting == ()

    assert refreshed(publishing(refresh_within=5.0))["Margins"] == "refreshed"
    assert len(person.refreshes(margins)) == 1


def tell_of_a_workbook(settings: Settings, luid: str) -> None:
    """As the event of a workbook that was published does: the next publication looks."""
    with StateStore(settings.state_url) as store:
        DownstreamWorkbooks(store, luid).look_anew()

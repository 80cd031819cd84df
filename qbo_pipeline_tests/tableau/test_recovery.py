"""What gets lost, fails or is cut off on the way is asked after, sent once, published whole, or kept for `replay`."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.orchestration.destination_checks import differences
from qbo_pipeline.publishing.standing import last_failure, unpublished
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.deliveries import Kind as Sent
from qbo_pipeline.state.deliveries import Status
from qbo_pipeline.state.process_lock import held
from qbo_pipeline.tableau import publish as publish_module
from qbo_pipeline.tableau import recorded
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.delivery import Deliverer
from qbo_pipeline.tableau.errors import (
    DeliveryInterruptedError,
    ForbiddenError,
    ForeignContentError,
    JobFailedError,
    PatienceError,
    PublisherBusyError,
    RequestContext,
)
from qbo_pipeline.tableau.files import write_books
from qbo_pipeline.tableau.manner import JobPatience
from qbo_pipeline.tableau.outbox import WORKBOOK
from qbo_pipeline.tableau.package import PublishedSource
from qbo_pipeline.tableau.publication import Kind, Publication
from qbo_pipeline.tableau.publish import publish
from qbo_pipeline.tableau.publisher import DESTINATION, records_folder
from qbo_pipeline.tableau.replay import replay
from qbo_pipeline.tableau.verify import verify
from qbo_pipeline.tableau.workbook import WorkbookOutcome
from qbo_pipeline_tests.tableau.books import HARBOUR, MERIDIAN, MODEL, Books, lines, starter
from qbo_pipeline_tests.tableau.conftest import QUICK, Publish, entries, settings_of
from qbo_pipeline_tests.tableau.test_publish import amounts, expected, project


@pytest.fixture(autouse=True)
def _filled(books: Books) -> None:
    books.put(*lines(HARBOUR, 12), *lines(MERIDIAN, 4))


def published(tableau: LocalTableau) -> int:
    """Requests to publish a data source that arrived."""
    return sum(one.method == "POST" and one.path.endswith("/datasources") for one in tableau.requests)


def changed(books: Books) -> None:
    line = books.lines[f"{HARBOUR}|3"]
    books.put(replace(line, amount=line.amount + Decimal("0.01")))


def test_a_publication_whose_answer_got_lost_is_found_by_its_job(
    tableau: LocalTableau, publishing: Publish, books: Books
) -> None:
    tableau.inject("reset", endpoint="publish", times=1, carried_out=True)

    done = publishing()

    assert published(tableau) == 1
    assert amounts(tableau, done.luid) == expected(books)


def test_a_publication_that_did_not_arrive_is_sent_again(
    tableau: LocalTableau, publishing: Publish, books: Books
) -> None:
    tableau.inject("reset", endpoint="publish", times=1, carried_out=False)

    done = publishing()

    assert published(tableau) == 2
    assert amounts(tableau, done.luid) == expected(books)


@pytest.mark.parametrize("fault", [{"kind": "server_error"}, {"kind": "reset", "at": "start"}])
def test_where_its_job_cannot_be_looked_for_it_is_not_sent_again_before_that(
    tableau: LocalTableau, publishing: Publish, books: Books, fault: dict[str, Any]
) -> None:
    waited: list[float] = []
    tableau.inject("reset", endpoint="publish", times=1, carried_out=True)
    tableau.inject(**fault, endpoint="jobs", times=None)
    with pytest.raises(DeliveryInterruptedError, match="list jobs"):
        publishing(replace(QUICK, sleep=_at_most(waited, 20)))
    tableau.heal()
    before = published(tableau)

    done = publishing()

    assert before == 1
    assert amounts(tableau, done.luid) == expected(books)


def test_an_update_without_an_answer_is_sent_again_under_the_same_name_and_done_once(
    tableau: LocalTableau, publishing: Publish, books: Books
) -> None:
    publishing()
    changed(books)
    tableau.inject("reset", endpoint="update_data", times=1, carried_out=True)

    done = publishing()

    assert done.kind is Kind.UPDATE
    assert published(tableau) == 1
    assert sum(one.method == "PATCH" for one in tableau.requests) == 2
    assert amounts(tableau, done.luid) == expected(books)


@pytest.mark.parametrize("carried_out", [True, False])
def test_an_update_whose_job_fails_is_followed_by_a_whole_publication(
    tableau: LocalTableau, publishing: Publish, books: Books, settings: Settings, carried_out: bool
) -> None:
    publishing()
    changed(books)
    tableau.inject("failing_job", endpoint="update_data", times=1, notes=False, done=carried_out)

    done = publishing()

    assert done.kind is Kind.FULL
    assert amounts(tableau, done.luid) == expected(books)
    [update] = [one for one in entries(settings) if one.kind is Sent.UPDATE]
    assert "gives no reason" in str(update.told)


def test_a_publication_whose_job_fails_once_is_tried_again(
    tableau: LocalTableau, publishing: Publish, books: Books
) -> None:
    tableau.inject("failing_job", endpoint="publish", times=1)

    assert amounts(tableau, publishing().luid) == expected(books)


def test_who_does_not_try_again_is_told_why_the_job_failed(tableau: LocalTableau, publishing: Publish) -> None:
    tableau.inject("failing_job", endpoint="publish", times=1, text="No space left.")

    with pytest.raises(DeliveryInterruptedError, match=r"failed: No space left\. The job is listed"):
        publishing(replace(QUICK, attempts=1))


def test_a_publication_that_failed_is_replayed_without_the_warehouse(
    tableau: LocalTableau, publishing: Publish, books: Books, settings: Settings
) -> None:
    tableau.inject("failing_job", endpoint="publish", times=2, text="No space left.")
    with pytest.raises(JobFailedError, match="No space left"):
        publishing()
    assert [one.status for one in entries(settings)] == [Status.FAILED]
    settings.data.warehouse.unlink()

    done = replay(settings, manner=QUICK)

    [sent] = done.sent
    assert (done.refused, done.given_up, done.in_doubt) == ((), (), False)
    [there] = tableau.data_sources
    assert amounts(tableau, there.id) == expected(books)
    assert publishing().kind is Kind.NOTHING
    assert sent.kind is Sent.PUBLISH


def test_what_is_refused_again_waits_on(tableau: LocalTableau, publishing: Publish, settings: Settings) -> None:
    tableau.inject("failing_job", endpoint="publish", times=4)
    with pytest.raises(JobFailedError):
        publishing()

    done = replay(settings, manner=QUICK)

    assert [one.status for one in done.refused] == [Status.FAILED]
    assert publishing().kind is Kind.FULL
    assert [one.status for one in entries(settings) if one.kind is Sent.PUBLISH] == [
        Status.SUPERSEDED, Status.DONE, Status.DONE,
    ]  # fmt: skip


@pytest.mark.parametrize("noted", [True, False])
def test_a_workbook_that_was_refused_is_not_replayed_over_what_people_made_of_it(
    tableau: LocalTableau, client: TableauClient, publishing: Publish, books: Books, settings: Settings, tmp_path: Path,
    noted: bool,
) -> None:  # fmt: skip
    books.write(settings.data.warehouse)
    if noted:
        publishing()
        tableau.advance(2)

    tableau.inject("failing_job", endpoint="publish_workbook", times=2)
    with pytest.raises(JobFailedError):
        publish(settings, model=MODEL, starter=another, manner=QUICK, full=True)
    mine = tmp_path / "mine.twbx"
    starter(MODEL, mine, "QuickBooks Online", None, None)
    client.publish_workbook(mine, "QuickBooks Online", project(client), "Ann's")
    tableau.wait_for_jobs()
    anns = client.find_workbook("QuickBooks Online", project(client))
    assert anns is not None
    tableau.advance(2)

    done = replay(settings, manner=QUICK)

    assert ([one.table for one in done.given_up], done.sent) == ([WORKBOOK], ())
    assert client.find_workbook("QuickBooks Online", project(client)) == anns


@pytest.mark.parametrize("how", ["replayed", "published"])
@pytest.mark.parametrize("carried_out", [True, False])
def test_a_workbook_whose_answer_got_lost_is_not_sent_over_what_people_made_of_it_since(
    tableau: LocalTableau, client: TableauClient, publishing: Publish, settings: Settings, tmp_path: Path, how: str,
    carried_out: bool,
) -> None:  # fmt: skip
    publishing()
    tableau.advance(2)
    lose_the_answer_of_a_workbook(tableau, settings, carried_out=carried_out)
    tableau.advance(3_600)
    mine = tmp_path / "mine.twbx"
    starter(MODEL, mine, "QuickBooks Online", None, None)
    client.publish_workbook(mine, "QuickBooks Online", project(client), "Ann's")
    tableau.wait_for_jobs()
    anns = client.find_workbook("QuickBooks Online", project(client))
    tableau.advance(2)

    if how == "replayed":
        replay(settings, manner=QUICK)
    else:
        publish(settings, model=MODEL, starter=another, manner=QUICK)

    assert publishing().workbook is WorkbookOutcome.KEPT
    assert client.find_workbook("QuickBooks Online", project(client)) == anns


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("listed", [True, False])
def test_a_workbook_whose_answer_got_lost_is_ours_where_nobody_touched_it(
    tableau: LocalTableau, publishing: Publish, settings: Settings, monkeypatch: pytest.MonkeyPatch, listed: bool,
    carried_out: bool,
) -> None:  # fmt: skip
    if not listed:
        monkeypatch.setattr(TableauClient, "jobs_since", _forbidden)
    publishing()
    tableau.advance(2)
    lose_the_answer_of_a_workbook(tableau, settings, carried_out=carried_out)

    publish(settings, model=MODEL, starter=another, manner=QUICK)

    assert publish(settings, model=MODEL, starter=another, manner=QUICK).workbook is WorkbookOutcome.UNCHANGED
    assert publishing().workbook is WorkbookOutcome.PUBLISHED


@pytest.mark.parametrize("how", ["replayed", "published"])
def test_a_first_publication_that_was_refused_is_not_sent_over_what_somebody_made_meanwhile(
    tableau: LocalTableau, client: TableauClient, publishing: Publish, settings: Settings, how: str
) -> None:
    tableau.inject("failing_job", endpoint="publish", times=2)
    with pytest.raises(JobFailedError):
        publishing()
    [entry] = entries(settings)
    assert entry.payload is not None
    file = settings.data.root / "outbox" / entry.payload
    client.publish_data_source(file, "QuickBooks Online", project(client), "The books as Ann sees them.")
    tableau.wait_for_jobs()
    anns = client.find_data_source("QuickBooks Online", project(client))
    tableau.advance(2)

    if how == "replayed":
        assert replay(settings, manner=QUICK).sent == ()
    else:
        with pytest.raises(ForeignContentError):
            publishing()

    assert client.find_data_source("QuickBooks Online", project(client)) == anns


def test_what_was_refused_at_one_project_is_not_replayed_to_another(
    tableau: LocalTableau, client: TableauClient, publishing: Publish, settings: Settings
) -> None:
    tableau.inject("failing_job", endpoint="publish_workbook", times=2)
    with pytest.raises(JobFailedError):
        publishing()
    moved = settings_of(settings.data.root, tableau.url, tableau_project="Finance")

    assert replay(moved, manner=QUICK).sent == ()

    finance = client.project("Finance")
    assert finance is None or client.find_workbook("QuickBooks Online", finance) is None
    assert [one.table for one in replay(settings, manner=QUICK).sent] == [WORKBOOK]


def test_with_nothing_left_replay_sends_nothing(tableau: LocalTableau, publishing: Publish, settings: Settings) -> None:
    publishing()
    before = published(tableau)

    done = replay(settings, manner=QUICK)

    assert (done.sent, done.refused, done.given_up, done.in_doubt) == ((), (), (), False)
    assert published(tableau) == before


def test_a_job_that_takes_longer_than_is_waited_is_asked_after_by_the_next(
    tableau: LocalTableau, publishing: Publish, books: Books
) -> None:
    tableau.inject("slow_job", endpoint="publish", times=1, seconds=0.5)
    with pytest.raises(DeliveryInterruptedError, match="did not end"):
        publishing(replace(QUICK, jobs=JobPatience(first=0.05, longest=0.05, within=0.1)))

    done = publishing()

    assert done.kind is Kind.NOTHING
    assert published(tableau) == 1
    assert amounts(tableau, done.luid) == expected(books)


def test_too_many_publications_are_waited_for_as_long_as_tableau_says(
    tableau: LocalTableau, publishing: Publish
) -> None:
    waited: list[float] = []

    tableau.inject("throttle", endpoint="publish", times=1, minutes=2)
    with pytest.raises(PatienceError):
        publishing(replace(QUICK, sleep=_until(waited, 100.0)))

    assert any(100 < seconds <= 120 for seconds in waited)


def test_who_is_in_a_hurry_is_told_how_long_it_takes(
    tableau: LocalTableau, publishing: Publish, books: Books, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing()
    changed(books)
    books.write(settings.data.warehouse)
    monkeypatch.setattr(recorded, "publish", _publish_books)
    tableau.inject("throttle", endpoint="update_data", times=1, minutes=29)

    with pytest.raises(PatienceError, match="1740 more seconds"):
        recorded.publish_recorded(settings, within=30)

    failure = last_failure(settings, DESTINATION)
    assert failure is not None
    assert "1740" in str(failure.told)
    assert unpublished(settings, DESTINATION) is not None


def test_what_was_published_is_recorded_with_the_state_of_the_warehouse(
    publishing: Publish, books: Books, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.write(settings.data.warehouse)
    monkeypatch.setattr(recorded, "publish", _publish_books)

    done = recorded.publish_recorded(settings)

    assert unpublished(settings, DESTINATION) is None
    assert unpublished(settings.model_copy(update={"tableau_project": "Finance"}), DESTINATION) is not None
    assert last_failure(settings, DESTINATION) is None
    assert done.totals > 0


@pytest.mark.parametrize("published_too", [False, True])
def test_totals_are_compared_in_one_state_though_changes_keep_coming(
    publishing: Publish, books: Books, settings: Settings, monkeypatch: pytest.MonkeyPatch, published_too: bool
) -> None:
    publishing()
    changed(books)
    books.write(settings.data.warehouse)
    for name in ("publish", "write_books"):
        monkeypatch.setattr(recorded, name, _of_these_books(name))
    for module in (recorded, publish_module):
        monkeypatch.setattr(module, "verify", _after_a_change(books, settings, publishing if published_too else None))

    def compare() -> bool:
        changed(books)
        books.write(settings.data.warehouse)
        return True

    done = recorded.publish_recorded(settings, files=False, compare=compare)

    assert done.kind is Kind.UPDATE
    assert done.verification is not None
    assert (done.verification.differences, done.verification.behind) == ((), False)
    assert differences(settings, DESTINATION) == []


def test_one_publisher_at_a_time(publishing: Publish, settings: Settings) -> None:
    assert settings.tableau is not None
    lock = records_folder(settings) / f"{settings.tableau.place}.lock"
    with held(lock) as file:
        assert file is not None
        with pytest.raises(PublisherBusyError, match="one at a time"):
            publishing()


def _after_a_change(books: Books, settings: Settings, publishing: Publish | None) -> Callable[..., Any]:
    """Compares when a change has come, which another process publishes where it may."""

    def compared(*given: Any, **more: Any) -> Any:
        changed(books)
        books.write(settings.data.warehouse)
        if publishing is not None:
            with suppress(PublisherBusyError):
                publishing(files=False)
        return verify(*given, **{**more, "model": MODEL})

    return compared


def _of_these_books(name: str) -> Callable[..., Any]:
    """The function of a name, of these books in the place of the product's model."""
    found: dict[str, Callable[..., Any]] = {
        "publish": partial(publish, model=MODEL, starter=starter),
        "write_books": partial(write_books, model=MODEL, workbook=starter),
    }
    return found[name]


def _publish_books(settings: Settings, **more: Any) -> Publication:
    """Publishes these books in the place of the product's model."""
    return publish(settings, model=MODEL, starter=starter, **more)


def _at_most(waited: list[float], times: int) -> Callable[[float], None]:
    """Waits not at all, and no more after so many times."""

    def sleep(asked: float) -> None:
        waited.append(asked)
        assert len(waited) < times, "it waits and waits"

    return sleep


def _until(waited: list[float], seconds: float) -> Callable[[float], None]:
    """Waits not at all, and no more once it is to be so long."""

    def sleep(asked: float) -> None:
        waited.append(asked)
        if asked > seconds:
            raise PatienceError(asked)

    return sleep


def test_what_somebody_overwrote_before_an_interrupted_publication_was_settled_is_published_anew(
    tableau: LocalTableau, publishing: Publish, books: Books, settings: Settings, client: TableauClient, tmp_path: Path
) -> None:
    publishing()
    old = tmp_path / "old.tdsx"
    shutil.copyfile(settings.data.tableau / "QuickBooks Online.tdsx", old)
    changed(books)
    tableau.inject("slow_job", endpoint="update_data", times=1, seconds=0.3)
    with pytest.raises(DeliveryInterruptedError):
        publishing(replace(QUICK, jobs=JobPatience(first=0.05, longest=0.05, within=0.1)))
    tableau.wait_for_jobs()
    tableau.advance(2)
    client.publish_data_source(old, "QuickBooks Online", project(client), "")
    tableau.wait_for_jobs()

    done = publishing()

    assert done.kind is Kind.FULL
    assert amounts(tableau, done.luid) == expected(books)


def test_a_publication_that_somebody_else_made_is_not_taken_for_the_one_that_was_killed(
    tableau: LocalTableau, publishing: Publish, books: Books, settings: Settings, client: TableauClient, tmp_path: Path
) -> None:
    publishing()
    old = tmp_path / "old.tdsx"
    shutil.copyfile(settings.data.tableau / "QuickBooks Online.tdsx", old)
    changed(books)
    tableau.inject("reset", endpoint="publish", times=1, carried_out=False)
    with pytest.raises(DeliveryInterruptedError):
        publishing(replace(QUICK, attempts=1), full=True)
    tableau.advance(2)
    client.publish_data_source(old, "QuickBooks Online", project(client), "")
    tableau.wait_for_jobs()

    done = publishing()

    assert done.kind is Kind.FULL
    assert amounts(tableau, done.luid) == expected(books)


def test_an_update_is_not_replayed_onto_what_somebody_else_published(
    tableau: LocalTableau, publishing: Publish, books: Books, settings: Settings, client: TableauClient, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    publishing()
    old = tmp_path / "old.tdsx"
    shutil.copyfile(settings.data.tableau / "QuickBooks Online.tdsx", old)
    changed(books)
    with monkeypatch.context() as patch:
        patch.setattr(Deliverer, "see_through", _killed)
        with pytest.raises(KeyboardInterrupt):
            publishing()
    tableau.advance(2)
    client.publish_data_source(old, "QuickBooks Online", project(client), "")
    tableau.wait_for_jobs()

    done = replay(settings, manner=QUICK)

    assert (done.sent, done.in_doubt) == ((), True)
    assert publishing().kind is Kind.FULL


def another(model: SemanticModel, target: Path, name: str, hyper: Path | None, server: PublishedSource | None) -> None:
    """Writes a workbook that is another one than before."""
    starter(model, target, name, hyper, server)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("Data/another.txt", "another")


def lose_the_answer_of_a_workbook(tableau: LocalTableau, settings: Settings, *, carried_out: bool) -> None:
    """Publish another workbook, which is given up when no answer comes."""
    tableau.inject("reset", endpoint="publish_workbook", times=1, carried_out=carried_out)
    with pytest.raises(DeliveryInterruptedError):
        publish(settings, model=MODEL, starter=another, manner=replace(QUICK, attempts=1))
    tableau.wait_for_jobs()


def _forbidden(*_: object) -> None:
    raise ForbiddenError(RequestContext("list jobs", status=403), "only administrators may")


def _killed(*_: object) -> None:
    raise KeyboardInterrupt

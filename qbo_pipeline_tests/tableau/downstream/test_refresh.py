"""After a publication: what hangs on the data source is refreshed once, whatever Tableau answers and whoever dies."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tableauserverclient as TSC  # noqa: N812  as its own documentation has it

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.process_lock import held
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_alerts import TableauAlerts
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.downstream.discovery import LOOK_SECONDS
from qbo_pipeline.tableau.downstream.failures import PAUSES_SECONDS
from qbo_pipeline.tableau.downstream.outcomes import Refresh
from qbo_pipeline.tableau.downstream.refresh import (
    lock_file,
    refresh_downstream,
    settle_refreshes,
)
from qbo_pipeline.tableau.errors import ForbiddenError, RequestContext, UnreachableError
from qbo_pipeline.tableau.limits import Limited, SiteLimit
from qbo_pipeline.tableau.publisher import open_client
from qbo_pipeline_tests.patience import wait_until
from qbo_pipeline_tests.tableau.conftest import QUICK
from qbo_pipeline_tests.tableau.downstream.conftest import Clock
from qbo_pipeline_tests.tableau.site import Person, asked

Run = Callable[..., tuple[Refresh, ...]]


@pytest.fixture
def person(tableau: LocalTableau, tmp_path: Path) -> Person:
    return Person(tableau, tmp_path)


@pytest.fixture
def source(person: Person) -> str:
    """Our data source, by its LUID."""
    return person.data_source("QuickBooks Online")


@pytest.fixture
def refresh(client: TableauClient, source: str, settings: Settings, store: StateStore, clock: Clock) -> Run:
    """Refreshes what hangs on the source, for a publication."""

    def run(publication: str = "p1", wait_seconds: float = 5.0) -> tuple[Refresh, ...]:
        return refresh_downstream(
            client, source, settings=settings, store=store, publication=publication, wait_seconds=wait_seconds,
            clock=clock,
        )  # fmt: skip

    return run


@pytest.fixture
def go_on(client: TableauClient, source: str, settings: Settings, store: StateStore, clock: Clock) -> Run:
    """Goes on with what is ordered."""

    def run(wait_seconds: float = 5.0) -> tuple[Refresh, ...]:
        return settle_refreshes(client, source, settings=settings, store=store, wait_seconds=wait_seconds, clock=clock)

    return run


@pytest.fixture
def clock() -> Clock:
    """Ours agrees with Tableau's, until a test moves it on."""
    return Clock(time.time())


def outcomes(refreshes: tuple[Refresh, ...]) -> dict[str, str]:
    return {one.name: one.outcome.value for one in refreshes}


def test_only_workbooks_that_hang_on_the_data_source_are_refreshed(person: Person, source: str, refresh: Run) -> None:
    margins, aging = person.workbook("Margins", source), person.workbook("Aging", source)
    unrelated = person.workbook("Weather", person.data_source("Weather"))

    assert outcomes(refresh()) == {"Aging": "refreshed", "Margins": "refreshed"}
    assert [len(person.refreshes(one)) for one in (margins, aging, unrelated)] == [1, 1, 0]


def test_the_same_publication_refreshes_nothing_again(person: Person, source: str, refresh: Run) -> None:
    margins = person.workbook("Margins", source)
    refresh("p1")

    assert refresh("p1") == ()
    assert len(person.refreshes(margins)) == 1
    assert outcomes(refresh("p2")) == {"Margins": "refreshed"}
    assert len(person.refreshes(margins)) == 2


def test_a_publication_soon_after_looks_for_nothing(
    tableau: LocalTableau, person: Person, source: str, refresh: Run
) -> None:
    person.workbook("Margins", source)
    refresh("p1")
    before = len(tableau.requests)
    refresh("p2")

    assert "workbooks" not in asked(tableau, before)
    assert "tasks" not in asked(tableau, before)


def test_a_later_look_asks_only_workbooks_that_changed_for_their_connections(
    tableau: LocalTableau, person: Person, source: str, refresh: Run, clock: Clock
) -> None:
    person.workbook("Margins", source)
    refresh("p1")
    person.workbook("Aging", source)
    clock.now += LOOK_SECONDS
    before = len(tableau.requests)

    assert set(outcomes(refresh("p2"))) == {"Aging", "Margins"}
    connections = [one for one in tableau.requests[before:] if one.path.endswith("/connections")]
    assert len(connections) <= 2  # the refresh changed the first one, too


def test_a_workbook_with_a_live_connection_has_nothing_to_refresh_and_is_not_asked_again(
    tableau: LocalTableau, person: Person, source: str, refresh: Run
) -> None:
    person.workbook("Live", source, extract=False)

    assert outcomes(refresh("p1")) == {"Live": "nothing to refresh"}
    before = len(tableau.requests)
    assert refresh("p2") == ()
    assert "refresh" not in asked(tableau, before)


def test_a_workbook_with_a_task_is_refreshed_by_it(
    tableau: LocalTableau, person: Person, source: str, refresh: Run
) -> None:
    tableau.switch(flavour="cloud")
    add_task(person, person.workbook("Margins", source), "FullRefresh")

    assert outcomes(refresh()) == {"Margins": "refreshed"}
    assert "run_task" in asked(tableau)
    assert "refresh" not in asked(tableau)


def test_a_task_that_refreshes_by_increments_is_passed_over(
    tableau: LocalTableau, person: Person, source: str, refresh: Run
) -> None:
    tableau.switch(flavour="cloud")
    add_task(person, person.workbook("Margins", source), "IncrementalRefresh")

    assert outcomes(refresh()) == {"Margins": "refreshed"}
    assert "run_task" not in asked(tableau)


def test_a_task_that_is_gone_is_no_reason_not_to_refresh(
    tableau: LocalTableau, person: Person, source: str, refresh: Run
) -> None:
    tableau.switch(flavour="cloud")
    add_task(person, person.workbook("Margins", source), "FullRefresh")
    refresh("p1")
    [task] = person.server.tasks.get()[0]
    person.server.tasks.delete(str(task.id))

    assert outcomes(refresh("p2")) == {"Margins": "refreshed"}


def test_a_refresh_that_waits_already_is_as_good(
    tableau: LocalTableau, person: Person, source: str, refresh: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    tableau.switch(job_seconds=3600.0)
    margins = person.workbook("Margins", source)
    person.server.workbooks.refresh(margins)
    jobs_since = TableauClient.jobs_since
    monkeypatch.setattr(
        TableauClient, "jobs_since", lambda *given: [replace(one, status="Pending") for one in jobs_since(*given)]
    )

    assert outcomes(refresh()) == {"Margins": "queued"}
    assert refresh() == ()
    assert len(person.refreshes(margins)) == 1


@pytest.mark.parametrize("listed", [True, False])
def test_one_that_runs_may_have_begun_before_the_publication_and_is_followed_by_another(
    tableau: LocalTableau, person: Person, source: str, refresh: Run, go_on: Run, clock: Clock,
    monkeypatch: pytest.MonkeyPatch, listed: bool,
) -> None:  # fmt: skip
    def forbidden(*_: object) -> list[object]:
        raise ForbiddenError(RequestContext("list jobs", status=403), "only administrators may")

    if not listed:
        monkeypatch.setattr(TableauClient, "jobs_since", forbidden)
    tableau.switch(job_seconds=600.0)
    margins = person.workbook("Margins", source)
    person.server.workbooks.refresh(margins)

    assert outcomes(refresh()) == {"Margins": "waiting"}
    before = len(tableau.requests)
    assert outcomes(go_on()) == {"Margins": "waiting"}
    assert "refresh" not in asked(tableau, before)

    tableau.advance(601.0)
    clock.now += 301.0
    tableau.switch(job_seconds=0.0)
    assert outcomes(go_on()) == {"Margins": "refreshed"}
    person.sign_in()
    assert len(person.refreshes(margins)) == 2
    assert go_on() == ()


def test_a_refresh_of_others_is_not_taken_for_ours_where_it_cannot_be_looked_at(
    tableau: LocalTableau, person: Person, source: str, refresh: Run, go_on: Run, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def away(*_: object) -> list[object]:
        raise UnreachableError(RequestContext("list jobs"), "no connection")

    tableau.switch(job_seconds=60.0)
    margins = person.workbook("Margins", source)
    person.server.workbooks.refresh(margins)
    with monkeypatch.context() as no_connection:
        no_connection.setattr(TableauClient, "jobs_since", away)
        with pytest.raises(UnreachableError):
            refresh()

    tableau.advance(61.0)
    clock.now += 61.0
    tableau.switch(job_seconds=0.0)
    assert outcomes(go_on()) == {"Margins": "refreshed"}
    person.sign_in()
    assert len(person.refreshes(margins)) == 2


def test_a_job_is_not_taken_for_done_before_it_is_completed(
    tableau: LocalTableau, person: Person, source: str, refresh: Run, go_on: Run
) -> None:
    tableau.switch(job_seconds=3600.0)
    person.workbook("Margins", source)

    assert outcomes(refresh(wait_seconds=0.0)) == {"Margins": "running"}
    assert outcomes(go_on(wait_seconds=0.0)) == {"Margins": "running"}
    tableau.advance(3601.0)
    assert outcomes(go_on()) == {"Margins": "refreshed"}
    assert go_on() == ()


def test_a_finish_code_without_an_end_says_nothing(
    tableau: LocalTableau, person: Person, source: str, refresh: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    tableau.switch(job_seconds=3600.0)
    person.workbook("Margins", source)
    told = TableauClient.job
    monkeypatch.setattr(TableauClient, "job", lambda self, job_id: replace(told(self, job_id), finish_code=1))

    assert outcomes(refresh(wait_seconds=0.5)) == {"Margins": "running"}


def test_publications_while_a_refresh_runs_are_one_refresh_after_it(
    tableau: LocalTableau, person: Person, source: str, refresh: Run, go_on: Run
) -> None:
    tableau.switch(job_seconds=600.0)
    margins = person.workbook("Margins", source)
    for publication in ("p1", "p2", "p3"):
        refresh(publication, wait_seconds=0.0)
    assert len(person.refreshes(margins)) == 1

    def settled() -> bool:
        tableau.advance(601.0)
        return not go_on(wait_seconds=0.0)

    wait_until(settled)
    person.sign_in()
    assert len(person.refreshes(margins)) == 2


def test_too_many_refreshes_wait_as_long_as_tableau_says(
    tableau: LocalTableau, person: Person, source: str, client: TableauClient, refresh: Run, go_on: Run
) -> None:
    margins, aging = person.workbook("Margins", source), person.workbook("Aging", source)
    tableau.inject("throttle", endpoint=["refresh"], minutes=29, times=1)

    assert outcomes(refresh()) == {"Aging": "waiting", "Margins": "waiting"}
    assert 28 * 60 < client.windows.usage(Limited.REFRESH).closed_for <= 29 * 60
    before = len(tableau.requests)
    assert outcomes(go_on()) == {"Aging": "waiting", "Margins": "waiting"}
    assert "refresh" not in asked(tableau, before)
    assert person.refreshes(margins) == person.refreshes(aging) == []


def test_refreshes_beyond_those_of_the_hour_wait(
    tableau: LocalTableau, person: Person, source: str, refresh: Run, go_on: Run, client: TableauClient
) -> None:
    tableau.switch(flavour="cloud", refreshes_per_hour=2)
    workbooks = [person.workbook(name, source) for name in ("Aging", "Cash", "Margins")]

    assert sorted(outcomes(refresh()).values()) == ["refreshed", "refreshed", "waiting"]
    assert client.windows.usage(Limited.REFRESH).closed_for > 0
    assert list(outcomes(go_on()).values()) == ["waiting"]
    assert sorted(len(person.refreshes(one)) for one in workbooks) == [0, 1, 1]


def test_the_limit_of_the_site_is_kept_here_over_processes(
    tableau: LocalTableau, person: Person, source: str, settings: Settings, store: StateStore
) -> None:
    for name in ("Aging", "Cash", "Margins"):
        person.workbook(name, source)
    assert settings.tableau is not None
    manner = replace(QUICK, limits={Limited.REFRESH: SiteLimit(2, 3_600.0, 60.0)})
    for publication in ("p1", "p2"):
        with open_client(settings, settings.tableau, store, manner) as client:
            refresh_downstream(
                client, source, settings=settings, store=store, publication=publication, wait_seconds=5.0
            )

    assert asked(tableau).count("refresh") == 2


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_request_whose_answer_got_lost_is_looked_for_before_it_is_sent_again(
    tableau: LocalTableau, person: Person, source: str, refresh: Run, go_on: Run, *, carried_out: bool
) -> None:
    margins = person.workbook("Margins", source)
    tableau.inject("reset", endpoint=["refresh"], carried_out=carried_out, times=1)

    assert outcomes(refresh()) == {"Margins": "unknown"}
    assert outcomes(go_on()) == {"Margins": "refreshed"}
    assert len(person.refreshes(margins)) == 1


def test_a_workbook_that_was_deleted_is_no_failure(person: Person, source: str, refresh: Run) -> None:
    margins = person.workbook("Margins", source)
    refresh("p1")
    person.server.workbooks.delete(margins)

    assert outcomes(refresh("p2")) == {"Margins": "gone"}
    assert refresh("p3") == ()


def test_a_refresh_that_fails_is_told_and_tried_again_after_a_pause(
    tableau: LocalTableau, person: Person, source: str, store: StateStore, refresh: Run, go_on: Run, clock: Clock
) -> None:
    margins = person.workbook("Margins", source)
    tableau.inject("failing_job", endpoint=["refresh"], text="no space", times=1)

    assert outcomes(refresh()) == {"Margins": "failed"}
    [alert] = TableauAlerts(store).unreported()
    assert (alert.workbook, alert.told, alert.failures) == (margins, "no space", 1)
    assert outcomes(go_on()) == {"Margins": "waiting"}

    clock.now += PAUSES_SECONDS[0] + 1
    assert outcomes(go_on()) == {"Margins": "refreshed"}
    assert len(person.refreshes(margins)) == 2
    assert len(TableauAlerts(store).since(0)) == 1


def test_one_whose_failure_is_found_by_who_goes_on_is_not_tried_again_before_its_pause(
    tableau: LocalTableau, person: Person, source: str, refresh: Run, go_on: Run, clock: Clock
) -> None:
    margins = person.workbook("Margins", source)
    tableau.inject("failing_job", endpoint=["refresh"], text="no space", times=1)
    assert outcomes(refresh(wait_seconds=0.0)) == {"Margins": "running"}
    tableau.wait_for_jobs()

    go_on(wait_seconds=0.0)
    assert outcomes(go_on()) == {"Margins": "waiting"}
    assert len(person.refreshes(margins)) == 1

    clock.now += PAUSES_SECONDS[0] + 1
    assert outcomes(go_on()) == {"Margins": "refreshed"}


def test_a_refresh_that_somebody_cancelled_is_not_tried_again(
    tableau: LocalTableau, person: Person, source: str, store: StateStore, refresh: Run, go_on: Run
) -> None:
    tableau.switch(job_seconds=3600.0)
    margins = person.workbook("Margins", source)
    refresh(wait_seconds=0.0)
    person.server.jobs.cancel(str(person.refreshes(margins)[0].id))

    assert outcomes(go_on()) == {"Margins": "failed"}
    assert go_on() == ()
    assert TableauAlerts(store).since(0) == []


def test_while_another_process_refreshes_what_is_ordered_stays_so(
    person: Person, source: str, settings: Settings, refresh: Run, go_on: Run
) -> None:
    person.workbook("Margins", source)
    with held(lock_file(settings)):
        assert refresh() == ()

    assert outcomes(go_on()) == {"Margins": "refreshed"}


class Killed(BaseException):
    """Stands for the end of the process: nothing that handles errors handles it."""


def test_whenever_the_process_ends_each_workbook_is_refreshed_once_for_a_publication(
    person: Person, source: str, refresh: Run, go_on: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbooks = [person.workbook("Margins", source), person.workbook("Aging", source)]
    transaction = StateStore.transaction
    finished = ends = 0
    while not finished:
        ends += 1
        left = ends

        def dying(self: StateStore, *, durable: bool = True) -> object:
            nonlocal left
            left -= durable
            if durable and left == 0:
                raise Killed
            return transaction(self, durable=durable)

        monkeypatch.setattr(StateStore, "transaction", dying)
        try:
            refresh(f"p{ends}")
            finished = 1
        except Killed:
            pass
        monkeypatch.setattr(StateStore, "transaction", transaction)
        refresh(f"p{ends}")
        go_on()
        person.sign_in()
        assert [len(person.refreshes(one)) for one in workbooks] == [ends, ends], f"killed at transaction {ends}"
    assert ends > 8


def add_task(person: Person, workbook: str, kind: str) -> None:
    """An extract refresh task as on Tableau Cloud."""
    library: Any = TSC
    item = library.TaskItem("", kind, 50, target=library.Target(workbook, "workbook"))
    schedule = library.ScheduleItem
    weekly = library.WeeklyInterval(datetime.time(2, 0), "Monday")
    item.schedule_item = schedule("", 50, schedule.Type.Extract, schedule.ExecutionOrder.Parallel, weekly)
    person.server.tasks.create(item)

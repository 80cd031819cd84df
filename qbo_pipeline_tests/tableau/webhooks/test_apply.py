"""What is done for events that wait: nothing before Tableau says the same, and once."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_alerts import TableauAlerts
from qbo_pipeline.state.tableau_downstream import DownstreamWorkbooks
from qbo_pipeline.state.tableau_events import TableauEvents
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.downstream.failures import PAUSES_SECONDS
from qbo_pipeline.tableau.publisher import open_client
from qbo_pipeline.tableau.webhooks.apply import (
    REMEMBERED_SECONDS,
    RETRY_SECONDS,
    AppliedEvents,
    apply_events,
    apply_waiting,
    reported,
)
from qbo_pipeline.webhooks.inbox import UNREADABLE_SECONDS
from qbo_pipeline_tests.tableau.conftest import QUICK
from qbo_pipeline_tests.tableau.downstream.conftest import Clock
from qbo_pipeline_tests.tableau.site import Person, asked
from qbo_pipeline_tests.tableau.webhooks.conftest import Apply, Inbox

OTHER = "99999999-9999-4999-8999-999999999999"


def outcomes(applied: AppliedEvents) -> list[str]:
    return [one.outcome.value for one in applied.events]


def failed_by_schedule(tableau: LocalTableau, person: Person, workbook: str) -> str:
    """A refresh that was not ordered here, and failed; the job."""
    tableau.inject("failing_job", endpoint=["refresh"], text="no space", times=1)
    job = str(person.server.workbooks.refresh(workbook).id)
    tableau.wait_for_jobs()
    return job


def test_a_refresh_that_failed_is_confirmed_told_and_tried_again(
    tableau: LocalTableau, person: Person, margins: str, inbox: Inbox, apply: Apply, clock: Clock
) -> None:
    job = failed_by_schedule(tableau, person, margins)
    name = inbox.put(inbox.event("WorkbookRefreshFailed", margins))

    applied = apply()
    assert outcomes(applied) == ["confirmed"]
    assert inbox.where() == {name: "processed"}
    [alert] = applied.alerts
    assert (alert.job, alert.workbook, alert.told, alert.failures) == (job, margins, "no space", 1)
    assert [one.outcome.value for one in applied.refreshes] == ["waiting"]

    clock.now += PAUSES_SECONDS[0] + 1
    assert [one.outcome.value for one in apply().refreshes] == ["running"]
    tableau.wait_for_jobs()
    assert [one.outcome.value for one in apply().refreshes] == ["refreshed"]
    assert len(person.refreshes(margins)) == 3


def test_an_event_that_tableau_does_not_confirm_does_nothing(
    person: Person, margins: str, inbox: Inbox, apply: Apply
) -> None:
    inbox.put(inbox.event("WorkbookRefreshFailed", margins))

    applied = apply()
    assert outcomes(applied) == ["unconfirmed"]
    assert "did not fail" in applied.events[0].told
    assert (applied.alerts, applied.refreshes) == ((), ())
    assert len(person.refreshes(margins)) == 1


def test_duplicates_count_once_wherever_they_are(
    tableau: LocalTableau, person: Person, margins: str, inbox: Inbox, apply: Apply
) -> None:
    failed_by_schedule(tableau, person, margins)
    body = inbox.event("WorkbookRefreshFailed", margins)
    names = [inbox.put(body), inbox.put(body)]

    assert outcomes(apply()) == ["confirmed", "duplicate"]
    names.append(inbox.put(body))
    assert outcomes(apply()) == ["duplicate"]
    assert inbox.where() == dict.fromkeys(names, "processed")


def test_two_events_of_one_failed_job_are_one_alert(
    tableau: LocalTableau, person: Person, margins: str, inbox: Inbox, apply: Apply
) -> None:
    failed_by_schedule(tableau, person, margins)
    inbox.put(inbox.event("WorkbookRefreshFailed", margins))
    inbox.put(inbox.event("WorkbookRefreshFailed", margins, resource_name="Margins, renamed"))

    applied = apply()
    assert outcomes(applied) == ["confirmed", "confirmed"]
    assert [one.failures for one in applied.alerts] == [1]


def test_an_alert_is_handed_out_until_somebody_was_told(
    tableau: LocalTableau, person: Person, margins: str, inbox: Inbox, apply: Apply, store: StateStore
) -> None:
    failed_by_schedule(tableau, person, margins)
    inbox.put(inbox.event("WorkbookRefreshFailed", margins))
    first = apply().alerts

    assert len(first) == 1
    assert apply().alerts == first
    reported(store, first)
    assert apply().alerts == ()


def test_what_does_not_hang_on_our_data_source_is_not_asked_for(
    tableau: LocalTableau, margins: str, inbox: Inbox, apply: Apply
) -> None:
    before = len(tableau.requests)
    inbox.put(inbox.event("WorkbookRefreshFailed", OTHER))
    inbox.put(inbox.event("DatasourceDeleted", OTHER))

    assert outcomes(apply()) == ["not ours", "not ours"]
    assert asked(tableau, before) == []


@pytest.mark.parametrize("type_", ["WorkbookCreated", "WorkbookUpdated", "WorkbookDeleted"])
def test_a_workbook_that_was_changed_makes_the_next_publication_look(
    margins: str, source: str, inbox: Inbox, apply: Apply, store: StateStore, type_: str
) -> None:
    assert DownstreamWorkbooks(store, source).looked_at() > 0
    inbox.put(inbox.event(type_, OTHER))

    assert outcomes(apply()) == ["noted"]
    assert DownstreamWorkbooks(store, source).looked_at() == 0


def test_our_data_source_is_deleted_only_when_tableau_says_so(
    person: Person, source: str, inbox: Inbox, apply: Apply
) -> None:
    inbox.put(inbox.event("DatasourceDeleted", source))
    assert outcomes(apply()) == ["unconfirmed"]

    person.server.datasources.delete(source)
    inbox.put(inbox.event("DatasourceDeleted", source, resource_name="again"))
    assert outcomes(apply()) == ["confirmed"]


def test_an_empty_event_is_a_test(inbox: Inbox, apply: Apply) -> None:
    name = inbox.put(b"")

    assert outcomes(apply()) == ["test"]
    assert inbox.where() == {name: "processed"}


def test_an_event_of_another_kind_is_of_no_use(inbox: Inbox, apply: Apply) -> None:
    inbox.put(inbox.event("FlowUpdated", OTHER))

    assert outcomes(apply()) == ["of no use"]


def test_what_is_no_event_of_ours_is_rejected_with_its_reason_and_blocks_nothing(
    margins: str, inbox: Inbox, apply: Apply
) -> None:
    names = [
        inbox.put(b"no JSON"),
        inbox.put(inbox.event("WorkbookRefreshFailed", margins, site_luid=OTHER)),
        inbox.put(inbox.event("WorkbookRefreshFailed", margins, created_at="2020-01-01T00:00:00Z")),
        inbox.put(b"x" * 9_000),
    ]
    link = inbox.names.next()[0]
    os.symlink("/etc/passwd", inbox.folders.inbox / link)
    last = inbox.put(inbox.event("WorkbookRefreshFailed", margins))

    assert outcomes(apply()) == ["rejected"] * 5 + ["unconfirmed"]
    assert inbox.where() == dict.fromkeys([*names, link], "rejected") | {last: "processed"}
    told = [inbox.reason(name) for name in [*names, link]]
    assert [one.split()[:3] for one in told] == [
        ["it", "is", "no"], ["it", "is", "of"], ["it", "is", "of"], ["it", "has", "9000"], ["it", "is", "no"],
    ]  # fmt: skip


def test_an_event_that_cannot_be_read_now_blocks_nothing_and_is_tried_again(
    inbox: Inbox, apply: Apply, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, healthy = inbox.put(b""), inbox.put(b"")
    read_bytes = Path.read_bytes

    def fail(path: Path) -> bytes:
        if path.name == broken:
            raise OSError(5, "Input/output error")
        return read_bytes(path)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", fail)
        assert outcomes(apply()) == ["test"]

    assert inbox.where() == {broken: "inbox", healthy: "processed"}
    assert outcomes(apply()) == []
    clock.now += UNREADABLE_SECONDS + 1
    assert outcomes(apply()) == ["test"]


def test_an_event_that_cannot_be_moved_blocks_nothing(
    inbox: Inbox, apply: Apply, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, healthy = inbox.put(b""), inbox.put(b"")
    rename = os.rename

    def fail(source: Path, target: Path) -> None:
        if source.name == stuck:
            raise PermissionError(13, "Permission denied", str(source))
        rename(source, target)

    monkeypatch.setattr(os, "rename", fail)

    assert outcomes(apply()) == ["test"]
    assert inbox.where() == {stuck: "inbox", healthy: "processed"}


def test_where_tableau_cannot_be_asked_the_event_waits(
    tableau: LocalTableau, person: Person, margins: str, inbox: Inbox, apply: Apply, clock: Clock
) -> None:
    failed_by_schedule(tableau, person, margins)
    name = inbox.put(inbox.event("WorkbookRefreshFailed", margins))
    tableau.inject("server_error", endpoint=["jobs"], status=503, times=3)

    assert outcomes(apply()) == ["put off"]
    assert inbox.where() == {name: "inbox"}
    assert outcomes(apply()) == []
    clock.now += RETRY_SECONDS + 1
    assert outcomes(apply()) == ["confirmed"]


def test_each_event_has_a_row_that_people_can_see(
    tableau: LocalTableau, person: Person, margins: str, inbox: Inbox, apply: Apply, store: StateStore
) -> None:
    failed_by_schedule(tableau, person, margins)
    name = inbox.put(inbox.event("WorkbookRefreshFailed", margins))
    apply()

    [row] = TableauEvents(store).since(0)
    assert (row.file, row.event, row.resource, row.resource_name) == (
        name, "WorkbookRefreshFailed", margins, "Margins",
    )  # fmt: skip
    assert row.outcome == "confirmed"
    assert "tried again" in row.told


def test_without_anything_to_do_tableau_is_not_asked(tableau: LocalTableau, settings: Settings) -> None:
    before = len(tableau.requests)

    assert apply_waiting(settings, QUICK) == AppliedEvents((), (), ())
    assert len(tableau.requests) == before


def test_what_waits_is_applied_before_anything_was_published(settings: Settings, inbox: Inbox) -> None:
    inbox.put(inbox.event("WorkbookRefreshFailed", OTHER))

    assert outcomes(apply_waiting(settings, QUICK)) == ["not ours"]


class Killed(BaseException):
    """Stands for the end of the process: nothing that handles errors handles it."""


def test_whenever_the_process_ends_a_failure_is_counted_once_and_its_event_settled(
    tableau: LocalTableau,
    person: Person,
    source: str,
    margins: str,
    inbox: Inbox,
    client: TableauClient,
    settings: Settings,
    store: StateStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transaction, rename = StateStore.transaction, os.rename
    clock = Clock()
    ends, finished = 0, False
    while not finished:
        ends += 1
        left = ends
        clock.now = time.time()
        DownstreamWorkbooks(store, source).resume()
        job = failed_by_schedule(tableau, person, margins)
        name = inbox.put(inbox.event("WorkbookRefreshFailed", margins, resource_name=f"Margins {ends}"))

        def tick() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed

        def dying(self: StateStore, *, durable: bool = True) -> object:
            if durable:
                tick()
            return transaction(self, durable=durable)

        def dying_rename(*paths: object) -> None:
            tick()
            rename(*paths)  # type: ignore[arg-type]

        monkeypatch.setattr(StateStore, "transaction", dying)
        monkeypatch.setattr(os, "rename", dying_rename)
        try:
            apply_events(settings, client, store, source, clock=clock)
            finished = True
        except Killed:
            pass
        monkeypatch.setattr(StateStore, "transaction", transaction)
        monkeypatch.setattr(os, "rename", rename)
        for _ in range(3):  # what is left of the event, the refresh that is due by then, and its end
            apply_events(settings, client, store, source, clock=clock)
            clock.now += 10_000
            tableau.wait_for_jobs()

        told = f"killed at step {ends}"
        assert [one.job for one in TableauAlerts(store).since(0)].count(job) == 1, told
        assert inbox.where()[name] == "processed", told
        rows = [one for one in TableauEvents(store).since(0) if one.resource_name == f"Margins {ends}"]
        assert [one.outcome for one in rows] == ["confirmed"], told
    person.sign_in()
    assert len(person.refreshes(margins)) == 1 + 2 * ends
    assert ends > 5


def test_rows_of_long_ago_are_forgotten_but_not_alerts_that_nobody_was_told_of(
    tableau: LocalTableau, person: Person, margins: str, inbox: Inbox, apply: Apply, store: StateStore, clock: Clock
) -> None:
    failed_by_schedule(tableau, person, margins)
    inbox.put(inbox.event("WorkbookRefreshFailed", margins))
    apply()
    clock.now += REMEMBERED_SECONDS + 10

    [untold] = apply().alerts
    assert TableauEvents(store).since(0) == []
    reported(store, (untold,))
    clock.now += 2 * REMEMBERED_SECONDS
    apply()
    assert TableauAlerts(store).since(0) == []


def test_those_who_apply_at_the_same_time_share_the_events(
    tableau: LocalTableau, person: Person, source: str, margins: str, inbox: Inbox, settings: Settings
) -> None:
    job = failed_by_schedule(tableau, person, margins)
    body = inbox.event("WorkbookRefreshFailed", margins)
    names = [inbox.put(inbox.event("WorkbookUpdated", OTHER, resource_name=f"Weather {n}")) for n in range(20)]
    names += [inbox.put(body) for _ in range(4)]

    def one(_: int) -> AppliedEvents:
        assert settings.tableau is not None
        with StateStore(settings.state_url) as store, open_client(settings, settings.tableau, store, QUICK) as client:
            return apply_events(settings, client, store, source)

    with ThreadPoolExecutor(3) as pool:
        done = [event for applied in pool.map(one, range(3)) for event in applied.events]

    assert sorted(event.file for event in done) == sorted(names)
    assert inbox.where() == dict.fromkeys(names, "processed")
    with StateStore(settings.state_url) as store:
        assert [alert.job for alert in TableauAlerts(store).since(0)] == [job]
        assert len(TableauEvents(store).since(0)) == 21

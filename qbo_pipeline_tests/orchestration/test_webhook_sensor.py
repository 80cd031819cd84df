"""Who applies what waits in the inbox: the listener while it lives, else a run that the sensor starts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import dagster as dg
import pytest
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.storage.runs.base import RunStorage
from sqlalchemy.exc import OperationalError

from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.ingestion.webhook_files import WebhookFiles
from qbo_pipeline.orchestration import QuickBooksBooks
from qbo_pipeline.orchestration.listening import (
    LISTENER_TAG,
    AlreadyListeningError,
    applying,
    is_listened_to,
    listen,
    listening,
)
from qbo_pipeline.orchestration.partitions import CompanyMonths
from qbo_pipeline.orchestration.runs import is_about_to_begin
from qbo_pipeline.orchestration.sensors import WAITS_FOR_LISTENER, webhook_files
from qbo_pipeline.orchestration.webhook_job import apply_webhooks
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline.webhooks.claimers import Claimer
from qbo_pipeline.webhooks.inbox import Waiting
from qbo_pipeline_tests.orchestration.books_on_paper import FEW

JOB = apply_webhooks(FEW, CompanyMonths(date(2026, 1, 1)), shipped())
SENSOR = webhook_files(JOB, looks_for=0)
PATIENT = webhook_files(JOB, looks_for=60)


class Books(QuickBooksBooks):
    """The resource around the session of a test."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def session(self) -> Session:
        return self._session


@pytest.fixture
def books(settings: Settings) -> Iterator[Books]:
    with open_session(settings) as session:
        yield Books(session)


def never(error: Exception) -> None:
    raise error


def looked(books: Books, instance: dg.DagsterInstance, sensor: dg.SensorDefinition = SENSOR) -> tuple[str | None, str]:
    """The key of the run asked for, or why there is none."""
    result = sensor(dg.build_sensor_context(instance=instance, resources={"books": books}))
    if isinstance(result, dg.SkipReason):
        return None, result.skip_message or ""
    assert isinstance(result, dg.RunRequest)
    return result.run_key, ""


def arrive(settings: Settings, ago: timedelta = timedelta()) -> Path:
    """A file in the inbox; what is in it does not matter to those who only look."""
    inbox = settings.data.webhooks / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    file = inbox / f"{datetime.now(UTC) - ago:%Y%m%dT%H%M%S.%f}000Z-5f2c9a01.webhook"
    file.write_bytes(b"{}\n[]")
    return file


def test_an_empty_inbox_starts_nothing(books: Books, instance: dg.DagsterInstance) -> None:
    assert looked(books, instance) == (None, "No webhook waits.")


def test_what_arrives_while_the_sensor_looks_gets_its_run_then(
    books: Books, settings: Settings, instance: dg.DagsterInstance
) -> None:
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(looked, books, instance, PATIENT)
        sleep(0.5)
        assert not answer.done()
        arrive(settings)
        assert answer.result(30)[0] is not None


def test_while_a_listener_lives_the_sensor_does_not_go_on_looking(
    books: Books, settings: Settings, instance: dg.DagsterInstance
) -> None:
    with listening(settings, instance, JOB.name), ThreadPoolExecutor(1) as threads:
        assert threads.submit(looked, books, instance, PATIENT).result(30) == (None, "No webhook waits.")


def test_a_delivery_is_asked_a_run_for_once(books: Books, settings: Settings, instance: dg.DagsterInstance) -> None:
    arrive(settings, ago=timedelta(seconds=1))
    first, _ = looked(books, instance)
    arrive(settings)  # while that run starts
    second, _ = looked(books, instance)

    assert first is not None
    assert second is not None
    assert first.partition(" ")[0] == second.partition(" ")[0]


def test_the_next_delivery_is_asked_a_run_for_when_the_first_is_claimed(
    books: Books, settings: Settings, instance: dg.DagsterInstance
) -> None:
    first = arrive(settings, ago=timedelta(seconds=1))
    before, _ = looked(books, instance)
    arrive(settings)
    first.unlink()
    after, _ = looked(books, instance)
    assert before != after


def test_while_a_run_waits_for_its_turn_no_other_is_asked_for(
    books: Books, settings: Settings, instance: dg.DagsterInstance
) -> None:
    instance.create_run_for_job(JOB, status=dg.DagsterRunStatus.NOT_STARTED)
    arrive(settings)
    assert looked(books, instance) == (None, "A run that will apply what waits is about to begin.")


def test_a_run_that_was_asked_for_long_ago_does_not_count_as_about_to_begin(instance: dg.DagsterInstance) -> None:
    instance.create_run_for_job(JOB, status=dg.DagsterRunStatus.NOT_STARTED)
    assert is_about_to_begin(instance, JOB.name, datetime.now(UTC) - timedelta(seconds=60))
    assert not is_about_to_begin(instance, JOB.name, datetime.now(UTC) + timedelta(seconds=1))


def test_a_queue_that_stands_still_is_not_filled_with_runs(instance: dg.DagsterInstance) -> None:
    """As behind loads of hours, where few runs may go on at once: one that waits takes all that waits by then."""
    server = GrpcServerCodeLocationOrigin(host="localhost", port=4000)
    origin = RemoteRepositoryOrigin(server, "__repository__").get_job_origin(JOB.name)
    queued = dg.DagsterRun(JOB.name, status=dg.DagsterRunStatus.QUEUED, remote_job_origin=origin)
    instance.add_run(queued)
    assert is_about_to_begin(instance, JOB.name, datetime.now(UTC) + timedelta(seconds=1))
    instance.report_run_canceled(queued)
    assert not is_about_to_begin(instance, JOB.name, datetime.now(UTC) + timedelta(seconds=1))


def test_what_just_arrived_is_left_to_a_listener_that_lives(
    books: Books, settings: Settings, instance: dg.DagsterInstance
) -> None:
    arrive(settings)
    with listening(settings, instance, JOB.name):
        assert looked(books, instance) == (None, "1 webhooks wait for the listener.")
    assert looked(books, instance)[0] is not None


def test_what_a_listener_does_not_take_is_taken_from_it(
    books: Books, settings: Settings, instance: dg.DagsterInstance
) -> None:
    arrive(settings, ago=WAITS_FOR_LISTENER)
    with listening(settings, instance, JOB.name):
        assert looked(books, instance)[0] is not None


def test_what_just_arrived_is_left_to_a_run_that_takes_what_arrives(
    books: Books, settings: Settings, instance: dg.DagsterInstance
) -> None:
    arrive(settings)
    with applying(settings):
        assert looked(books, instance) == (None, "1 webhooks wait for the run that applies others.")
    assert looked(books, instance)[0] is not None


def test_what_a_run_under_way_does_not_take_gets_another_one(
    books: Books, settings: Settings, instance: dg.DagsterInstance
) -> None:
    arrive(settings, ago=WAITS_FOR_LISTENER)
    with applying(settings):
        assert looked(books, instance)[0] is not None


def test_without_a_verifier_token_the_sensor_says_what_to_set(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    real = load_settings(data_dir=tmp_path, environment="sandbox", client_id="AB", client_secret="secret")
    with open_session(real) as session:
        asked, why = looked(Books(session), instance)
    assert asked is None
    assert "QBO_WEBHOOK_VERIFIER_TOKEN" in why


def test_there_is_one_listener(settings: Settings, instance: dg.DagsterInstance) -> None:
    with listening(settings, instance, JOB.name):
        with pytest.raises(AlreadyListeningError), listening(settings, instance, JOB.name):
            pass
        assert is_listened_to(settings)
    assert not is_listened_to(settings)


def test_a_listener_that_is_killed_is_none_any_more_and_its_run_is_told_as_failed_by_the_next(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    run = instance.create_run_for_job(JOB, tags={LISTENER_TAG: "yes"}, status=dg.DagsterRunStatus.STARTED)
    other = instance.create_run_for_job(JOB, status=dg.DagsterRunStatus.STARTED)
    program = (
        "import sys, time; from pathlib import Path; from qbo_pipeline.state.process_lock import held\n"
        "with held(Path(sys.argv[1])) as lock: print(lock is not None, flush=True); time.sleep(60)"
    )
    lock = settings.data.webhooks / "listener.lock"
    with subprocess.Popen([sys.executable, "-c", program, str(lock)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"True\n"
        assert is_listened_to(settings)
        os.kill(process.pid, 9)
        process.wait()

    with listening(settings, instance, JOB.name):
        statuses = {one.run_id: one.status for one in instance.get_runs()}

    assert statuses == {run.run_id: dg.DagsterRunStatus.FAILURE, other.run_id: dg.DagsterRunStatus.STARTED}


def test_the_listener_executes_the_job_where_the_ui_shows_it(
    books: Books, settings: Settings, instance: dg.DagsterInstance
) -> None:
    arrive(settings)
    job = dg.Definitions(jobs=[JOB], resources={"books": books}, executor=dg.in_process_executor).resolve_job_def(
        JOB.name
    )

    with books.webhooks() as files:
        looks = iter([True, True, True, False])  # one finds the delivery, the others nothing
        runs = list(listen(files, job, instance, lambda: next(looks), never))

    assert [one.success for one in runs] == [True]
    [shown] = instance.get_runs()
    assert (shown.run_id, shown.status, shown.tags[LISTENER_TAG]) == (
        runs[0].run_id,
        dg.DagsterRunStatus.SUCCESS,
        "yes",
    )
    assert [path.name for path in (settings.data.webhooks / "inbox").iterdir()] == []


def test_a_listener_outlives_a_state_store_that_does_not_answer(
    books: Books, settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while the disk is full. What it was at then is told as failed, and what waits is applied after that."""
    arrive(settings)
    left = instance.create_run_for_job(JOB, tags={LISTENER_TAG: "yes"}, status=dg.DagsterRunStatus.STARTED)
    job = dg.Definitions(jobs=[JOB], resources={"books": books}, executor=dg.in_process_executor).resolve_job_def(
        JOB.name
    )
    told: list[Exception] = []
    waiting = WebhookFiles.waiting

    def refuses_once(files: WebhookFiles) -> Waiting:
        if not told:
            raise OperationalError("BEGIN IMMEDIATE", None, Exception("disk I/O error"))
        return waiting(files)

    monkeypatch.setattr(WebhookFiles, "waiting", refuses_once)
    with books.webhooks() as files:
        looks = iter([True] * 1000)
        applied = listen(files, job, instance, lambda: next(looks), told.append)
        assert next(applied).success

    assert ["disk I/O error" in str(one) for one in told] == [True]
    assert {one.run_id: one.status for one in instance.get_runs()}[left.run_id] == dg.DagsterRunStatus.FAILURE


def test_a_listener_outlives_a_database_of_dagsters_that_does_not_answer(
    books: Books, settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where its Postgres is started anew: dagster-postgres tries for seconds, then raises an error of its own."""

    class DagsterPostgresError(Exception):
        """Stands for `dagster_postgres.utils.DagsterPostgresException`."""

    arrive(settings)
    job = dg.Definitions(jobs=[JOB], resources={"books": books}, executor=dg.in_process_executor).resolve_job_def(
        JOB.name
    )
    told: list[Exception] = []
    add_run = type(instance.run_storage).add_run

    def refuses_once(storage: RunStorage, run: dg.DagsterRun) -> dg.DagsterRun:
        if not told:
            refused = OperationalError("SELECT 1", None, Exception("Connection refused"))
            raise DagsterPostgresError("too many retries for DB connection") from refused
        return add_run(storage, run)

    monkeypatch.setattr(type(instance.run_storage), "add_run", refuses_once)
    with books.webhooks() as files:
        looks = iter([True] * 1000)
        assert next(listen(files, job, instance, lambda: next(looks), told.append)).success

    assert [str(one) for one in told] == ["too many retries for DB connection"]


def test_a_bug_ends_a_listener(
    books: Books, settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: WebhookFiles) -> Waiting:
        raise KeyError("a bug")

    arrive(settings)
    monkeypatch.setattr(WebhookFiles, "waiting", broken)
    with books.webhooks() as files, pytest.raises(KeyError, match="a bug"):
        next(listen(files, JOB, instance, lambda: True, never))


def test_a_listener_that_cannot_claim_anything_does_not_try_ten_times_a_second(
    books: Books, settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def immovable(claimer: Claimer, name: str) -> None:
        raise PermissionError(13, "Permission denied", name)

    arrive(settings)
    monkeypatch.setattr(Claimer, "claim", immovable)
    job = dg.Definitions(jobs=[JOB], resources={"books": books}, executor=dg.in_process_executor).resolve_job_def(
        JOB.name
    )
    until = monotonic() + 4
    with books.webhooks() as files:
        runs = list(listen(files, job, instance, lambda: monotonic() < until, never))

    assert {one.success for one in runs} == {False}
    assert len(runs) <= 3

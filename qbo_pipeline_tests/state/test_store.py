from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qbo_pipeline.state import ChangeCursors, Leases, StateStore
from qbo_pipeline.state.cursors import REFUSED_SECONDS
from qbo_pipeline.state.store import UnusableStoreError
from qbo_pipeline_tests.patience import PATIENCE_SECONDS

REALM = "9341452000000001"
INSERT_CURSOR = "INSERT INTO change_cursor (realm_id, entity, since, stored_at)"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    with StateStore(f"sqlite:///{tmp_path / 'state' / 'state.sqlite'}") as opened:
        yield opened


FIRST_USE = """
import sys
from qbo_pipeline.state import ChangeCursors, StateStore
from datetime import UTC, datetime
print("ready", flush=True)
sys.stdin.readline()
with StateStore(sys.argv[1]) as store:
    ChangeCursors(store).advance("realm-" + sys.argv[2], ["Invoice"], datetime(2026, 1, 1, tzinfo=UTC))
"""


def test_eight_processes_may_open_a_new_store_at_the_same_moment(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'state.sqlite'}"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", FIRST_USE, url, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    ends = [process.communicate("go\n", timeout=PATIENCE_SECONDS) for process in processes]
    assert [process.returncode for process in processes] == [0] * 8, ends
    with StateStore(url) as store:
        assert all(ChangeCursors(store).of(f"realm-{number}") for number in range(8))


def test_the_database_is_durable_where_it_says_so_and_readable_while_written(store: StateStore) -> None:
    with store.transaction() as durable:
        assert durable.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert durable.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    with store.transaction(durable=False) as quick:
        assert quick.exec_driver_sql("PRAGMA synchronous").scalar() == 1


def test_a_transaction_that_fails_leaves_nothing(store: StateStore) -> None:
    cursors = ChangeCursors(store)

    def fail() -> None:
        with store.transaction() as connection:
            connection.exec_driver_sql(f"{INSERT_CURSOR} VALUES ('r', 'Invoice', 1.0, 1.0)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert cursors.of("r") == {}


def test_a_refusal_of_change_data_capture_holds_for_a_week(store: StateStore) -> None:
    now = [1_000_000.0]
    cursors = ChangeCursors(store, lambda: now[0])
    cursors.advance(REALM, ["Attachable", "Invoice"], datetime(2026, 1, 1, tzinfo=UTC))
    cursors.refuse(REALM, ["Attachable"])
    cursors.advance(REALM, ["Attachable"], datetime(2026, 1, 2, tzinfo=UTC))
    assert cursors.refused(REALM) == {"Attachable"}
    assert cursors.refused("another") == set()
    now[0] += REFUSED_SECONDS
    assert cursors.refused(REALM) == set()


def test_a_database_in_memory_is_refused() -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(UnusableStoreError, match="needs a file"):
            StateStore(url)


def test_a_file_in_the_home_of_whoever_asks_is_the_same_from_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "somewhere").mkdir()
    monkeypatch.chdir(tmp_path / "somewhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    StateStore("sqlite:///~/state.sqlite").close()
    assert (tmp_path / "state.sqlite").exists()
    assert not list((tmp_path / "somewhere").iterdir())


def test_threads_take_turns_and_lose_no_write(store: StateStore) -> None:
    with store.transaction() as connection:
        connection.exec_driver_sql(f"{INSERT_CURSOR} VALUES ('r', 'Invoice', 0.0, 0.0)")

    def add() -> None:
        for _ in range(20):
            with store.transaction(durable=False) as connection:
                since = connection.exec_driver_sql("SELECT since FROM change_cursor").scalar_one()
                connection.exec_driver_sql("UPDATE change_cursor SET since = ?", (since + 1,))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ChangeCursors(store).of("r")["Invoice"] == datetime.fromtimestamp(80, UTC)


def test_cursors_are_instants_that_never_go_back(store: StateStore) -> None:
    cursors = ChangeCursors(store)
    first = datetime(2026, 11, 1, 1, 30, tzinfo=UTC)
    cursors.advance(REALM, ["Invoice", "Customer"], first)
    cursors.advance(REALM, ["Invoice"], first + timedelta(hours=1))
    cursors.advance(REALM, ["Invoice"], first)
    assert cursors.of(REALM) == {"Invoice": first + timedelta(hours=1), "Customer": first}
    cursors.forget(REALM, ["Invoice"])
    assert cursors.of(REALM) == {"Customer": first}
    assert cursors.of("another") == {}


def test_a_lease_has_one_holder_until_it_is_given_back(store: StateStore) -> None:
    leases = Leases(store)
    lease = leases.try_acquire("refresh", 60)
    assert lease is not None
    assert leases.try_acquire("refresh", 60) is None
    assert leases.try_acquire("other", 60) is not None
    leases.release(lease)
    assert leases.try_acquire("refresh", 60) is not None


def test_the_lease_of_a_dead_holder_ends_and_the_dead_cannot_give_back_anothers(store: StateStore) -> None:
    now = [1000.0]
    leases = Leases(store, clock=lambda: now[0])
    dead = leases.try_acquire("refresh", 60)
    assert dead is not None
    now[0] += 59
    assert leases.try_acquire("refresh", 60) is None
    now[0] += 1
    heir = leases.try_acquire("refresh", 60)
    assert heir is not None
    leases.release(dead)
    assert leases.try_acquire("refresh", 60) is None


def test_setting_the_clock_back_keeps_the_lease_of_a_dead_holder_no_longer(store: StateStore) -> None:
    now = [10_000.0]
    leases = Leases(store, clock=lambda: now[0])
    assert leases.try_acquire("refresh", 75) is not None
    now[0] -= 3_600
    assert leases.try_acquire("refresh", 75) is not None
    now[0] -= 60  # as clocks are put right now and then
    assert leases.try_acquire("refresh", 75) is None


def test_a_store_that_cannot_be_opened_is_named_with_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").mkdir()
    with pytest.raises(UnusableStoreError, match=r"state\.sqlite cannot be opened: .* have to be writable"):
        StateStore(f"sqlite:///{tmp_path / 'state.sqlite'}")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://books:half@secret:rest@localhost:5432/books",
        "postgresql://books:secret@localhost:port/books",
        "postgres://books:secret@localhost/books",
        "secret",
    ],
)
def test_what_is_no_url_is_told_by_its_variable_and_without_the_password(url: str) -> None:
    """Half of a password with an @ in it is taken for a port, and was quoted as one that is no number."""
    with pytest.raises(UnusableStoreError, match=r"QBO_STATE_URL is no URL .* postgresql://") as told:
        StateStore(url)
    assert "secret" not in str(told.value)
    assert "rest" not in str(told.value)


def test_a_driver_that_is_missing_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    with pytest.raises(UnusableStoreError, match="pip install psycopg2-binary") as told:
        StateStore("postgresql://books:secret@localhost/books")
    assert "secret" not in str(told.value)

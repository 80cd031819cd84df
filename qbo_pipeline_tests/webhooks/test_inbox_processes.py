"""Any number of processes may work on one inbox, and any of them may end at any moment."""

from __future__ import annotations

import random
import signal
import sys
from collections import Counter
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest

from qbo_pipeline.state.store import StateStore
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline_tests.webhooks.deliveries import Readers, changed, drop, state_url, whereabouts
from qbo_pipeline_tests.webhooks.killing import apply, processes, warehouse

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are not forked there")


@pytest.fixture(scope="module")
def forks() -> ForkServerContext:
    return processes()


def fill(root: Path, files: int) -> tuple[WebhookFolders, set[tuple[str, str]]]:
    """An inbox in which every third delivery repeats an event of the one before; answers the events as well."""
    folders = WebhookFolders(root / "webhooks")
    folders.make()
    events = [changed(str(number), intuitaccountid=str(number % 3)) for number in range(3 * files)]
    for number in range(files):
        own = events[3 * number : 3 * number + 3]
        drop(folders, *own, *([events[3 * number - 1]] if number % 3 == 1 else []))
    with StateStore(state_url(root)):
        return folders, {(event["intuitaccountid"], event["intuitentityid"]) for event in events}


def test_processes_share_the_files_and_none_applies_what_another_does(forks: ForkServerContext, tmp_path: Path) -> None:
    folders, events = fill(tmp_path, 60)
    running = [forks.Process(target=apply, args=(tmp_path, None, 3)) for _ in range(4)]

    for process in running:
        process.start()
    for process in running:
        process.join(60)

    assert [process.exitcode for process in running] == [0] * 4
    assert Counter(warehouse(tmp_path)) == Counter(events)
    assert Counter(folder for found in whereabouts(folders).values() for folder in found) == {"processed": 60}


def test_processes_that_are_killed_all_the_time_lose_nothing(forks: ForkServerContext, tmp_path: Path) -> None:
    folders, events = fill(tmp_path, 30)
    chosen = random.Random(7)
    ends: list[int | None] = []
    running: list[ForkServerProcess] = []
    for number in range(24):
        if len(running) == 3:
            running[0].join(60)
            ends.append(running.pop(0).exitcode)
        running.append(forks.Process(target=apply, args=(tmp_path, chosen.randint(4, 40), 2, 4000.0 * number)))
        running[-1].start()
    for process in running:
        process.join(60)
        ends.append(process.exitcode)
    assert all(len(found) == 1 for found in whereabouts(folders).values())

    for ahead in (1e6, 2e6):  # what the first finds in the hands of the dead, it may leave for later
        last = forks.Process(target=apply, args=(tmp_path, None, 2, ahead))
        last.start()
        last.join(60)
        assert last.exitcode == 0

    assert ends.count(-signal.SIGKILL) > 10
    assert set(ends) <= {0, -signal.SIGKILL}
    assert set(warehouse(tmp_path)) == events
    assert Counter(folder for found in whereabouts(folders).values() for folder in found) == {"processed": 30}


def test_what_a_living_process_has_claimed_is_left_to_it_however_slow_it_is(readers: Readers) -> None:
    name = drop(readers.folders, changed())
    slow, quick = readers.new(), readers.new()
    claim = slow.claim()
    readers.clock.now += 7 * 86_400

    assert (quick.waiting().files, quick.claim().files) == (0, ())
    assert whereabouts(readers.folders) == {name: ["processing"]}
    slow.done(claim)
    assert whereabouts(readers.folders) == {name: ["processed"]}


def test_deliveries_of_a_claimers_folder_without_its_lock_go_back(readers: Readers) -> None:
    name = drop(readers.folders, changed())
    restored = readers.folders.processing / "restored-from-a-copy"
    restored.mkdir()
    (readers.folders.inbox / name).rename(restored / name)

    assert [file.name for file in readers.new().claim().files] == [name]
    assert not restored.exists()

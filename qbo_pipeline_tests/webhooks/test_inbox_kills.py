"""A process killed at any step leaves every delivery in one folder and every event to be applied, once it is recorded
never again."""

from __future__ import annotations

import signal
import sys
from itertools import chain
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.webhook_events import WebhookEvents
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox import Claim
from qbo_pipeline_tests.webhooks.deliveries import changed, drop, state_url, whereabouts
from qbo_pipeline_tests.webhooks.killing import apply, apply_all, processes, warehouse

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is killed like this there")

REPEATED = changed("1")
DELIVERIES = {
    "1.webhook": (REPEATED, changed("2", intuitaccountid="999")),
    "2.webhook": (REPEATED, changed("3")),
    "3.webhook": (changed("4"), {"type": "qbo.invoice.updated.v1"}),
}
EVENTS = {("310687", "1"), ("999", "2"), ("310687", "3"), ("310687", "4")}
GARBAGE = "4.webhook"
ENDS = {name: ["processed"] for name in DELIVERIES} | {GARBAGE: ["rejected"]}


def fill(root: Path) -> WebhookFolders:
    folders = WebhookFolders(root / "webhooks")
    folders.make()
    for name, events in DELIVERIES.items():
        drop(folders, *events, name=name)
    (folders.inbox / GARBAGE).write_bytes(b"garbage")
    with StateStore(state_url(root)):
        return folders


@pytest.fixture(scope="module")
def forks() -> ForkServerContext:
    return processes()


@pytest.fixture(scope="module")
def steps(forks: ForkServerContext, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many steps there are when nobody is killed."""
    root = tmp_path_factory.mktemp("whole")
    fill(root)
    taken = forks.Value("i")
    process = forks.Process(target=apply, args=(root,), kwargs={"steps": taken})
    process.start()
    process.join(60)
    assert process.exitcode == 0
    return int(taken.value)


def killed_before(step: int, root: Path, forks: ForkServerContext) -> bool:
    process = forks.Process(target=apply, args=(root, step))
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def recover(root: Path) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Apply what is left, as a new process does.

    Returns:
        The events that were applied, and those of them that were recorded as applied before.
    """
    applied: set[tuple[str, str]] = set()
    again: set[tuple[str, str]] = set()
    with StateStore(state_url(root)) as store:

        def look(claim: Claim) -> None:
            keys_of_all = chain.from_iterable(keys for file in claim.files for keys in file.keys)
            known = WebhookEvents(store).which_are_applied(keys_of_all)
            for file in claim.files:
                for position, (event, keys) in enumerate(zip(file.events, file.keys, strict=True), 1):
                    if position not in file.duplicates:
                        applied.add((event.realm_id, event.id))
                        if not known.isdisjoint(keys):
                            again.add((event.realm_id, event.id))

        apply_all(root, store, look=look)
    return applied, again


def test_a_process_killed_at_any_step_loses_nothing_and_repeats_nothing_that_was_recorded(
    forks: ForkServerContext, steps: int, tmp_path: Path
) -> None:
    assert steps > 30
    for step in range(1, steps + 1):
        root = tmp_path / str(step)
        folders = fill(root)

        assert killed_before(step, root, forks)
        assert all(len(found) == 1 for found in whereabouts(folders).values()), step
        assert set(whereabouts(folders)) == set(ENDS), step
        put_away = {
            (event["intuitaccountid"], event["intuitentityid"])
            for name, found in whereabouts(folders).items()
            if found == ["processed"]
            for event in DELIVERIES[name]
            if "id" in event
        }

        applied, again = recover(root)

        assert again == set(), step
        assert applied.isdisjoint(put_away), step
        assert_all_is_done(folders, root)


def test_so_does_one_that_is_killed_while_it_takes_over_from_one_that_was_killed(
    forks: ForkServerContext, steps: int, tmp_path: Path
) -> None:
    for step in range(5, steps + 1, 5):
        root = tmp_path / str(step)
        folders = fill(root)

        assert killed_before(step, root, forks)
        for again in (step % 7 + 1, step // 2):
            killed_before(again, root, forks)
            assert all(len(found) == 1 for found in whereabouts(folders).values()), (step, again)

        assert recover(root)[1] == set(), step
        assert_all_is_done(folders, root)


def assert_all_is_done(folders: WebhookFolders, root: Path) -> None:
    assert set(warehouse(root)) == EVENTS
    assert whereabouts(folders) == ENDS
    assert (folders.rejected / f"{GARBAGE}.reason").exists()
    assert [path.name for path in folders.processed.rglob("*.reason")] == ["3.webhook.reason"]
    assert list(folders.processing.iterdir()) == []

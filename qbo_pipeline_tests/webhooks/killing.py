"""A process that applies what waits in the inbox, and is killed before a chosen one of its steps."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from multiprocessing.context import ForkServerContext
from pathlib import Path
from types import FrameType
from typing import Any

from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.webhook_events import WebhookEvents
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox import MOST_FILES, Claim, Inbox
from qbo_pipeline.webhooks.work import WebhookWork
from qbo_pipeline_tests.webhooks.deliveries import TOKEN, state_url

_FILE_CALLS: set[object] = {os.rename, os.mkdir, os.rmdir, os.unlink, os.fsync, os.write, open}
if sys.platform != "win32":
    import fcntl

    _FILE_CALLS.add(fcntl.flock)


def processes() -> ForkServerContext:
    """Makes processes quickly, from one that has imported this module."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def apply(
    root: Path, kill_before: int | None = None, most: int = MOST_FILES, ahead: float = 0, *, steps: Any = None
) -> None:
    """Claim, apply and finish until nothing waits.

    Args:
        root: folder of the inbox, the state and the warehouse.
        kill_before: the step, counted from 1, before which the process is killed. Whatever changes a file, a folder or
            a lock is a step, and each commit; what is done in a transaction is not seen before that.
        most: files in a claim.
        ahead: seconds by which its clock is fast: so much less it waits for a delivery that is put off.
        steps: a shared integer that counts them.
    """
    numbers = count(1)

    def watch(_: FrameType, kind: str, called: Any) -> None:
        if kind == "c_call" and _is_step(called):
            number = next(numbers)
            if steps is not None:
                steps.value = number
            if number == kill_before:
                os.kill(os.getpid(), signal.SIGKILL)

    with StateStore(state_url(root)) as store:
        sys.setprofile(watch)
        try:
            apply_all(root, store, most, lambda: time.time() + ahead)
        finally:
            sys.setprofile(None)


def apply_all(
    root: Path,
    store: StateStore,
    most: int = MOST_FILES,
    clock: Callable[[], float] = time.time,
    look: Callable[[Claim], None] = lambda claim: None,
) -> None:
    """The same, without a kill; `look` is shown each claim."""
    with Inbox(WebhookFolders(root / "webhooks"), WebhookEvents(store, clock), (TOKEN,), clock) as inbox:
        while (claim := inbox.claim(most)).files:
            look(claim)
            for work in claim.work:
                _write_to_warehouse(root, work)
            inbox.done(claim, retry_after=lambda _: 0)


def _write_to_warehouse(root: Path, work: WebhookWork) -> None:
    lines = "".join(f"{event.realm_id} {event.id}\n" for event in work.events)
    descriptor = os.open(root / "warehouse", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, lines.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def warehouse(root: Path) -> Iterator[tuple[str, str]]:
    """Realm id and record id of each event that was applied."""
    if (root / "warehouse").exists():
        for line in (root / "warehouse").read_text().splitlines():
            realm_id, _, record_id = line.partition(" ")
            yield realm_id, record_id


def _is_step(called: Any) -> bool:
    if isinstance(getattr(called, "__self__", None), sqlite3.Connection):
        return bool(called.__name__ == "commit")
    return called in _FILE_CALLS

"""`qbo-pipeline listen`: webhooks applied within seconds, by a process that is warm."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.failures import CommandError, describe
from qbo_pipeline.command_line.terminal import messages

if TYPE_CHECKING:
    from types import FrameType

    from dagster import ExecuteInProcessResult
    from rich.console import Console

    from qbo_pipeline.orchestration.destinations import Destination
    from qbo_pipeline.settings import Settings

_JOB = "apply_webhooks"
_PUBLISH = "publish"
_FIRST_REVIVAL, _LATEST_REVIVAL = 15.0, 3600.0
"""Seconds before a publisher that ended is started anew: twice as many each time, as it may end at once again."""
_STAYED_SECONDS = 600.0
"""One that lived for so long did not end for what keeps it from starting."""

_log = logging.getLogger(__name__)


def listen_to_webhooks(settings: Settings) -> None:
    """Apply webhooks as they arrive until interrupted; what is being applied then is finished first.

    A process for each destination publishes what changes meanwhile, so that none waits for another. One that dies is
    started anew.

    Raises:
        AlreadyListeningError: another listener works on this data folder.
        NoVerifierTokenError: nothing could be told from a forgery.
    """
    from qbo_pipeline.orchestration.instance import instance_for_runs_of_this_process, prepare_instance

    prepare_instance(settings)
    from qbo_pipeline.definitions import defs
    from qbo_pipeline.orchestration import QuickBooksBooks
    from qbo_pipeline.orchestration.listening import listen, listening

    job, books, console = defs.resolve_job_def(_JOB), QuickBooksBooks(), messages()
    stopped = threading.Event()

    def tell(error: Exception) -> None:
        why = "; ".join(one.what for one in describe(error))
        _say(console, f"{datetime.now(UTC):%H:%M:%S} Nothing can be applied now, it is tried again: {why}")

    def go_on() -> bool:
        if not stopped.is_set():
            for publisher in publishers:
                publisher.revive()
        return not stopped.is_set()

    def apply_until_stopped() -> None:
        with (
            instance_for_runs_of_this_process() as instance,
            listening(settings, instance, _JOB),
            books.webhooks() as files,
        ):
            _say(console, f"Listening to {settings.data.webhooks / 'inbox'}. Ctrl-C stops it.")
            for run in listen(files, job, instance, go_on, tell):
                _say(console, _told(run))

    # In a thread, because Dagster takes the signals of a run in the main thread for itself and loses them.
    with (
        _publishers(settings) as publishers,
        ThreadPoolExecutor(1, "listener") as threads,
        _signals_set(stopped),
    ):
        threads.submit(apply_until_stopped).result()


def publish_changes(settings: Settings, destination: str, parent: int | None) -> None:
    """Publish to a destination whatever changes until interrupted; what is being sent then is finished first.

    With a `parent`, a process id, also until that is not the parent of this process any more; and what that does goes
    first where processors are scarce.

    Raises:
        AlreadyListeningError: another process does, for this data folder.
        CommandError: nothing is published to that destination.
    """
    from qbo_pipeline.orchestration.destinations import DESTINATIONS
    from qbo_pipeline.orchestration.instance import instance_for_runs_of_this_process, prepare_instance

    [chosen] = [one for one in DESTINATIONS if one.name == destination]
    if parent is not None:
        os.nice(chosen.yields)
    prepare_instance(settings)
    from qbo_pipeline.definitions import defs
    from qbo_pipeline.orchestration import listening

    if not chosen.is_configured(settings):
        raise CommandError(
            f"{chosen.title} is not configured: nothing is published to it.", "README.md has the settings."
        )
    job, console = defs.resolve_job_def(_PUBLISH), messages()
    stopped = threading.Event()

    def go_on() -> bool:
        return not stopped.is_set() and parent in (None, os.getppid())

    def publish_until_stopped() -> None:
        with (
            instance_for_runs_of_this_process() as instance,
            listening.publishing(settings, instance, destination, _PUBLISH),
        ):
            for run in listening.publish_changes(settings, destination, job, instance, go_on):
                _say(console, _published(settings, chosen, run.run_id, run.success))

    with ThreadPoolExecutor(1, "publisher") as threads, _signals_set(stopped):
        threads.submit(publish_until_stopped).result()


class _Publisher:
    """A process that publishes to a destination beside the listener.

    Not a thread: Dagster configures logging anew with every run, and two runs of one process stop each other there.
    """

    def __init__(self, destination: str) -> None:
        ours = str(Path(sys.executable).parent / "qbo-pipeline")
        self._command = [ours, "listen", "--publish-only", destination, "--parent", str(os.getpid())]
        self._destination = destination
        self._pause = _FIRST_REVIVAL
        self._ended_at: float | None = None
        self._process = subprocess.Popen(self._command)
        self._started_at = time.monotonic()

    def revive(self) -> None:
        """Start it anew where it has ended, as when it was killed for want of memory: nobody else may publish.

        What it was killed for the want of may still be wanting: then it is tried again later, like one that ended.
        """
        if self._process.poll() is None:
            return
        now = time.monotonic()
        if self._ended_at is None:
            self._ended_at = now
            if now - self._started_at >= _STAYED_SECONDS:
                self._pause = _FIRST_REVIVAL
        if now < self._ended_at + self._pause:
            return
        self._pause, self._ended_at, self._started_at = min(2 * self._pause, _LATEST_REVIVAL), None, now
        try:
            self._process = subprocess.Popen(self._command)
        except OSError as error:
            _log.warning("What publishes to %s cannot be started, it is tried again: %s", self._destination, error)

    def end(self) -> None:
        """Tell it to end; what is being sent is finished first."""
        self._process.terminate()

    def wait(self) -> None:
        """Wait until it has ended."""
        self._process.wait()


@contextmanager
def _publishers(settings: Settings) -> Iterator[list[_Publisher]]:
    """One for each destination that is published to, while the block lasts."""
    from qbo_pipeline.orchestration.destinations import DESTINATIONS

    publishers = [_Publisher(one.name) for one in DESTINATIONS if one.is_configured(settings)]
    try:
        yield publishers
    finally:
        for publisher in publishers:
            publisher.end()
        for publisher in publishers:
            publisher.wait()


@contextmanager
def _signals_set(stopped: threading.Event) -> Iterator[None]:
    """Let the wish that this process ends set the event; the second one ends it at once."""

    def stop(number: int, _: FrameType | None) -> None:
        stopped.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(console: Console, line: str) -> None:
    """Show a line. Standard error may be a file on the very disk that is full: that ends nobody."""
    try:
        console.print(line, markup=False)
    except BrokenPipeError:  # nobody looks any more
        raise
    except OSError:
        _log.debug("not shown: %s", line)


def _published(settings: Settings, destination: Destination, run_id: str, succeeded: bool) -> str:
    """One line on a run: `08:15:02 Power BI: 12 rows published, 90 totals compared`."""
    from qbo_pipeline.publishing.standing import last_publication

    last = last_publication(settings, destination.name)
    at = f"{datetime.now(UTC):%H:%M:%S} {destination.title}"
    if not succeeded or last is None:
        return f"{at}: not published: see run {run_id[:8]} in the Dagster UI"
    differ = f", {len(last.unequal)} differ" if last.unequal else ""
    compared = f", {last.totals:,} totals compared{differ}" if last.totals else ""
    return f"{at}: {last.rows:,} rows published{compared}"


def _told(run: ExecuteInProcessResult) -> str:
    """One line on a run: `08:15:02 3 events applied, 0.8 s after the first arrived`."""
    from qbo_pipeline.orchestration.webhook_job import EVENTS_APPLIED, LONGEST_DELAY

    at = f"{datetime.now(UTC):%H:%M:%S}"
    if not run.success:
        return f"{at} Not everything could be loaded: see run {run.run_id[:8]} in the Dagster UI"
    found = [event.step_output_data.metadata for event in run.filter_events(lambda one: one.is_successful_output)]
    told = {name: value.value for one in found for name, value in one.items()}
    events = told.get(EVENTS_APPLIED, 0)
    delay = f", {told[LONGEST_DELAY]:.1f} s after the first arrived" if events else ""
    return f"{at} {events:,} events applied{delay}"

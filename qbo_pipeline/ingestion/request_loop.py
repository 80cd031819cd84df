"""The event loop that all requests of a process share, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import TypeVar

from qbo_pipeline.quickbooks.seen_through import is_seen_through

T = TypeVar("T")


class RequestLoop:
    """Runs coroutines for any thread; it starts with the first."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, work: Coroutine[object, object, T]) -> T:
        """What the coroutine gives. Whoever is interrupted while waiting for it cancels it."""
        working = asyncio.run_coroutine_threadsafe(work, self._started())
        try:
            return working.result()
        except BaseException:  # interrupted: nobody waits for it any more
            working.cancel()
            raise

    def end_all(self) -> None:
        """End what is still running."""
        if self._loop is not None:
            self.run(_end_all_tasks())

    def close(self) -> None:
        """End what is still running, and the thread."""
        if self._loop is not None and self._thread is not None:
            self.end_all()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="quickbooks", daemon=True)
                self._thread.start()
            return self._loop


async def _end_all_tasks() -> None:
    """What an interruption left running ends before its loop does; what must not be cut short, by itself."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        if not is_seen_through(task):
            task.cancel()
    await asyncio.gather(*others, return_exceptions=True)

"""What a dataset has been asked in the last minute, hour and day; refused requests do not count.

Times are those of the service's clock. The windows of rows and requests are filled anew from the batches that were
kept when the service starts.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from qbo_pipeline.local.power_bi import errors
from qbo_pipeline.local.power_bi.store import Store
from qbo_pipeline.local.power_bi.switches import Switches

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


class Windows:
    """Of all datasets and users."""

    def __init__(self, store: Store, switches: Callable[[], Switches], now: Callable[[], float]) -> None:
        self._switches = switches
        self._now = now
        self._lock = threading.Lock()
        self._posts: defaultdict[str, list[float]] = defaultdict(list)
        self._rows: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
        self._queries: defaultdict[str, list[float]] = defaultdict(list)
        self._pending: defaultdict[str, int] = defaultdict(int)
        self.refused = 0
        for dataset, at, rows in store.rows(
            "SELECT dataset, arrived, row_count FROM batch WHERE arrived > ? ORDER BY arrived", [now() - HOUR]
        ):
            self._posts[dataset].append(at)
            self._rows[dataset].append((at, rows))

    def clear(self) -> None:
        """Nothing was asked yet."""
        with self._lock:
            for one in (self._posts, self._rows, self._queries):
                one.clear()

    @contextmanager
    def posting(self, dataset: str, rows: int, largest_table: Callable[[], int]) -> Iterator[None]:
        """A POST of rows, pending while the block runs; what the block raises has added no rows.

        `largest_table` counts rows of the dataset's largest table.

        Raises:
            PowerBIAnswerError: 429, and which window is full shows in its text and Retry-After.
        """
        with self._lock:
            try:
                added = self._admitted(dataset, rows, largest_table)
            except errors.PowerBIAnswerError:
                self.refused += 1
                raise
            self._pending[dataset] += 1
        try:
            yield
        except BaseException:
            with self._lock:
                self._rows[dataset].remove(added)
            raise
        finally:
            with self._lock:
                self._pending[dataset] -= 1

    def query(self, user: str) -> None:
        """A query of a user.

        Raises:
            PowerBIAnswerError: 429.
        """
        switches, now = self._switches(), self._now()
        with self._lock:
            asked = self._queries[user]
            del asked[: bisect_right(asked, now - MINUTE)]
            if switches.limits and len(asked) >= switches.queries_per_minute:
                self.refused += 1
                raise _throttled((asked[0] if asked else now) + MINUTE - now, switches)
            asked.append(now)

    def in_the_last_minute(self, dataset: str) -> int:
        """POSTs of rows."""
        with self._lock:
            return _since(self._posts[dataset], self._now() - MINUTE)

    def rows_in_the_last_hour(self, dataset: str) -> int:
        """Rows that were added."""
        with self._lock:
            since = self._now() - HOUR
            return sum(rows for at, rows in self._rows[dataset] if at > since)

    def _admitted(self, dataset: str, rows: int, largest_table: Callable[[], int]) -> tuple[float, int]:
        switches, now = self._switches(), self._now()
        posts, added = self._posts[dataset], self._rows[dataset]
        del posts[: bisect_right(posts, now - HOUR)]
        added[:] = [one for one in added if one[0] > now - HOUR]
        if switches.limits:
            if self._pending[dataset] >= switches.pending_posts:
                raise _throttled(1.0, switches)
            minute = _since(posts, now - MINUTE)
            if minute >= switches.posts_per_minute:
                raise _throttled((posts[-minute] if minute else now) + MINUTE - now, switches)
            most = switches.posts_per_hour_of_large_tables
            if len(posts) >= most and largest_table() >= switches.large_table_rows:
                raise _throttled((posts[-most] if most else now) + HOUR - now, switches)
            if sum(one for _, one in added) + rows > switches.rows_per_hour:
                wait = int(added[0][0] + HOUR - now) + 1 if added else int(HOUR)
                raise errors.too_many_rows(wait if switches.retry_after else None)
        posts.append(now)
        added.append((now, rows))
        return added[-1]


def _since(times: list[float], since: float) -> int:
    return len(times) - bisect_right(times, since)


def _throttled(wait: float, switches: Switches) -> errors.PowerBIAnswerError:
    seconds = max(1, int(wait) + 1)
    return errors.throttled(seconds, seconds if switches.retry_after else None)

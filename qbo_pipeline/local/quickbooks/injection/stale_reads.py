"""A copy of the records that lags behind: what reads are answered from before a write has reached everywhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qbo_pipeline.local.quickbooks.accounting_api import AccountingApi
from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.store import Store

_STATE = (
    "SELECT count(*), sum(sync_token), max(updated), (SELECT count(*) FROM deletion), "
    "(SELECT max(deleted) FROM deletion) FROM record"
)
"""Differs after any write of a record."""


class LaggingCopy:
    """The records as they were; catches up `seconds` after the first write it does not have, or never."""

    def __init__(self, store: Store, clock: Clock, seconds: float | None) -> None:
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._lock = threading.RLock()
        [(_, _, path)] = store.rows("SELECT * FROM pragma_database_list WHERE name = 'main'")
        # A read transaction of a second connection goes on seeing what it saw at first, however much is written.
        self._before = Store(Path(path))
        self._version = 0
        self._state: list[Any] = []
        self._since: float | None = None
        """When a write was first noticed that the copy does not have."""
        self._api: AccountingApi | None = self._as_of_now()

    @contextmanager
    def reading(self) -> Iterator[AccountingApi | None]:
        """What answers from the copy, which neither catches up nor goes meanwhile; None when it is gone."""
        with self._lock:
            yield self._api

    def is_behind(self) -> bool:
        """Whether something was written that the copy does not have."""
        with self._lock:
            if self._api is None:
                return False
            if self._store.version != self._version:
                self._version = self._store.version
                if self._since is None and self._store.rows(_STATE) != self._state:
                    self._since = self._clock.now()
            if self._since is None:
                return False
            if self._seconds is not None and self._clock.now() - self._since >= self._seconds:
                self._before.rows("COMMIT")
                self._api = self._as_of_now()
                return False
            return True

    def close(self) -> None:
        """Let the copy go."""
        with self._lock:
            self._api = None
            self._before.close()

    def _as_of_now(self) -> AccountingApi:
        self._version, self._since = self._store.version, None
        self._before.rows("BEGIN")
        self._state = self._before.rows(_STATE)
        # Another one each time: it keeps the pages it has answered.
        return AccountingApi(self._before, self._clock)

"""Pages of records as the bytes they were answered with, kept until anything changes: a page asked again is free."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

KEPT_BYTES = 512 * 2**20
"""Two demo companies twenty times their size, once through."""

ENTRY_BYTES = 1024
"""What a page takes beside its text."""


class AnsweredPages:
    """Least recently asked pages give way to new ones."""

    def __init__(self, version: Callable[[], int], kept_bytes: int = KEPT_BYTES) -> None:
        self._version = version
        self._kept_bytes = kept_bytes
        self._pages: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._of = -1
        """Version of the data that all pages are of."""
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...], answer: Callable[[], str]) -> bytes:
        """The page of a key; `answer` makes it where it is not known."""
        version = self._version()
        with self._lock:
            if version != self._of:
                self._pages.clear()
                self._of, self._size = version, 0
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
                return page
        page = answer().encode()
        with self._lock:
            # What was read while something changed may be of before or after: it is answered, not kept.
            if version == self._of == self._version() and key not in self._pages:
                self._pages[key] = page
                self._size += len(page) + ENTRY_BYTES
                while self._size > self._kept_bytes:
                    _, oldest = self._pages.popitem(last=False)
                    self._size -= len(oldest) + ENTRY_BYTES
        return page

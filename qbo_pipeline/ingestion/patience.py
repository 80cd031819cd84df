"""How long a company is waited for that says nothing, when others wait for what is read together with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from qbo_pipeline.ingestion.failures import NoAnswerYetError


class Patience:
    """Ends what is read of one company once it has been silent for a while: whatever it answers counts for all of it.

    One that answers is read to its end, however long that takes. Without `seconds` nothing is ended.
    """

    def __init__(self, realm_id: str, seconds: float | None) -> None:
        self._realm_id = realm_id
        self._seconds = seconds
        self._waits: set[asyncio.Timeout] = set()

    def heard(self) -> None:
        """The company has answered something."""
        if self._seconds is not None:
            for wait in self._waits:
                if not wait.expired():
                    wait.reschedule(asyncio.get_running_loop().time() + self._seconds)

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """The block is ended when the company has said nothing for too long.

        Raises:
            NoAnswerYetError: it has been ended.
        """
        wait = asyncio.timeout(self._seconds)
        try:
            async with wait:
                self._waits.add(wait)
                try:
                    yield
                finally:
                    self._waits.discard(wait)
        except TimeoutError:
            if self._seconds is None or not wait.expired():
                raise
            raise NoAnswerYetError(self._realm_id, self._seconds) from None

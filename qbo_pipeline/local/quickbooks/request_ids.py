"""What a `requestid` does: a write that is sent again is answered as it was the first time, and not done again.

Intuit, "Request ID update for QuickBooks Online integration" (2015-04-06): the id is a query parameter of 50 characters
at most, unique for all requests of a company; the service sends the same response as it did for the original request.
How long it remembers is not said, nor whether refusals are remembered: here only what was done is, until a restart.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from qbo_pipeline.local.quickbooks.faults import business_fault

LONGEST = 50
REMEMBERED = 10_000

T = TypeVar("T")


class AnsweredWrites:
    """Answers of writes by company and request id."""

    def __init__(self) -> None:
        self.remembers = True
        """Whether it does; the real service has been reported not to (github.com/intuit/QuickBooks-V3-DotNET-SDK,
        issue 352, 2025-04)."""
        self._answers: OrderedDict[tuple[str, str], object] = OrderedDict()
        self._lock = threading.Lock()

    def once(self, realm: str, request_id: str, write: Callable[[], T]) -> T:
        """The answer of a write, which is done the first time it is asked for.

        Raises:
            ServiceFaultError: the id is too long; or what the write raises.
        """
        if len(request_id) > LONGEST:
            raise business_fault(f"The requestid has {len(request_id)} characters, {LONGEST} are the most.")
        with self._lock:
            key = realm, request_id
            if self.remembers and key in self._answers:
                return self._answers[key]  # type: ignore[return-value]  # what the same request was answered
            answer = write()
            self._answers[key] = answer
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
            return answer

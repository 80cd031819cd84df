"""The form of a file in the inbox: one line of JSON about the delivery, then the body exactly as it arrived.

docs/webhooks.md describes it for those who write such files themselves.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from qbo_pipeline.webhooks.signatures import HEADER

SUFFIX = ".webhook"
LONGEST_HEAD = 16_384
"""Bytes within which the first line ends; it holds a signature of 44 characters and an instant."""


class InboxFileError(Exception):
    """A file in the inbox does not have the form of one; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST of QuickBooks."""

    body: bytes
    signature: str
    received_at: datetime | None
    """UTC; None when whoever wrote the file did not say."""


def encode(delivery: Delivery) -> bytes:
    """The content of the file."""
    head = {HEADER: delivery.signature}
    if delivery.received_at is not None:
        head["received_at"] = delivery.received_at.astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps(head).encode() + b"\n" + delivery.body


def decode(content: bytes) -> Delivery:
    """Read the content of a file.

    Raises:
        InboxFileError: it has no first line, the line is no JSON object, or it lacks the signature.
    """
    line, newline, body = content.partition(b"\n")
    if not newline or len(line) > LONGEST_HEAD:
        raise InboxFileError("it does not begin with a line of JSON that holds the intuit-signature")
    head = _head(line)
    claimed = head.get(HEADER)
    if not isinstance(claimed, str) or not claimed.strip():
        raise InboxFileError("its first line has no intuit-signature: the delivery was not signed")
    return Delivery(body, claimed, _instant(head.get("received_at")))


def _head(line: bytes) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except (ValueError, RecursionError):
        raise InboxFileError("its first line is no JSON") from None
    if not isinstance(head, dict):
        raise InboxFileError("its first line is JSON, but no object")
    return {name.lower(): value for name, value in head.items()}


def _instant(value: Any) -> datetime | None:
    """When it arrived. A delivery is not refused for want of it."""
    try:
        instant = datetime.fromisoformat(value)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


_SET_RIGHT_NANOSECONDS = 60 * 1_000_000_000
"""A clock that is set back by more was wrong before."""


class FileNames:
    """Names that sort by arrival and that no other process makes: `20261121T071920.123456789Z-5f2c9a01.webhook`."""

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self._latest = 0
        self._process = secrets.token_hex(4)

    def next(self) -> tuple[str, datetime]:
        """A name and the instant it says. It is later than the one before even when the clock was set back a little.

        Where it was ahead by much more, as of a machine that has just started, the instant is told as it is known now:
        nobody takes a delivery for one of next year.
        """
        now = self._clock()
        if now < self._latest - _SET_RIGHT_NANOSECONDS:
            self._latest, self._process = 0, secrets.token_hex(4)  # in time its instants come a second time
        self._latest = max(self._latest + 1, now)
        seconds, nanoseconds = divmod(self._latest, 1_000_000_000)
        instant = datetime.fromtimestamp(seconds, UTC)
        name = f"{instant:%Y%m%dT%H%M%S}.{nanoseconds:09d}Z-{self._process}{SUFFIX}"
        return name, instant.replace(microsecond=nanoseconds // 1000)


_NAMED_INSTANT = re.compile(r"(\d{8}T\d{6})(\.\d{1,6})?\d*Z")


def named_instant(name: str) -> datetime | None:
    """The UTC instant a file name begins with, if it begins with one."""
    found = _NAMED_INSTANT.match(name)
    if found is None:
        return None
    try:
        instant = datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return instant.replace(microsecond=int((found[2] or ".0")[1:].ljust(6, "0")))

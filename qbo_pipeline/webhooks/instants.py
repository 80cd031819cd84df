"""The instants of events. They come with nanoseconds and Z, with offsets without a colon, and with milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def instant(value: Any) -> datetime | None:
    """The UTC instant of an ISO 8601 text, to the microsecond; UTC where it has no offset. None for anything else."""
    if not isinstance(value, str) or "T" not in value.upper():
        return None
    try:
        # Python reads every form that was seen; further digits of a second are dropped.
        read = datetime.fromisoformat(value.strip().upper())
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None

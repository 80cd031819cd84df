"""Warnings of the product while a command runs, a line each: a wait for QuickBooks' limits, a request sent again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from qbo_pipeline.command_line.terminal import messages

_HEAD, _TAIL = 110, 70
"""Characters kept of a long warning: what happened is at its beginning, what is done about it at its end."""


def shortened(text: str) -> str:
    """One line, its middle left out where it is long (queries, lists of entities)."""
    line = " ".join(text.split())
    return line if len(line) <= _HEAD + _TAIL else f"{line[:_HEAD].rstrip()} … {line[-_TAIL:].lstrip()}"


@contextmanager
def shown() -> Iterator[None]:
    """Show warnings on standard error within the block."""

    class Notices(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            with suppress(OSError):  # a file on a disk that is full: what warns goes on
                messages().print(shortened(record.getMessage()), style="yellow", markup=False)

    logger, handler = logging.getLogger("qbo_pipeline"), Notices(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)

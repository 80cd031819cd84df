"""A claimed file as its events, or the reason why it is of no use to anybody."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from qbo_pipeline.webhooks.events import Contents, read_body
from qbo_pipeline.webhooks.inbox_files import LONGEST_HEAD, InboxFileError, decode, named_instant
from qbo_pipeline.webhooks.signatures import HEADER, is_signed

LONGEST_FILE = 4 * 1024 * 1024 + LONGEST_HEAD
"""Bytes: the longest body the receiver takes, and its line."""


class UnusableFileError(Exception):
    """A file in the inbox is no delivery of QuickBooks; the message says why."""


def read_file(path: Path, verifier_tokens: Sequence[str]) -> tuple[datetime, Contents]:
    """When a delivery arrived (UTC), and what it says.

    Raises:
        UnusableFileError: it is no file, too long, not of the form of the inbox, not signed with one of the tokens, or
            nothing in it is an event.
        OSError: it cannot be read.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise UnusableFileError("it is no file of its own")
    if status.st_size > LONGEST_FILE:
        raise UnusableFileError(f"it has {status.st_size} bytes, more than any delivery")
    try:
        delivery = decode(path.read_bytes())
    except InboxFileError as error:
        raise UnusableFileError(str(error)) from None
    if not is_signed(delivery.body, delivery.signature, verifier_tokens):
        raise UnusableFileError(
            f"its {HEADER} does not belong to its body and a token of QBO_WEBHOOK_VERIFIER_TOKEN: it was changed, it "
            "is not from QuickBooks, or it was signed with a token that is no longer set"
        )
    contents = read_body(delivery.body)
    if contents.rejections and not contents.events:
        raise UnusableFileError("; ".join(dict.fromkeys(rejection.reason for rejection in contents.rejections)))
    written_at = datetime.fromtimestamp(status.st_mtime, UTC)
    return delivery.received_at or named_instant(path.name) or written_at, contents

"""A claimed file as its events, or the reason why it is of no use to anybody."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from qbo_pipeline.webhooks.events import Contents, read_body
from qbo_pipeline.webhooks.inbox_files import LONGEST_HEAD, InboxFileError, decode, named_instant
from qbo_pipeline.webhooks.signatures import HEADER, is_signed

LONGEST_FILE = 4 * 1024 * 1024 + LONGEST_HEAD
"""Bytes: the longest body the receiver takes, and its line."""


class UnusableFileError(Exception):
    """A file in the inbox is no delivery of QuickBooks; the message says why."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A delivery as its file has it."""

    name: str
    written_at: int
    """Nanoseconds; with the name it tells this file from all others, as it stays while the file is moved."""
    received_at: datetime
    """UTC: as the file says, else as its name says, else when it was written."""
    contents: Contents


def read_file(path: Path, verifier_tokens: Sequence[str]) -> ReadFile:
    """Read a claimed file.

    Raises:
        UnusableFileError: it is no file, too long, not readable for this user, not of the form of the inbox, not signed
            with one of the tokens, or nothing in it is an event.
        OSError: it cannot be read now.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise UnusableFileError("it is no file of its own but a link, a pipe or a device")
    if status.st_size > LONGEST_FILE:
        raise UnusableFileError(f"it has {status.st_size} bytes, more than any delivery")
    try:
        delivery = decode(path.read_bytes())
    except PermissionError:
        raise UnusableFileError("this user may not read it; change its mode and put it back into the inbox") from None
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
    received_at = delivery.received_at or named_instant(path.name) or datetime.fromtimestamp(status.st_mtime, UTC)
    return ReadFile(path.name, status.st_mtime_ns, received_at, contents)

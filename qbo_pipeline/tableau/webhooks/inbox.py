"""The inbox of Tableau's events: files are claimed one at a time and moved on when what they ask for is done.

The folders and the claims are those of QuickBooks' deliveries: a file is in exactly one folder, a claim ends with its
process, and a file whose processes die is put off for ever longer and comes last.
"""

from __future__ import annotations

import logging
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.webhook_events import WebhookEvents
from qbo_pipeline.tableau.webhooks.events import LARGEST_EVENT, UnusableEventError
from qbo_pipeline.webhooks import claimers
from qbo_pipeline.webhooks.claimers import Claimer
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox import SUSPICIOUS_DEATHS, UNREADABLE_SECONDS, is_put_off, pause_after
from qbo_pipeline.webhooks.inbox_files import named_instant

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EventFile:
    """A claimed file."""

    path: Path
    body: bytes
    received_at: datetime
    """UTC: as its name says, else when it was written."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.path.name


class TableauInbox:
    """Claims events. Use it as a context manager: what is claimed and not done then goes back into the inbox."""

    def __init__(self, folders: WebhookFolders, store: StateStore, clock: Callable[[], float] = time.time) -> None:
        self._folders = folders
        self._troubles = WebhookEvents(store, clock)
        self._clock = clock
        folders.make()
        self._claimer = Claimer(folders)

    def files(self, most: int, rejected: Callable[[str, str], None]) -> Iterator[EventFile]:
        """Claim files in the order of their arrival; each is to be settled before the next is asked for.

        One that cannot be moved or read now holds up no other.

        Args:
            most: how many at most.
            rejected: is told name and reason of a file that cannot be used; it is in `rejected/` then.

        Raises:
            OSError: none can be moved.
        """
        self._troubles.died(claimers.take_from_the_dead(self._folders), pause_after)
        movable, immovable = False, None
        for name in self._ready()[:most]:
            try:
                path = self._claimer.claim(name)
            except OSError as error:  # another program has it open, or it is another user's in a folder of many
                immovable = error
                continue
            movable = True
            file = None if path is None else self._read(path, rejected)
            if file is not None:
                yield file
        if immovable is not None and not movable:
            raise immovable

    def done(self, file: EventFile) -> None:
        """Move a file to `processed/`."""
        folder = self._folders.processed / f"{datetime.fromtimestamp(self._clock(), UTC):%Y-%m-%d}"
        folder.mkdir(mode=0o700, exist_ok=True)
        self._move(file.path, folder)

    def reject(self, path: Path, reason: str) -> None:
        """Move a file to `rejected/`, with the reason beside it."""
        self._move(path, self._folders.rejected, f"{reason}\n")

    def put_off(self, file: EventFile, seconds: float) -> None:
        """Put a file back into the inbox, where nobody claims it for so long."""
        self._put_off(file.name, seconds)

    def __enter__(self) -> TableauInbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What is still claimed may be why it fails: it counts as if the process had died.
        self._troubles.died(self._claimer.close(), pause_after)

    def _read(self, path: Path, rejected: Callable[[str, str], None]) -> EventFile | None:
        try:
            return _read(path)
        except UnusableEventError as error:
            self.reject(path, str(error))
            rejected(path.name, str(error))
        except FileNotFoundError:
            pass  # somebody removed it
        except OSError as error:
            _log.warning("The event %s cannot be read now; it is tried again: %s", path.name, error)
            self._put_off(path.name, UNREADABLE_SECONDS)
        return None

    def _put_off(self, name: str, seconds: float) -> None:
        self._troubles.postpone({name: self._clock() + seconds})
        self._claimer.give_back([name])

    def _move(self, path: Path, folder: Path, beside: str = "") -> None:
        with suppress(FileNotFoundError):  # somebody removed it
            claimers.move(path, folder, beside=beside)
        self._troubles.settled([path.name])

    def _ready(self) -> list[str]:
        """Names to claim, those whose processes died again and again last."""
        names = claimers.inbox(self._folders)
        troubles = self._troubles.troubles() if names else {}
        now = self._clock()
        ready = [name for name in names if name not in troubles or not is_put_off(troubles[name], now)]
        return sorted(ready, key=lambda name: name in troubles and troubles[name].deaths >= SUSPICIOUS_DEATHS)


def waiting(folders: WebhookFolders) -> int:
    """Files that are in the inbox, or claimed by a process that may have died."""
    return len(claimers.inbox(folders)) + sum(1 for _ in claimers.claimed(folders))


def _read(path: Path) -> EventFile:
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise UnusableEventError("it is no file of its own but a link, a pipe or a device")
    if status.st_size > LARGEST_EVENT:
        raise UnusableEventError(f"it has {status.st_size} bytes, more than any event")
    try:
        body = path.read_bytes()
    except PermissionError:
        raise UnusableEventError("this user may not read it; change its mode and put it back into the inbox") from None
    return EventFile(path, body, named_instant(path.name) or datetime.fromtimestamp(status.st_mtime, UTC))

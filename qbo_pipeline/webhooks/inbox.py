"""The reading side of the inbox: deliveries are claimed, become work, and are done with, rejected or tried again.

What must hold when any process is killed at any step: a delivery is in exactly one folder; its events are recorded as
applied after the warehouse has their changes and before the delivery is moved. So nothing is lost, and what may be
applied again is only what was being applied in the moment of the kill.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from qbo_pipeline.state.webhook_events import Trouble, WebhookEvents
from qbo_pipeline.webhooks import claimers
from qbo_pipeline.webhooks.claimers import Claimer
from qbo_pipeline.webhooks.events import Rejection, WebhookEvent
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox_files import named_instant
from qbo_pipeline.webhooks.reading import UnusableFileError, read_file
from qbo_pipeline.webhooks.work import WebhookWork, group, keys

MOST_FILES = 200
MOST_BYTES = 32 * 1024 * 1024
"""Of one claim."""
SUSPICIOUS_DEATHS = 5
"""A delivery whose claimers died so often may be what kills them: it is claimed alone, last, and ever less often."""
_LONGEST_PAUSE = 3600.0


@dataclass(frozen=True, slots=True)
class ClaimedFile:
    """A delivery, and what is new in it."""

    name: str
    received_at: datetime
    """UTC: as the file says, else as its name says, else when it was last written."""
    events: tuple[WebhookEvent, ...]
    """As they stand in the body; `duplicates` counts them from 1."""
    duplicates: frozenset[int]
    """Positions of the events that were applied before, or are in another delivery that is worked on."""
    rejections: tuple[Rejection, ...]
    """Parts of the body that are no events; they are named beside the file when it is done."""

    @property
    def fresh(self) -> tuple[WebhookEvent, ...]:
        """The events to apply."""
        return tuple(event for position, event in enumerate(self.events, 1) if position not in self.duplicates)


@dataclass(frozen=True, slots=True)
class Claim:
    """Deliveries that this process alone has, in the order of their arrival, and the work in them."""

    claimed_at: datetime
    files: tuple[ClaimedFile, ...]
    work: tuple[WebhookWork, ...]
    """Entities the catalogue lacks are among it: QuickBooks has more than the pipeline reads."""
    rejected: tuple[tuple[str, str], ...] = field(default=())
    """Names and reasons of the files that were unusable; they are in `rejected/` already."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What could be claimed now."""

    files: int
    oldest: datetime | None
    """When the first of them arrived, as far as their names tell; UTC."""


class Inbox:
    """Claims deliveries. One thread of one process uses it; any number of processes may have one.

    Use it as a context manager or `close` it: what is claimed then goes back into the inbox.
    """

    def __init__(
        self,
        folders: WebhookFolders,
        events: WebhookEvents,
        verifier_tokens: Sequence[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open it.

        Raises:
            ValueError: there is no token: every delivery would be rejected as unsigned.
        """
        if not verifier_tokens:
            raise ValueError("the webhook inbox needs at least one verifier token")
        self._folders = folders
        self._events = events
        self._verifier_tokens = tuple(verifier_tokens)
        self._clock = clock
        self._claimer: Claimer | None = None
        folders.make()

    def __enter__(self) -> Inbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Put back what is claimed and not done."""
        if self._claimer is not None:
            self._claimer.close()
            self._claimer = None

    def waiting(self) -> Waiting:
        """What the next claim would find, deliveries of claimers that died included."""
        self._take_from_the_dead()
        names = self._ready()
        return Waiting(len(names), named_instant(names[0]) if names else None)

    def claim(self, most: int = MOST_FILES) -> Claim:
        """Claim deliveries in the order of their arrival, and settle which of their events are to be applied.

        Unusable files are rejected on the way. Answers an empty claim when there is nothing to do.

        Raises:
            OSError: the folders cannot be used.
        """
        self._take_from_the_dead()
        now = datetime.fromtimestamp(self._clock(), UTC)
        contents, rejected = [], []
        for path in self._taken(self._ready()[:most]):
            try:
                contents.append((path.name, *read_file(path, self._verifier_tokens)))
            except UnusableFileError as error:
                self._reject(path, str(error))
                rejected.append((path.name, str(error)))
        files = self._settled(
            [(name, received_at, read.events, read.rejections) for name, received_at, read in contents], now
        )
        return Claim(now, files, group(event for file in files for event in file.fresh), tuple(rejected))

    def done(self, claim: Claim, applied: Collection[WebhookWork] | None = None, retry_seconds: float = 60.0) -> None:
        """Record what of a claim the warehouse has, and move its deliveries.

        Args:
            claim: from `claim`.
            applied: of its work; by default all. Deliveries with other work in them go back into the inbox, where only
                that work is left of them: the failure of one company holds up no other.
            retry_seconds: how long nobody claims those.
        """
        works = claim.work if applied is None else applied
        events = {event for work in works for event in work.events}
        self._events.applied(key for event in events for key in keys(event, claim.claimed_at))
        finished = [file for file in claim.files if events.issuperset(file.fresh)]
        left = [file.name for file in claim.files if not events.issuperset(file.fresh)]
        self._events.postpone(left, self._clock() + retry_seconds)
        folder = self._folders.processed / f"{datetime.fromtimestamp(self._clock(), UTC):%Y-%m-%d}"
        if finished:
            folder.mkdir(mode=0o700, exist_ok=True)
        for file in finished:
            target = claimers.move(self._mine().folder / file.name, folder)
            if file.rejections:
                reasons = "".join(f"{rejection.reason}\n" for rejection in file.rejections)
                _reason_beside(target).write_text(reasons, encoding="utf-8")
        self._mine().give_back(left)
        self._events.settled([file.name for file in finished])

    def reject(self, file: ClaimedFile, reason: str) -> None:
        """Move a claimed delivery to `rejected/` with the reason beside it; others may still bring its events."""
        self._reject(self._mine().folder / file.name, reason)

    def _mine(self) -> Claimer:
        if self._claimer is None:
            self._claimer = Claimer(self._folders)
        return self._claimer

    def _take_from_the_dead(self) -> None:
        names = claimers.take_from_the_dead(self._folders)
        if names:
            known = self._events.troubles()
            before = {name: known[name].deaths if name in known else 0 for name in names}
            self._events.died({name: self._trouble(deaths + 1) for name, deaths in before.items()})

    def _trouble(self, deaths: int) -> Trouble:
        suspicion = deaths - SUSPICIOUS_DEATHS
        pause = min(60.0 * 2**suspicion, _LONGEST_PAUSE) if suspicion >= 0 else 0.0
        return Trouble(deaths, self._clock() + pause)

    def _ready(self) -> list[str]:
        """Names to claim: all that are not suspicious, or else the first that is."""
        names = claimers.inbox(self._folders)
        if not names:
            return []
        troubles = self._events.troubles()
        now = self._clock()
        names = [name for name in names if name not in troubles or troubles[name].not_before <= now]
        healthy = [name for name in names if name not in troubles or troubles[name].deaths < SUSPICIOUS_DEATHS]
        return healthy or names[:1]

    def _taken(self, names: Iterable[str]) -> Iterator[Path]:
        taken = 0
        for name in names:
            path = self._mine().claim(name)
            if path is not None:
                taken += path.lstat().st_size
                yield path
            if taken > MOST_BYTES:
                return

    def _settled(
        self,
        contents: Sequence[tuple[str, datetime, tuple[WebhookEvent, ...], tuple[Rejection, ...]]],
        now: datetime,
    ) -> tuple[ClaimedFile, ...]:
        asked: dict[bytes, str] = {}
        for name, _, events, _ in contents:
            for event in events:
                for key in keys(event, now):
                    asked.setdefault(key, name)
        owners = self._events.own(asked, self._is_there)
        seen: set[bytes] = set()
        files = []
        for name, received_at, events, rejections in contents:
            duplicates = set()
            for position, event in enumerate(events, 1):
                known_by = keys(event, now)
                if not seen.isdisjoint(known_by) or any(owners[key] != (name, False) for key in known_by):
                    duplicates.add(position)
                seen.update(known_by)
            files.append(ClaimedFile(name, received_at, events, frozenset(duplicates), rejections))
        return tuple(files)

    def _is_there(self, name: str) -> bool:
        """Whether a delivery waits or is claimed. The inbox is looked at twice, as it may be moving."""
        return (
            (self._folders.inbox / name).exists()
            or name in claimers.claimed(self._folders)
            or (self._folders.inbox / name).exists()
        )

    def _reject(self, path: Path, reason: str) -> None:
        target = claimers.move(path, self._folders.rejected)
        _reason_beside(target).write_text(f"{reason}\n", encoding="utf-8")
        self._events.settled([path.name])


def _reason_beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.reason")

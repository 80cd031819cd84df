"""The reading side of the inbox: deliveries are claimed, become work, and are done with, rejected or tried again.

What must hold when any process is killed at any step: a delivery is in exactly one folder; its events are recorded as
applied after the warehouse has their changes and before the delivery is moved. So nothing is lost, and what may be
applied again is only what was being applied in the moment of the kill.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from qbo_pipeline.state.webhook_events import Trouble, WebhookEvents
from qbo_pipeline.webhooks import claimers
from qbo_pipeline.webhooks.claimers import Claimer
from qbo_pipeline.webhooks.deduplication import Keys, asked, duplicates, known_by
from qbo_pipeline.webhooks.events import Rejection, WebhookEvent
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox_files import named_instant
from qbo_pipeline.webhooks.reading import ReadFile, UnusableFileError, read_file
from qbo_pipeline.webhooks.work import WebhookWork, group

MOST_FILES = 200
MOST_BYTES = 32 * 1024 * 1024
"""Of one claim."""
SUSPICIOUS_DEATHS = 5
"""A delivery whose claimers died so often may be what kills them: it is claimed last, ever less often, and with ever
fewer others that may be it as well."""
RETRY_SECONDS = 60.0
"""How long nobody tries again to apply what could not be applied, unless it is said otherwise."""
UNREADABLE_SECONDS = 60.0
"""How long nobody tries again to read a file that could not be read."""
LONGEST_PAUSE_SECONDS = 3600.0
"""Nobody puts a delivery off for longer."""
_DOUBLINGS = 12

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClaimedFile:
    """A delivery, and what is new in it."""

    name: str
    received_at: datetime
    """UTC: as the file says, else as its name says, else when it was last written."""
    events: tuple[WebhookEvent, ...]
    """As they stand in the body; `duplicates` counts them from 1."""
    duplicates: frozenset[int]
    """Positions of the events that were applied before, or are in another delivery that waits or is worked on."""
    rejections: tuple[Rejection, ...]
    """Parts of the body that are no events; they are named beside the file when it is done."""
    keys: Keys = field(repr=False)

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
        self._give_up()

    def waiting(self) -> Waiting:
        """What the next claim would find, deliveries of claimers that died included."""
        self._take_from_the_dead()
        names = self._ready()
        return Waiting(len(names), named_instant(names[0]) if names else None)

    def claim(self, most: int = MOST_FILES) -> Claim:
        """Claim deliveries in the order of their arrival, and settle which of their events are to be applied.

        Unusable files are rejected on the way. Answers an empty claim when there is nothing to do.

        Raises:
            OSError: the folders cannot be used; nothing is claimed then.
        """
        self._take_from_the_dead()
        now = datetime.fromtimestamp(self._clock(), UTC)
        try:
            paths = self._take(self._ready()[:most])
            read, rejected = self._read(paths)
            files = self._settled(read, now)
        except BaseException:
            self._give_up()
            raise
        return Claim(now, files, group(event for file in files for event in file.fresh), rejected)

    def done(
        self,
        claim: Claim,
        applied: Collection[WebhookWork] | None = None,
        retry_after: Callable[[ClaimedFile], float] = lambda _: RETRY_SECONDS,
    ) -> None:
        """Record what of a claim the warehouse has, and move its deliveries.

        Those of which every event was applied, through whichever delivery, go to `processed`. The others go back into
        the inbox, where only what was not applied is left of them: the failure of one company holds up no other.

        Args:
            claim: from `claim`.
            applied: of its work; by default all.
            retry_after: for how many seconds nobody claims one that goes back.
        """
        works = claim.work if applied is None else applied
        in_warehouse = self._record({event for work in works for event in work.events}, claim)
        finished = [
            file for file in claim.files if not any(in_warehouse.isdisjoint(of_event) for of_event in file.keys)
        ]
        folder = self._folders.processed / f"{datetime.fromtimestamp(self._clock(), UTC):%Y-%m-%d}"
        if finished:
            folder.mkdir(mode=0o700, exist_ok=True)
        for file in finished:
            reasons = "".join(f"{rejection.reason}\n" for rejection in file.rejections)
            with suppress(FileNotFoundError):  # somebody removed it
                claimers.move(self._mine().folder / file.name, folder, beside=reasons)
        self._events.settled([file.name for file in finished])
        done = {file.name for file in finished}
        self._put_off({file.name: retry_after(file) for file in claim.files if file.name not in done})
        self._events.forget()  # what is old; else the state store would hold every event there ever was

    def reject(self, file: ClaimedFile, reason: str) -> None:
        """Move a claimed delivery to `rejected/` with the reason beside it; others may still bring its events."""
        self._reject(self._mine().folder / file.name, reason)

    def _mine(self) -> Claimer:
        if self._claimer is None:
            self._claimer = Claimer(self._folders)
        return self._claimer

    def _put_off(self, seconds: Mapping[str, float]) -> None:
        """Put claimed files, given by their names, back into the inbox, where nobody claims them for so long."""
        self._events.postpone({name: self._clock() + pause for name, pause in seconds.items()})
        self._mine().give_back(seconds)

    def _take_from_the_dead(self) -> None:
        self._events.died(claimers.take_from_the_dead(self._folders), pause_after)

    def _give_up(self) -> None:
        """Put back all that is claimed, as if this process had died: what is claimed may be why it fails."""
        if self._claimer is not None:
            claimer, self._claimer = self._claimer, None
            self._events.died(claimer.close(), pause_after)

    def _ready(self) -> list[str]:
        """Names to claim: all that are not suspicious, or else some of those that are."""
        names = claimers.inbox(self._folders)
        if not names:
            return []
        troubles = self._events.troubles()
        now = self._clock()
        names = [name for name in names if name not in troubles or not is_put_off(troubles[name], now)]
        deaths = {name: troubles[name].deaths if name in troubles else 0 for name in names}
        healthy = [name for name in names if deaths[name] < SUSPICIOUS_DEATHS]
        return healthy or some_of_the_suspicious(deaths)

    def _take(self, names: Iterable[str]) -> list[Path]:
        """Claim files until they are many bytes. One that cannot be moved holds up no other.

        Raises:
            OSError: none can be moved.
        """
        paths: list[Path] = []
        immovable: OSError | None = None
        size = 0
        for name in names:
            if size > MOST_BYTES:
                break
            try:
                path = self._mine().claim(name)
                if path is not None:
                    size += path.lstat().st_size
                    paths.append(path)
            except FileNotFoundError:
                continue  # somebody removed it
            except OSError as error:  # another program has it open, or it is another user's in a folder of many
                immovable = error
        if immovable is not None and not paths:
            raise immovable
        return paths

    def _read(self, paths: Iterable[Path]) -> tuple[list[ReadFile], tuple[tuple[str, str], ...]]:
        """The deliveries among the files, and names and reasons of those that are none."""
        read, rejected = [], []
        for path in paths:
            try:
                read.append(read_file(path, self._verifier_tokens))
            except UnusableFileError as error:
                self._reject(path, str(error))
                rejected.append((path.name, str(error)))
            except FileNotFoundError:
                continue  # somebody removed it
            except OSError as error:
                _log.warning("The webhook file %s cannot be read now; it is tried again: %s", path.name, error)
                self._put_off({path.name: UNREADABLE_SECONDS})
        return read, tuple(rejected)

    def _settled(self, files: Sequence[ReadFile], now: datetime) -> tuple[ClaimedFile, ...]:
        with_keys = [(file.name, known_by(file, now)) for file in files]
        owners = self._events.own(asked(with_keys), self._is_there)
        return tuple(
            ClaimedFile(file.name, file.received_at, file.contents.events, positions, file.contents.rejections, of_file)
            for file, (_, of_file), positions in zip(files, with_keys, duplicates(with_keys, owners), strict=True)
        )

    def _record(self, applied: Collection[WebhookEvent], claim: Claim) -> set[bytes]:
        """Record what was applied; answers the keys in the claim of which the warehouse has the change."""
        events = [
            (of_event, event in applied, position in file.duplicates)
            for file in claim.files
            for position, (event, of_event) in enumerate(zip(file.events, file.keys, strict=True), 1)
        ]
        in_warehouse = {key for of_event, was, duplicate in events if was and not duplicate for key in of_event}
        self._events.applied(in_warehouse)
        in_warehouse |= self._events.which_are_applied(
            key for of_event, _, duplicate in events if duplicate for key in of_event
        )
        # What a duplicate is known by besides what was recorded tells that event from now on as well.
        besides = {key for of_event, *_ in events if not in_warehouse.isdisjoint(of_event) for key in of_event}
        self._events.applied(besides - in_warehouse)
        return in_warehouse | besides

    def _is_there(self, name: str) -> bool:
        """Whether a delivery waits or is claimed. The inbox is looked at twice, as it may be moving."""
        return (
            (self._folders.inbox / name).exists()
            or name in claimers.claimed(self._folders)
            or (self._folders.inbox / name).exists()
        )

    def _reject(self, path: Path, reason: str) -> None:
        with suppress(FileNotFoundError):  # somebody removed it
            claimers.move(path, self._folders.rejected, beside=f"{reason}\n")
        self._events.settled([path.name])


def is_put_off(trouble: Trouble, now: float) -> bool:
    """Whether nobody claims a delivery at present (epoch seconds).

    What is to wait for longer than any does was put off by a clock that was ahead: it must not wait until that time.
    """
    return now < trouble.not_before <= now + LONGEST_PAUSE_SECONDS


def some_of_the_suspicious(deaths: Mapping[str, int]) -> list[str]:
    """A quarter of those that are least suspicious, so that one that kills is found among hundreds that do not.

    Machines that are switched off under load leave hundreds: one after the other would take them a quarter of an hour.

    Args:
        deaths: name → how often its claimers died; in the order of arrival.
    """
    fewest = min(deaths.values(), default=0)
    least = [name for name, died in deaths.items() if died == fewest]
    return least[: -(-len(least) // 4)]


def pause_after(deaths: int) -> float:
    """Seconds until a delivery is claimed again: none after the first death, then ever more, within an hour."""
    return min(2.0 ** min(deaths - 1, _DOUBLINGS) - 1, LONGEST_PAUSE_SECONDS)

"""The landing zone of a mirrored database: a folder a table, in it files whose names count up without a gap.

A file is sent under the name `_<name>`, which Fabric does not look at, and gets its own by a rename: it is there whole
or not at all. Source: learn.microsoft.com, open mirroring landing zone requirements and format (2025-09-09).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import msgspec

from qbo_pipeline.power_bi.answers import decode
from qbo_pipeline.power_bi.errors import NotFoundError, RequestError
from qbo_pipeline.power_bi.mirroring.errors import LandingZoneError, PathExistsError
from qbo_pipeline.power_bi.mirroring.onelake import OneLake

ROOT = "Files/LandingZone"
_METADATA, _PARTNER_EVENTS = "_metadata.json", "_partnerEvents.json"
_BLOCK = 8 * 1024 * 1024
"""Bytes of a request."""
_ATTEMPTS = 4
PARTNER = "qbo-pipeline"


def file_name(number: int) -> str:
    """The name of a data file: twenty digits."""
    return f"{number:020d}.parquet"


class LandingZone:
    """The landing zone of one mirrored database; one process writes to it."""

    def __init__(self, lake: OneLake, *, pause: float = 1.0, sleep: Callable[[float], None] = time.sleep) -> None:
        self._lake = lake
        self._pause = pause
        self._sleep = sleep

    def owner(self) -> str | None:
        """The installation of this pipeline that writes here; None where none does yet."""
        found = self._lake.read(f"{ROOT}/{_PARTNER_EVENTS}")
        try:
            written = decode(found or b"{}")
            owner = written["sourceInfo"]["additionalInformation"]["installation"]
        except (ValueError, KeyError, TypeError):
            return None
        return str(owner)

    def own(self, installation: str) -> None:
        """Write down who writes here, and from where."""
        told = {
            "partnerName": PARTNER,
            "sourceInfo": {
                "sourceType": "QuickBooks Online",
                "sourceVersion": version("qbo-pipeline"),
                "additionalInformation": {"installation": installation},
            },
        }
        self._lake.create_directory(ROOT)
        self._small(ROOT, _PARTNER_EVENTS, msgspec.json.encode(told))

    def tables(self) -> set[str]:
        """Names of the tables that have a folder."""
        return {one.name for one in self._lake.paths(ROOT) or () if one.is_directory and not one.name.startswith("_")}

    def last_number(self, table: str) -> int:
        """The number of a table's latest file; 0 where there is none. Fabric keeps the latest in place."""
        found = self._lake.paths(f"{ROOT}/{table}") or ()
        return max((int(one.name[:20]) for one in found if _is_data(one.name)), default=0)

    def begin(self, table: str, key: str) -> None:
        """Give a table an empty folder, in the place of what there is; Fabric drops the table and makes it anew.

        Raises:
            LandingZoneError: what was deleted is there again.
        """
        self.drop(table)
        self._lake.create_directory(f"{ROOT}/{table}")
        self._small(f"{ROOT}/{table}", _METADATA, msgspec.json.encode({"keyColumns": [key]}))
        if self.last_number(table):
            raise LandingZoneError(
                f"The folder of table {table} was deleted and has files again. See that nothing else writes to the "
                "landing zone, then run it again."
            )

    def drop(self, table: str) -> None:
        """Delete a table's folder, as soon as Fabric does not use it."""
        for attempt in range(_ATTEMPTS):
            try:
                self._lake.delete(f"{ROOT}/{table}", recursive=True)
                return
            except RequestError as error:
                if not error.retryable or attempt == _ATTEMPTS - 1:
                    raise
                self._sleep(self._pause * 2**attempt)

    def put(self, table: str, number: int, file: Path) -> None:
        """Put a file in its place. It may be there, too, when this fails: `settle` tells.

        Raises:
            LandingZoneError: another file is in its place. RequestError: OneLake does not take it.
        """
        waiting, target = _waiting(table, number), f"{ROOT}/{table}/{file_name(number)}"
        self._upload(waiting, file)
        try:
            self._rename(waiting, target, lambda: self.last_number(table) == number)
        except (NotFoundError, PathExistsError) as error:
            raise LandingZoneError(
                f"Table {table}: {file_name(number)} cannot be put in its place ({error.reason}). See that nothing "
                "else writes to the landing zone, then run it again."
            ) from error

    def settle(self, table: str, number: int) -> bool:
        """Whether a file whose fate is unknown is in place; if not, it never will be: what waits for it is deleted."""
        if self.last_number(table) >= number:
            return True
        self._lake.delete(_waiting(table, number))
        return self.last_number(table) >= number

    def _upload(self, path: str, file: Path) -> None:
        """All of a file; begun anew where OneLake loses the thread, as after an answer that got lost."""
        for attempt in range(_ATTEMPTS):
            try:
                self._lake.create_file(path)
                position = 0
                with file.open("rb") as content:
                    while block := content.read(_BLOCK):
                        self._lake.append(path, position, block)
                        position += len(block)
                self._lake.flush(path, position)
                return
            except RequestError:
                if attempt == _ATTEMPTS - 1:
                    raise
                self._sleep(self._pause * 2**attempt)

    def _small(self, folder: str, name: str, content: bytes) -> None:
        """A file of one request; nobody sees it before it is whole."""
        waiting = f"{folder}/_{name}"
        self._lake.create_file(waiting)
        self._lake.append(waiting, 0, content)
        self._lake.flush(waiting, len(content))
        target = f"{folder}/{name}"
        self._rename(waiting, target, lambda: self._lake.read(target) == content, replace=True)

    def _rename(self, source: str, target: str, done: Callable[[], bool], *, replace: bool = False) -> None:
        """Rename until it is `done`: an attempt without an answer may have been carried out, or be so at any moment."""
        unsure = False
        for attempt in range(_ATTEMPTS):
            try:
                self._lake.rename(source, target, replace=replace)
                return
            except RequestError as error:
                unsure = unsure or error.ambiguous
                if unsure and done():
                    return
                if not error.retryable or attempt == _ATTEMPTS - 1:
                    raise
                self._sleep(self._pause * 2**attempt)


def _waiting(table: str, number: int) -> str:
    return f"{ROOT}/{table}/_{file_name(number)}"


def _is_data(name: str) -> bool:
    return len(name) > 20 and name[:20].isdecimal() and name[20] == "."

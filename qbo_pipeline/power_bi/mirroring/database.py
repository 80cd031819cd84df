"""Mirrored databases of a workspace, over the Fabric REST API: made or found by name, started, watched.

Source: learn.microsoft.com, Fabric REST API, MirroredDatabase: Items and Mirroring (2025-11-27).
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from qbo_pipeline.power_bi.answers import retry_after
from qbo_pipeline.power_bi.errors import NotFoundError, RequestError
from qbo_pipeline.power_bi.mirroring.errors import (
    DatabaseNotRunningError,
    ForeignDatabaseError,
    NameTakenError,
    fabric_failure,
)
from qbo_pipeline.power_bi.requests import Patience, RequestSender
from qbo_pipeline.power_bi.tokens import FABRIC_SCOPE, AccessTokens
from qbo_pipeline.settings import PowerBISettings

OPEN_MIRROR = "GenericMirror"
DEFINITION: Mapping[str, Any] = {
    "properties": {
        "source": {"type": OPEN_MIRROR, "typeProperties": {}},
        "target": {
            "type": "MountedRelationalDatabase",
            "typeProperties": {"defaultSchema": "dbo", "format": "Delta", "retentionInDays": 7},
        },
    }
}
"""What `mirroring.json` says."""
_MADE_WITHIN = 300.0
_ASK_EVERY = 3.0
"""Seconds for Fabric to make what it accepted to make, and between looks where it does not say how long to wait."""
_STARTABLE = {"Initialized", "Stopped", "Paused"}
_MAY_START = {"Initializing", "Starting", "Stopping"}


@dataclass(frozen=True, slots=True)
class MirroredDatabase:
    """One of the workspace."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class TableStatus:
    """What Fabric says of a table: it is made in the course of the first replication."""

    table: str
    status: str
    """`Initialized`, `Snapshotting`, `Replicating`, `Reseeding`, `Stopped` or `Failed`."""
    rows: int | None
    """Rows of files that were processed, all markers counted; None where Fabric does not say."""
    told: str | None
    """What it says about a failure."""
    synced_at: str | None
    """When it last processed a file, as it writes it."""

    @property
    def failed(self) -> bool:
        """Whether Fabric stopped replicating it."""
        return self.status == "Failed"


class MirroredDatabases:
    """The mirrored databases of the configured workspace."""

    def __init__(
        self,
        settings: PowerBISettings,
        http: httpx.Client,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        tokens = AccessTokens(settings, http, FABRIC_SCOPE)
        base = f"{settings.fabric_api_base_url}/workspaces/{settings.workspace_id}"
        self._sender = RequestSender(base, http, tokens, patience, sleep, service="Fabric", failure=fabric_failure)
        self._sleep = sleep

    def all(self) -> list[MirroredDatabase]:
        """Those of the workspace."""
        found: list[MirroredDatabase] = []
        following: dict[str, str] | None = None
        while True:
            answer = self._sender.send("GET", "mirroredDatabases", params=following).json()
            found += [
                MirroredDatabase(str(one["id"]), str(one.get("displayName", ""))) for one in answer.get("value") or []
            ]
            more = answer.get("continuationToken")
            if not more:
                return found
            following = {"continuationToken": str(more)}

    def find(self, name: str) -> MirroredDatabase | None:
        """The one of a name, which is unique in a workspace."""
        return next((one for one in self.all() if one.name == name), None)

    def create(self, name: str) -> MirroredDatabase:
        """Make an open mirror, or find the one that an earlier request with a lost answer made.

        Raises:
            CapacityError, FabricNotAuthorizedError, NameTakenError: Fabric does not make it.
            DatabaseNotRunningError: it is still about to make it after minutes.
        """
        payload = base64.b64encode(msgspec.json.encode(DEFINITION)).decode()
        parts = [{"path": "mirroring.json", "payload": payload, "payloadType": "InlineBase64"}]
        body = msgspec.json.encode({"displayName": name, "definition": {"parts": parts}})
        try:
            answer = self._sender.send("POST", "mirroredDatabases", content=body)
            if identity := answer.json().get("id"):
                return MirroredDatabase(str(identity), name)
        except RequestError as error:
            # The first of several attempts may have made it.
            if not error.ambiguous and not isinstance(error, NameTakenError):
                raise
            found = self.find(name)
            if found is None:
                raise
            return found
        # 202: Fabric is about to make it, and lists it when it has.
        every = retry_after(answer.headers.get("retry-after"), datetime.now(UTC)) or _ASK_EVERY
        waited = 0.0
        while (found := self.find(name)) is None:
            if waited >= _MADE_WITHIN:
                raise DatabaseNotRunningError(name, "being made", waited)
            self._sleep(every)
            waited += every
        return found

    def make_sure_open(self, database: MirroredDatabase) -> None:
        """See that a database that was found is an open mirror, which anybody may write to.

        Raises:
            ForeignDatabaseError: it mirrors another source.
        """
        answer = self._sender.send("POST", _path(database, "getDefinition")).json()
        for part in (answer.get("definition") or {}).get("parts") or []:
            if part.get("path") == "mirroring.json":
                found = msgspec.json.decode(base64.b64decode(part.get("payload", "")))
                source = str(((found.get("properties") or {}).get("source") or {}).get("type"))
                if source != OPEN_MIRROR:
                    raise ForeignDatabaseError(
                        f"The workspace has a mirrored database {database.name} that mirrors a source of its own "
                        f"({source}). Give the one for the books another name with --database."
                    )

    def status(self, database: MirroredDatabase) -> str:
        """Of the whole: `Initializing`, `Initialized`, `Starting`, `Running`, `Paused`, `Stopping` or `Stopped`."""
        return str(self._sender.send("POST", _path(database, "getMirroringStatus")).json().get("status"))

    def run(self, database: MirroredDatabase, within: float, every: float) -> None:
        """Start it when it is ready, and wait until it runs.

        Raises:
            DatabaseNotRunningError: it does not within so many seconds.
        """
        deadline = time.monotonic() + within
        while (status := self.status(database)) != "Running":
            if status in _STARTABLE:
                self._sender.send("POST", _path(database, "startMirroring"))
                if self.status(database) == "Running":
                    return
            if status not in _STARTABLE | _MAY_START or time.monotonic() >= deadline:
                raise DatabaseNotRunningError(database.name, status, within)
            self._sleep(every)

    def tables(self, database: MirroredDatabase) -> dict[str, TableStatus]:
        """What Fabric says of each table, by name."""
        found: dict[str, TableStatus] = {}
        following: dict[str, str] | None = None
        while True:
            try:
                path = _path(database, "getTablesMirroringStatus")
                answer = self._sender.send("POST", path, params=following).json()
            except NotFoundError:
                return found
            for one in answer.get("data") or []:
                status = _table_status(one)
                found[status.table] = status
            more = answer.get("continuationToken")
            if not more:
                return found
            following = {"continuationToken": str(more)}


def _path(database: MirroredDatabase, action: str) -> str:
    return f"mirroredDatabases/{quote(database.id)}/{action}"


def _table_status(found: Mapping[str, Any]) -> TableStatus:
    metrics = found.get("metrics") or {}
    rows, synced_at = metrics.get("processedRows"), metrics.get("lastSyncDateTime")
    error = found.get("error")
    told = error.get("message") or error.get("errorCode") if isinstance(error, dict) else error
    return TableStatus(
        str(found.get("sourceTableName", "")), str(found.get("status", "")), None if rows is None else int(rows),
        str(told) if told else None, str(synced_at) if synced_at else None,
    )  # fmt: skip

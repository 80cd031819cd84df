"""Mirrored databases: created, started, stopped; their tables are what the replicator made."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec

from qbo_pipeline.local.power_bi.fabric.refusals import fabric_error, item_not_found
from qbo_pipeline.local.power_bi.store import Store
from qbo_pipeline.local.power_bi.switches import Switches

Body = dict[str, Any]

DEFINITION_PATH = "mirroring.json"


@dataclass(frozen=True, slots=True)
class MirroredDatabase:
    """One of them; `status` is Initializing, Initialized, Running or Stopped."""

    id: str
    workspace: str
    name: str
    description: str
    definition: Body
    status: str

    @property
    def default_schema(self) -> str:
        """Of tables whose folder is in no schema's."""
        target = self.definition["properties"]["target"].get("typeProperties") or {}
        return str(target.get("defaultSchema") or "dbo")


class MirroredDatabases:
    """Those of all workspaces."""

    def __init__(self, store: Store, switches: Callable[[], Switches], now: Callable[[], float]) -> None:
        self._store = store
        self._switches = switches
        self._now = now

    def create(self, workspace: str, body: Body) -> MirroredDatabase:
        """A new one, which is initialising for a while.

        Raises:
            PowerBIAnswerError: its name is taken, or its definition is none of open mirroring.
        """
        name = body.get("displayName")
        if not isinstance(name, str) or not name:
            raise fabric_error(400, "InvalidInput", "displayName is missing.")
        if any(one.name == name for one in self.all(workspace)):
            told = f"Requested '{name}' is already in use"
            raise fabric_error(409, "ItemDisplayNameAlreadyInUse", told)
        definition = _definition(body)
        identity = str(uuid4())
        with self._store.transaction() as connection:
            connection.execute(
                "INSERT INTO mirrored_database VALUES (?, ?, ?, ?, ?, 'Initialized', ?)",
                [
                    identity, workspace, name, str(body.get("description") or ""),
                    msgspec.json.encode(definition).decode(), self._now(),
                ],
            )  # fmt: skip
        return self.get(workspace, identity)

    def all(self, workspace: str | None = None) -> list[MirroredDatabase]:
        """Those of a workspace, or of all."""
        now, wait = self._now(), self._switches().initializing_seconds
        return [
            MirroredDatabase(
                identity, own, name, description, msgspec.json.decode(definition),
                "Initializing" if status == "Initialized" and now - created < wait else status,
            )
            for identity, own, name, description, definition, status, created in self._store.rows(
                "SELECT id, workspace, name, description, definition, status, created FROM mirrored_database "
                "ORDER BY created, id"
            )
            if workspace in (None, own)
        ]  # fmt: skip

    def get(self, workspace: str, identity: str) -> MirroredDatabase:
        """One of them, by id or, as paths of OneLake may have it, by name.

        Raises:
            PowerBIAnswerError: 404.
        """
        for one in self.all(workspace):
            if identity in (one.id, one.name, f"{one.name}.MirroredDatabase"):
                return one
        raise item_not_found("mirrored database")

    def start(self, database: MirroredDatabase) -> None:
        """Let its tables be replicated.

        Raises:
            PowerBIAnswerError: it is initialising.
        """
        if database.status == "Initializing":
            told = "The mirrored database is initializing and cannot be started yet."
            raise fabric_error(400, "InvalidMirroringStatus", told, retriable=True)
        self._become(database, "Running")

    def stop(self, database: MirroredDatabase) -> None:
        """Let its tables be as they are."""
        self._become(database, "Stopped")

    def delete(self, database: MirroredDatabase) -> None:
        """Remove it; its files and tables are removed by those who have them."""
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM mirrored_database WHERE id = ?", [database.id])

    def _become(self, database: MirroredDatabase, status: str) -> None:
        with self._store.transaction() as connection:
            connection.execute("UPDATE mirrored_database SET status = ? WHERE id = ?", [status, database.id])


def _definition(body: Body) -> Body:
    """The content of mirroring.json, which has to be one of open mirroring."""
    parts = (body.get("definition") or {}).get("parts") or []
    part = next((one for one in parts if one.get("path") == DEFINITION_PATH), None)
    if part is None or part.get("payloadType") != "InlineBase64":
        raise fabric_error(400, "InvalidDefinition", f"The definition has no part {DEFINITION_PATH} in InlineBase64.")
    try:
        found: Body = msgspec.json.decode(base64.b64decode(part.get("payload", ""), validate=True))
        source = found["properties"]["source"]["type"]
        target = found["properties"]["target"]["type"]
    except (binascii.Error, msgspec.DecodeError, KeyError, TypeError) as error:
        raise fabric_error(400, "InvalidDefinition", f"{DEFINITION_PATH} cannot be read: {error!r}") from error
    if (source, target) != ("GenericMirror", "MountedRelationalDatabase"):
        raise fabric_error(400, "InvalidDefinition", f"A source {source} with a target {target} isn't mirrored here.")
    return found

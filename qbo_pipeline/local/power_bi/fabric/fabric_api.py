"""The Fabric REST API of mirrored databases."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
from starlette.responses import Response

from qbo_pipeline.local.power_bi.answers import json_response
from qbo_pipeline.local.power_bi.calls import Call
from qbo_pipeline.local.power_bi.fabric.databases import DEFINITION_PATH, MirroredDatabase, MirroredDatabases
from qbo_pipeline.local.power_bi.fabric.lake import Lake
from qbo_pipeline.local.power_bi.fabric.refusals import fabric_error
from qbo_pipeline.local.power_bi.fabric.replicator import Replicator

FOLDER = "Files/LandingZone"


class FabricApi:
    """Answers calls whose tokens were found good."""

    def __init__(self, databases: MirroredDatabases, lake: Lake, replicator: Replicator) -> None:
        self._databases = databases
        self._lake = lake
        self._replicator = replicator

    def answer(self, call: Call) -> Response:
        """The answer.

        Raises:
            PowerBIAnswerError: it is an error.
        """
        match (call.method, *call.path):
            case "GET", "mirroredDatabases":
                return json_response({"value": [_shown(one) for one in self._databases.all(call.workspace)]})
            case "POST", "mirroredDatabases":
                return self._create(call)
            case "GET", "mirroredDatabases", identity:
                return json_response(_shown(self._databases.get(call.workspace, identity), more=True))
            case "DELETE", "mirroredDatabases", identity:
                return self._delete(self._databases.get(call.workspace, identity))
            case "POST", "mirroredDatabases", identity, action:
                return self._act(self._databases.get(call.workspace, identity), action)
        raise fabric_error(404, "EndpointNotFound", f"{call.method} {'/'.join(call.path)} isn't served here.")

    def _create(self, call: Call) -> Response:
        made = self._databases.create(call.workspace, call.object("body"))
        self._lake.create(f"{made.workspace}/{made.id}/{FOLDER}", directory=True)
        return json_response(_shown(made), 201)

    def _delete(self, database: MirroredDatabase) -> Response:
        self._databases.delete(database)
        self._lake.delete(f"{database.workspace}/{database.id}", recursive=True)
        self._replicator.forget(database)
        return Response()

    def _act(self, database: MirroredDatabase, action: str) -> Response:
        match action:
            case "startMirroring":
                self._databases.start(database)
                self._replicator.run()
                return Response()
            case "stopMirroring":
                self._databases.stop(database)
                return Response()
            case "getMirroringStatus":
                return json_response({"status": database.status})
            case "getTablesMirroringStatus":
                self._replicator.run()
                return json_response({"data": [one.shown() for one in self._replicator.tables(database)]})
            case "getDefinition":
                payload = base64.b64encode(msgspec.json.encode(database.definition)).decode()
                part = {"path": DEFINITION_PATH, "payload": payload, "payloadType": "InlineBase64"}
                return json_response({"definition": {"parts": [part]}})
        raise fabric_error(404, "EndpointNotFound", f"{action} isn't served here.")


def _shown(database: MirroredDatabase, *, more: bool = False) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": database.id,
        "type": "MirroredDatabase",
        "displayName": database.name,
        "description": database.description,
        "workspaceId": database.workspace,
    }
    if more:
        tables = f"https://onelake.dfs.fabric.microsoft.com/{database.workspace}/{database.id}/Tables"
        told["properties"] = {"oneLakeTablesPath": tables, "defaultSchema": database.default_schema}
    return told

"""A writer of a landing zone, as the SDKs are: uploads under a name with _, then renames."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq

from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline_tests.local.power_bi.caller import FABRIC_SCOPE, STORAGE_SCOPE, ask_token

DEFINITION = {
    "properties": {
        "source": {"type": "GenericMirror", "typeProperties": {}},
        "target": {
            "type": "MountedRelationalDatabase",
            "typeProperties": {"defaultSchema": "dbo", "format": "Delta", "retentionInDays": 7},
        },
    }
}


def described(definition: dict[str, Any] | None = None, name: str = "QBO") -> dict[str, Any]:
    payload = base64.b64encode(json.dumps(definition or DEFINITION).encode()).decode()
    part = {"path": "mirroring.json", "payload": payload, "payloadType": "InlineBase64"}
    return {"displayName": name, "definition": {"parts": [part]}}


def client(power_bi: LocalPowerBI, base: str, scope: str) -> httpx.Client:
    token = ask_token(power_bi, scope=scope).json()["access_token"]
    return httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"})


class Mirror:
    """A running mirrored database, and its landing zone."""

    def __init__(self, power_bi: LocalPowerBI, name: str = "QBO") -> None:
        self.power_bi = power_bi
        self.fabric = client(power_bi, f"{power_bi.fabric_url}/workspaces/{power_bi.workspace}", FABRIC_SCOPE)
        self.lake = client(power_bi, f"{power_bi.onelake_url}/{power_bi.workspace}", STORAGE_SCOPE)
        made = self.fabric.post("mirroredDatabases", json=described(name=name))
        assert made.status_code == 201, made.text
        self.id = str(made.json()["id"])
        self.fabric.post(f"mirroredDatabases/{self.id}/startMirroring")

    def path(self, rest: str) -> str:
        return f"{self.id}/Files/LandingZone/{rest}"

    def upload(self, rest: str, content: bytes) -> None:
        folder, _, name = rest.rpartition("/")
        hidden = self.path(f"{folder}/_{name}")
        for answer in (
            self.lake.put(hidden, params={"resource": "file"}),
            self.lake.patch(hidden, params={"action": "append", "position": 0}, content=content),
            self.lake.patch(hidden, params={"action": "flush", "position": len(content)}),
            self.lake.put(self.path(rest), headers={"x-ms-rename-source": f"/{self.power_bi.workspace}/{hidden}"}),
        ):
            assert answer.status_code in (200, 201, 202), answer.text

    def keys(self, table: str, *keys: str, **more: Any) -> None:
        self.upload(f"{table}/_metadata.json", json.dumps({"keyColumns": list(keys), **more}).encode())

    def write(self, table: str, number: int | str, rows: dict[str, list[Any]] | pa.Table) -> None:
        held = rows if isinstance(rows, pa.Table) else pa.table(rows)
        buffer = io.BytesIO()
        pq.write_table(held, buffer)
        name = f"{number:020d}" if isinstance(number, int) else number
        self.upload(f"{table}/{name}.parquet", buffer.getvalue())

    def statuses(self) -> dict[str, dict[str, Any]]:
        told = self.fabric.post(f"mirroredDatabases/{self.id}/getTablesMirroringStatus").json()["data"]
        return {one["sourceTableName"]: one for one in told}

    def rows(self, table: str, schema: str = "dbo") -> list[tuple[Any, ...]]:
        return sorted((tuple(row.values()) for row in self.power_bi.mirrored_rows(self.id, table, schema)), key=str)

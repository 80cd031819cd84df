"""Mirrored databases by the Fabric REST API."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline_tests.local.power_bi.caller import POWER_BI_SCOPE, ask_token
from qbo_pipeline_tests.local.power_bi.fabric.mirror import DEFINITION, Mirror, described

TARGET = DEFINITION["properties"]["target"]


def test_a_database_is_created_found_and_deleted(mirror: Mirror, power_bi: LocalPowerBI) -> None:
    [listed] = mirror.fabric.get("mirroredDatabases").json()["value"]
    one = mirror.fabric.get(f"mirroredDatabases/{mirror.id}").json()

    assert (listed["id"], listed["type"], listed["displayName"]) == (mirror.id, "MirroredDatabase", "QBO")
    assert (one["workspaceId"], one["properties"]["defaultSchema"]) == (power_bi.workspace, "dbo")
    assert mirror.fabric.delete(f"mirroredDatabases/{mirror.id}").status_code == 200
    gone = mirror.fabric.get(f"mirroredDatabases/{mirror.id}")
    assert (gone.status_code, gone.json()["errorCode"], gone.json()["isRetriable"]) == (404, "ItemNotFound", False)


def test_a_definition_is_given_back(mirror: Mirror) -> None:
    [part] = mirror.fabric.post(f"mirroredDatabases/{mirror.id}/getDefinition").json()["definition"]["parts"]

    assert json.loads(base64.b64decode(part["payload"])) == DEFINITION


def test_a_name_is_taken_once(mirror: Mirror) -> None:
    answer = mirror.fabric.post("mirroredDatabases", json=described())

    assert (answer.status_code, answer.json()["errorCode"]) == (409, "ItemDisplayNameAlreadyInUse")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"displayName": "Other"},
        {"displayName": "Other", "definition": {"parts": [{"path": "mirroring.json", "payload": "?"}]}},
        described({"properties": {}}, "Other"),
        described({"properties": {"source": {"type": "AzureSqlDatabase"}, "target": TARGET}}, "Other"),
    ],
)
def test_what_is_no_open_mirroring_is_refused(mirror: Mirror, body: dict[str, Any]) -> None:
    assert mirror.fabric.post("mirroredDatabases", json=body).status_code == 400


def test_it_cannot_be_started_while_it_initialises(mirror: Mirror, power_bi: LocalPowerBI) -> None:
    power_bi.switch(initializing_seconds=30.0)
    identity = mirror.fabric.post("mirroredDatabases", json=described(name="Slow")).json()["id"]

    def asked(action: str) -> Any:
        return mirror.fabric.post(f"mirroredDatabases/{identity}/{action}")

    assert asked("getMirroringStatus").json() == {"status": "Initializing"}
    assert (asked("startMirroring").status_code, asked("startMirroring").json()["isRetriable"]) == (400, True)
    power_bi.advance(31)
    assert asked("getMirroringStatus").json() == {"status": "Initialized"}
    assert asked("startMirroring").status_code == 200
    assert asked("getMirroringStatus").json() == {"status": "Running"}
    assert asked("stopMirroring").status_code == 200
    assert asked("getMirroringStatus").json() == {"status": "Stopped"}
    mirror.fabric.delete(f"mirroredDatabases/{identity}")


def test_a_token_of_power_bi_opens_no_fabric(mirror: Mirror, power_bi: LocalPowerBI) -> None:
    token = ask_token(power_bi, scope=POWER_BI_SCOPE).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    assert mirror.fabric.get("mirroredDatabases", headers=headers).status_code == 401
    refused = mirror.lake.put(mirror.path("T"), params={"resource": "directory"}, headers=headers)
    assert (refused.status_code, refused.headers["x-ms-error-code"]) == (401, "AuthenticationFailed")


def test_the_page_shows_mirrored_tables_and_what_stopped_them(mirror: Mirror, power_bi: LocalPowerBI) -> None:
    mirror.write("Accounts", 1, {"id": [1, 2]})
    mirror.write("Accounts", 2, {"id": ["three"]})
    [shown] = httpx.get(f"{power_bi.url}/control/status").json()["mirrored"]
    page = httpx.get(power_bi.url).text

    assert (shown["name"], shown["status"]) == ("QBO", "Running")
    [table] = shown["tables"]
    assert (table["name"], table["status"], table["rows"]) == ("dbo.Accounts", "Failed", 2)
    assert "mirrored database, Running" in page
    assert "column id is string and was int64" in page


def test_a_restart_keeps_files_and_tables(tmp_path: Path) -> None:
    state = tmp_path / "power_bi.duckdb"
    with LocalPowerBI(state) as power_bi:
        mirror = Mirror(power_bi)
        mirror.write("T", 1, {"id": [1]})
        mirror.fabric.close()
        mirror.lake.close()
    with LocalPowerBI(state) as power_bi:
        assert power_bi.mirrored_rows(mirror.id, "T") == [{"id": 1}]

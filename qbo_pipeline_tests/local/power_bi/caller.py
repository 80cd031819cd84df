"""An app that talks to the local Power BI as any other would: a token, then group endpoints."""

from __future__ import annotations

from typing import Any

import httpx

from qbo_pipeline.local.power_bi import LocalPowerBI

POWER_BI_SCOPE = "https://analysis.windows.net/powerbi/api/.default"
FABRIC_SCOPE = "https://api.fabric.microsoft.com/.default"
STORAGE_SCOPE = "https://storage.azure.com/.default"

LINES = {
    "name": "Lines",
    "columns": [
        {"name": "Key", "dataType": "String"},
        {"name": "Amount", "dataType": "Decimal"},
        {"name": "Rate", "dataType": "Double"},
        {"name": "Count", "dataType": "Int64"},
        {"name": "On", "dataType": "DateTime"},
        {"name": "Paid", "dataType": "Boolean"},
    ],
    "measures": [{"name": "Total", "expression": "SUM(Lines[Amount])"}],
}


def credentials(**changed: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": "local",
        "client_secret": "local",
        "scope": POWER_BI_SCOPE,
        **changed,
    }


def ask_token(power_bi: LocalPowerBI, tenant: str = "local", **changed: str) -> httpx.Response:
    return httpx.post(f"{power_bi.url}/{tenant}/oauth2/v2.0/token", data=credentials(**changed))


class Caller:
    """`http` has the workspace as its base address."""

    def __init__(self, power_bi: LocalPowerBI) -> None:
        self.power_bi = power_bi
        self.http = httpx.Client(base_url=f"{power_bi.api_url}/groups/{power_bi.workspace}")
        self.renew()

    def renew(self) -> None:
        self.http.headers["Authorization"] = f"Bearer {ask_token(self.power_bi).json()['access_token']}"

    def wait(self, seconds: float) -> None:
        """Let time pass, tokens end and a new one be asked for."""
        self.power_bi.advance(seconds)
        self.renew()

    def create(self, *tables: dict[str, Any], policy: str = "None", name: str = "Books", **more: Any) -> str:
        body = {"name": name, "tables": list(tables or (LINES,)), **more}
        answer = self.http.post("datasets", params={"defaultRetentionPolicy": policy}, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def push(self, dataset: str, rows: Any, table: str = "Lines", **headers: str) -> httpx.Response:
        return self.http.post(f"datasets/{dataset}/tables/{table}/rows", json={"rows": rows}, headers=headers)

    def query(self, dataset: str, dax: str) -> httpx.Response:
        return self.http.post(f"datasets/{dataset}/executeQueries", json={"queries": [{"query": dax}]})

    def rows(self, dataset: str, dax: str) -> list[dict[str, Any]]:
        answer = self.query(dataset, dax)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["results"][0]["tables"][0]["rows"]
        return rows

    def count(self, dataset: str, table: str = "Lines") -> int:
        [row] = self.rows(dataset, f"EVALUATE ROW(\"n\", COUNTROWS('{table}') + 0)")
        return int(row["[n]"])


def error_of(answer: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = answer.json()["error"]
    return error

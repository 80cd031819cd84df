"""Reports: listed, and bound to another dataset. People make them; here the control endpoint does."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from qbo_pipeline.local.power_bi import errors
from qbo_pipeline.local.power_bi.datasets import Dataset
from qbo_pipeline.local.power_bi.store import Store


class Reports:
    """Those of all workspaces."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, workspace: str, name: str, dataset: str) -> str:
        """A report over a dataset; gives its id."""
        identity = str(uuid4())
        with self._store.transaction() as connection:
            connection.execute("INSERT INTO report VALUES (?, ?, ?, ?)", [identity, workspace, name, dataset])
        return identity

    def all(self, workspace: str) -> list[dict[str, Any]]:
        """What GET …/reports lists."""
        return [
            {
                "id": identity,
                "reportType": "PowerBIReport",
                "name": name,
                "webUrl": f"https://app.powerbi.com/groups/{workspace}/reports/{identity}",
                "embedUrl": f"https://app.powerbi.com/reportEmbed?reportId={identity}&groupId={workspace}",
                "isOwnedByMe": True,
                "datasetId": dataset,
                "users": [],
                "subscriptions": [],
            }
            for identity, name, dataset in self._store.rows(
                "SELECT id, name, dataset FROM report WHERE workspace = ? ORDER BY name, id", [workspace]
            )
        ]

    def rebind(self, workspace: str, identity: str, dataset: Dataset) -> None:
        """Bind a report to another dataset.

        Raises:
            PowerBIAnswerError: 404.
        """
        if identity.lower() not in {one["id"] for one in self.all(workspace)}:
            raise errors.item_not_found(f"Report {identity} not found.")
        with self._store.transaction() as connection:
            connection.execute("UPDATE report SET dataset = ? WHERE id = ?", [dataset.id, identity.lower()])

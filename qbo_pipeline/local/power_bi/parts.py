"""What a running service consists of."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Any

from qbo_pipeline.local.power_bi.datasets import Datasets, find_table
from qbo_pipeline.local.power_bi.execute_queries import Queries
from qbo_pipeline.local.power_bi.fabric.databases import MirroredDatabases
from qbo_pipeline.local.power_bi.fabric.lake import Lake
from qbo_pipeline.local.power_bi.fabric.replicator import Replicator
from qbo_pipeline.local.power_bi.faults import KINDS, Faults
from qbo_pipeline.local.power_bi.gateway import SeenRequest
from qbo_pipeline.local.power_bi.refreshes import Refreshes
from qbo_pipeline.local.power_bi.reports import Reports
from qbo_pipeline.local.power_bi.rows import PER_BATCH, PushedRows
from qbo_pipeline.local.power_bi.store import Store
from qbo_pipeline.local.power_bi.switches import DEFAULTS, Switches
from qbo_pipeline.local.power_bi.tokens import Tokens
from qbo_pipeline.local.power_bi.windows import Windows
from qbo_pipeline.local.power_bi.workspaces import Workspaces
from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.connections import Connections
from qbo_pipeline.local.switching import Switched

REMEMBERED_REQUESTS = 100_000


class Service(Switched[Switches]):
    """Everything a running service consists of."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, DEFAULTS)
        self.store = store
        self.clock = Clock(float(store.kept("clock_ahead", 0.0)), partial(store.keep, "clock_ahead"))
        self.tokens = Tokens(store.key)
        self.faults = Faults(KINDS)
        self.connections = Connections()
        self.requests: deque[SeenRequest] = deque(maxlen=REMEMBERED_REQUESTS)
        self.workspaces = Workspaces(store)
        now = self.clock.now
        self.windows = Windows(store, self.current, now)
        self.datasets = Datasets(store)
        self.rows = PushedRows(store, self.current, now)
        self.refreshes = Refreshes(store, self.current, now)
        self.reports = Reports(store)
        self.mirrored = MirroredDatabases(store, self.current, now)
        self.lake = Lake(store, now)
        self.replicator = Replicator(store, self.lake, self.mirrored, self.current, now)
        self.queries = Queries(store, self.rows, self.windows, self.current, now)

    def expire_tokens(self) -> None:
        """Every token that was issued is expired."""
        self.tokens.not_before = self.clock.now()

    def add_import_model(self, name: str, workspace: str) -> str:
        """A dataset that takes no rows and can be refreshed; gives its id."""
        body = {"name": name, "tables": [], "defaultMode": "Import"}
        return self.datasets.create(workspace, body, "None", self.clock.now()).id

    def kept_rows(self, dataset: str, table: str, limit: int = 100, offset: int = 0) -> dict[str, Any]:
        """Rows of a table, the newest first, seen by queries or not, each with the number of its batch.

        Raises:
            PowerBIAnswerError: there is no such dataset or table.
        """
        workspace = next((one.workspace for one in self.datasets.all() if one.id == dataset), "")
        found = find_table(self.datasets.get(workspace, dataset), table, any_case=False)
        listed = ", ".join(column.physical for column in found.columns)
        rows = self.store.rows(
            f"SELECT _row // {PER_BATCH}, {listed} FROM {found.physical} ORDER BY _row DESC LIMIT ? OFFSET ?",
            [limit, offset],
        )
        names = [column.name for column in found.columns]
        return {
            "count": self.rows.count(found),
            "columns": names,
            "batches": [row[0] for row in rows],
            "rows": [dict(zip(names, row[1:], strict=True)) for row in rows],
        }

    def mirrored_rows(self, database: str, schema: str, table: str) -> list[dict[str, Any]]:
        """Rows that the replicator made of a landing zone.

        Raises:
            PowerBIAnswerError: there is no such database or table.
        """
        self.replicator.run()
        workspace = next((one.workspace for one in self.mirrored.all() if one.id == database), "")
        return self.replicator.rows(self.mirrored.get(workspace, database), schema, table)

"""The service over HTTP: what it consists of, and its routes."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, replace
from functools import partial
from typing import Any, get_args, get_type_hints

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from qbo_pipeline.local.power_bi.control import Control
from qbo_pipeline.local.power_bi.datasets import Datasets, find_table
from qbo_pipeline.local.power_bi.execute_queries import Queries
from qbo_pipeline.local.power_bi.fabric.databases import MirroredDatabases
from qbo_pipeline.local.power_bi.fabric.fabric_api import FabricApi
from qbo_pipeline.local.power_bi.fabric.lake import Lake
from qbo_pipeline.local.power_bi.fabric.onelake_api import OneLakeApi
from qbo_pipeline.local.power_bi.fabric.replicator import Replicator
from qbo_pipeline.local.power_bi.faults import KINDS, Faults
from qbo_pipeline.local.power_bi.gateway import Gateway, SeenRequest
from qbo_pipeline.local.power_bi.page import PageEndpoint
from qbo_pipeline.local.power_bi.push_api import PushApi
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
from qbo_pipeline.local.quickbooks.responses import DatedAnswers

REMEMBERED_REQUESTS = 100_000
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]


class Service:
    """Everything a running service consists of."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Clock(float(store.kept("clock_ahead", 0.0)), partial(store.keep, "clock_ahead"))
        self.switches = _switched(DEFAULTS, store.kept("switches", {}))
        self.tokens = Tokens(store.key)
        self.faults = Faults(KINDS)
        self.connections = Connections()
        self.requests: deque[SeenRequest] = deque(maxlen=REMEMBERED_REQUESTS)
        self.workspaces = Workspaces(store)
        now = self.clock.now
        self.windows = Windows(store, self._current, now)
        self.datasets = Datasets(store)
        self.rows = PushedRows(store, self._current, now)
        self.refreshes = Refreshes(store, self._current, now)
        self.reports = Reports(store)
        self.mirrored = MirroredDatabases(store, self._current, now)
        self.lake = Lake(store, now)
        self.replicator = Replicator(store, self.lake, self.mirrored, self._current, now)
        self.queries = Queries(store, self.rows, self.windows, self._current, now)

    def application(self) -> ASGIApp:
        """The ASGI application."""
        gateway = Gateway(
            self.tokens, self.faults, self.connections, self.clock, self._current, self.workspaces, self.requests
        )
        push = PushApi(
            self.datasets,
            self.rows,
            self.refreshes,
            self.reports,
            self.queries,
            self.windows,
            self._current,
            self.clock.now,
        )

        async def power_bi(request: Request) -> Response:
            return await gateway.power_bi(request, push.answer)

        async def fabric(request: Request) -> Response:
            api = FabricApi(self.mirrored, self.lake, self.replicator)
            return await gateway.with_token(request, "fabric", api.answer)

        async def onelake(request: Request) -> Response:
            api = OneLakeApi(self.lake, self.mirrored, self.replicator.run)
            return await gateway.with_token(request, "storage", api.answer)

        routes = [
            Route("/{tenant}/oauth2/v2.0/token", gateway.token, methods=["POST"]),
            Route("/v1.0/myorg/{path:path}", power_bi, methods=METHODS),
            Route("/v1/workspaces/{workspace}/{path:path}", fabric, methods=METHODS),
            Route("/onelake/{workspace}/{path:path}", onelake, methods=METHODS),
            Route("/onelake/{workspace}", onelake, methods=METHODS),
            *Control(self).routes(),
            *PageEndpoint(self).routes(),
        ]
        return DatedAnswers(Starlette(routes=routes), self.clock.now)

    def switch(self, asked: dict[str, Any]) -> None:
        """Change switches by name, for good.

        Raises:
            ValueError: no such switch, or a value that it cannot have.
        """
        self.switches = _switched(self.switches, asked)
        default = asdict(DEFAULTS)
        self.store.keep("switches", {name: one for name, one in asdict(self.switches).items() if one != default[name]})

    def reset_switches(self) -> None:
        """All as they were at first."""
        self.switches = DEFAULTS
        self.store.keep("switches", {})

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

    def _current(self) -> Switches:
        return self.switches


def _switched(before: Switches, asked: dict[str, Any]) -> Switches:
    """Switches with other values, each of which fits the type of its default."""
    types = get_type_hints(Switches)
    for name, value in asked.items():
        if name not in types:
            raise ValueError(f"there is no switch {name!r}; there are {', '.join(types)}")
        choices = get_args(types[name])
        number = isinstance(value, int | float) and not isinstance(value, bool)
        fits = value in choices if choices else (number if types[name] in (int, float) else type(value) is types[name])
        if not fits:
            allowed = f"one of {', '.join(map(str, choices))}" if choices else f"a {types[name].__name__}"
            raise ValueError(f"{name} is {allowed}, not {value!r}")
    return replace(before, **asked)

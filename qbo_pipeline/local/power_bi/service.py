"""Running the service: in a thread for tests, as a process for the demo."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn

from qbo_pipeline.local.power_bi.application import application
from qbo_pipeline.local.power_bi.faults import Fault
from qbo_pipeline.local.power_bi.gateway import SeenRequest
from qbo_pipeline.local.power_bi.parts import Service
from qbo_pipeline.local.power_bi.store import Store
from qbo_pipeline.local.power_bi.tokens import Application
from qbo_pipeline.local.power_bi.workspaces import LOCAL_WORKSPACE

START_SECONDS = 20.0


class LocalPowerBI:
    """A service on a port of its own, as a context manager.

    with LocalPowerBI(tmp_path / "power_bi.duckdb") as power_bi:
        power_bi.inject("timeout", endpoint="rows", seconds=0.5)
        power_bi.switch(sequence_numbers="ignored")
        httpx.get(f"{power_bi.url}/control/health")

    Its application is `local` in tenant `local` with the secret `local`; its workspace is `workspace`.
    """

    workspace = LOCAL_WORKSPACE

    def __init__(self, state: Path, port: int = 0) -> None:
        self.service = Service(Store(state))
        self._server = _server(self.service, port, log_level="critical")
        self._thread = threading.Thread(target=self._server.run, name="local-power-bi", daemon=True)

    def __enter__(self) -> LocalPowerBI:
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("The local Power BI service did not start; is its port taken?")
            time.sleep(0.01)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(START_SECONDS)
        self.service.store.close()

    @property
    def url(self) -> str:
        """Where it is: the authority as well as the root of everything else."""
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    @property
    def api_url(self) -> str:
        """The REST API of Power BI."""
        return f"{self.url}/v1.0/myorg"

    @property
    def fabric_url(self) -> str:
        """The REST API of Fabric."""
        return f"{self.url}/v1"

    @property
    def onelake_url(self) -> str:
        """OneLake, as a DFS endpoint."""
        return f"{self.url}/onelake"

    @property
    def requests(self) -> list[SeenRequest]:
        """Requests that arrived."""
        return list(self.service.requests)

    def inject(self, kind: str, **settings: object) -> Fault:
        """Make something go wrong; see `faults.KINDS`.

        Raises:
            ValueError: no such kind, or no such setting of it.
        """
        return self.service.faults.add(kind, settings)

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self.service.faults.clear()

    def switch(self, **switches: object) -> None:
        """Change what the service does; see `switches.Switches`.

        Raises:
            ValueError: no such switch, or a value that it cannot have.
        """
        self.service.switch(switches)

    def advance(self, seconds: float) -> None:
        """Move the clock on."""
        self.service.clock.advance(seconds)

    def add_application(self, tenant: str, client: str, secret: str) -> None:
        """One more application that may ask for tokens, until the service ends."""
        self.service.tokens.applications.append(Application(tenant, client, secret))

    def rows(self, dataset: str, table: str, limit: int = 1_000_000) -> list[dict[str, Any]]:
        """Rows as they are kept, the oldest first: values of the types of their columns."""
        kept: list[dict[str, Any]] = self.service.kept_rows(dataset, table, limit)["rows"]
        return kept[::-1]

    def mirrored_rows(self, database: str, table: str, schema: str = "dbo") -> list[dict[str, Any]]:
        """Rows that the replicator made of a landing zone, in no order."""
        return self.service.mirrored_rows(database, schema, table)


def serve(store: Store, port: int) -> None:
    """Serve until interrupted."""
    service = Service(store)
    with suppress(KeyboardInterrupt):
        _server(service, port, log_level="warning").run()
    store.close()


def _server(service: Service, port: int, log_level: str) -> uvicorn.Server:
    # The answers have a date of their own: that of the service's clock.
    config = uvicorn.Config(
        application(service), host="127.0.0.1", port=port, log_level=log_level, lifespan="off", date_header=False
    )
    server = uvicorn.Server(config)
    service.connections.belong_to(server)
    return server

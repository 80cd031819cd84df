"""Running the service: in a thread for tests, as a process for the demo."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn

from qbo_pipeline.local.faults import Fault
from qbo_pipeline.local.tableau.application import application
from qbo_pipeline.local.tableau.gateway import SeenRequest
from qbo_pipeline.local.tableau.parts import Service
from qbo_pipeline.local.tableau.projects import LOCAL_SITE
from qbo_pipeline.local.tableau.records import AccessToken, DataSource
from qbo_pipeline.local.tableau.sessions import LOCAL_APP, LOCAL_TOKEN, LOCAL_USER
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline.local.tableau.switches import Flavour

START_SECONDS = 20.0


class LocalTableau:
    """A service on a port of its own, as a context manager.

    with LocalTableau(tmp_path / "tableau") as tableau:
        tableau.inject("failing_job", endpoint="update_data", notes=False)
        tableau.switch(flavour="cloud", job_seconds=0)
        TSC.Server(tableau.url, use_server_version=True)

    Its personal access token is `token_name` with `token_value`, both `local`; its connected app `client_id` with
    `secret_id` and `secret_value` signs JWTs for the user `user`. Its site is the default one, `site_id`.
    """

    site_id = LOCAL_SITE
    token_name, token_value = LOCAL_TOKEN.id, LOCAL_TOKEN.value
    client_id, secret_id, secret_value = LOCAL_APP.id, LOCAL_APP.secret_id, LOCAL_APP.secret
    user = LOCAL_USER

    def __init__(self, state: Path, port: int = 0) -> None:
        self.service = Service(Store(state))
        self._server = _server(self.service, port, log_level="critical")
        self._thread = threading.Thread(target=self._server.run, name="local-tableau", daemon=True)

    def __enter__(self) -> LocalTableau:
        self.service.start()
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("The local Tableau service did not start; is its port taken?")
            time.sleep(0.01)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(START_SECONDS)
        self.service.stop()

    @property
    def url(self) -> str:
        """Where it is: what Tableau calls the server URL."""
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    @property
    def requests(self) -> list[SeenRequest]:
        """Requests that arrived."""
        return list(self.service.requests)

    @property
    def data_sources(self) -> list[DataSource]:
        """What is published, on all sites."""
        return self.service.store.all(DataSource)

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
        self.service.advance(seconds)

    def wait_for_jobs(self) -> None:
        """Until every job is completed but those that are stuck."""
        if not self.service.jobs.wait():
            raise RuntimeError("Jobs of the local Tableau did not end in time")

    def reset(self) -> None:
        """As it was at first, on the running server: nothing in it, no faults, no switches, the real time."""
        self.service.reset()

    def add_token(self, name: str, value: str, expires: float | None = None) -> None:
        """One more personal access token; `expires` in seconds since 1970."""
        token = AccessToken(id=name, value=value, user=LOCAL_USER, created=self.service.clock.now(), expires=expires)
        self.service.store.put(token)

    def add_data_source(self, name: str) -> str:
        """Somebody else's data source, which can be refreshed; gives its LUID."""
        return self.service.add_data_source(LOCAL_SITE, name).id

    def add_workbook(self, name: str, *data_sources: str, extract: bool = False) -> str:
        """Somebody else's workbook over data sources (LUIDs), with an extract of its own or without; gives its LUID."""
        return self.service.add_workbook(LOCAL_SITE, name, data_sources, extract=extract).id

    def rows(self, data_source: str, table: str, limit: int = 1_000_000) -> list[dict[str, Any]]:
        """Rows of a table of a data source (its LUID), in no order: Decimal, date, datetime, None."""
        found: list[dict[str, Any]] = self.service.kept_rows(data_source, table, limit)["rows"]
        return found


def serve(store: Store, port: int, flavour: Flavour | None = None) -> None:
    """Serve until interrupted; a flavour that is told stays."""
    service = Service(store)
    if flavour is not None:
        service.switch({"flavour": flavour})
    service.start()
    with suppress(KeyboardInterrupt):
        _server(service, port, log_level="warning").run()
    service.stop()


def _server(service: Service, port: int, log_level: str) -> uvicorn.Server:
    # The answers have a date of their own: that of the service's clock.
    config = uvicorn.Config(
        application(service), host="127.0.0.1", port=port, log_level=log_level, lifespan="off", date_header=False
    )
    server = uvicorn.Server(config)
    service.connections.belong_to(server)
    return server

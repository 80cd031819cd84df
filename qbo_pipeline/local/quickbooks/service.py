"""Running the service: in a thread for tests, as a process for the demo."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn

from qbo_pipeline.local.quickbooks.application import Service
from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.injection import Injection
from qbo_pipeline.local.quickbooks.limits import RequestLimits
from qbo_pipeline.local.quickbooks.oauth import OAuth
from qbo_pipeline.local.quickbooks.request_ids import AnsweredWrites
from qbo_pipeline.local.quickbooks.responses import SeenRequest
from qbo_pipeline.local.quickbooks.store import CompanyData, Store
from qbo_pipeline.local.quickbooks.webhooks import DeliverySettings, Outbox
from qbo_pipeline.local.quickbooks.writes import Writer

START_SECONDS = 20.0


class LocalQuickBooks:
    """A service on a port of its own, as a context manager.

    with LocalQuickBooks(tmp_path / "quickbooks.sqlite") as quickbooks:
        quickbooks.add_company(generate("larkspur", scale=0.05))
        quickbooks.inject("throttle", match="from Invoice", retry_after=1)
        httpx.get(f"{quickbooks.url}/control/health")
    """

    def __init__(self, state: Path, port: int = 0, limits: bool = False) -> None:
        self.store = Store(state)
        self.clock = kept_clock(self.store)
        self._service = Service(self.store, self.clock, limits)
        self._server = _server(self._service, port, log_level="critical")
        self._thread = threading.Thread(target=self._server.run, name="local-quickbooks", daemon=True)

    def __enter__(self) -> LocalQuickBooks:
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("The local QuickBooks service did not start; is its port taken?")
            time.sleep(0.01)
        self._service.courier.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._service.courier.__exit__(kind, error, trace)
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(START_SECONDS)
        self.heal()
        self.store.close()

    @property
    def url(self) -> str:
        """Base URL of everything: OAuth and API."""
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    @property
    def oauth(self) -> OAuth:
        """Tokens: expire or rotate them."""
        return self._service.oauth

    @property
    def writer(self) -> Writer:
        """Change records as a person in QuickBooks would."""
        return self._service.api.writer

    @property
    def answered_writes(self) -> AnsweredWrites:
        """What requests with a `requestid` were answered; whether that is remembered can be switched off."""
        return self._service.api.answered

    @property
    def requests(self) -> list[SeenRequest]:
        """API requests that arrived."""
        return list(self._service.requests)

    @property
    def outbox(self) -> Outbox:
        """Who is told of changes by webhooks, and what they have still to be told."""
        return self._service.outbox

    def deliver(self, **settings: Any) -> None:
        """How webhooks are delivered from now on; see `DeliverySettings`."""
        self._service.courier.settings = DeliverySettings(**settings)

    @property
    def limits(self) -> RequestLimits:
        """What may be asked, enforced or not."""
        return self._service.limits

    def add_company(self, company: CompanyData) -> None:
        """Load a company."""
        self.store.add_company(company)

    def inject(self, kind: str, *, action: Callable[[], None] | None = None, **settings: object) -> Injection:
        """Make something go wrong; see `injection.KINDS`.

        `action` is called in place of what an `edit`, `delete` or `create` would do. For all requests to be slow see
        `slow_down`.

        Raises:
            ValueError: no such kind, or no such setting of it.
        """
        return self._service.injections.add(kind, settings, action)

    def slow_down(self, seconds: float) -> None:
        """Every API request takes this long."""
        self._service.injections.latency = seconds

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self._service.injections.clear()


def serve(store: Store, port: int, limits: bool, latency: float, note_served: bool = False) -> None:
    """Serve until interrupted."""
    service = Service(store, kept_clock(store), limits)
    service.served.on = note_served
    service.injections.latency = latency
    with service.courier, suppress(KeyboardInterrupt):
        _server(service, port, log_level="warning").run()


def kept_clock(store: Store) -> Clock:
    """A clock that is ahead as it was when the state was last used."""
    return Clock(store.clock_ahead(), store.keep_clock_ahead)


def _server(service: Service, port: int, log_level: str) -> uvicorn.Server:
    # The answers have a date of their own: that of the service's clock.
    config = uvicorn.Config(
        service.application(), host="127.0.0.1", port=port, log_level=log_level, lifespan="off", date_header=False
    )
    server = uvicorn.Server(config)
    service.connections.belong_to(server)
    return server

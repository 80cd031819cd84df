"""The local services, started where they do not run already."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from urllib.parse import urlsplit

import httpx
from rich.console import Console

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.power_bi.errors import NotConfiguredError
from qbo_pipeline.settings import Settings
from qbo_pipeline.tableau.installed import unpublished_because

START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Service:
    """A local service, as it is started where it does not run already."""

    name: str
    url: str
    command: tuple[str, ...]
    """Arguments of Python."""
    served: str
    """What `qbo-pipeline local serve` calls it."""


def local_services(console: Console, settings: Settings, seed: int, scale: float) -> Iterator[Service]:
    """QuickBooks with both companies, Power BI and Tableau where something is published there."""
    folder = settings.data.local
    folder.mkdir(parents=True, exist_ok=True)

    def service(name: str, module: str, served: str, url: str, **arguments: object) -> Service:
        given = [part for option, value in arguments.items() for part in (f"--{option}", str(value))]
        command = ("-m", f"qbo_pipeline.local.{module}", "--port", str(urlsplit(url).port), *given)
        return Service(name, url, command, served)

    quickbooks = {"state": folder / "quickbooks.sqlite", "seed": seed, "scale": scale}
    yield service("QuickBooks", "quickbooks", "quickbooks", settings.api_base_url, **quickbooks)
    if settings.power_bi is None:
        console.print(str(NotConfiguredError()), markup=False)
    else:
        yield service("Power BI", "power_bi", "power-bi", power_bi_url(settings), data=folder / "power_bi.duckdb")
    if (reason := unpublished_because(settings)) is not None:
        console.print(reason, markup=False)
    else:
        yield service("Tableau", "tableau", "tableau", tableau_url(settings), data=folder / "tableau")


@contextmanager
def running(console: Console, services: Iterable[Service], meanwhile: Callable[[], None]) -> Iterator[None]:
    """Those that do not run already are started, all at once, for as long as the block lasts.

    What the job needs takes seconds to import and to make, as the services take to start: `meanwhile` is made then.

    Raises:
        CommandError: a service does not start.
    """
    with ExitStack() as stack:
        started: list[tuple[Service, subprocess.Popen[bytes]]] = []
        for one in services:
            if _healthy(one.url):
                console.print(f"Using the local {one.name} that runs on {one.url}.")
                continue
            console.print(f"Starting the local {one.name} on {one.url} ...")
            process = subprocess.Popen([sys.executable, *one.command], stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            started.append((one, process))
        deadline = time.monotonic() + START_SECONDS
        making = stack.enter_context(ThreadPoolExecutor(1, "warehouse")).submit(meanwhile)
        import_module("qbo_pipeline.definitions")
        for one, process in started:
            while not _healthy(one.url):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise CommandError(
                        f"The local {one.name} did not start on {one.url}; is the port taken?",
                        f"Try: qbo-pipeline local serve {one.served}",
                    )
                time.sleep(0.1)
        making.result()
        yield


def power_bi_url(settings: Settings) -> str:
    """The root of the service that the settings point at; nothing where nothing is published."""
    if settings.power_bi is None:
        return ""
    address = urlsplit(settings.power_bi.api_base_url)
    return f"{address.scheme}://{address.netloc}"


def tableau_url(settings: Settings) -> str:
    """The site's server; nothing where nothing is published."""
    return "" if settings.tableau is None else settings.tableau.server_url


def _healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/control/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False

"""Publishing to Power BI and Tableau, each in a process of its own, while what was loaded is judged."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING, Any

import httpx
from rich.console import Console

from qbo_pipeline.command_line.failures import CommandError, describe
from qbo_pipeline.demo.services import power_bi_url
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline.tableau.installed import unpublished_because

if TYPE_CHECKING:
    from qbo_pipeline.power_bi.publication import Publication as PowerBIPublication
    from qbo_pipeline.tableau.publication import Publication as TableauPublication


@dataclass(frozen=True, slots=True)
class Publisher:
    """A process that publishes to one destination."""

    process: ProcessPoolExecutor
    publish: Callable[[], Any]
    tell: Callable[[Console, Settings, Any], bool]
    """Tells of a publication; False where not all is there or not all is equal."""

    def begin(self) -> Future[Any]:
        """Publish what the warehouse shows now."""
        return self.process.submit(self.publish)


@contextmanager
def publishers(settings: Settings) -> Iterator[Sequence[Publisher]]:
    """A process for each destination, which imports what it needs before there is anything to publish."""
    destinations: list[tuple[str, Callable[[], Any], Callable[[Console, Settings, Any], bool]]] = []
    if settings.power_bi is not None:
        destinations.append(("power_bi", publish_to_power_bi, _tell_power_bi))
    if unpublished_because(settings) is None:
        destinations.append(("tableau", publish_to_tableau, _tell_tableau))
    with ExitStack() as running:
        made = []
        for name, publish, tell in destinations:
            process = running.enter_context(ProcessPoolExecutor(1, get_context("spawn"), _end_with_the_demo))
            process.submit(import_module, f"qbo_pipeline.{name}.recorded")
            made.append(Publisher(process, publish, tell))
        yield made


def _end_with_the_demo() -> None:
    """Of a demo that was killed nothing is to go on: its publisher would wait for work that nobody brings, for ever."""
    demo = parent_process()

    def end() -> None:
        if demo is not None:
            demo.join()
            os._exit(1)

    threading.Thread(target=end, daemon=True).start()


def publish_to_power_bi() -> PowerBIPublication:
    """Publish everything, and compare the totals of warehouse, Power BI and QuickBooks.

    Raises:
        CommandError: it cannot be published.
    """
    from qbo_pipeline.power_bi.recorded import publish_recorded

    with _told_across_processes():
        return publish_recorded(load_settings())


def publish_to_tableau() -> TableauPublication:
    """Publish everything, then download it and compare it with the warehouse.

    Raises:
        CommandError: it cannot be published.
    """
    from qbo_pipeline.tableau.recorded import publish_recorded

    with _told_across_processes():
        return publish_recorded(load_settings(), files=False, compare=lambda: True)


@contextmanager
def _told_across_processes() -> Iterator[None]:
    """Errors become one that can be sent to the process that waits."""
    try:
        yield
    except Exception as error:
        failures = describe(error)
        raise CommandError("; ".join(one.what for one in failures), failures[0].to_do) from error


def _tell_power_bi(console: Console, settings: Settings, done: PowerBIPublication) -> bool:
    from qbo_pipeline.command_line.power_bi import tell_publication

    tell_publication(done)
    url = power_bi_url(settings)
    for dataset in httpx.get(f"{url}/control/health").json()["datasets"]:
        rows, tables = sum(dataset["rows"].values()), len(dataset["rows"])
        console.print(
            f"Power BI's dataset {dataset['name']} holds {rows:,} rows of {tables} tables: {url}", markup=False
        )
    return done.equal and not done.quarantined and all(one.asked for one in done.totals)


def _tell_tableau(console: Console, settings: Settings, done: TableauPublication) -> bool:
    from qbo_pipeline.command_line.tableau import tell_publication, tell_verification

    tell_publication(done)
    if done.verification is None:
        return False
    tell_verification(done.verification)
    return done.verification.equal and not done.left_out

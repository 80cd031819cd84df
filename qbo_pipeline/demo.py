"""The demo: two companies of a local QuickBooks, loaded by Dagster, published to local dashboards, and proven."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
from rich.console import Console
from rich.table import Table

from qbo_pipeline.command_line.connect import REDIRECT_URI
from qbo_pipeline.command_line.failures import CommandError, describe
from qbo_pipeline.command_line.power_bi_project import write_books
from qbo_pipeline.command_line.prove import show_proof
from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.settings import Environment, Settings, load_settings
from qbo_pipeline.tableau.installed import unpublished_because

if TYPE_CHECKING:
    from qbo_pipeline.power_bi.publish import Publication as PowerBIPublication
    from qbo_pipeline.tableau.publish import Publication as TableauPublication

START_SECONDS = 60.0
UI_PORT = 3000
WEBHOOK_PORT = 8712


class DemoError(Exception):
    """The demo cannot go on; the message says why and what to do."""


def run_demo(console: Console, *, serve: bool, seed: int, scale: float) -> int:
    """Load both demo companies from a local QuickBooks, publish them, prove rows, books and totals.

    With `serve`, the Dagster UI and the local services run on until interrupted. Returns 0 when every table and every
    account of every month agrees with QuickBooks, and every total with Power BI and Tableau, else 1.

    Raises:
        DemoError: the settings point at a real service, or a local one does not start.
    """
    settings = load_settings()
    if settings.environment is not Environment.LOCAL:
        raise DemoError(
            f"QBO_ENVIRONMENT is {settings.environment.value}: the demo works on the local QuickBooks only. Unset it."
        )
    if urlsplit(_power_bi_url(settings)).hostname not in ("127.0.0.1", "localhost"):
        raise DemoError(
            "The POWERBI_ variables point at a real workspace: the demo publishes to a local one. Unset them."
        )
    if urlsplit(_tableau_url(settings)).hostname not in (None, "127.0.0.1", "localhost"):
        raise DemoError("TABLEAU_SERVER_URL points at a real site: the demo publishes to a local one. Unset it.")
    began = time.monotonic()
    services = _local_services(console, settings, seed, scale)
    with open_session(settings) as session, _services(console, services, meanwhile=session.prepare_warehouse):
        _connect(console, settings, session)
        with _publishers(settings) as publishers:
            succeeded = _full_refresh(console, settings, "load_everything")
            published = [(one, one.begin()) for one in publishers]
            succeeded &= _full_refresh(console, settings, "check_everything")
            proven = _prove(console, session)
            # The job has just pulled the reports; what it could not pull made it fail.
            proven &= show_proof(settings, [], as_json=False, offline=True) == 0
            write_books(settings, settings.data.power_bi_project, data_folder=None, overwrite=False)
            for publisher, publication in published:
                proven &= publisher.tell(console, settings, publication.result())
        console.print(f"Done in {time.monotonic() - began:.0f} s. Open [bold]{_relative(settings)}[/bold] read-only:")
        console.print(
            '  qbo-pipeline sql "SELECT customer_name, sum(balance) AS open FROM quickbooks.invoice GROUP BY ALL"'
        )
        if serve:
            _serve(console, settings)
        else:
            console.print("  make dev leaves the Dagster UI and the local services running.")
    return 0 if succeeded and proven else 1


@dataclass(frozen=True, slots=True)
class _Service:
    """A local service, as it is started where it does not run already."""

    name: str
    url: str
    command: tuple[str, ...]
    """Arguments of Python."""
    served: str
    """What `qbo-pipeline local serve` calls it."""


def _local_services(console: Console, settings: Settings, seed: int, scale: float) -> Iterator[_Service]:
    """QuickBooks with both companies, Power BI, and Tableau where something is published there."""
    folder = settings.data.local
    folder.mkdir(parents=True, exist_ok=True)

    def service(name: str, module: str, served: str, url: str, **arguments: object) -> _Service:
        given = [part for option, value in arguments.items() for part in (f"--{option}", str(value))]
        command = ("-m", f"qbo_pipeline.local.{module}", "--port", str(urlsplit(url).port), *given)
        return _Service(name, url, command, served)

    quickbooks = {"state": folder / "quickbooks.sqlite", "seed": seed, "scale": scale}
    yield service("QuickBooks", "quickbooks", "quickbooks", settings.api_base_url, **quickbooks)
    yield service("Power BI", "power_bi", "power-bi", _power_bi_url(settings), data=folder / "power_bi.duckdb")
    if (reason := unpublished_because(settings)) is not None:
        console.print(reason, markup=False)
    else:
        yield service("Tableau", "tableau", "tableau", _tableau_url(settings), data=folder / "tableau")


@contextmanager
def _services(console: Console, services: Iterable[_Service], meanwhile: Callable[[], None]) -> Iterator[None]:
    """Those that do not run already are started, all at once, for as long as the block lasts.

    What the job needs takes seconds to import and to make, as the services take to start: `meanwhile` is made then.
    """
    with ExitStack() as running:
        started: list[tuple[_Service, subprocess.Popen[bytes]]] = []
        for one in services:
            if _healthy(one.url):
                console.print(f"Using the local {one.name} that runs on {one.url}.")
                continue
            console.print(f"Starting the local {one.name} on {one.url} ...")
            process = subprocess.Popen([sys.executable, *one.command], stderr=subprocess.DEVNULL)
            running.callback(process.wait)
            running.callback(process.terminate)
            started.append((one, process))
        deadline = time.monotonic() + START_SECONDS
        making = running.enter_context(ThreadPoolExecutor(1, "warehouse")).submit(meanwhile)
        import_module("qbo_pipeline.definitions")
        for one, process in started:
            while not _healthy(one.url):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise DemoError(
                        f"The local {one.name} did not start on {one.url}; is the port taken? "
                        f"Try: qbo-pipeline local serve {one.served}"
                    )
                time.sleep(0.1)
        making.result()
        yield


def _power_bi_url(settings: Settings) -> str:
    """The root of the service that the settings point at; nothing where nothing is published."""
    address = urlsplit("" if settings.power_bi is None else settings.power_bi.api_base_url)
    return f"{address.scheme}://{address.netloc}"


def _tableau_url(settings: Settings) -> str:
    """The site's server; nothing where nothing is published."""
    return "" if settings.tableau is None else settings.tableau.server_url


def _healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/control/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _connect(console: Console, settings: Settings, session: Session) -> None:
    """Click Connect for every company that is not connected yet, as a person would in the browser."""
    connected = {company.realm_id for company in session.companies()}
    for company in httpx.get(f"{settings.api_base_url}/control/health").json()["companies"]:
        if company["realm_id"] in connected:
            continue
        state = secrets.token_urlsafe(16)
        form = {"realm": company["realm_id"], "redirect_uri": REDIRECT_URI, "state": state}
        redirect = httpx.post(settings.authorize_url, data=form).headers["location"]
        answer = parse_qs(urlsplit(redirect).query)
        name = session.connect(answer["realmId"][0], answer["code"][0], REDIRECT_URI).name
        console.print(f"Connected {name} ({company['realm_id']}).")


def _full_refresh(console: Console, settings: Settings, step: str) -> bool:
    """Run a step of the job `full_refresh` in this process, as a run that shows in the UI like any other.

    A step a run, so that the dashboards get what was loaded while it is checked. The last step, which publishes in a
    hurry, is left out: the demo publishes at leisure.
    """
    from qbo_pipeline.orchestration.instance import instance_for_runs_of_this_process, prepare_instance

    prepare_instance(settings)
    from qbo_pipeline.definitions import defs

    job = defs.resolve_job_def("full_refresh")
    quiet = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
    working = console.status(_STEPS[step])
    with working, instance_for_runs_of_this_process() as instance:
        return job.execute_in_process(
            instance=instance, run_config=quiet, raise_on_error=False, op_selection=[step]
        ).success


_STEPS = {
    "load_everything": "Loading every entity of both companies ...",
    "check_everything": "Judging every table and the books ...",
}


@dataclass(frozen=True, slots=True)
class _Publisher:
    """A process that publishes to one destination."""

    process: ProcessPoolExecutor
    publish: Callable[[], Any]
    tell: Callable[[Console, Settings, Any], bool]
    """Tells of a publication; False where not all is there or not all is equal."""

    def begin(self) -> Future[Any]:
        """Publish what the warehouse shows now."""
        return self.process.submit(self.publish)


@contextmanager
def _publishers(settings: Settings) -> Iterator[Sequence[_Publisher]]:
    """A process for each destination, which imports what it needs before there is anything to publish."""
    destinations: list[tuple[str, Callable[[], Any], Callable[[Console, Settings, Any], bool]]]
    destinations = [("power_bi", publish_to_power_bi, _tell_power_bi)]
    if unpublished_because(settings) is None:
        destinations.append(("tableau", publish_to_tableau, _tell_tableau))
    with ExitStack() as running:
        publishers = []
        for name, publish, tell in destinations:
            process = running.enter_context(ProcessPoolExecutor(1, get_context("spawn")))
            process.submit(import_module, f"qbo_pipeline.{name}.recorded")
            publishers.append(_Publisher(process, publish, tell))
        yield publishers


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
    url = _power_bi_url(settings)
    for dataset in httpx.get(f"{url}/control/health").json()["datasets"]:
        rows, tables = sum(dataset["rows"].values()), len(dataset["rows"])
        console.print(f"Power BI's dataset {dataset['name']} holds {rows:,} rows of {tables} tables: {url}")
    return done.equal and not done.quarantined and all(one.asked for one in done.totals)


def _tell_tableau(console: Console, settings: Settings, done: TableauPublication) -> bool:
    from qbo_pipeline.command_line.tableau import tell_publication, tell_verification

    tell_publication(done)
    if done.verification is None:
        return False
    tell_verification(done.verification)
    return done.verification.equal and not done.left_out


def _prove(console: Console, session: Session) -> bool:
    """Compare the rows of every table with what QuickBooks counted."""
    from qbo_pipeline.quickbooks.catalogue import ENTITIES

    with session.reading() as query:
        rows = {
            (realm, entity.name): count
            for entity in ENTITIES
            for realm, count in query(
                f'SELECT realm_id, count(*) FROM quickbooks."{entity.table}" WHERE NOT deleted GROUP BY realm_id'
            )
        }
        counted = query(
            "SELECT realm_id, entity, counted FROM audit.sync_run WHERE counted IS NOT NULL "
            "QUALIFY row_number() OVER (PARTITION BY realm_id, entity ORDER BY started_at DESC) = 1"
        )
    table = Table("Company", "Entities", "Records in QuickBooks", "Rows in the warehouse", "Agree", title="Proof")
    for column in table.columns[1:4]:
        column.justify = "right"
    agreed = True
    for company in session.companies():
        own = [(entity, count) for realm, entity, count in counted if realm == company.realm_id]
        differing = [entity for entity, count in own if rows.get((company.realm_id, entity), 0) != count]
        agreed &= not differing
        table.add_row(
            company.name,
            str(len(own)),
            f"{sum(count for _, count in own):,}",
            f"{sum(rows.get((company.realm_id, entity), 0) for entity, _ in own):,}",
            "yes" if not differing else f"no: {', '.join(differing)}",
        )
    console.print(table)
    return agreed


def _serve(console: Console, settings: Settings) -> None:
    """The Dagster UI, the receiver of webhooks and the listener that applies them, until Ctrl-C."""
    commands = Path(sys.executable).parent
    dagster = [str(commands / "dagster"), "dev", "-m", "qbo_pipeline.definitions", "-p", str(UI_PORT)]
    ours = str(commands / "qbo-pipeline")
    _subscribe(settings)
    console.print(
        f"Dagster on [bold]http://localhost:{UI_PORT}[/bold], QuickBooks on {settings.api_base_url}, "
        f"Power BI on {_power_bi_url(settings)}, Tableau on {_tableau_url(settings)}; Ctrl-C ends.\n"
        "Whatever you change in QuickBooks is in the warehouse, in Power BI and in Tableau, seconds later: "
        "[bold]qbo-pipeline local change[/bold]"
    )
    processes = [
        subprocess.Popen(command, start_new_session=True)
        for command in ([ours, "webhooks", "serve", "--port", str(WEBHOOK_PORT)], [ours, "listen"], dagster)
    ]
    try:
        processes[-1].wait()
    except KeyboardInterrupt:
        console.print("Stopping ...")
    finally:
        for process in processes:
            _stop(process)


def _subscribe(settings: Settings) -> None:
    """Tell the local QuickBooks where webhooks go, as a person does on the app's page at developer.intuit.com."""
    from qbo_pipeline.webhooks.receiver import PATH

    [token, *_] = settings.webhook_verifier_tokens
    asked = {"url": f"http://127.0.0.1:{WEBHOOK_PORT}{PATH}", "verifier_token": token}
    httpx.post(f"{settings.api_base_url}/control/webhooks", json=asked).raise_for_status()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children; Dagster's are known to outlive a polite request."""
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, ending)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            continue


def _relative(settings: Settings) -> str:
    path = settings.data.warehouse
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)

"""The demo from beginning to end."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
from rich.console import Console
from rich.markup import escape

from qbo_pipeline.command_line.connect import REDIRECT_URI
from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.power_bi_project import write_books
from qbo_pipeline.command_line.prove import show_proof
from qbo_pipeline.demo.dashboards import publishers
from qbo_pipeline.demo.row_counts import rows_agree
from qbo_pipeline.demo.services import local_services, power_bi_url, running, tableau_url
from qbo_pipeline.demo.serving import require_ports, serve_until_interrupted
from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.settings import Environment, Settings, load_settings

if TYPE_CHECKING:
    from dagster import DagsterEvent


def run_demo(console: Console, *, serve: bool, seed: int, scale: float) -> int:
    """Load both demo companies from a local QuickBooks, publish them, prove rows, books and totals.

    With `serve`, the Dagster UI and the local services run on until interrupted. Returns 0 when every table and every
    account of every month agrees with QuickBooks, and every total with Power BI and Tableau, else 1.

    Raises:
        CommandError: the settings point at a real service, a local one does not start or a port is taken, or
            not all could be loaded.
    """
    settings = load_settings()
    if settings.environment is not Environment.LOCAL:
        raise CommandError(
            f"QBO_ENVIRONMENT is {settings.environment.value}: the demo works on the local QuickBooks only.",
            "Unset it.",
        )
    if urlsplit(power_bi_url(settings)).hostname not in (None, "127.0.0.1", "localhost"):
        raise CommandError(
            "The POWERBI_ variables point at a real workspace: the demo publishes to a local one.", "Unset them."
        )
    if urlsplit(tableau_url(settings)).hostname not in (None, "127.0.0.1", "localhost"):
        raise CommandError("TABLEAU_SERVER_URL points at a real site: the demo publishes to a local one.", "Unset it.")
    if serve:
        require_ports()
    began = time.monotonic()
    services = local_services(console, settings, seed, scale)
    with open_session(settings) as session, running(console, services, meanwhile=session.prepare_warehouse):
        _connect(console, settings, session)
        with publishers(settings) as destinations:
            if not _full_refresh(console, settings, "load_everything"):
                raise CommandError(
                    "The companies could not be loaded.",
                    "What is loaded stays: mend what is told above, and run it again.",
                )
            published = [(one, one.begin()) for one in destinations]
            succeeded = _full_refresh(console, settings, "check_everything")
            proven = rows_agree(console, session)
            # The job has just pulled the reports; what it could not pull made it fail.
            proven &= show_proof(settings, [], as_json=False, offline=True) == 0
            write_books(settings, settings.data.power_bi_project, data_folder=None, overwrite=False)
            for publisher, publication in published:
                proven &= publisher.tell(console, settings, publication.result())
        console.print(
            f"Done in {time.monotonic() - began:.0f} s. Open [bold]{escape(_relative(settings))}[/bold] read-only:"
        )
        console.print(
            '  qbo-pipeline sql "SELECT customer_name, sum(balance) AS open FROM quickbooks.invoice GROUP BY ALL"'
        )
        if serve:
            serve_until_interrupted(console, settings)
        else:
            console.print("  make dev leaves the Dagster UI and the local services running.")
    return 0 if succeeded and proven else 1


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
        console.print(f"Connected {name} ({company['realm_id']}).", markup=False)


def _full_refresh(console: Console, settings: Settings, step: str) -> bool:
    """Run a step of the job `full_refresh` in this process, as a run that shows in the UI like any other.

    A step a run, so that the dashboards get what was loaded while it is checked. The last step, which publishes in a
    hurry, is left out: the demo publishes at leisure. Returns whether it succeeded; what ended it is told.

    Raises:
        KeyboardInterrupt: a person ended it, which Dagster makes a failure like any other.
    """
    from qbo_pipeline.orchestration.instance import instance_for_runs_of_this_process, prepare_instance
    from qbo_pipeline.orchestration.run_failure import cause_of
    from qbo_pipeline.orchestration.runs import of_this_machine

    prepare_instance(settings)
    from qbo_pipeline.definitions import defs

    job = defs.resolve_job_def("full_refresh")
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    working = console.status(_STEPS[step])
    with working, instance_for_runs_of_this_process() as instance:
        done = job.execute_in_process(
            instance=instance, run_config=quiet, raise_on_error=False, op_selection=[step], tags=of_this_machine()
        )
    if any(_is_an_interrupt(event) for event in done.all_events):
        raise KeyboardInterrupt
    for event in done.filter_events(lambda one: one.is_step_failure):
        console.print(cause_of(event), style="red", markup=False)
    return done.success


def _is_an_interrupt(event: DagsterEvent) -> bool:
    error = getattr(event.event_specific_data, "error", None)
    return getattr(error, "cls_name", None) == "DagsterExecutionInterruptedError"


_STEPS = {
    "load_everything": "Loading every entity of both companies ...",
    "check_everything": "Judging every table and the books ...",
}


def _relative(settings: Settings) -> str:
    path = settings.data.warehouse
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)

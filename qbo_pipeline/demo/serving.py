"""What runs on after the demo: the Dagster UI, the receiver of webhooks and the listener that applies them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
from rich.console import Console

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.demo.services import power_bi_url, tableau_url
from qbo_pipeline.settings import Settings

UI_PORT = 3000
WEBHOOK_PORT = 8712


def require_ports() -> None:
    """See, before anything is loaded, that what is served in the end can be.

    Dagster goes on without its page where the port is taken, and whose page is there then is another's.

    Raises:
        CommandError: a port is taken.
    """
    from qbo_pipeline.command_line.doctor_machine import is_free

    for port, what in ((UI_PORT, "the Dagster UI"), (WEBHOOK_PORT, "the receiver of webhooks")):
        if not is_free(port):
            raise CommandError(
                f"Port {port}, of {what}, is in use: another make dev, or another program.", "Stop what uses it."
            )


def serve_until_interrupted(console: Console, settings: Settings) -> None:
    """The Dagster UI, the receiver of webhooks and the listener that applies them, until Ctrl-C or its like."""
    ours = str(Path(sys.executable).parent / "qbo-pipeline")
    _subscribe(settings)
    dashboards = {"Power BI": power_bi_url(settings), "Tableau": tableau_url(settings)}
    served = {name: url for name, url in dashboards.items() if url}
    where = [f"{name} on {url}" for name, url in {"QuickBooks": settings.api_base_url, **served}.items()]
    console.print(
        f"Dagster on [bold]http://localhost:{UI_PORT}[/bold], {', '.join(where)}, in some seconds; Ctrl-C ends.\n"
        f"Whatever you change in QuickBooks is {', '.join(f'in {one}' for one in ('the warehouse', *served))}, seconds "
        "later: [bold]qbo-pipeline local change[/bold]"
    )
    run_until_interrupted(
        console, [[ours, "webhooks", "serve", "--port", str(WEBHOOK_PORT)], [ours, "listen"], _dagster()]
    )


def _dagster() -> list[str]:
    """Dagster tells of each look of each sensor, some every five seconds: what is said above would be out of sight."""
    quiet = [sys.executable, "-W", "ignore::FutureWarning", "-m", "dagster"]  # `dagster dev` advises a tool we lack
    return [*quiet, "dev", "-m", "qbo_pipeline.definitions", "-p", str(UI_PORT), "--log-level", "warning"]


def run_until_interrupted(console: Console, commands: list[list[str]]) -> None:
    """Run commands beside one another until the last ends or a person wants it, then end them all."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        with _ended_like_ctrl_c():
            processes += [subprocess.Popen(command, start_new_session=True) for command in commands]
            processes[-1].wait()
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):  # there is no terminal any more where it was closed
            console.print("Stopping ...")
    finally:
        for process in processes:
            _stop(process)


@contextlib.contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """A closed terminal and a polite kill are a KeyboardInterrupt within the block; both are ignored ever after.

    What runs is in sessions of its own, so no terminal ends it: it would keep its ports, and apply and publish on.
    """
    endings = [getattr(signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name)]
    for ending in endings:
        signal.signal(ending, signal.default_int_handler)
    try:
        yield
    finally:
        for ending in endings:
            signal.signal(ending, signal.SIG_IGN)


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

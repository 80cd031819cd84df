"""What runs on after the demo: the Dagster UI, the receiver of webhooks and the listener that applies them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
from rich.console import Console

from qbo_pipeline.demo.services import power_bi_url, tableau_url
from qbo_pipeline.settings import Settings

UI_PORT = 3000
WEBHOOK_PORT = 8712


def serve_until_interrupted(console: Console, settings: Settings) -> None:
    """The Dagster UI, the receiver of webhooks and the listener that applies them, until Ctrl-C."""
    commands = Path(sys.executable).parent
    dagster = [str(commands / "dagster"), "dev", "-m", "qbo_pipeline.definitions", "-p", str(UI_PORT)]
    ours = str(commands / "qbo-pipeline")
    _subscribe(settings)
    dashboards = {"Power BI": power_bi_url(settings), "Tableau": tableau_url(settings)}
    served = {name: url for name, url in dashboards.items() if url}
    where = [f"{name} on {url}" for name, url in {"QuickBooks": settings.api_base_url, **served}.items()]
    console.print(
        f"Dagster on [bold]http://localhost:{UI_PORT}[/bold], {', '.join(where)}; Ctrl-C ends.\n"
        f"Whatever you change in QuickBooks is {', '.join(f'in {one}' for one in ('the warehouse', *served))}, seconds "
        "later: [bold]qbo-pipeline local change[/bold]"
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

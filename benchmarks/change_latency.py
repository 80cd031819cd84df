"""From a change in QuickBooks to the published warehouse and on to the dashboards, with all running as in `make dev`.

Each change raises an invoice by a dollar at a random moment. What is timed begins when the receiver has the delivery,
and ends when the warehouse that has its row is under the name that readers open; and then when Power BI took the last
row, and Tableau ended the job, of the first publication that began after that.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx

from benchmarks.processes import answers, running, told, wait_until
from qbo_pipeline.local.companies import REALM_IDS
from qbo_pipeline.local.quickbooks.living import connect
from qbo_pipeline.settings import LOCAL_VERIFIER_TOKEN
from qbo_pipeline_tests.ports import free_port

BIN = Path(sys.executable).parent
COMPANY = "larkspur"
SCALE = 0.2


@dataclass(frozen=True, slots=True)
class Pace:
    """How changes come. Their moments are random, so that none is in step with what looks for webhooks."""

    seconds: float
    """Between two changes on average."""
    shuffled: bool
    """Whether each comes at any moment, however soon after the last; else within a fifth of the average."""

    def pause(self, chance: random.Random) -> float:
        """Seconds until the next change."""
        if self.shuffled:
            return chance.expovariate(1 / self.seconds)
        return chance.uniform(0.8, 1.2) * self.seconds


SINGLE = Pace(10.0, shuffled=False)
"""One after the other: a change has come to the dashboards before the next one is made."""
CROWDED = Pace(2.0, shuffled=True)
"""More than these services, on two processors, have done with one change before the next one comes."""
_SETTLE_SECONDS = 20.0
"""After Dagster or the listener says that it runs; sensors of a new instance have more to do at first."""
_GLANCE_SECONDS = 0.01
_LOOK_SECONDS = 5.0
"""Between two looks into the warehouse, each of which costs what a change does not."""

STAGES = ("wait until somebody looks", "start of the run", "reading", "merging", "publishing")


@dataclass(frozen=True, slots=True)
class Journey:
    """One event. Seconds."""

    stages: tuple[float, ...]
    """In the order of `STAGES`."""
    to_power_bi: float
    """From the published row to the last row that Power BI took of it."""
    to_tableau: float
    """From the published row to the end of Tableau's job."""

    @property
    def seconds(self) -> float:
        """From arrival to the published row."""
        return sum(self.stages)


def quantile(values: Sequence[float], share: float) -> float:
    """Within this value that share of the values is."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def journeys(
    folder: Path, changes: int, *, listener: bool, pace: Pace = SINGLE, seed: int = 7
) -> list[Journey]:  # fmt: skip
    """Make changes and follow each event: by the listener, or by the sensor alone."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    power_bi_port = free_port()
    power_bi = f"http://127.0.0.1:{power_bi_port}"
    tableau_port = free_port()
    tableau = f"http://127.0.0.1:{tableau_port}"
    environment = {
        **os.environ,
        "TABLEAU_SERVER_URL": tableau,
        "POWERBI_API_BASE_URL": f"{power_bi}/v1.0/myorg",
        "POWERBI_AUTHORITY_URL": power_bi,
        "QBO_PIPELINE_DATA_DIR": str(folder / "data"),
        "QBO_API_BASE_URL": url,
        "QBO_TOKEN_URL": f"{url}/oauth2/v1/tokens/bearer",
        "QBO_AUTHORIZE_URL": f"{url}/connect/oauth2",
        "DAGSTER_HOME": str(folder / "data" / "dagster"),
    }
    warehouse = folder / "data" / "warehouse.duckdb"
    with ExitStack() as stack:
        local = [sys.executable, "-m", "qbo_pipeline.local.quickbooks", "--port", str(port), "--companies", COMPANY]
        local += ["--scale", str(SCALE), "--state", str(folder / "quickbooks.sqlite")]
        stack.enter_context(running(local, environment, folder / "quickbooks.log"))
        wait_until(lambda: answers(f"{url}/control/health"))
        local = [sys.executable, "-m", "qbo_pipeline.local.power_bi", "--port", str(power_bi_port)]
        local += ["--data", str(folder / "power_bi.duckdb")]
        stack.enter_context(running(local, environment, folder / "power_bi.log"))
        wait_until(lambda: answers(f"{power_bi}/control/health"))
        local = [sys.executable, "-m", "qbo_pipeline.local.tableau", "--port", str(tableau_port)]
        stack.enter_context(running([*local, "--data", str(folder / "tableau")], environment, folder / "tableau.log"))
        wait_until(lambda: answers(f"{tableau}/control/health"))
        subprocess.run([str(BIN / "qbo-pipeline"), "demo"], env=environment, capture_output=True, check=True)
        receiver = [str(BIN / "qbo-pipeline"), "webhooks", "serve", "--port", "0"]
        stack.enter_context(running(receiver, environment, folder / "receiver.log"))
        address = told(folder / "receiver.log", r"on (http://\S+)\.")
        subscription = {"url": address, "verifier_token": LOCAL_VERIFIER_TOKEN}
        httpx.post(f"{url}/control/webhooks", json=subscription).raise_for_status()
        if listener:
            stack.enter_context(running([str(BIN / "qbo-pipeline"), "listen"], environment, folder / "listener.log"))
            told(folder / "listener.log", "(Listening)")
        ui = free_port()
        dagster = [str(BIN / "dagster"), "dev", "-m", "qbo_pipeline.definitions", "-p", str(ui)]
        stack.enter_context(running(dagster, environment, folder / "dagster.log"))
        wait_until(lambda: answers(f"http://127.0.0.1:{ui}/server_info"))
        time.sleep(_SETTLE_SECONDS)
        with _publications(warehouse) as published:
            _change(url, changes, pace, random.Random(seed))
            wait_until(lambda: _applied(warehouse) >= changes)
            time.sleep(_SETTLE_SECONDS)
        state = folder / "data" / "state" / "state.sqlite"
        taken, ended = _taken(state, power_bi), _ended(state)
        events = _events(warehouse)
        created = _runs(folder / "data" / "dagster", {run for *_, run in events})
    return [_journey(event, created, published, taken, ended) for event in events]


def _journey(
    event: tuple[float, float, float, float, str],
    created: Mapping[str, float],
    published: Sequence[float],
    taken: Sequence[tuple[float, float]],
    ended: Sequence[tuple[float, float]],
) -> Journey:
    arrived, claimed, read, merged, run = event
    # A run that was under way already when the event arrived claims it without anybody asking for a run.
    asked = min(max(created[run], arrived), claimed)
    seen = next((at for at in published if at >= merged), published[-1])
    stages = (asked - arrived, claimed - asked, read - claimed, merged - read, max(seen - merged, 0.0))
    in_power_bi, in_tableau = (
        next((last for began, last in found if began >= seen), float("inf")) for found in (taken, ended)
    )
    return Journey(stages, in_power_bi - seen, in_tableau - seen)


def _taken(state: Path, power_bi: str) -> list[tuple[float, float]]:
    """When each publication that sent rows began, and when Power BI took the last of them."""
    with sqlite3.connect(state) as connection:
        spans = connection.execute(
            "SELECT started_at, finished_at FROM publication "
            "WHERE destination = 'power_bi' AND outcome = 'done' AND row_count > 0 ORDER BY 1"
        ).fetchall()
    asked = httpx.get(f"{power_bi}/control/requests").json()["requests"]
    posts = [one["at"] for one in asked if one["method"] == "POST" and one["path"].endswith("/rows")]
    return [(began, max(inside)) for began, ended in spans if (inside := [at for at in posts if began <= at <= ended])]


def _ended(state: Path) -> list[tuple[float, float]]:
    """When each publication to Tableau that sent rows began, and when its job was known to have ended."""
    with sqlite3.connect(state) as connection:
        return connection.execute(
            "SELECT publication.started_at, min(delivery.settled_at) FROM publication JOIN delivery "
            "ON delivery.destination = publication.destination AND delivery.kind IN ('update', 'publish') "
            "AND delivery.settled_at BETWEEN publication.started_at AND publication.finished_at "
            "WHERE publication.destination = 'tableau' AND publication.outcome = 'done' AND publication.row_count > 0 "
            "GROUP BY publication.started_at ORDER BY 1"
        ).fetchall()


def _change(url: str, changes: int, pace: Pace, chance: random.Random) -> None:
    realm = REALM_IDS[COMPANY]
    with httpx.Client(base_url=url, timeout=30) as http:
        token = connect(http, realm).access_token
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        query = {"query": f"SELECT * FROM Invoice MAXRESULTS {changes}", "minorversion": "75"}
        found = http.get(f"/v3/company/{realm}/query", params=query, headers=headers).raise_for_status().json()
        for invoice in found["QueryResponse"]["Invoice"]:
            time.sleep(pace.pause(chance))
            sparse = {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"], "sparse": True}
            sparse["Line"] = _dearer(invoice["Line"])
            http.post(f"/v3/company/{realm}/invoice", json=sparse, headers=headers).raise_for_status()


def _dearer(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines, the first item a dollar more."""
    first = next(line for line in lines if line["DetailType"] == "SalesItemLineDetail")
    for computed in ("Qty", "UnitPrice"):
        first["SalesItemLineDetail"].pop(computed, None)
    return [{**line, "Amount": line["Amount"] + 1} if line is first else line for line in lines]


def _events(warehouse: Path) -> list[tuple[float, float, float, float, str]]:
    """Epoch seconds of arrival, claim, read and merge, and the run."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(
            "SELECT epoch(arrived_at), epoch(claimed_at), epoch(read_at), epoch(merged_at), run_id "
            "FROM audit.webhook_event WHERE outcome = 'applied' AND entity = 'Invoice' ORDER BY arrived_at"
        ).fetchall()


def _applied(warehouse: Path) -> int:
    time.sleep(_LOOK_SECONDS)
    return len(_events(warehouse))


def _runs(home: Path, run_ids: set[str]) -> dict[str, float]:
    """When each run was asked for, epoch seconds."""
    from dagster import DagsterInstance, RunsFilter

    os.environ["DAGSTER_HOME"] = str(home)  # the shipped dagster.yaml asks for it
    with DagsterInstance.get() as instance:
        records = instance.get_run_records(RunsFilter(run_ids=list(run_ids)))
    return {record.dagster_run.run_id: record.create_timestamp.timestamp() for record in records}


@contextmanager
def _publications(warehouse: Path) -> Iterator[list[float]]:
    """The epoch seconds at which another file came under the warehouse's name, noted while the block runs."""
    noted: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        known = warehouse.stat().st_ino
        while not ended.wait(_GLANCE_SECONDS):
            current = warehouse.stat().st_ino
            if current != known:
                noted.append(time.time())
                known = current

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield noted
    finally:
        ended.set()
        thread.join()

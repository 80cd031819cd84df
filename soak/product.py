"""The pipeline as a user has it: its commands, as processes, with an environment of their own."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import httpx

from qbo_pipeline.ingestion.results import Query
from qbo_pipeline_tests.ports import free_port
from soak.processes import Process, wait_for

BIN = Path(sys.executable).parent
VERIFIER_TOKEN = "soak-verifier-token-5b1d7c"
CLIENT_SECRET = "local-client-secret"
"""The one that the local QuickBooks knows. Both are looked for in everything the product writes."""

CHANGE_SECONDS = 20
"""How often Dagster asks change data capture."""

_COMMAND_SECONDS = 600.0
_CONNECT_ATTEMPTS = 40


@dataclass(frozen=True, slots=True)
class Run:
    """A run as Dagster knows it."""

    job: str
    id: str
    status: str

    @property
    def has_ended(self) -> bool:
        """Whether it neither waits nor runs."""
        return self.status in ("SUCCESS", "FAILURE", "CANCELED")


class CommandFailedError(Exception):
    """A command of the product ended with another exit code than 0."""

    def __init__(self, arguments: Sequence[str], code: int, said: str) -> None:
        self.said = said
        super().__init__(f"qbo-pipeline {' '.join(arguments)} ended with {code}:\n{said[-3000:]}")


class Product:
    """One installation, with a data folder of its own."""

    def __init__(self, folder: Path, quickbooks: str) -> None:
        self.data = folder / "data"
        self._folder = folder
        self._quickbooks = quickbooks
        self.environment = {
            "QBO_PIPELINE_DATA_DIR": str(self.data),
            "QBO_ENVIRONMENT": "local",
            "QBO_CLIENT_ID": "local-client-id",
            "QBO_API_BASE_URL": quickbooks,
            "QBO_TOKEN_URL": f"{quickbooks}/oauth2/v1/tokens/bearer",
            "QBO_AUTHORIZE_URL": f"{quickbooks}/connect/oauth2",
            "QBO_REVOKE_URL": f"{quickbooks}/v2/oauth2/tokens/revoke",
            "QBO_WEBHOOK_VERIFIER_TOKEN": VERIFIER_TOKEN,
            "QBO_CDC_INTERVAL_SECONDS": str(CHANGE_SECONDS),
            "QBO_CDC_INTERVAL_WITH_WEBHOOKS_SECONDS": str(CHANGE_SECONDS),
            "DAGSTER_HOME": str(self.data / "dagster"),
            # Publishers have soaks of their own. Nobody answers them here, and trying delays the changes.
            "POWERBI_WORKSPACE_ID": "off",
            "TABLEAU_SERVER_URL": "off",
            "COLUMNS": "200",
        }
        port = free_port()
        self.webhooks_url = f"http://127.0.0.1:{port}/webhooks"
        self._health_url = f"http://127.0.0.1:{port}/health"
        ours = str(BIN / "qbo-pipeline")
        daemon = [str(BIN / "dagster-daemon"), "run", "-m", "qbo_pipeline.definitions"]
        self.receiver = self._process("receiver", [ours, "webhooks", "serve", "--port", str(port)])
        self.listener = self._process("listener", [ours, "listen"])
        self.daemon = self._process("daemon", daemon)
        self.sync = self._process("sync", [ours, "sync"])
        self.processes = (self.listener, self.daemon, self.sync, self.receiver)
        self.log = folder / "commands.log"
        self.reconnected: list[str] = []
        """What had ended each connection that was made again."""

    def __enter__(self) -> Product:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def start(self, processes: Sequence[Process]) -> None:
        """Start some, the listener before Dagster's daemon: it makes databases that two must not make at once."""
        for process in processes:
            process.start()
            if process is self.receiver:
                wait_for(process, self._health_url)
            elif process is self.listener:
                wait_for(process, said="Listening to")

    def end(self) -> None:
        """End all of them, as Ctrl-C does."""
        for process in self.processes:
            process.end()

    @property
    def inbox(self) -> Path:
        """Where deliveries wait."""
        return self.data / "webhooks" / "inbox"

    def run(self, *arguments: str) -> str:
        """What a command writes to standard output.

        Raises:
            CommandFailedError: it failed; its complaint is in the message.
        """
        done = subprocess.run(
            [str(BIN / "qbo-pipeline"), *arguments],
            env=self._environment(),
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
        self._note(arguments, done.stdout + done.stderr)
        if done.returncode != 0:
            raise CommandFailedError(arguments, done.returncode, done.stdout + done.stderr)
        return done.stdout

    def connect(self, realm: str) -> None:
        """`connect --no-browser`, with a person who clicks Connect and pastes the address; again until it worked.

        Raises:
            CommandFailedError: it never did.
        """
        for attempt in range(1, _CONNECT_ATTEMPTS + 1):
            code, said = self._connected(realm)
            if code == 0:
                return
            time.sleep(min(0.2 * attempt, 2.0))
        raise CommandFailedError(["connect", "--no-browser"], code, said)

    def reconnect_ended(self) -> None:
        """Do what the product asks a person to do about connections that have ended."""
        for one in json.loads(self.run("companies", "--json")):
            if one["status"] not in ("connected", "disconnected"):
                self.connect(one["realm_id"])
                self.reconnected.append(one["status"])

    @contextmanager
    def reading(self) -> Iterator[Query]:
        """Queries on the published warehouse, as any client of it may ask them, all on one state of it."""
        with duckdb.connect(str(self.data / "warehouse.duckdb"), read_only=True) as connection:
            yield lambda sql, parameters=(): connection.execute(sql, list(parameters)).fetchall()

    def deliveries_left(self) -> list[Path]:
        """Files that wait or are worked on.

        Names with a dot are none: a receiver that was killed while it wrote one had not answered, and the next sweeps
        them up when they are an hour old.
        """
        folders = (self.inbox, self.inbox.parent / "processing")
        return [
            path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")
        ]

    def runs(self) -> list[Run]:
        """Dagster's runs, those of the listener included."""
        database = self.data / "dagster" / "history" / "runs.db"
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=60)) as connection:
            return [Run(*row) for row in connection.execute("SELECT pipeline_name, run_id, status FROM runs")]

    def logs(self) -> list[Path]:
        """Every text that the product wrote about itself."""
        return [one.log for one in self.processes if one.log.exists()] + [
            self.log,
            *(path for path in (self.data / "dagster").rglob("*") if path.is_file()),
        ]

    def _connected(self, realm: str) -> tuple[int, str]:
        command = [str(BIN / "qbo-pipeline"), "connect", "--no-browser"]
        with subprocess.Popen(
            command,
            env=self._environment(),
            cwd=self._folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            said = ""
            while "Then paste" not in said and (line := process.stdout.readline()):
                said += line
            state = re.search(r"state=([\w-]+)", said)
            redirect = re.search(r"redirect_uri=([^&\s]+)", said)
            if state is not None and redirect is not None:
                uri = httpx.URL(f"http://any/?redirect_uri={redirect[1]}").params["redirect_uri"]
                form = {"realm": realm, "redirect_uri": uri, "state": state[1]}
                clicked = httpx.post(f"{self._quickbooks}/connect/oauth2", data=form)
                process.stdin.write(clicked.headers["location"] + "\n")
                process.stdin.flush()
            process.stdin.close()
            said += process.stdout.read()
        self._note(command[1:], said)
        return process.returncode, said

    def _process(self, name: str, command: Sequence[str]) -> Process:
        return Process(name, command, self.environment, self._folder)

    def _environment(self) -> dict[str, str]:
        return dict(self.receiver.environment)

    def _note(self, arguments: Sequence[str], said: str) -> None:
        with self.log.open("a") as log:
            log.write(f"$ qbo-pipeline {' '.join(arguments)}\n{said}\n")

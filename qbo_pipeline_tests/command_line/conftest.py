from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from qbo_pipeline.cli import app
from qbo_pipeline.command_line import connect as connecting
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.client import open_vault
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.vault import TokenGrant
from qbo_pipeline.warehouse.records import RunRecord
from qbo_pipeline.warehouse.warehouse import open_warehouse
from qbo_pipeline_tests.warehouse.every_column import store_every_column

REALM = "9341452000000001"


@dataclass(frozen=True)
class Answer:
    exit_code: int
    output: str
    """Standard output."""
    told: str
    """Standard error."""

    @property
    def json(self) -> Any:
        assert self.output, self.told
        return json.loads(self.output)


Run = Callable[..., Answer]


@pytest.fixture(autouse=True)
def only_our_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("QBO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QBO_PIPELINE_ENCRYPTION_KEY", Fernet.generate_key().decode())
    # Nobody listens there: a test that asks QuickBooks says so by pointing at a server of its own.
    for variable in ("QBO_API_BASE_URL", "QBO_TOKEN_URL"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")


@pytest.fixture
def run() -> Run:
    runner = CliRunner()

    def invoke(*arguments: str, typed: str | None = None) -> Answer:
        result = runner.invoke(app, arguments, input=typed)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    return invoke


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Commands heed Ctrl-C as in a terminal: those of tests that were started in the background would ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def settings() -> Settings:
    return load_settings()


@pytest.fixture
def connected(settings: Settings) -> Callable[..., None]:
    """Stores a connection as if a person had clicked Connect."""

    def connect(
        realm_id: str = REALM,
        name: str = "Larkspur Advisory",
        ends_in: timedelta = timedelta(days=100),
        issued: datetime | None = None,
        hard_ends_in: timedelta | None = None,
        environment: str | None = None,
    ) -> None:
        now = issued or datetime.now(UTC)
        ends_for_good = None if hard_ends_in is None else now + hard_ends_in
        grant = TokenGrant("access", "refresh", now, now + timedelta(hours=1), now + ends_in, ends_for_good)
        with StateStore(settings.state_url) as store:
            open_vault(settings, store).connect(realm_id, grant, environment=environment, company_name=name)

    return connect


@pytest.fixture
def quickbooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalQuickBooks]:
    """A local QuickBooks without companies, in force as the one that commands talk to."""
    with LocalQuickBooks(tmp_path / "quickbooks.sqlite") as service:
        for variable, path in (
            ("QBO_API_BASE_URL", ""),
            ("QBO_TOKEN_URL", "/oauth2/v1/tokens/bearer"),
            ("QBO_AUTHORIZE_URL", "/connect/oauth2"),
            ("QBO_REVOKE_URL", "/v2/oauth2/tokens/revoke"),
        ):
            monkeypatch.setenv(variable, service.url + path)
        yield service


def on_terminal(*arguments: str, columns: int = 80) -> str:
    """What a command shows on a terminal of so many columns."""
    program = "import sys; from qbo_pipeline.cli import app; app(sys.argv[1:])"
    environment = {**os.environ, "COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "xterm"}
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ):
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # what a terminal says that nobody writes to any more
            while part := os.read(ours, 65_536):
                shown += part
    os.close(ours)
    return shown.decode()


@dataclass(frozen=True)
class Books:
    """A small company for the local QuickBooks."""

    realm_id: str
    name: str
    records: tuple[tuple[str, dict[str, Any]], ...]
    deleted: tuple[Any, ...] = ()


def join(quickbooks: LocalQuickBooks, realm_id: str) -> None:
    """Connect a company of the local QuickBooks, as a person who pastes the redirect would."""

    def click(page: str) -> str:
        asked = {key: values[0] for key, values in parse_qs(urlsplit(page).query).items()}
        code = quickbooks.oauth.authorize(realm_id, asked["redirect_uri"])
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'realmId': realm_id})}"

    pages: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rich.console.Console.print", lambda _, text="", **__: pages.append(str(text)))
        connecting.connect(load_settings(), browser=False, ask=lambda _: click(pages[0].splitlines()[-1]))


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a warehouse of ten invoices, four of them deleted; the folder is shared: do not change it."""
    data = Settings(data_dir=tmp_path_factory.mktemp("warehouse")).data
    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        store_every_column(warehouse.connection, [entity("Invoice"), entity("CompanyInfo")])
        warehouse.rows(
            "INSERT INTO stored.invoice BY NAME SELECT ? AS realm_id, i::VARCHAR AS id, i % 3 = 0 AS deleted, "
            "TIMESTAMP '2026-11-01 08:00' + INTERVAL (i) HOUR AS updated_at, 1234567890123.4567 AS balance "
            "FROM range(10) AS one(i)",
            [REALM],
        )
        warehouse.rows(
            "INSERT INTO stored.company_info BY NAME "
            "SELECT ? AS realm_id, '1' AS id, false AS deleted, 'Larkspur [Advisory]' AS company_name",
            [REALM],
        )
        warehouse.rows(
            "INSERT INTO audit.rejected_record BY NAME SELECT 1 AS version_id, ? AS realm_id, 'Bill' AS entity, "
            "'7' AS id, 'TotalAmt' AS field, 'x' AS value, 'not a number' AS reason, "
            "TIMESTAMP '2026-11-01' AS received_at, 'r' AS run_id, '{}' AS raw",
            [REALM],
        )
        early, late = datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, 4, 5, tzinfo=UTC)
        warehouse.record_runs(
            RunRecord(run_id, REALM, "Invoice", source, at, 1.0, 10, 10, 0, 0, 0, 0, None, calls, 100, {}, None)
            for run_id, source, at, calls in (("one", "backfill", early, 5), ("two", "cdc", late, 2))
        )
        warehouse.publish()
    return data.root


@pytest.fixture
def warehouse(published: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The published warehouse, in force as the data folder of the commands; read-only by convention."""
    monkeypatch.setenv("QBO_PIPELINE_DATA_DIR", str(published))
    return published / "warehouse.duckdb"

"""A company with accounts, classes and departments in the local QuickBooks, loaded and exported."""

from __future__ import annotations

import csv
import functools
import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from qbo_pipeline.command_line.connect import REDIRECT_URI
from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.client import QuickBooksClient
from qbo_pipeline.reference import exchange
from qbo_pipeline.reference.plan import Plan
from qbo_pipeline.reference.results import Result
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline.state.request_windows import RequestLimits
from qbo_pipeline_tests.end_to_end.conftest import without_models

__all__ = ["without_models"]

NAME = "Reference Books"
UNLIMITED = RequestLimits(per_second=10_000, per_minute=1_000_000)


def record(key: str, name: str, parent: str = "", **values: Any) -> dict[str, Any]:
    stamp = "2026-01-01T08:00:00-08:00"
    meta = {"CreateTime": stamp, "LastUpdatedTime": stamp}
    full = values.pop("full", name)
    above = {"ParentRef": {"value": parent}} if parent else {}
    own = {"Name": name, "FullyQualifiedName": full, "Active": True, **above, **values}
    return {"domain": "QBO", "sparse": False, "Id": key, "SyncToken": "0", "MetaData": meta, **own}


def account(key: str, name: str, parent: str = "", **values: Any) -> dict[str, Any]:
    usual = {"AccountType": "Expense", "Classification": "Expense", "CurrentBalance": 0, "SubAccount": bool(parent)}
    return record(key, name, parent, **{**usual, **values})


def some_records() -> list[tuple[str, dict[str, Any]]]:
    return [
        ("CompanyInfo", record("1", NAME, CompanyName=NAME, Country="US")),
        ("Preferences", record("1", "", AccountingInfoPrefs={"UseAccountNumbers": True})),
        ("Account", account("11", "Office", AcctNum="0100", Description="All of it", TxnLocationType="WithinFrance")),
        ("Account", account("12", "Paper", "11", full="Office:Paper")),
        ("Account", account("13", "Cash", AccountType="Bank", AccountSubType="Checking", Classification="Asset")),
        ("Account", account("14", "Old", Active=False)),
        ("Class", record("21", "East", SubClass=False)),
        ("Class", record("22", "Coast", "21", full="East:Coast", SubClass=True)),
        ("Department", record("31", "Berlin", SubDepartment=False, Address={"City": "Berlin"})),
    ]


@dataclass(frozen=True)
class ReferenceBooks:
    realm_id: str
    name: str = NAME
    records: list[tuple[str, dict[str, Any]]] = field(default_factory=some_records)
    deleted: tuple[Any, ...] = ()


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalQuickBooks]:
    """One service for all tests; each has a company of its own in it."""
    with LocalQuickBooks(tmp_path_factory.mktemp("service") / "quickbooks.sqlite") as service:
        yield service


@pytest.fixture(scope="package")
def settings(running: LocalQuickBooks, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(
        data_dir=tmp_path_factory.mktemp("data"),
        encryption_key=Fernet.generate_key().decode(),
        allow_reference_write=True,
        api_base_url_override=running.url,
        token_url_override=f"{running.url}/oauth2/v1/tokens/bearer",
    )


@pytest.fixture(scope="package")
def session(settings: Settings) -> Iterator[Session]:
    """One warehouse for all tests: making one takes longer than any of them."""
    with open_session(settings, UNLIMITED) as one:
        yield one


@dataclass(frozen=True)
class Company:
    """A company of the local QuickBooks, as a person sees it there."""

    quickbooks: LocalQuickBooks
    realm_id: str

    def record(self, kind: str, key: str) -> dict[str, Any]:
        return self.quickbooks.store.get(self.realm_id, kind, key) or {}

    def touch(self, kind: str, key: str, **values: Any) -> None:
        self.quickbooks.writer.touch(self.realm_id, kind, key, **values)

    def create(self, kind: str, **values: Any) -> str:
        return str(self.quickbooks.writer.save(self.realm_id, kind, values)["Id"])

    def named(self, kind: str, full_name: str) -> list[str]:
        """Ids of the records with a full name."""
        texts = (json.loads(text) for _, text in self.quickbooks.store.texts(self.realm_id, kind))
        return [one["Id"] for one in texts if one["FullyQualifiedName"] == full_name]

    def writes(self) -> int:
        """Requests that could change something."""
        mine = (one for one in self.quickbooks.requests if one.realm == self.realm_id)
        return sum(one.method == "POST" and one.path in ("account", "class", "department") for one in mine)


@pytest.fixture(autouse=True)
def only_lists(without_models: None) -> None:
    """Each test loads a company anew: what it has in its lists is on trial, and not what is built of that."""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What gets no answer is sent again without a wait."""
    client = functools.partial(QuickBooksClient, limits=UNLIMITED, backoff_seconds=0.001)
    monkeypatch.setattr(exchange, "QuickBooksClient", client)


_realms = itertools.count(9341457000000001)


@pytest.fixture
def company(running: LocalQuickBooks, session: Session) -> Iterator[Company]:
    """A company that is connected and loaded; the clock went on, so that what is changed now is newer."""
    realm_id = str(next(_realms))
    running.add_company(ReferenceBooks(realm_id))
    session.connect(realm_id, running.oauth.authorize(realm_id, REDIRECT_URI), REDIRECT_URI)
    session.backfill(realm_id, [entity(name) for name in ("Account", "Class", "Department")], None, "first")
    running.clock.advance(5)
    yield Company(running, realm_id)
    running.heal()
    running.answered_writes.remembers = True


class Folder:
    """An exported folder, edited as in a spreadsheet, planned and applied."""

    def __init__(self, session: Session, realm_id: str, path: Path) -> None:
        self.session = session
        self.realm_id = realm_id
        self.path = path
        exchange.export(session, realm_id, NAME, path)

    def rows(self, file: str) -> list[dict[str, str]]:
        text = (self.path / file).read_text(encoding="utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def edit(self, file: str, key: str, **cells: str) -> Folder:
        rows = self.rows(file)
        next(row for row in rows if row["id"] == key).update(cells)
        return self._save(file, rows)

    def add(self, file: str, **cells: str) -> Folder:
        return self._save(file, [*self.rows(file), cells])

    def plan(self) -> Plan:
        return exchange.plan_folder(self.session, self.path).plan

    def apply(self) -> list[Result]:
        exchange.catch_up(self.session, self.realm_id)
        return list(exchange.apply(self.session, exchange.plan_folder(self.session, self.path)).results)

    def _save(self, file: str, rows: list[dict[str, str]]) -> Folder:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), restval="", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
        (self.path / file).write_text(text.getvalue(), encoding="utf-8-sig", newline="")
        return self


@pytest.fixture
def exported(session: Session, company: Company, tmp_path: Path) -> Folder:
    return Folder(session, company.realm_id, tmp_path / "books")

"""What became of files whose sender was killed, whose answers got lost, and of landing zones that others changed."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.power_bi.errors import RequestError
from qbo_pipeline.power_bi.mirroring import files
from qbo_pipeline.power_bi.mirroring.errors import ForeignDatabaseError, MirrorBusyError
from qbo_pipeline.power_bi.mirroring.landing_zone import LandingZone
from qbo_pipeline.power_bi.mirroring.onelake import OneLake
from qbo_pipeline.power_bi.mirroring.publish import mirror
from qbo_pipeline.power_bi.mirroring.publisher import open_mirror
from qbo_pipeline.power_bi.mirroring.record import Record
from qbo_pipeline.power_bi.mirroring.replication import Replication, awaited
from qbo_pipeline.settings import Settings
from qbo_pipeline_tests.power_bi.books import HARBOUR, MODEL, Books, Line
from qbo_pipeline_tests.power_bi.mirroring.conftest import QUICK, Mirrored, amounts, meant, settings_of

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])

_STEPS: tuple[tuple[Any, str], ...] = (
    (files, "write"),
    (Record, "doubt"),
    (Record, "plan"),
    (Record, "in_place"),
    (LandingZone, "own"),
    (LandingZone, "begin"),
    (OneLake, "flush"),
    (OneLake, "rename"),
)
"""What changes anything that outlives a publisher."""


@pytest.mark.parametrize("first", [True, False], ids=["a first load", "a change"])
def test_a_publisher_killed_at_any_step_leaves_what_the_next_one_finishes(
    power_bi: LocalPowerBI, settings: Settings, books: Books, first: bool
) -> None:
    # Only the ledger lines, so that the steps are few; of a first load every third, which are both sides of each kind.
    step, every = 0, 3 if first else 1
    if not first:
        books.write(settings.data.warehouse)
        mirror(settings, ["Ledger Lines"], model=MODEL, manner=QUICK)
    while True:
        if first:
            shutil.rmtree(settings.data.root, ignore_errors=True)
            _delete_databases(power_bi)
        before = dict(books.lines)
        books.put(Line(f"{HARBOUR}|new", HARBOUR, "1", Decimal(step)), Line(f"{HARBOUR}|1", HARBOUR, "2", Decimal(7)))
        del books.lines[f"{HARBOUR}|2"]
        books.write(settings.data.warehouse)
        if not _killed(settings.data.root, power_bi.url, step):
            break
        # What the killed one had on its way is undone in QuickBooks before the next one looks.
        books.lines = before
        books.write(settings.data.warehouse)
        done = mirror(settings, ["Ledger Lines"], model=MODEL, manner=QUICK)
        assert amounts(power_bi, done.database_id) == meant(books), f"killed at step {step}"
        assert done.replicated
        step += every
    assert step >= (15 if first else 9)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset", "at": "start", "carried_out": True},
        {"kind": "reset", "at": "middle", "carried_out": True},
        {"kind": "server_error", "carried_out": True},
        {"kind": "server_error", "carried_out": False},
        {"kind": "throttle", "retry_after": 0},
        {"kind": "token_expired"},
    ],
    ids=lambda one: f"{one['kind']}-{one.get('at', '')}{'-carried-out' if one.get('carried_out') else ''}",
)
def test_faults_of_onelake_and_fabric_change_nothing(
    power_bi: LocalPowerBI, books: Books, mirrored: Mirrored, fault: dict[str, Any]
) -> None:
    mirrored(tables=["Account"])
    power_bi.inject(**fault, endpoint=["onelake", "fabric"], rate=0.25, seed=7)
    for step in range(4):
        books.accounts["1"] = f"Sales {step}"
        books.accounts[f"9{step}"] = "New"
        books.accounts.pop(f"9{step - 1}", None)
        with suppress(RequestError):
            mirrored(tables=["Account"])
    power_bi.heal()
    done = mirrored(tables=["Account"])

    found = sorted((row["Account Key"], row["Account"]) for row in power_bi.mirrored_rows(done.database_id, "Account"))
    assert found == sorted(
        (f"{company}|{number}", name) for company in books.companies for number, name in books.accounts.items()
    )
    assert done.failed == ()


def test_a_rename_whose_answer_got_lost_is_found_by_listing(
    power_bi: LocalPowerBI, books: Books, mirrored: Mirrored
) -> None:  # fmt: skip
    mirrored()
    books.put(Line(f"{HARBOUR}|99", HARBOUR, "1", Decimal(1)))
    power_bi.inject("reset", endpoint="onelake", match="/00000000000000000002.parquet", carried_out=True)
    done = mirrored()

    assert (done.tables[-1].number, done.replicated) == (2, True)
    assert amounts(power_bi, done.database_id) == meant(books)


def test_a_file_that_never_got_its_name_is_not_seen(power_bi: LocalPowerBI, books: Books, mirrored: Mirrored) -> None:
    before = meant(books)
    mirrored()
    books.put(Line(f"{HARBOUR}|99", HARBOUR, "1", Decimal(1)))
    power_bi.inject("server_error", endpoint="onelake", match="/00000000000000000002.parquet", times=None)
    with pytest.raises(RequestError, match=r"OneLake, PUT .*00000000000000000002"):
        mirrored()
    power_bi.heal()
    database = power_bi.service.mirrored.all()[0].id
    assert amounts(power_bi, database) == before

    del books.lines[f"{HARBOUR}|99"]
    done = mirrored()
    assert done.rows == 0
    assert amounts(power_bi, database) == before


def test_files_that_were_sent_twice_change_nothing(
    power_bi: LocalPowerBI, settings: Settings, books: Books, mirrored: Mirrored, tmp_path: Path
) -> None:
    mirrored()
    books.put(Line(f"{HARBOUR}|1", HARBOUR, "1", Decimal(7)))
    del books.lines[f"{HARBOUR}|2"]
    mirrored()
    with open_mirror(settings, None, QUICK) as publisher:
        sent = publisher.zone._lake.read("Files/LandingZone/Ledger Lines/00000000000000000002.parquet")
        assert sent is not None
        (tmp_path / "again.parquet").write_bytes(sent)
        publisher.zone.put("Ledger Lines", 3, tmp_path / "again.parquet")
        assert amounts(power_bi, publisher.database.id) == meant(books)


@pytest.mark.parametrize("lost", ["the record", "the folder", "a foreign file"])
def test_what_is_not_as_it_was_left_is_loaded_anew(
    power_bi: LocalPowerBI, settings: Settings, books: Books, mirrored: Mirrored, lost: str
) -> None:
    mirrored()
    with open_mirror(settings, None, QUICK) as publisher:
        if lost == "the folder":
            publisher.zone.drop("Ledger Lines")
        if lost == "a foreign file":
            publisher.zone._lake.create_file("Files/LandingZone/Ledger Lines/00000000000000000002.parquet")
    if lost == "the record":
        for path in (settings.data.root / "build" / "mirroring").glob("*.duckdb"):
            path.unlink()
    books.put(Line(f"{HARBOUR}|1", HARBOUR, "1", Decimal(7)))
    del books.lines[f"{HARBOUR}|2"]
    done = mirrored()

    assert done.tables[-1].loaded
    assert amounts(power_bi, done.database_id) == meant(books)
    assert done.replicated


def test_a_table_that_fabric_stopped_is_told_and_loaded_anew(
    power_bi: LocalPowerBI, settings: Settings, books: Books, mirrored: Mirrored, tmp_path: Path
) -> None:
    mirrored()
    pq.write_table(pa.table({"Line Key": ["1"], "Amount": ["a text"]}), tmp_path / "retyped.parquet")
    with open_mirror(settings, None, QUICK) as publisher:
        publisher.zone.put("Ledger Lines", 2, tmp_path / "retyped.parquet")
        sent = Replication("Ledger Lines", sent=41, awaited=True)
        [stopped] = awaited(publisher, [sent], loaded={}).values()
    done = mirrored()

    assert stopped.failed
    assert not stopped.complete
    assert "Amount" in str(stopped.told)
    assert (done.tables[-1].loaded, done.failed, done.replicated) == (True, (), True)
    assert amounts(power_bi, done.database_id) == meant(books)


def test_one_publishes_at_a_time(settings: Settings, mirrored: Mirrored) -> None:
    with open_mirror(settings, None, QUICK), pytest.raises(MirrorBusyError, match="one at a time may"):
        mirrored()


def test_the_database_of_another_installation_is_not_touched_unless_taken_over(
    power_bi: LocalPowerBI, books: Books, mirrored: Mirrored, tmp_path: Path
) -> None:
    mirrored()
    other = settings_of(tmp_path / "other", power_bi.url)
    books.lines.clear()
    books.put(Line("1", HARBOUR, "1", Decimal(1)))
    books.write(other.data.warehouse)
    with pytest.raises(ForeignDatabaseError, match=r'power-bi mirror --database "QuickBooks Online" --take-over'):
        mirror(other, model=MODEL, manner=QUICK)

    done = mirror(other, model=MODEL, manner=QUICK, take_over=True)
    assert amounts(power_bi, done.database_id) == {"1": Decimal(1)}
    with pytest.raises(ForeignDatabaseError):
        mirrored()


def _delete_databases(power_bi: LocalPowerBI) -> None:
    settings = settings_of(Path("unused"), power_bi.url)
    form = {
        "grant_type": "client_credentials", "client_id": "local", "client_secret": "local",
        "scope": "https://api.fabric.microsoft.com/.default",
    }  # fmt: skip
    token = httpx.post(f"{power_bi.url}/local/oauth2/v2.0/token", data=form).json()["access_token"]
    assert settings.power_bi is not None
    for one in power_bi.service.mirrored.all():
        path = f"{power_bi.fabric_url}/workspaces/{settings.power_bi.workspace_id}/mirroredDatabases/{one.id}"
        httpx.delete(path, headers={"Authorization": f"Bearer {token}"}).raise_for_status()


def _killed(data: Path, url: str, step: int) -> bool:
    """Have a publisher kill itself at a step; False where it ended before it came there."""
    process = _processes.Process(target=_publish, args=(data, url, step))
    process.start()
    process.join(60.0)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def _publish(data: Path, url: str, step: int) -> None:
    passed = iter(range(1_000_000))

    def count() -> None:
        if next(passed) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(do: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*given: Any, **more: Any) -> Any:
            count()
            result = do(*given, **more)
            count()
            return result

        return counting

    for owner, name in _STEPS:
        setattr(owner, name, counted(getattr(owner, name)))
    mirror(settings_of(data, url), ["Ledger Lines"], model=MODEL, manner=QUICK)

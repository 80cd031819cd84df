from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.power_bi.mirroring.errors import NotMovedError
from qbo_pipeline.power_bi.mirroring.move import Move, move
from qbo_pipeline.power_bi.publish import publish
from qbo_pipeline.power_bi.publisher import Publisher, records_folder
from qbo_pipeline.settings import Settings
from qbo_pipeline_tests.power_bi.books import HARBOUR, MODEL, Books, Line
from qbo_pipeline_tests.power_bi.conftest import QUICK as PUSH_QUICK
from qbo_pipeline_tests.power_bi.mirroring.conftest import QUICK, amounts, meant


@pytest.fixture
def dataset(settings: Settings, books: Books) -> str:
    """A push dataset that the books were published to."""
    books.write(settings.data.warehouse)
    return publish(settings, model=MODEL, manner=PUSH_QUICK).dataset_id


def moved(settings: Settings, **more: Any) -> Move:
    return move(settings, model=MODEL, manner=QUICK, push_manner=PUSH_QUICK, **more)


def report_on(power_bi: LocalPowerBI, dataset: str) -> None:
    answer = httpx.post(f"{power_bi.url}/control/reports", json={"name": "Month end", "dataset": dataset})
    answer.raise_for_status()


def test_a_move_loads_everything_and_names_the_reports(
    power_bi: LocalPowerBI, settings: Settings, books: Books, dataset: str
) -> None:
    report_on(power_bi, dataset)
    done = moved(settings)

    assert done.counted
    assert amounts(power_bi, done.mirroring.database_id) == meant(books)
    assert [one.name for one in done.reports] == ["Month end"]
    assert any(f"reports/{done.reports[0].id}/Rebind" in step for step in done.steps)
    assert len(power_bi.rows(dataset, "Ledger Lines")) == len(books.lines)


def test_a_push_dataset_that_a_report_looks_at_is_not_dropped(
    power_bi: LocalPowerBI, settings: Settings, books: Books, dataset: str
) -> None:
    report_on(power_bi, dataset)
    with pytest.raises(NotMovedError, match=r"reports look at it \(Month end\)"):
        moved(settings, drop_push=True)

    assert len(power_bi.rows(dataset, "Ledger Lines")) == len(books.lines)


def test_a_push_dataset_is_not_dropped_before_fabric_has_every_row(
    power_bi: LocalPowerBI, settings: Settings, books: Books, dataset: str
) -> None:
    power_bi.switch(replication_seconds=3600)
    with pytest.raises(NotMovedError, match="not processed every row of Company, Account, Ledger Lines"):
        moved(settings, drop_push=True)

    assert len(power_bi.rows(dataset, "Ledger Lines")) == len(books.lines)
    assert moved(settings).steps == ("Fabric has not processed every row yet: run qbo-pipeline power-bi move again.",)


def test_a_push_dataset_is_not_dropped_while_it_alone_has_a_row(
    power_bi: LocalPowerBI, settings: Settings, books: Books
) -> None:
    """An amount of sixteen digits before the point fits a push dataset and no file of Fabric's."""
    books.put(Line("huge", HARBOUR, "1", Decimal(10) ** 15))
    books.write(settings.data.warehouse)
    dataset = publish(settings, model=MODEL, manner=PUSH_QUICK).dataset_id

    with pytest.raises(NotMovedError, match=r"rows of Ledger Lines are left out in Fabric.*power-bi mirror names them"):
        moved(settings, drop_push=True)
    # Under another name than the dataset's, what is to be run would make and fill another database.
    with pytest.raises(NotMovedError, match='power-bi mirror --database "Books" names them'):
        moved(settings, drop_push=True, database="Books")

    assert "huge" in {row["Line Key"] for row in power_bi.rows(dataset, "Ledger Lines")}


def test_a_push_dataset_that_nobody_needs_is_dropped(power_bi: LocalPowerBI, settings: Settings, dataset: str) -> None:
    done = moved(settings, drop_push=True)

    assert done.dropped == (dataset,)
    assert "POWERBI_DATASET=off" in done.steps[0]
    assert moved(settings, drop_push=True).dropped == ()


def test_nothing_is_kept_of_a_dropped_push_dataset_though_the_process_was_killed_once_it_was_gone(
    settings: Settings, dataset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Publisher, "forget", _die)
        with pytest.raises(_KilledError):
            moved(settings, drop_push=True)
    kept = records_folder(settings) / f"{dataset}.duckdb"
    assert kept.exists()

    moved(settings, drop_push=True)

    assert not kept.exists()


class _KilledError(Exception):
    pass


def _die(*_: object) -> None:
    raise _KilledError

"""`qbo-pipeline sql --as-of`: the books as they were."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import typer

from qbo_pipeline.command_line.warehouse_reader import read_instant, read_start
from qbo_pipeline.lake.writer import LakeWriter
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.settings import Settings
from qbo_pipeline.warehouse.warehouse import open_warehouse
from qbo_pipeline_tests.command_line.conftest import Run
from qbo_pipeline_tests.lake.pages import page, record

BALANCES = "SELECT id, balance FROM quickbooks.invoice ORDER BY id"


@pytest.fixture
def corrected(settings: Settings) -> None:
    """An invoice corrected in May, and one that was first received after its correction."""
    data = settings.data
    writer = LakeWriter(data.lake, entity("Invoice"), "1000", "run")
    writer.add(page("Invoice", record("1", 0, "2026-05-01T00:00:00-07:00", Balance=5)))
    writer.add(page("Invoice", record("1", 1, "2026-05-20T00:00:00-07:00", Balance=7)))
    writer.add(page("Invoice", record("2", 3, "2026-05-25T00:00:00-07:00", Balance=9)))
    written = writer.flush()
    assert written is not None
    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        warehouse.merge(entity("Invoice"), [written.batch])
        warehouse.publish()


@pytest.mark.usefixtures("corrected")
def test_amounts_are_those_of_then_and_what_is_not_known_is_told(run: Run) -> None:
    assert [row["balance"] for row in run("sql", "--format", "json", BALANCES).json] == [7, 9]
    then = run("sql", "--format", "json", "--as-of", "2026-05-10T12:00", BALANCES)
    assert then.json == [{"id": "1", "balance": 5}]
    assert "1 Invoice" in then.told


@pytest.mark.usefixtures("corrected")
def test_now_can_be_asked_beside_then(run: Run) -> None:
    both = run(
        "sql", "--format", "json", "--as-of", "2026-05-10",
        "SELECT past.balance AS before, present.balance AS after "
        "FROM quickbooks.invoice AS past JOIN warehouse.quickbooks.invoice AS present USING (id)",
    )  # fmt: skip
    assert both.json == [{"before": 5, "after": 7}]


def test_what_is_no_instant_is_named(run: Run) -> None:
    answer = run("sql", "--as-of", "yesterday", "SELECT 1")
    assert answer.exit_code == 2
    assert "--as-of: 'yesterday' is no instant" in answer.told


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-31", datetime(2026, 3, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2026-03-31T23:59", datetime(2026, 3, 31, 23, 59, tzinfo=UTC)),
        ("2026-03-31T23:59-07:00", datetime(2026, 4, 1, 6, 59, tzinfo=UTC)),
    ],
)
def test_an_instant_is_utc_unless_it_says_otherwise_and_a_day_means_its_end(text: str, instant: datetime) -> None:
    assert read_instant(text, "--until") == instant


def test_words_are_no_instant() -> None:
    with pytest.raises(typer.BadParameter):
        read_instant("2026-13-01", "--until")


@pytest.mark.parametrize("day", ["2026-03-31", "20260331", "2026-W14-2", "2026W142"])
def test_a_bare_day_is_one_in_every_form_that_iso_8601_has_of_it(day: str) -> None:
    assert read_instant(day, "--until") == datetime(2026, 3, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert read_start(day, datetime(2026, 4, 2, tzinfo=UTC), "--since") == datetime(2026, 3, 31, tzinfo=UTC)


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01T00:00+14:00"])
def test_an_instant_beyond_all_that_there_are_is_none(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no instant"):
        read_instant(text, "--until")


@pytest.mark.parametrize("text", ["900000d", "99999999999d"])
def test_longer_ago_than_there_are_years_is_no_instant(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no instant"):
        read_start(text, datetime(2026, 4, 2, tzinfo=UTC), "--since")


def test_the_first_day_of_all_begins() -> None:
    assert read_start("0001-01-01", datetime(2026, 4, 2, tzinfo=UTC), "--since") == datetime(1, 1, 1, tzinfo=UTC)

"""The benchmarks at their smallest: what they measure must be right, and they must notice when it is not."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from benchmarks import hyper, stages
from benchmarks.change_cost import change_costs
from benchmarks.local_service import seconds_a_page
from benchmarks.measure import CommandError, Cost, measured
from benchmarks.merging import merge_seconds
from benchmarks.prepared import PreparedRecords, digest, expected
from benchmarks.records import COMPANY, LARGEST_AMOUNT
from benchmarks.scenarios import Figure, load
from benchmarks.stand_in import serving, verdict
from benchmarks.verify import faults_of_product
from benchmarks.webhook_load import answers

SMALL = {entity: 1_200 if entity == "Invoice" else 7 for entity in COMPANY}


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with serving(SMALL) as url:
        yield url


@pytest.fixture(scope="module")
def loaded(served: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("loaded")
    cost, told = load(served, data, SMALL)
    assert cost.cpu_seconds > 0
    assert {entity: one["rows"] for entity, one in told.items()} == SMALL
    return data


def test_the_product_loads_what_the_stand_in_serves_exactly(loaded: Path) -> None:
    assert faults_of_product(loaded, SMALL) == []


def test_an_amount_off_by_a_cent_and_a_lost_row_are_noticed(loaded: Path) -> None:
    warehouse = loaded / "warehouse.duckdb"
    kept = warehouse.read_bytes()
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("UPDATE stored.payment SET total_amt = total_amt + 0.01 WHERE id = '3'")
        connection.execute("DELETE FROM stored.invoice_line WHERE invoice_id = '5' AND line_number = 4")
    try:
        told = " ".join(faults_of_product(loaded, SMALL))
    finally:
        warehouse.write_bytes(kept)

    assert "sum of payment.total_amt" in told
    assert "rows of invoice_line" in told
    assert "sum of invoice_line.amount" in told
    assert "bill" not in told


def test_a_changed_byte_changes_the_digest_and_another_order_does_not() -> None:
    assert digest([b"a", b"b"]) == digest([b"b", b"a"]) != digest([b"a", b"c"])


def test_the_expected_sum_holds_the_sixteen_digit_amount_exactly() -> None:
    with_it, without = (
        expected("Invoice", 4).sums["invoice.total_amt"],
        expected("Invoice", 3).sums["invoice.total_amt"],
    )

    assert LARGEST_AMOUNT.encode() in bytes(PreparedRecords("Invoice", 4)[3])
    assert int(with_it.replace(".", "")) - int(without.replace(".", "")) == int(LARGEST_AMOUNT.replace(".", "")) * 100


def test_the_pages_of_the_stand_in_are_its_records_in_order(served: str) -> None:
    query = "SELECT%20*%20FROM%20Invoice%20STARTPOSITION%20{}%20MAXRESULTS%201000"
    found = []
    for start in (1, 1001, 2001):
        with urllib.request.urlopen(f"{served}/v3/company/1/query?query={query.format(start)}") as answer:
            found += json.load(answer)["QueryResponse"].get("Invoice", [])

    assert [record["Id"] for record in found] == [str(number) for number in range(1, 1201)]


def test_the_stand_in_refuses_the_eleventh_request_of_a_second() -> None:
    statuses = []
    with serving({"Item": 7}, limits=True) as url:
        for _ in range(11):
            try:
                with urllib.request.urlopen(
                    f"{url}/v3/company/1/query?query=select%20count(*)%20from%20Item"
                ) as answer:
                    statuses.append(answer.status)
            except urllib.error.HTTPError as error:
                statuses.append(error.code)
                error.close()
        judged = verdict(url)

    assert statuses == [200] * 10 + [429]
    assert judged == {"requests": 11, "throttled": 1, "busiest_minute": 10}


def test_changes_are_merged_into_what_was_loaded(loaded: Path) -> None:
    assert merge_seconds(loaded, SMALL["Invoice"], 10) > 0


def test_the_cost_of_changes_is_measured_from_the_lake_to_the_reader(loaded: Path) -> None:
    cost = change_costs({SMALL["Invoice"]: loaded}, 10)[SMALL["Invoice"]]

    assert 0 < cost.publish_cpu_seconds < cost.cpu_seconds
    assert 0 < cost.publish_wall_seconds < cost.wall_seconds
    assert cost.megabytes > 1
    with duckdb.connect(str(loaded / "warehouse.duckdb"), read_only=True) as warehouse:
        changed = warehouse.execute("SELECT id FROM quickbooks.invoice WHERE updated_at > '2026-11-01'").fetchall()
    assert len(changed) >= 11 * 10


def test_every_stage_that_is_timed_exists() -> None:
    assert [name for _, owner, name in stages.STAGES if not callable(getattr(owner, name, None))] == []


def test_a_command_that_fails_is_no_measurement() -> None:
    with pytest.raises(CommandError, match="status 3"):
        measured(["sh", "-c", "exit 3"])


def test_a_figure_without_a_target_is_neither_reached_nor_missed() -> None:
    assert [Figure("", 2, "s", target).reached for target in (None, 1, 2)] == [None, False, True]


def test_the_local_quickbooks_is_timed_page_by_page(tmp_path: Path) -> None:
    pages, first, again = seconds_a_page(0.05, tmp_path)

    assert pages == 1
    assert first > again > 0


def test_every_delivery_of_the_load_is_answered_and_kept(tmp_path: Path) -> None:
    timed = answers(tmp_path, rate=50, seconds=1)

    assert (len(timed.seconds), timed.refused, timed.lost) == (50, 0, 0)
    assert 0 < timed.quantile(0.5) <= timed.quantile(0.99) <= timed.seconds[-1]
    assert timed.a_group >= 1


def test_both_ways_to_hyper_hold_the_rows_of_the_parquet_file(tmp_path: Path) -> None:
    found = hyper.compared(tmp_path, rows=5_000, runs=1)

    assert min(found.product.wall_seconds, found.ctas.wall_seconds, found.megabytes) > 0
    assert found.product.peak_megabytes < 150


def test_a_hyper_file_with_other_rows_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hyper, "measured", lambda _: (Cost(1.0, 1.0, 1.0), '[5000, "0.0000", "0.0000"]'))

    with pytest.raises(hyper.WrongExtractError, match="product: "):
        hyper.compared(tmp_path, rows=5_000, runs=1)

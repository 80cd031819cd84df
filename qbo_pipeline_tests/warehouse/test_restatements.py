"""What QuickBooks shows otherwise in a later pull is told, whatever the order the pulls come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qbo_pipeline.lake.report_batches import KeptAnswer, ReportBatch, ReportBatchWriter, ReportManifest
from qbo_pipeline.lake.report_rows import figure_rows
from qbo_pipeline.quickbooks.reports.requests import Basis
from qbo_pipeline.quickbooks.reports.statements import Figure
from qbo_pipeline.warehouse.reports import merge_reports
from qbo_pipeline.warehouse.schema import sql

REALM = "9341452000000001"
JANUARY, LAST = date(2026, 1, 1), date(2026, 1, 31)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def shown(lake: Path, minute: int, figures: Mapping[str, int]) -> ReportBatch:
    """A balance sheet of January, account → balance."""
    writer, at = ReportBatchWriter(lake, REALM, "BalanceSheet"), NOON + timedelta(minutes=minute)
    writer.keep([KeptAnswer("reports/BalanceSheet", (("start_date", "x"),), b"{}", at, at, "tid")])
    rows = figure_rows(
        [Figure(JANUARY, account, "account", Decimal(amount)) for account, amount in figures.items()],
        REALM, Basis.ACCRUAL, "BalanceSheet", writer.number,
    )  # fmt: skip
    writer.write(rows)
    return writer.commit(
        ReportManifest(
            writer.number, REALM, "BalanceSheet", "Accrual", JANUARY.isoformat(), LAST.isoformat(), at.isoformat(),
            "run", at.isoformat(), 1, rows.num_rows, [], None,
        )
    )  # fmt: skip


def told(merges: Sequence[Sequence[ReportBatch]]) -> list[Any]:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA audit")
    connection.execute(sql("reports.sql"))
    for batches in merges:
        merge_reports(connection, batches)
    return connection.execute(
        "SELECT account_id, was::INTEGER, became::INTEGER, minute(pulled_at) FROM reports.restatement "
        "ORDER BY pulled_at, account_id"
    ).fetchall()


def test_a_first_pull_restates_nothing(tmp_path: Path) -> None:
    assert told([[shown(tmp_path, 0, {"7": 5})]]) == []


def test_a_figure_that_changed_came_or_vanished_is_told_once(tmp_path: Path) -> None:
    first, second = shown(tmp_path, 0, {"7": 5, "8": 1, "9": 2}), shown(tmp_path, 1, {"7": 6, "9": 2, "10": 3})

    assert told([[first], [second], [second]]) == [("10", 0, 3, 1), ("7", 5, 6, 1), ("8", 1, 0, 1)]


def test_what_did_not_change_is_not_told(tmp_path: Path) -> None:
    assert told([[shown(tmp_path, 0, {"7": 5})], [shown(tmp_path, 1, {"7": 5})]]) == []


def test_a_rebuild_tells_what_was_told_pull_by_pull(tmp_path: Path) -> None:
    batches = [shown(tmp_path, minute, {"7": amount}) for minute, amount in enumerate((5, 6, 4))]
    expected = [("7", 5, 6, 1), ("7", 6, 4, 2)]

    assert told([[one] for one in batches]) == expected
    for order in permutations(batches):
        assert told([order]) == expected


def test_a_month_that_was_empty_was_known_as_well(tmp_path: Path) -> None:
    """What is entered into a closed month in which nothing had happened changes it all the same."""
    batches = [shown(tmp_path, minute, figures) for minute, figures in enumerate(({}, {"7": 5}, {}, {}, {"8": 3}))]
    expected = [("7", 0, 5, 1), ("7", 5, 0, 2), ("8", 0, 3, 4)]

    assert told([[one] for one in batches]) == expected
    assert told([batches]) == expected
    assert told([batches[:3], batches[3:]]) == expected


@pytest.mark.parametrize("amount", [5, 6])
def test_a_pull_that_comes_late_changes_nothing_that_counts(tmp_path: Path, amount: int) -> None:
    late, newest = shown(tmp_path, 0, {"7": amount}), shown(tmp_path, 1, {"7": 5})

    assert told([[newest], [late]]) == ([] if amount == 5 else [("7", 6, 5, 1)])

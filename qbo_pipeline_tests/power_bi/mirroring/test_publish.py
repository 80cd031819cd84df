from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qbo_pipeline.local.power_bi.errors import PowerBIAnswerError
from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.model.definition import Column, DataType, SemanticModel
from qbo_pipeline.model.rows import select
from qbo_pipeline.power_bi.errors import NothingToPublishError
from qbo_pipeline.power_bi.mirroring.publish import mirror
from qbo_pipeline.publishing.errors import WarehouseBehindError
from qbo_pipeline.settings import Settings
from qbo_pipeline_tests.power_bi.books import (
    ACCOUNT,
    COMPANY,
    HARBOUR,
    LINES,
    MERIDIAN,
    MODEL,
    Books,
    Line,
    with_tables,
)
from qbo_pipeline_tests.power_bi.mirroring.conftest import QUICK, Mirrored, amounts, meant, settings_of


def test_a_full_load_is_the_rows_of_the_model(power_bi: LocalPowerBI, settings: Settings, mirrored: Mirrored) -> None:
    done = mirrored()

    with duckdb.connect(str(settings.data.warehouse), read_only=True) as connection:
        for table in MODEL.tables:
            query = select(table)
            result = connection.execute(query.sql, dict(query.parameters))
            names = [column[0] for column in result.description or ()]
            wanted = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
            found = power_bi.mirrored_rows(done.database_id, table.name)
            assert sorted(found, key=lambda row: str(row[table.key])) == wanted
    assert [(one.table, one.loaded, one.rows, one.number) for one in done.tables] == [
        ("Company", True, 2, 1), ("Account", True, 4, 1), ("Ledger Lines", True, 40, 1),
    ]  # fmt: skip
    assert done.replicated


def test_nothing_is_sent_where_nothing_changed(mirrored: Mirrored) -> None:
    mirrored()
    done = mirrored()

    assert (done.files, done.rows) == (0, 0)
    assert done.replicated


def test_a_data_folder_without_a_warehouse_claims_no_database(
    power_bi: LocalPowerBI, settings: Settings, mirrored: Mirrored, tmp_path: Path
) -> None:
    with pytest.raises(NothingToPublishError, match="load a company first"):
        mirror(settings_of(tmp_path / "elsewhere", power_bi.url), model=MODEL, manner=QUICK)

    assert mirrored().replicated


def test_a_file_has_the_change_and_no_more(power_bi: LocalPowerBI, books: Books, mirrored: Mirrored) -> None:
    mirrored()
    del books.lines[f"{HARBOUR}|3"], books.lines[f"{MERIDIAN}|4"]
    books.put(
        Line(f"{HARBOUR}|5", HARBOUR, "1", Decimal("0.05"), None, day=date(2026, 2, 28)),
        Line(f"{HARBOUR}|99", HARBOUR, "2", Decimal("-99.99")),
    )
    done = mirrored()

    assert [(one.table, one.added, one.changed, one.removed, one.number) for one in done.tables if one.rows] == [
        ("Ledger Lines", 1, 1, 2, 2)
    ]
    assert amounts(power_bi, done.database_id) == meant(books)
    [changed] = [
        row for row in power_bi.mirrored_rows(done.database_id, "Ledger Lines") if row["Line Key"] == f"{HARBOUR}|5"
    ]
    assert (changed["Memo"], changed["Line Date"]) == (None, date(2026, 2, 28))
    assert done.replicated


def test_many_small_changes_are_many_files_in_a_row(power_bi: LocalPowerBI, books: Books, mirrored: Mirrored) -> None:
    for cents in range(5):
        books.put(Line(f"{HARBOUR}|1", HARBOUR, "1", Decimal(cents) / 100))
        done = mirrored()

    assert done.tables[-1].number == 5
    assert amounts(power_bi, done.database_id) == meant(books)


def test_one_company_leaves_the_rows_of_others_alone(
    power_bi: LocalPowerBI, books: Books, mirrored: Mirrored
) -> None:  # fmt: skip
    mirrored()
    before = meant(books)
    books.put(Line(f"{HARBOUR}|1", HARBOUR, "1", Decimal(1)), Line(f"{MERIDIAN}|1", MERIDIAN, "1", Decimal(1)))
    del books.lines[f"{MERIDIAN}|2"]
    done = mirrored(companies=[HARBOUR])

    assert amounts(power_bi, done.database_id) == before | {f"{HARBOUR}|1": Decimal(1)}


def test_a_table_can_be_published_alone(books: Books, mirrored: Mirrored) -> None:
    mirrored()
    books.accounts["3"] = "Fuel"
    books.put(Line(f"{HARBOUR}|99", HARBOUR, "3", Decimal(1)))
    done = mirrored(tables=["Account"])

    assert [(one.table, one.added) for one in done.tables] == [("Account", 2)]


def test_an_unknown_table_is_named(mirrored: Mirrored) -> None:
    with pytest.raises(NothingToPublishError, match=r"no table of rows Ledger\. It has Account, Company, Ledger Lines"):
        mirrored(tables=["Ledger"])


def test_rows_that_do_not_fit_are_left_out_with_their_reason(
    power_bi: LocalPowerBI, books: Books, mirrored: Mirrored
) -> None:  # fmt: skip
    too_much = Decimal(10) ** 16
    books.put(Line("too much", HARBOUR, "1", too_much))
    done = mirrored()

    [row] = done.tables[-1].shown
    assert (row.key, row.reason) == ("too much", f"Amount: {too_much}.00000000 is no DECIMAL(19, 4)")
    assert done.left_out == 1
    del books.lines["too much"]
    assert amounts(power_bi, done.database_id) == meant(books)


def test_of_rows_with_one_key_one_is_sent(power_bi: LocalPowerBI, books: Books, mirrored: Mirrored) -> None:
    by_company = replace(LINES, key="Company Key")
    done = mirrored(with_tables(MODEL, {"Ledger Lines": by_company}))

    assert done.tables[-1].left_out == 38
    assert [row.reason for row in done.tables[-1].shown] == ["29 more rows have this key", "9 more rows have this key"]
    assert len(power_bi.mirrored_rows(done.database_id, "Ledger Lines")) == 2


def test_a_new_column_comes_with_its_values(power_bi: LocalPowerBI, mirrored: Mirrored) -> None:
    shorter = replace(LINES, columns=tuple(one for one in LINES.columns if one.name != "Quantity"))
    mirrored(with_tables(MODEL, {"Ledger Lines": shorter}))
    done = mirrored()

    assert (done.tables[-1].loaded, done.tables[-1].changed) == (False, 40)
    assert {row["Quantity"] for row in power_bi.mirrored_rows(done.database_id, "Ledger Lines")} == {1.25}


def test_a_new_column_comes_with_the_values_of_all_companies_also_where_one_is_published(
    power_bi: LocalPowerBI, mirrored: Mirrored
) -> None:
    mirrored()
    added = Column("Day", "line_date", DataType.DATE, "Again.")
    model = with_tables(MODEL, {"Ledger Lines": replace(LINES, columns=(*LINES.columns, added))})
    done = mirrored(model, companies=[HARBOUR])

    assert {row["Day"] for row in power_bi.mirrored_rows(done.database_id, "Ledger Lines")} == {date(2026, 1, 31)}


@pytest.mark.parametrize(
    "column",
    [Column("Line Count", "line_count", DataType.TEXT, "1."), Column("Count", "line_count", DataType.WHOLE, "1.")],
    ids=["retyped", "renamed"],
)
def test_a_column_of_another_type_or_name_loads_the_table_anew(
    power_bi: LocalPowerBI, books: Books, mirrored: Mirrored, column: Column
) -> None:
    mirrored()
    del books.lines[f"{HARBOUR}|1"]
    done = mirrored(with_tables(MODEL, {"Ledger Lines": replace(LINES, columns=(*LINES.columns[:-1], column))}))

    assert (done.tables[-1].loaded, done.tables[-1].number, done.failed) == (True, 1, ())
    rows = power_bi.mirrored_rows(done.database_id, "Ledger Lines")
    assert {str(row[column.name]) for row in rows} == {"1"}
    assert {tuple(row) for row in rows} == {tuple(one.name for one in (*LINES.columns[:-1], column))}
    assert amounts(power_bi, done.database_id) == meant(books)
    assert done.replicated


@pytest.mark.parametrize("later", [False, True], ids=["by who made the new one", "by who comes later"])
def test_what_fabric_says_of_the_folder_before_is_not_taken_for_the_new_one(
    power_bi: LocalPowerBI, mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch, later: bool
) -> None:
    """Fabric looks every few minutes: until then it tells of the folder that was deleted."""
    mirrored()
    retyped = Column("Line Count", "line_count", DataType.TEXT, "1.")
    model = with_tables(MODEL, {"Ledger Lines": replace(LINES, columns=(*LINES.columns[:-1], retyped))})
    hasty = replace(QUICK, replicated_within=0.2)
    replicator = power_bi.service.replicator
    with monkeypatch.context() as asleep:
        asleep.setattr(replicator, "_replicate", lambda database: None)
        done = mirrored(model, hasty)
        if later:
            done = mirrored(model, hasty)
            assert done.files == 0

    assert {one.table: one.replication.complete for one in done.tables} == {
        "Company": True, "Account": True, "Ledger Lines": False,
    }  # fmt: skip

    replicate = replicator._replicate

    def see_the_new_folder(database: Any) -> None:
        monkeypatch.setattr(replicator, "_replicate", replicate)
        [old] = [one for one in replicator.tables(database) if one.name == "Ledger Lines"]
        replicator._drop(old)
        replicate(database)

    monkeypatch.setattr(replicator, "_replicate", see_the_new_folder)
    done = mirrored(model)
    assert (done.files, done.replicated) == (0, True)
    assert {row["Line Count"] for row in power_bi.mirrored_rows(done.database_id, "Ledger Lines")} == {"1"}


def test_a_table_loaded_anew_for_one_company_keeps_the_others(
    power_bi: LocalPowerBI, books: Books, mirrored: Mirrored
) -> None:  # fmt: skip
    mirrored()
    shorter = replace(LINES, columns=tuple(one for one in LINES.columns if one.name != "Quantity"))
    done = mirrored(with_tables(MODEL, {"Ledger Lines": shorter}), companies=[HARBOUR])

    assert amounts(power_bi, done.database_id) == meant(books)


def test_a_table_that_the_model_has_no_more_is_dropped(power_bi: LocalPowerBI, mirrored: Mirrored) -> None:
    mirrored()
    done = mirrored(SemanticModel("Books", (COMPANY, ACCOUNT), (), ()))

    assert done.dropped == ("Ledger Lines",)
    with pytest.raises(PowerBIAnswerError, match="mirrored table could not be found"):
        power_bi.mirrored_rows(done.database_id, "Ledger Lines")


def test_a_table_without_rows_is_there(power_bi: LocalPowerBI, books: Books, mirrored: Mirrored) -> None:
    books.lines.clear()
    done = mirrored()
    assert done.replicated
    books.put(Line("1", HARBOUR, "1", Decimal(1)))

    assert amounts(power_bi, mirrored().database_id) == {"1": Decimal(1)}


def test_a_warehouse_that_lacks_a_column_is_named(mirrored: Mirrored) -> None:
    wider = replace(LINES, columns=(*LINES.columns, Column("Tax", "tax", DataType.MONEY, "Tax.")))
    with pytest.raises(WarehouseBehindError, match=r"Table Ledger Lines: finance\.line in the warehouse .*tax"):
        mirrored(with_tables(MODEL, {"Ledger Lines": wider}))

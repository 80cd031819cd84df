from __future__ import annotations

from array import array
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.power_bi import changes
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.errors import CompileError, TableFullError
from qbo_pipeline.power_bi.limits import PushLimits
from qbo_pipeline.power_bi.recorded import PatienceError
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.deliveries import Kind
from qbo_pipeline.state.schema import push_windows
from qbo_pipeline.state.store import StateStore
from qbo_pipeline_tests.power_bi.books import ACCOUNT, HARBOUR, MERIDIAN, MODEL, Books, Line, lines, with_tables
from qbo_pipeline_tests.power_bi.conftest import QUICK, Publish


def amounts(power_bi: LocalPowerBI, dataset: str) -> Decimal:
    return sum((Decimal(str(row["Amount"])) for row in power_bi.rows(dataset, "Ledger Lines")), Decimal(0))


def test_a_first_publish_creates_the_dataset_and_sends_every_row(
    publishing: Publish, books: Books, power_bi: LocalPowerBI
) -> None:
    books.put(*lines(HARBOUR, 30), *lines(MERIDIAN, 20))

    done = publishing()

    assert done.rows == 2 + 4 + 50
    assert amounts(power_bi, done.dataset_id) == books.total()
    assert [(one.measure, one.company, one.equal) for one in done.totals] == [
        ("Total Amount", HARBOUR, True),
        ("Lines", HARBOUR, True),
        ("Total Amount", MERIDIAN, True),
        ("Lines", MERIDIAN, True),
    ]
    assert all(one.power_bi == books.total(one.company) for one in done.totals if one.measure == "Total Amount")


def test_nothing_is_sent_where_nothing_changed(publishing: Publish, books: Books) -> None:
    books.put(*lines(HARBOUR, 30))
    publishing()

    again = publishing()

    assert (again.rows, again.posts) == (0, 0)


def test_whose_rows_changed_is_told_with_a_table(publishing: Publish, books: Books) -> None:
    def told() -> dict[str, frozenset[str] | None]:
        return {one.table: one.companies for one in publishing().tables if one.kind is not None}

    books.put(*lines(HARBOUR, 30), *lines(MERIDIAN, 20))
    publishing()
    books.put(Line(f"{HARBOUR}|3", HARBOUR, "1", Decimal("12345.67")))
    changed = told()
    del books.lines[f"{MERIDIAN}|4"]
    removed = told()

    assert changed["Ledger Lines"] == frozenset({HARBOUR})
    assert removed["Ledger Lines"] == frozenset({MERIDIAN})


def test_a_changed_line_is_reversed_and_sent_again(publishing: Publish, books: Books, power_bi: LocalPowerBI) -> None:
    books.put(*lines(HARBOUR, 30))
    first = publishing()
    books.put(Line(f"{HARBOUR}|3", HARBOUR, "1", Decimal("12345.67")))
    del books.lines[f"{HARBOUR}|4"]

    done = publishing()

    [table] = [one for one in done.tables if one.kind is not None]
    assert (table.table, table.kind, table.changed, table.removed, table.rows) == ("Ledger Lines", Kind.SIGNED, 1, 1, 3)
    assert len(power_bi.rows(first.dataset_id, "Ledger Lines")) == 33
    assert amounts(power_bi, first.dataset_id) == books.total()
    assert done.equal


def test_publishing_one_company_leaves_the_rows_of_the_other_alone(
    publishing: Publish, books: Books, power_bi: LocalPowerBI
) -> None:
    books.put(*lines(HARBOUR, 10), *lines(MERIDIAN, 10))
    first = publishing()
    before = books.total(MERIDIAN)
    books.put(*(Line(one.key, one.company, "1", one.amount + 1) for one in list(books.lines.values())))
    books.accounts["1"] = "Revenue"

    publishing(companies=[HARBOUR], compare=lambda: False)

    rows = power_bi.rows(first.dataset_id, "Ledger Lines")
    sums = {
        company: sum(Decimal(str(row["Amount"])) for row in rows if row["Company Key"] == company)
        for company in (HARBOUR, MERIDIAN)
    }
    assert sums == {HARBOUR: books.total(HARBOUR), MERIDIAN: before}
    names = {(row["Company Key"], row["Account"]) for row in power_bi.rows(first.dataset_id, "Account")}
    assert names == {(HARBOUR, "Revenue"), (HARBOUR, "Rent"), (MERIDIAN, "Sales"), (MERIDIAN, "Rent")}


def test_publishing_one_table_compares_no_totals_of_tables_that_show_an_older_state(
    publishing: Publish, books: Books
) -> None:
    books.put(*lines(HARBOUR, 10))
    publishing()
    books.put(*lines(HARBOUR, 5, start=50))
    books.accounts["1"] = "Revenue"

    done = publishing(tables=["Account"])

    assert [one.table for one in done.tables if one.kind is not None] == ["Account"]
    assert done.equal


def test_publishing_some_tables_compares_the_totals_that_they_make_up(publishing: Publish, books: Books) -> None:
    books.put(*lines(HARBOUR, 10))
    publishing()
    books.put(*lines(HARBOUR, 5, start=50))

    done = publishing(tables=["Company", "Ledger Lines"], companies=[HARBOUR])

    assert [(one.measure, one.equal) for one in done.totals] == [("Total Amount", True), ("Lines", True)]


def test_a_table_is_compacted_when_a_fifth_of_its_rows_are_reversals(
    publishing: Publish, books: Books, power_bi: LocalPowerBI
) -> None:
    books.put(*lines(HARBOUR, 10))
    first = publishing()
    kinds = []
    for number in range(4):
        books.put(Line(f"{HARBOUR}|{number}", HARBOUR, "1", Decimal(1000 + number)))
        kinds += [one.kind for one in publishing().tables if one.table == "Ledger Lines"]

    assert kinds == [Kind.SIGNED, Kind.SIGNED, Kind.SIGNED, Kind.REPLACE]
    assert len(power_bi.rows(first.dataset_id, "Ledger Lines")) == 10
    assert amounts(power_bi, first.dataset_id) == books.total()


def test_new_rows_for_which_reversals_leave_no_room_come_with_a_replacement(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "MOST_TABLE_ROWS", 20)
    books.put(*lines(HARBOUR, 16))
    first = publishing()
    books.put(Line(f"{HARBOUR}|3", HARBOUR, "1", Decimal("12345.67")))
    publishing()
    assert len(power_bi.rows(first.dataset_id, "Ledger Lines")) == 18
    books.put(*lines(HARBOUR, 3, start=50))

    done = publishing()

    assert [(one.kind, one.rows) for one in done.tables if one.kind is not None] == [(Kind.REPLACE, 19)]
    assert len(power_bi.rows(first.dataset_id, "Ledger Lines")) == 19
    assert done.equal
    books.put(*lines(HARBOUR, 2, start=60))
    with pytest.raises(TableFullError, match="would hold 21 rows"):
        publishing()


def test_a_row_that_does_not_fit_is_left_out_with_its_reason(publishing: Publish, books: Books) -> None:
    books.put(*lines(HARBOUR, 3), Line("long", HARBOUR, "1", Decimal(1), memo="x" * 4001))
    books.put(Line("fine print", HARBOUR, "1", Decimal("0.00001")))

    done = publishing()

    [table] = [one for one in done.tables if one.table == "Ledger Lines"]
    assert (table.rows, table.quarantined) == (3, 2)
    assert [(one.key, one.reason) for one in table.quarantine] == [
        ("fine print", "Amount: 0.00001000 has more than four decimal places"),
        ("long", "Memo: longer than 4,000 characters (4001)"),
    ]
    assert not done.equal


def test_who_is_in_a_hurry_takes_no_place_within_the_limits_that_it_does_not_use(
    publishing: Publish, books: Books, settings: Settings
) -> None:
    def refuse(seconds: float) -> None:
        raise PatienceError(seconds)

    books.put(*lines(HARBOUR, 30))
    hurried = replace(QUICK, limits=PushLimits(posts_per_minute=1), may_wait=refuse)

    for _ in range(3):
        with pytest.raises(PatienceError, match="more seconds of waiting"):
            publishing(manner=hurried)

    with StateStore(settings.state_url) as state, state.transaction() as connection:
        [posts] = connection.execute(sa.select(push_windows.c.posts)).scalars()
    assert len(array("d", posts)) == 2, "the instant and the rows of the one POST that left"
    assert publishing(manner=QUICK).equal


def test_a_hundred_changes_are_one_request_of_two_hundred_rows(
    publishing: Publish, books: Books, power_bi: LocalPowerBI
) -> None:
    books.put(*lines(HARBOUR, 2000))
    first = publishing(compare=lambda: False)
    books.put(*(Line(one.key, HARBOUR, "1", one.amount + 1) for one in lines(HARBOUR, 100)))

    done = publishing(compare=lambda: False)

    [table] = [one for one in done.tables if one.kind is not None]
    assert (table.changed, table.rows, table.posts) == (100, 200, 1)
    assert amounts(power_bi, first.dataset_id) == books.total()


def test_a_model_that_the_warehouse_does_not_fit_changes_nothing(publishing: Publish, settings: Settings) -> None:
    other = with_tables(MODEL, {"Account": replace(ACCOUNT, relation="finance.accounts")})

    with pytest.raises(CompileError, match=r"Table Account: the warehouse has no finance\.accounts"):
        publishing(model=other)

    assert settings.power_bi is not None
    with PowerBIClient(settings.power_bi) as client:
        assert client.datasets() == []

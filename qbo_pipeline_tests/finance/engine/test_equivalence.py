"""However changes come, builds after them end in the rows of a full one; one cut short anywhere has not happened."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbo_pipeline.finance.build import build
from qbo_pipeline_tests.finance.engine.small_books import SmallBooks

DAYS = st.dates(date(2026, 1, 1), date(2026, 4, 30))
INVOICES, PAYMENTS, ITEMS = (st.sampled_from(ids) for ids in (("10", "11", "12"), ("20", "21"), ("1", "2")))
REALMS = st.sampled_from(("1", "2"))
MONTHS = st.sampled_from([date(2026, month, 1) for month in range(1, 5)])
AMOUNTS = st.integers(1, 99)
CHANGES = st.one_of(
    st.tuples(
        st.just("invoice"), REALMS, INVOICES, DAYS, st.lists(st.tuples(ITEMS, AMOUNTS), max_size=3),
        st.lists(PAYMENTS, max_size=2),
    ),
    st.tuples(st.just("payment"), REALMS, PAYMENTS, DAYS, AMOUNTS, st.lists(INVOICES, max_size=2, unique=True)),
    st.tuples(st.just("delete"), REALMS, st.sampled_from(["invoice", "payment"]), st.one_of(INVOICES, PAYMENTS)),
    st.tuples(st.just("item"), REALMS, ITEMS, st.sampled_from(["sales", "services"])),
    st.tuples(st.just("currency"), REALMS, st.sampled_from(["USD", "EUR"])),
    st.tuples(
        st.just("pull"), REALMS, st.sampled_from(["Accrual", "Cash"]), MONTHS,
        st.lists(st.tuples(st.one_of(INVOICES, st.just("payroll")), st.just("wages"), AMOUNTS), max_size=2),
    ),
    st.tuples(st.just("build")),
)  # fmt: skip


def apply(books: SmallBooks, change: tuple[Any, ...]) -> None:
    match change:
        case ("invoice", realm, id_, day, lines, links):
            books.invoice(id_, day, *lines, links=links, realm=realm)
        case ("payment", realm, id_, day, amount, paid):
            books.payment(id_, day, amount, *paid, realm=realm)
        case ("delete", realm, table, id_):
            books.delete(table, id_, realm=realm)
        case ("item", realm, id_, account):
            books.item(id_, account, realm=realm)
        case ("currency", realm, code):
            books.currency(code, realm=realm)
        case ("pull", realm, basis, month, legs):
            books.pull(basis, month, *legs, realm=realm)
        case _:
            books.build()


@contextmanager
def opened(empty: Path) -> Iterator[SmallBooks]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "build.duckdb"
        shutil.copyfile(empty, path)
        books = SmallBooks(path)
        try:
            yield books
        finally:
            books.connection.close()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(changes=st.lists(CHANGES, min_size=3, max_size=14))
def test_any_builds_along_the_way_end_in_the_rows_of_a_full_one(
    empty_warehouse: Path, changes: list[tuple[Any, ...]]
) -> None:
    with opened(empty_warehouse) as books:
        books.build()
        for change in changes:
            apply(books, change)
        books.build()
        kept = books.contents()
        books.build(full=True)

        assert kept == books.contents()


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(changes=st.lists(CHANGES, min_size=3, max_size=6))
def test_rows_become_others_only_where_the_build_notes_it(
    empty_warehouse: Path, changes: list[tuple[Any, ...]]
) -> None:
    with opened(empty_warehouse) as books:
        books.build()
        for change in changes:
            before, noted = books.shown(), books.noted_changes()
            apply(books, change)
            books.build()
            after, now = books.shown(), books.noted_changes()

            assert noted.keys() == now.keys() == before.keys()
            assert {name for name in after if after[name] != before[name]} <= {
                name for name in now if now[name] != noted[name]
            }


class CutError(Exception):
    """Ends a build as a kill would."""


class CutAfter:
    """A connection that ends a build after so many statements."""

    def __init__(self, connection: Any, statements: int) -> None:
        self._connection = connection
        self._left = statements

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *parameters: Any) -> Any:
        if self._left <= 0 and not sql.startswith(("ROLLBACK", "DROP TABLE IF EXISTS", "SET ")):
            raise CutError
        self._left -= 1
        return self._connection.execute(sql, *parameters)


@pytest.mark.parametrize("first", [True, False], ids=["first build", "later build"])
def test_a_build_cut_short_at_any_statement_has_not_happened_and_is_done_by_the_next(
    books: SmallBooks, first: bool
) -> None:
    books.item("1", "sales")
    books.invoice("10", date(2026, 1, 5), ("1", 100))
    books.payment("20", date(2026, 2, 7), 100, "10")
    if not first:
        books.build()
    before = {} if first else books.contents()
    books.invoice("10", date(2026, 3, 5), ("1", 70))
    statements = 0
    while True:
        try:
            build(CutAfter(books.connection, statements), books.models)  # type: ignore[arg-type]
            break
        except CutError:
            statements += 1
        if not first:
            assert books.contents() == before
    done = books.contents()
    books.build(full=True)

    assert statements > 20
    assert done == books.contents()

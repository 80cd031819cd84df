"""The proof of a publication: every total in the warehouse, in Power BI and in QuickBooks' own reports.

Each measure of the model has its value by SQL over the warehouse and by DAX over the dataset; `report_totals.sql` has
those that QuickBooks reports. All are about a company's books from their first to their last month.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb

from qbo_pipeline.model.definition import Measure, SemanticModel, Table
from qbo_pipeline.model.rows import quoted
from qbo_pipeline.model.values import value
from qbo_pipeline.power_bi import dax
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.errors import NotAuthorizedError, QueryError
from qbo_pipeline.power_bi.rows import source_of

logger = logging.getLogger(__name__)

_MONTHS = "SELECT min(month), max(month_end) FROM finance.company_month WHERE realm_id = $realm_id"


@dataclass(frozen=True, slots=True)
class Total:
    """A measure of a company over a period, three ways."""

    company: str
    measure: str
    first_day: date
    last_day: date
    warehouse: Decimal
    power_bi: Decimal | None
    """None where Power BI could not be asked."""
    quickbooks: Decimal | None
    """None where QuickBooks has no report of it, or none was pulled."""
    told: str | None = None
    """Why Power BI could not be asked."""

    @property
    def equal(self) -> bool:
        """Whether all that are known are the same, to the last digit."""
        return not self.astray and self.quickbooks in (None, self.warehouse)

    @property
    def astray(self) -> bool:
        """Whether Power BI has something else than the warehouse."""
        return self.power_bi is not None and not dax.same(self.power_bi, self.warehouse)

    @property
    def asked(self) -> bool:
        """Whether Power BI answered."""
        return self.power_bi is not None


@dataclass(frozen=True, slots=True)
class _Warehouse:
    """What the warehouse has to say of a company."""

    company: str
    period: tuple[date, date]
    """The first and the last day of its books."""
    values: dict[str, Decimal]
    """Measure → its value by SQL."""
    reported: dict[str, Decimal]
    """Measure → what QuickBooks reports, where it does."""


_Answers = dict[str, tuple[Decimal | None, str | None]]
"""Measure → what Power BI has, or why it could not be asked."""


def totals(
    client: PowerBIClient, dataset_id: str, connection: duckdb.DuckDBPyConnection, model: SemanticModel,
    companies: Sequence[str] | None, go_on: Callable[[], bool] = lambda: True,
) -> tuple[Total, ...]:  # fmt: skip
    """Compare the totals of companies, of all in the warehouse unless said; none of them once `go_on` says no.

    The warehouse is attached to the connection. Measures whose values are no exact numbers (shares, instants) are left
    out.

    Raises:
        RequestError: Power BI does not answer. A measure that it cannot compute is told in its total instead.
    """
    if not go_on():
        return ()
    asked: list[tuple[_Warehouse, Future[_Answers]]] = []
    # Power BI computes the measures of one company while the warehouse computes those of the next.
    with ThreadPoolExecutor(1, "power_bi") as asking, _materialised(connection, model):
        for company in _companies(connection, model, companies):
            if not go_on():
                return ()
            own = _of_warehouse(connection, model, company)
            asked.append((own, asking.submit(_of_power_bi, client, dataset_id, model, own)))
    found: list[Total] = []
    for own, answers in asked:
        for name, amount in own.values.items():
            there, told = answers.result()[name]
            found.append(Total(own.company, name, *own.period, amount, there, own.reported.get(name), told))
    return tuple(found)


def with_measures_of(model: SemanticModel, tables: Collection[Table]) -> SemanticModel:
    """The model with those measures that some of its tables make up.

    Every total is of a company and a period, so the tables that these are chosen in are needed for each of them.
    """
    left_out = {table.relation for table in model.tables} - {table.relation for table in tables}
    if any(table.relation in left_out for table in model.tables if table.days is not None or _is_of_companies(table)):
        return replace(model, measures=())
    return replace(model, measures=tuple(one for one in model.measures if left_out.isdisjoint(_relations(one.sql))))


def _of_warehouse(connection: duckdb.DuckDBPyConnection, model: SemanticModel, company: str) -> _Warehouse:
    period = _period(connection, model, company)
    values: dict[str, Decimal] = {}
    for measure in model.measures:
        amount = _exact(value(connection, measure, company, *period), measure)
        if amount is not None:
            values[measure.name] = amount
    try:
        bound = {"realm_id": company, "first_day": period[0], "last_day": period[1]}
        reported = connection.execute(_report_totals(), bound).fetchall()
    except duckdb.CatalogException:
        reported = []
    reports = {name: Decimal(amount) for name, amount in reported if amount is not None}
    return _Warehouse(company, period, values, reports)


def _of_power_bi(client: PowerBIClient, dataset_id: str, model: SemanticModel, own: _Warehouse) -> _Answers:
    filters, measures = _filters(model, own.company, own.period), list(own.values)
    try:
        return _asked(client, dataset_id, filters, measures)
    except NotAuthorizedError as error:
        logger.warning("%s", error)
        return dict.fromkeys(measures, (None, error.reason))
    except QueryError:
        # One that cannot be computed takes all others with it; alone it is told by name.
        found: _Answers = {}
        for name in measures:
            try:
                found |= _asked(client, dataset_id, filters, [name])
            except QueryError as error:
                logger.warning("Measure %s: %s", name, error)
                found[name] = (None, error.reason)
        return found


def _asked(client: PowerBIClient, dataset_id: str, filters: Sequence[str], measures: Sequence[str]) -> _Answers:
    if not measures:
        return {}
    rows = client.query(dataset_id, dax.figures(measures, filters))
    row = rows[0] if rows else {}
    return {name: (dax.number(dax.value(row, f"M{place}")), None) for place, name in enumerate(measures)}


def _filters(model: SemanticModel, company: str, period: tuple[date, date]) -> list[str]:
    filters = []
    if (table := _company_table(model)) is not None:
        filters.append(f"{dax.column(table[0], table[1])} = {dax.text(company)}")
    for calendar in model.tables:
        if calendar.days is not None:
            days = dax.column(calendar.name, calendar.days)
            filters.append(f"{days} >= {dax.day(period[0])} && {days} <= {dax.day(period[1])}")
    return filters


def _period(connection: duckdb.DuckDBPyConnection, model: SemanticModel, company: str) -> tuple[date, date]:
    """The first and the last day of the months of a company's books; of its calendar where no books are kept."""
    try:
        found = connection.execute(_MONTHS, {"realm_id": company}).fetchone()
    except duckdb.CatalogException:
        found = None
    if found is not None and found[0] is not None:
        return found[0], found[1]
    for calendar in model.tables:
        if calendar.days is not None:
            days = quoted(source_of(calendar, calendar.days))
            found = connection.execute(f"SELECT min({days}), max({days}) FROM {calendar.relation}").fetchone()
            if found is not None and found[0] is not None:
                return found[0], found[1]
    return date(1900, 1, 1), date(2100, 12, 31)


def _companies(
    connection: duckdb.DuckDBPyConnection, model: SemanticModel, companies: Sequence[str] | None
) -> list[str]:
    if companies is not None:
        return list(companies)
    if (found := _company_table(model)) is None:
        return []
    table = model.by_name[found[0]]
    column = quoted(source_of(table, table.key))
    return [one for (one,) in connection.execute(f"SELECT {column} FROM {table.relation} ORDER BY 1").fetchall()]


def _company_table(model: SemanticModel) -> tuple[str, str] | None:
    """Name and key of the dimension of companies: the table whose rows are told apart by their company."""
    return next(((table.name, str(table.key)) for table in model.tables if _is_of_companies(table)), None)


def _is_of_companies(table: Table) -> bool:
    return table.company is not None and table.company == table.key


def _exact(found: Any, measure: Measure) -> Decimal | None:
    """A value as a decimal; zero for nothing, None for what is no exact number."""
    if found is None:
        return None if "%" in measure.format or "yyyy" in measure.format.lower() else Decimal(0)
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        return None
    return Decimal(found)


@contextmanager
def _materialised(connection: duckdb.DuckDBPyConnection, model: SemanticModel) -> Iterator[None]:
    """The relations that the statements read, copied once: dozens of measures would scan the same views otherwise."""
    [(own,)] = connection.execute("SELECT current_database()").fetchall()
    statements = [_report_totals(), _MONTHS, *(measure.sql for measure in model.measures)]
    relations = {table.relation for table in model.tables if table.days is not None or table.company == table.key}
    relations.update(name for statement in statements for name in _relations(statement))
    connection.execute("ATTACH ':memory:' AS proof")
    try:
        connection.execute("CREATE SCHEMA proof.finance")
        for relation in sorted(relations):
            with suppress(duckdb.CatalogException):
                connection.execute(f"CREATE TABLE proof.{relation} AS FROM warehouse.{relation}")
        connection.execute("USE proof")
        yield
    finally:
        connection.execute(f"USE {quoted(own)}")
        connection.execute("DETACH proof")


def _relations(statement: str) -> list[str]:
    """The relations of the books that a statement reads."""
    return re.findall(r"\bfinance\.\w+", statement)


@cache
def _report_totals() -> str:
    return files("qbo_pipeline.power_bi").joinpath("report_totals.sql").read_text(encoding="utf-8")

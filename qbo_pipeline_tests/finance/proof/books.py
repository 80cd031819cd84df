"""The small company in a warehouse of its own, with the reports QuickBooks would give of it and all models built."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from qbo_pipeline.finance.build import build
from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.finance.checks import judge, shipped_checks
from qbo_pipeline.finance.model import Built, Relation
from qbo_pipeline.finance.rendering import plainly, render
from qbo_pipeline.quickbooks.catalogue import ENTITIES, tables
from qbo_pipeline.warehouse.schema import definitions, sql
from qbo_pipeline.warehouse.verdict import Verdict
from qbo_pipeline_tests.finance.proof import small_company as paper

REALM = "1"
CHANGED_AT, PULLED_AT, SYNCED_AT = (datetime(2026, 3, 31, hour) for hour in (10, 12, 13))
KEYS = "dimensions_lose_and_double_nothing"
MONTHS = (paper.JANUARY, paper.FEBRUARY, paper.MARCH)
Balances = Mapping[str, Decimal]


class Books:
    """A warehouse to look at, to falsify and to judge."""

    def __init__(self, database: str = ":memory:") -> None:
        self.connection = duckdb.connect(database)
        _make_tables(self.connection)
        _write_records(self.connection)
        _write_reports(self.connection)
        build(self.connection, full=True)

    def query(self, sql: str, parameters: Sequence[object] = (), /) -> list[tuple[Any, ...]]:
        """Rows."""
        return self.connection.execute(sql, list(parameters)).fetchall()

    @contextmanager
    def falsified(self, *statements: str, made_again: str | None = None) -> Iterator[None]:
        """The books with these changes, until the end; each has to change something.

        Args:
            statements: updates, inserts, deletions.
            made_again: a relation, `posting.leg`: whatever is made from it is made again. Unless said nothing is.
        """
        self.connection.execute("BEGIN TRANSACTION")
        try:
            for statement in statements:
                [(changed,)] = self.query(statement)
                assert changed, f"this changed nothing: {statement}"
            if made_again is not None:
                self._make_again(Relation(*made_again.split(".")))
            yield
        finally:
            self.connection.execute("ROLLBACK")

    def _make_again(self, after: Relation) -> None:
        models, changed = shipped(), {after}
        for model in models.ordered:
            if changed & models.upstream[model.name]:
                changed.add(model.relation)
                if model.built in (Built.TABLE, Built.DOCUMENTS, Built.MONTHS):
                    self.connection.execute(f"DELETE FROM {model.name}")
                    self.connection.execute(f"INSERT INTO {model.name} {render(models, model, plainly, plainly)}")

    def verdicts(self, *, keys: bool = True) -> Mapping[str, Verdict]:
        """Check → what is found; the check of all keys, which takes as long as all others, only if wanted."""
        checks = [check for check in shipped_checks() if keys or check.name != KEYS]
        return {check.name: judge(self.query, check, [REALM]) for check in checks}

    def red(self, *, keys: bool = False) -> set[str]:
        """The checks that do not hold."""
        return {name for name, verdict in self.verdicts(keys=keys).items() if not verdict.holds}


def _make_tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE SCHEMA quickbooks")
    for entity in ENTITIES:
        for table in tables(entity):
            columns = ", ".join(f'"{name}" {type_}' for name, type_, _ in definitions(entity, table))
            connection.execute(f'CREATE TABLE quickbooks."{table.name}" ({columns})')
    for name in ("merged_record", "surviving_record"):
        connection.execute(
            f"CREATE TABLE quickbooks.{name} (realm_id VARCHAR, entity VARCHAR, id VARCHAR, surviving_id VARCHAR)"
        )
    connection.execute(sql("audit.sql"))
    connection.execute(sql("reports.sql"))


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' for _ in row)})", list(row.values()))


def _write_records(connection: duckdb.DuckDBPyConnection) -> None:
    common = {
        "realm_id": REALM, "sync_token": 0, "deleted": False, "created_at": CHANGED_AT, "updated_at": CHANGED_AT,
        "synced_at": SYNCED_AT,
    }  # fmt: skip
    balances = _sums(day=paper.LAST_DAY)
    for table, rows in paper.LISTS.items():
        for row in rows:
            more = {"current_balance": balances[row["id"]]} if table == "account" else {}
            if row.get("account_type") in ("Income", "Expense", "Cost of Goods Sold", "Other Expense"):
                more = {"current_balance": Decimal(0)}
            _insert(connection, f"quickbooks.{table}", {**common, **row, **more})
    _insert(connection, "quickbooks.item_group_line", {
        "realm_id": REALM, "item_id": "3", "group_line_number": 1, "component_id": "1", "quantity": 2,
    })  # fmt: skip
    for one in paper.DOCUMENTS:
        day = {"payment_date" if one.table == "tax_payment" else "txn_date": one.day}
        _insert(connection, f"quickbooks.{one.table}", {**common, "id": one.id, **day, **one.row})
        for suffix, rows in one.arrays.items():
            for number, row in enumerate(rows, 1):
                numbered = {} if suffix != "line" else {"line_number": number, "line_id": f"{number}"}
                owner = {"realm_id": REALM, f"{one.table}_id": one.id}
                _insert(connection, f"quickbooks.{one.table}_{suffix}", {**owner, **numbered, **row})


def _write_reports(connection: duckdb.DuckDBPyConnection) -> None:
    """What QuickBooks' reports say of the legs on paper; on the cash basis they are the same here."""
    names = {id_: name for id_, name, *_ in paper.ACCOUNTS}
    for basis in ("Accrual", "Cash"):
        for one in paper.DOCUMENTS:
            for number, (account, amount, *foreign) in enumerate(one.legs, 1):
                _insert(connection, "reports.posted_leg", {
                    "realm_id": REALM, "basis": basis, "month": one.day.replace(day=1), "transaction_id": one.id,
                    "transaction_title": one.title, "leg_number": number, "transaction_date": one.day,
                    "doc_number": one.row.get("doc_number"), "account_id": account, "account_name": names[account],
                    "debit": max(amount, 0), "credit": max(-amount, 0),
                    "currency_id": one.row.get("currency_id", "USD"),
                    "foreign_debit": max(foreign[0], 0) if foreign else None,
                    "foreign_credit": max(-foreign[0], 0) if foreign else None, "pull": 1,
                })  # fmt: skip
        for month in MONTHS:
            legs = [leg for one in paper.DOCUMENTS if one.day.replace(day=1) == month for leg in one.legs]
            debit = sum(max(leg[1], 0) for leg in legs)
            _insert(connection, "reports.month_pull", {
                "realm_id": REALM, "basis": basis, "month": month, "digest": "-", "pulled_at": PULLED_AT,
                "legs": len(legs), "debit": debit, "credit": debit, "requests": 1, "pull": 1,
            })  # fmt: skip
            _write_statements(connection, basis, month)
    _write_subledgers(connection)


def _write_statements(connection: duckdb.DuckDBPyConnection, basis: str, month: date) -> None:
    end = _last_day(month)
    natures = {
        id_: -1 if classification in paper.CREDIT_NATURE else 1 for id_, _, _, _, classification, _ in paper.ACCOUNTS
    }
    nominal = {id_ for id_, _, _, _, classification, _ in paper.ACCOUNTS if classification in ("Revenue", "Expense")}
    common = {"realm_id": REALM, "basis": basis}
    year_start = date(2025, 2, 1) if month == paper.JANUARY else paper.FEBRUARY
    activity, balances = _sums(since=month, day=end), dict(_sums(day=end))
    this_year, before = _sums(since=year_start, day=end), _sums(day=year_start - timedelta(days=1))
    balances[paper.RETAINED] = balances.get(paper.RETAINED, Decimal(0)) + sum(before[id_] for id_ in nominal)
    net_income = -sum((this_year[id_] for id_ in nominal), Decimal(0))
    figures: list[tuple[str, str | None, str, Decimal]] = [
        ("ProfitAndLoss", id_, "account", activity[id_] * natures[id_]) for id_ in nominal
    ]
    figures += [
        ("BalanceSheet", id_, "account", balances[id_] * natures[id_]) for id_ in balances if id_ not in nominal
    ]
    figures.append(("BalanceSheet", None, "net_income", net_income))
    for statement, account, line, amount in figures:
        if amount:
            _insert(connection, "reports.account_month", {
                **common, "month": month, "statement": statement, "account_id": account, "line": line,
                "amount": amount, "pull": 1,
            })  # fmt: skip
    trial = {id_: this_year[id_] if id_ in nominal else balances[id_] for id_ in {*balances, *nominal}}
    for account, amount in trial.items():
        if amount:
            _insert(connection, "reports.trial_balance", {
                **common, "as_of": end, "account_id": account, "debit": max(amount, 0), "credit": max(-amount, 0),
                "pull": 1,
            })  # fmt: skip


def _write_subledgers(connection: duckdb.DuckDBPyConnection) -> None:
    documents = {one.id: one for one in paper.DOCUMENTS}
    for side, open_items in paper.OPEN_AT_THE_END.items():
        for id_, amount in open_items.items():
            one = documents[id_]
            _insert(connection, "reports.aging", {
                "realm_id": REALM, "side": side, "as_of": paper.LAST_DAY, "transaction_id": id_,
                "transaction_title": one.title, "transaction_date": one.day, "doc_number": one.row.get("doc_number"),
                "due_date": one.row.get("due_date", one.day), "open_balance": amount, "pull": 1,
                "name_id": one.row.get("customer_id") or one.row.get("vendor_id"), "amount": amount,
            })  # fmt: skip
    quantity, value = paper.STOCK_AT_THE_END
    _insert(connection, "reports.inventory_valuation", {
        "realm_id": REALM, "as_of": paper.LAST_DAY, "item_id": "2", "quantity": quantity, "asset_value": value,
        "average_cost": Decimal(value) / quantity, "pull": 1,
    })  # fmt: skip


def _sums(day: date, since: date = date.min) -> Balances:
    """Account → debits less credits on paper, of these days."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for one in paper.DOCUMENTS:
        if since <= one.day <= day:
            for account, amount, *_ in one.legs:
                sums[account] += amount
    return sums


def _last_day(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

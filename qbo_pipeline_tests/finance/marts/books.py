"""Hand-made books: records and ledger legs written down by a test, and the finance models made of them.

The ledger itself is not built here: a test says which legs there are, so that statements are judged by figures on
paper.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from qbo_pipeline.finance.catalogue import Models, shipped
from qbo_pipeline.finance.definitions import create
from qbo_pipeline.finance.model import Model, Relation
from qbo_pipeline.quickbooks.catalogue import ENTITIES, tables
from qbo_pipeline.warehouse.schema import definitions, sql

TODAY = date(2026, 3, 31)
"""The day of the newest synchronization, unless a company says otherwise."""
NEWEST = datetime(2026, 3, 1)
LEDGER = "posting.leg"

_LEG = """
CREATE TABLE posting.leg (
    realm_id VARCHAR, basis VARCHAR, transaction_type VARCHAR, transaction_id VARCHAR, leg_number INTEGER,
    leg_role VARCHAR,
    line_id VARCHAR, line_number BIGINT, transaction_date DATE, month DATE, account_id VARCHAR, debit DECIMAL(18, 2),
    credit DECIMAL(18, 2), currency_id VARCHAR, exchange_rate DECIMAL(28, 10), foreign_debit DECIMAL(18, 2),
    foreign_credit DECIMAL(18, 2), customer_id VARCHAR, vendor_id VARCHAR, employee_id VARCHAR, item_id VARCHAR,
    class_id VARCHAR, department_id VARCHAR, quantity DECIMAL(28, 10), memo VARCHAR, doc_number VARCHAR,
    posting_source VARCHAR, patch_reason VARCHAR, confirmed BOOLEAN
)"""


def make_template(path: Path) -> None:
    """A warehouse with every table and no rows."""
    with duckdb.connect(str(path)) as connection:
        for schema in ("quickbooks", "posting", "finance"):
            connection.execute(f"CREATE SCHEMA {schema}")
        statements = []
        for entity in ENTITIES:
            for table in tables(entity):
                columns = ", ".join(f'"{name}" {type_}' for name, type_, _ in definitions(entity, table))
                statements.append(f'CREATE TABLE quickbooks."{table.name}" ({columns})')
        trail = "(realm_id VARCHAR, entity VARCHAR, id VARCHAR, surviving_id VARCHAR)"
        statements += [f"CREATE TABLE quickbooks.{name} {trail}" for name in ("merged_record", "surviving_record")]
        connection.execute(";".join(statements))
        connection.execute(sql("audit.sql"))
        connection.execute(sql("reports.sql"))
        connection.execute(_LEG)


class Books:
    """Books to write in and to make models of."""

    def __init__(self, template: Path, path: Path) -> None:
        shutil.copyfile(template, path)
        self.connection = duckdb.connect(str(path))
        self.connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        self.legs = 0

    def insert(self, table: str, realm: str = "1", **row: Any) -> None:
        """A row of a QuickBooks table; records are not deleted unless they say so."""
        with_head = {"realm_id": realm, **row}
        if "id" in row:
            head = {"deleted": False, "created_at": NEWEST, "updated_at": NEWEST, "synced_at": NEWEST}
            with_head = {**head, **with_head}
        self._insert(f'quickbooks."{table}"', with_head)

    def merged(self, entity: str, id_: str, into: str, realm: str = "1") -> None:
        """A record that is no more, and the one it became."""
        self._insert(
            "quickbooks.surviving_record", {"realm_id": realm, "entity": entity, "id": id_, "surviving_id": into}
        )

    def company(
        self,
        realm: str = "1",
        *,
        currency: str = "USD",
        fiscal: str = "January",
        today: date = TODAY,
        **preferences: Any,
    ) -> None:
        """A company; its fiscal year begins with the month `fiscal`."""
        self.insert(
            "company_info", realm, id="1", company_name=f"Company {realm}", fiscal_year_start_month=fiscal,
            synced_at=datetime(today.year, today.month, today.day, 12),
        )  # fmt: skip
        self.insert("preferences", realm, id="1", home_currency_id=currency, **preferences)

    def accounts(self, *accounts: tuple[str, str, str], realm: str = "1") -> None:
        """Accounts by id, type and sub-type; named after their id."""
        for id_, type_, sub_type in accounts:
            self.insert(
                "account", realm, id=id_, name=id_, account_type=type_, account_sub_type=sub_type, currency_id="USD",
                classification=_classification(type_), active=True,
            )  # fmt: skip

    def post(
        self, day: str, *legs: tuple[str, float | str], type_: str = "JournalEntry", id_: str = "",
        basis: str = "Accrual",
        realm: str = "1", **more: Any,
    ) -> None:  # fmt: skip
        """A transaction of the ledger: accounts with signed amounts, debits positive. It has to balance."""
        amounts = [(account, Decimal(str(amount))) for account, amount in legs]
        assert sum(amount for _, amount in amounts) == 0, f"debits are not credits: {legs}"
        self.legs += 1
        for number, (account, amount) in enumerate(amounts, 1):
            self.leg(
                day, number, account, amount, type_=type_, id_=id_ or f"t{self.legs}", basis=basis, realm=realm, **more
            )

    def leg(
        self, day: str, number: int, account: str, amount: float | Decimal, *, id_: str, type_: str = "JournalEntry",
        basis: str = "Accrual", realm: str = "1", **more: Any,
    ) -> None:  # fmt: skip
        """One leg of a transaction, a debit positive: of those whose legs are of several customers or vendors."""
        self._insert(LEDGER, {
            "realm_id": realm, "basis": basis, "transaction_type": type_, "transaction_id": id_,
            "leg_number": number, "transaction_date": day, "month": f"{day[:7]}-01", "account_id": account,
            "debit": max(amount, 0), "credit": max(-amount, 0), "foreign_debit": max(amount, 0),
            "foreign_credit": max(-amount, 0), "posting_source": "entity", "confirmed": True, **more,
        })  # fmt: skip

    def make(self, *names: str) -> Books:
        """Build these models of the schema `finance`, and all they are made of but the ledger."""
        models = shipped()
        wanted: set[str] = set()

        def want(model: Model) -> None:
            if model.name in wanted or model.name == LEDGER:
                return
            wanted.add(model.name)
            for relation in models.upstream[model.name]:
                above = models.named(str(relation))
                if above is not None:
                    want(above)

        for name in names:
            found = models.named(f"finance.{name}")
            assert found is not None, f"there is no model finance.{name}"
            want(found)
        for model in models.ordered:
            if model.name in wanted:
                self.connection.execute(create(model, _of_everything(models, model)))
        return self

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds."""
        return self.connection.execute(query).fetchall()

    def one(self, query: str) -> Any:
        """The one value that a query finds."""
        [[value]] = self.rows(query)
        return value

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        names = ", ".join(f'"{name}"' for name in row)
        values: Sequence[Any] = list(row.values())
        self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' for _ in row)})", values)


def _classification(account_type: str) -> str:
    for part, classification in (
        ("Income", "Revenue"),
        ("Expense", "Expense"),
        ("Cost", "Expense"),
        ("Equity", "Equity"),
    ):
        if part in account_type:
            return classification
    owed = ("Accounts Payable", "Credit Card", "Other Current Liability", "Long Term Liability")
    return "Liability" if account_type in owed else "Asset"


def _of_everything(models: Models, model: Model) -> str:
    """A model's statement about all documents; what is inline is a view here."""
    return re.sub(r"\bchanged\.(\w+)", lambda found: str(models.behind(Relation("changed", found[1]))), model.statement)

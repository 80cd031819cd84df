"""A small company in a warehouse: documents, items and reports as merges and pulls leave them, and models of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from qbo_pipeline.finance.build import Build, build
from qbo_pipeline.finance.catalogue import Models, load_models
from qbo_pipeline.finance.model import Built
from qbo_pipeline.quickbooks.catalogue import ENTITIES, tables
from qbo_pipeline.warehouse.storage import widen

FOLDER = Path(__file__).parent / "models"
REALM = "1"
_TABLES = {table.name: (entity, table) for entity in ENTITIES for table in tables(entity)}


class SmallBooks:
    """Every change is noted as the merge notes it."""

    def __init__(self, database: Path, models: Models | None = None) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(f"ATTACH '{database}' AS warehouse; USE warehouse; SET threads = 1")
        self.models = models or load_models(FOLDER)
        self._pulls = itertools.count(1)

    def build(self, **how: Any) -> Build:
        return build(self.connection, self.models, **how)

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, list(parameters)).fetchall()

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all models that have any."""
        names = [one.name for one in self.models.kept]
        return {name: self.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in names}

    def shown(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all models that can be read without saying more, views too."""
        names = [one.name for one in self.models.ordered if one.built not in (Built.INLINE, Built.MACRO)]
        return {name: self.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in names}

    def noted_changes(self) -> dict[str, datetime]:
        """When rows of these models last may have become others, as it is noted."""
        return {name: at for name, at in self.rows("FROM audit.model_change") if name in self.shown()}

    def invoice(
        self,
        id_: str,
        day: date,
        *lines: tuple[str, int],
        number: str = "",
        links: Sequence[str] = (),
        realm: str = REALM,
    ) -> None:
        """An invoice with items and amounts, in the place of an earlier version."""
        self._forget("invoice", id_, realm)
        total = Decimal(sum(amount for _, amount in lines))
        self._record("Invoice", realm, id=id_, txn_date=day, total_amt=total, doc_number=number or id_)
        for position, (item, amount) in enumerate(lines, 1):
            self._row("invoice_line", realm, invoice_id=id_, line_number=position, item_id=item, amount=Decimal(amount))
        for position, linked in enumerate(links, 1):
            self._row(
                "invoice_linked_txn",
                realm,
                invoice_id=id_,
                linked_txn_number=position,
                txn_id=linked,
                txn_type="Payment",
            )

    def payment(self, id_: str, day: date, amount: int, *paid: str, realm: str = REALM) -> None:
        """A payment of invoices."""
        self._forget("payment", id_, realm)
        self._record("Payment", realm, id=id_, txn_date=day, total_amt=Decimal(amount))
        for position, invoice in enumerate(paid, 1):
            self._row("payment_line", realm, payment_id=id_, line_number=position, amount=Decimal(amount))
            self._row(
                "payment_line_linked_txn", realm, payment_id=id_, line_number=position, linked_txn_number=1,
                txn_id=invoice, txn_type="Invoice",
            )  # fmt: skip

    def delete(self, table: str, id_: str, realm: str = REALM) -> None:
        """A document that is deleted keeps its row and loses its lines."""
        entity = _TABLES[table][0]
        for one in tables(entity):
            if one.array_path:
                self.rows(f"DELETE FROM stored.{one.name} WHERE realm_id = ? AND {table}_id = ?", [realm, id_])
        self.rows(f"UPDATE stored.{table} SET deleted = true WHERE realm_id = ? AND id = ?", [realm, id_])
        self._touch(entity.name, id_, realm)

    def item(self, id_: str, account: str, realm: str = REALM) -> None:
        """An item and the account of its income."""
        self._forget("item", id_, realm)
        self._record("Item", realm, id=id_, income_account_id=account)

    def customer(self, id_: str, name: str, realm: str = REALM) -> None:
        self._forget("customer", id_, realm)
        self._record("Customer", realm, id=id_, display_name=name)

    def currency(self, code: str, realm: str = REALM) -> None:
        self._forget("preferences", "1", realm)
        self._record("Preferences", realm, id="1", home_currency_id=code)

    def pull(self, basis: str, month: date, *legs: tuple[str, str, int], realm: str = REALM) -> None:
        """QuickBooks' report of a month: transaction, account and amount of each leg."""
        pull = next(self._pulls)
        for table in ("posted_leg", "month_pull"):
            self.rows(
                f"DELETE FROM reports.{table} WHERE realm_id = ? AND basis = ? AND month = ?", [realm, basis, month]
            )
        for number, (transaction, account, amount) in enumerate(legs, 100):
            self.rows(
                "INSERT INTO reports.posted_leg BY NAME SELECT ? AS realm_id, ? AS basis, ? AS month, "
                "? AS transaction_id, 'Invoice' AS transaction_title, ? AS leg_number, "
                "? AS transaction_date, ? AS account_id, '' AS account_name, ? AS debit, 0 AS credit, ? AS pull",
                [realm, basis, month, transaction, number, month, account, amount, pull],
            )
        self.rows(
            "INSERT INTO reports.month_pull BY NAME SELECT ? AS realm_id, ? AS basis, ? AS month, 'x' AS digest, "
            "TIMESTAMP '2026-01-01' AS pulled_at, ? AS legs, 0 AS debit, 0 AS credit, 1 AS requests, ? AS pull",
            [realm, basis, month, len(legs), pull],
        )

    def _record(self, entity: str, realm: str, **values: Any) -> None:
        table = next(one.table for one in ENTITIES if one.name == entity)
        self._row(table, realm, deleted=False, **values)
        self._touch(entity, values["id"], realm)

    def _touch(self, entity: str, id_: str, realm: str) -> None:
        by_id = entity in ("Invoice", "Payment")
        self.rows("INSERT INTO audit.touched_record VALUES (?, ?, ?)", [realm, entity, id_ if by_id else None])

    def _forget(self, table: str, id_: str, realm: str) -> None:
        for one in tables(_TABLES[table][0]):
            key = f"{table}_id" if one.array_path else "id"
            self.rows(f'DELETE FROM stored."{one.name}" WHERE realm_id = ? AND {key} = ?', [realm, id_])

    def _row(self, table: str, realm: str, **values: Any) -> None:
        entity, its = _TABLES[table]
        widen(self.connection, entity, its, values)
        names = ", ".join(["realm_id", *values])
        marks = ", ".join("?" * (len(values) + 1))
        self.rows(f'INSERT INTO stored."{table}" ({names}) VALUES ({marks})', [realm, *values.values()])

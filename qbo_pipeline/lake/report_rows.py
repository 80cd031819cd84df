"""Parsed reports as the tables of the schema `reports` have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, InvalidOperation
from typing import Any

import pyarrow as pa

from qbo_pipeline.lake.exact import NUMBER_STEP
from qbo_pipeline.quickbooks.reports.balances import AccountBalance, ItemValue, OpenItem
from qbo_pipeline.quickbooks.reports.errors import ReportShapeError
from qbo_pipeline.quickbooks.reports.legs import Leg
from qbo_pipeline.quickbooks.reports.requests import Basis
from qbo_pipeline.quickbooks.reports.statements import Figure

_TEXT, _DAY, _MONEY, _NUMBER = pa.string(), pa.date32(), pa.decimal128(18, 2), pa.decimal128(28, 10)

_LEG_TYPES: dict[str, pa.DataType] = {
    "transaction_id": _TEXT, "transaction_title": _TEXT, "transaction_date": _DAY, "doc_number": _TEXT, "memo": _TEXT,
    "name_id": _TEXT, "name": _TEXT, "account_id": _TEXT, "account_name": _TEXT, "debit": _MONEY, "credit": _MONEY,
    "currency_id": _TEXT, "foreign_debit": _MONEY, "foreign_credit": _MONEY, "customer_id": _TEXT, "vendor_id": _TEXT,
    "employee_id": _TEXT, "item_id": _TEXT, "class_id": _TEXT, "department_id": _TEXT, "quantity": _NUMBER,
}  # fmt: skip
_FIGURE_TYPES: dict[str, pa.DataType] = {"month": _DAY, "account_id": _TEXT, "line": _TEXT, "amount": _MONEY}
_BALANCE_TYPES: dict[str, pa.DataType] = {"account_id": _TEXT, "debit": _MONEY, "credit": _MONEY}
_OPEN_ITEM_TYPES: dict[str, pa.DataType] = {
    "transaction_id": _TEXT, "transaction_title": _TEXT, "transaction_date": _DAY, "due_date": _DAY,
    "doc_number": _TEXT, "name_id": _TEXT, "amount": _MONEY, "open_balance": _MONEY,
}  # fmt: skip
_ITEM_VALUE_TYPES: dict[str, pa.DataType] = {
    "item_id": _TEXT, "quantity": _NUMBER, "asset_value": _MONEY, "average_cost": _NUMBER,
}  # fmt: skip


def leg_rows(legs: Sequence[Leg], realm_id: str, basis: Basis, pull: int) -> pa.Table:
    """Rows of `reports.posted_leg`: of each month, a transaction's legs numbered as the report lists them.

    Legs of earlier days come first, as they do where a month was asked for in parts.

    Raises:
        ReportShapeError: an amount has more digits than money has.
    """
    legs = sorted(legs, key=lambda leg: leg.transaction_date)
    table = _table(legs, Leg._fields, _LEG_TYPES)
    counted: Counter[tuple[int, int, str, str]] = Counter()
    numbers, months = [], []
    for leg in legs:
        day = leg.transaction_date
        of = day.year, day.month, leg.transaction_title, leg.transaction_id
        counted[of] += 1
        numbers.append(counted[of])
        months.append(day.replace(day=1))
    table = table.append_column("leg_number", pa.array(numbers, pa.int32()))
    table = table.append_column("month", pa.array(months, _DAY))
    return _with(table, {"realm_id": realm_id, "basis": str(basis)}, pull)


def figure_rows(figures: Sequence[Figure], realm_id: str, basis: Basis, report: str, pull: int) -> pa.Table:
    """Rows of `reports.account_month`.

    Raises:
        ReportShapeError: an amount has more digits than money has.
    """
    table = _table(figures, Figure._fields, _FIGURE_TYPES)
    return _with(table, {"realm_id": realm_id, "basis": str(basis), "statement": report}, pull)


def balance_rows(balances: Sequence[AccountBalance], realm_id: str, basis: Basis, day: date, pull: int) -> pa.Table:
    """Rows of `reports.trial_balance`.

    Raises:
        ReportShapeError: an amount has more digits than money has.
    """
    table = _table(balances, AccountBalance._fields, _BALANCE_TYPES)
    return _with(table, {"realm_id": realm_id, "basis": str(basis), "as_of": day}, pull)


def aging_rows(items: Sequence[OpenItem], realm_id: str, side: str, day: date, pull: int) -> pa.Table:
    """Rows of `reports.aging`.

    Raises:
        ReportShapeError: an amount has more digits than money has.
    """
    table = _table(items, OpenItem._fields, _OPEN_ITEM_TYPES)
    return _with(table, {"realm_id": realm_id, "side": side, "as_of": day}, pull)


def inventory_rows(values: Sequence[ItemValue], realm_id: str, day: date, pull: int) -> pa.Table:
    """Rows of `reports.inventory_valuation`.

    Raises:
        ReportShapeError: an amount has more digits than money has.
    """
    table = _table(values, ItemValue._fields, _ITEM_VALUE_TYPES)
    return _with(table, {"realm_id": realm_id, "as_of": day}, pull)


def _table(rows: Sequence[tuple[Any, ...]], names: Iterable[str], types: dict[str, pa.DataType]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((),) * len(types)
    try:
        return pa.table({name: _array(values, types[name]) for name, values in zip(names, columns, strict=True)})
    except (pa.ArrowInvalid, InvalidOperation) as error:
        raise ReportShapeError(f"an amount has more digits than money has ({error})") from None


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """A column. Quantities and costs of a unit are rounded as those of documents are; money is not."""
    if kind is _NUMBER:
        values = [one if one is None else one.quantize(NUMBER_STEP, ROUND_HALF_EVEN) for one in values]
    return pa.array(values, kind)


def _with(table: pa.Table, constants: dict[str, str | date], pull: int) -> pa.Table:
    for name, value in constants.items():
        kind = _TEXT if isinstance(value, str) else _DAY
        table = table.append_column(name, pa.repeat(pa.scalar(value, kind), table.num_rows))
    return table.append_column("pull", pa.repeat(pa.scalar(pull, pa.int64()), table.num_rows))

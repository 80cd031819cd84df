"""Stock, first in, first out: what the units that left had cost.

QuickBooks recomputes this whenever an earlier movement changes, and with it the cost legs of later sales, without
touching the sales' records; so does replaying an item's movements in the order of their days.

Assumed, because nothing public says it: units that come back take the unit cost of the oldest layer and leave first;
units sold before they were bought are valued at the item's PurchaseCost until a purchase covers them, and the
difference is then posted with that purchase.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Literal

from qbo_pipeline.local.quickbooks.books.chart import Chart, Item, Record
from qbo_pipeline.local.quickbooks.books.model import Leg
from qbo_pipeline.local.quickbooks.books.posting.draft import CENT, ZERO, flat, money, rate_of, referred, to_home

Effect = Literal["sale", "purchase", "adjustment"]

_SALES = {"Invoice": -1, "SalesReceipt": -1, "CreditMemo": 1, "RefundReceipt": 1}
_PURCHASES = {"Bill": 1, "Purchase": 1, "VendorCredit": -1}
"""Entity → whether its units come in (1) or go out."""


@dataclass(frozen=True, slots=True)
class Movement:
    """Units of an item that come or go."""

    item: str
    effect: Effect
    quantity: Decimal
    """Units, positive in."""
    value: Decimal
    """What the transaction itself posts to the item's asset account, home currency; zero where the stock decides."""
    line_id: str | None
    class_: str | None
    department: str | None
    account: str | None = None
    """What an adjustment posts against."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A movement in its place in time."""

    key: tuple[str, str]
    """Entity and id of its transaction."""
    day: date
    created: datetime
    movement: Movement


def movements(entity: str, record: Record, chart: Chart) -> Iterator[Movement]:
    """The movements of a record's lines, in their order."""
    sale, bought = _SALES.get(entity), _PURCHASES.get(entity)
    if entity == "Purchase" and record.get("Credit") is True:
        bought = -1
    for line in flat(record.get("Line", [])):
        detail = line.get(str(line.get("DetailType")), {})
        item = chart.items.get(referred(detail, "ItemRef") or "")
        if item is None or not item.stocked or not item.asset:
            continue
        told = (
            line.get("Id"),
            referred(detail, "ClassRef") or referred(record, "ClassRef"),
            referred(record, "DepartmentRef"),
        )
        if entity == "InventoryAdjustment":
            quantity = Decimal(str(detail.get("QtyDiff") or 0))
            yield Movement(item.id, "adjustment", quantity, ZERO, *told, chart.account(record.get("AdjustAccountRef")))
        elif sale is not None:
            yield Movement(item.id, "sale", sale * Decimal(str(detail.get("Qty") or 0)), ZERO, *told)
        elif bought is not None:
            value = bought * to_home(money(line.get("Amount")), rate_of(record))
            yield Movement(item.id, "purchase", bought * Decimal(str(detail.get("Qty") or 0)), value, *told)


def unlisted_movements(record: Record, chart: Chart) -> Iterator[Movement]:
    """The movements of a transaction that no entity shows: its lines with units, on the asset account of their item."""
    for line in record["Line"]:
        item = chart.items.get(referred(line, "ItemRef") or "")
        if item is not None and item.stocked and "Qty" in line and referred(line, "AccountRef") == item.asset:
            quantity = Decimal(str(line["Qty"]))
            yield Movement(item.id, "purchase", quantity, money(line["Amount"]), line.get("Id"), None, None)


def cost_legs(item: Item, history: Iterable[Dated]) -> dict[tuple[str, str], tuple[Leg, ...]]:
    """The legs that an item's movements add to their transactions; `history` in the order of days and creation."""
    layers = Layers(item.cost)
    legs: dict[tuple[str, str], list[Leg]] = defaultdict(list)
    for dated in history:
        moved = dated.movement
        taken = layers.move(moved.quantity, moved.value if moved.effect == "purchase" else None)
        difference = taken - moved.value
        against = moved.account if moved.effect == "adjustment" else item.expense
        if difference and against and item.asset:
            quantity = moved.quantity if moved.effect != "purchase" else None
            legs[dated.key].append(_leg(item.asset, difference, moved, quantity))
            legs[dated.key].append(_leg(against, -difference, moved, None))
    return {key: tuple(found) for key, found in legs.items()}


def _leg(account: str, home: Decimal, moved: Movement, quantity: Decimal | None) -> Leg:
    return Leg(account, home, ZERO, moved.line_id, None, moved.item, quantity, moved.class_, moved.department)


class Layers:
    """The units of an item on hand, by what they cost."""

    def __init__(self, usual_cost: Decimal) -> None:
        self._usual_cost = usual_cost
        self._layers: deque[tuple[Decimal, Decimal]] = deque()
        """Units and their total cost, oldest first; while stock is short, one layer of negative units."""

    @property
    def units(self) -> Decimal:
        """Units on hand."""
        return sum((units for units, _ in self._layers), Decimal(0))

    @property
    def value(self) -> Decimal:
        """What they cost."""
        return sum((cost for _, cost in self._layers), ZERO)

    def move(self, quantity: Decimal, value: Decimal | None) -> Decimal:
        """Take units in (at a value, or at the cost of the oldest) or out; returns by how much the value changed."""
        before = self.value
        if quantity > 0:
            self._take_in(quantity, value)
        elif quantity < 0:
            self._take_out(-quantity)
        elif value:
            self._revalue(value)
        return self.value - before

    def _take_in(self, quantity: Decimal, value: Decimal | None) -> None:
        if value is None:
            units, cost = self._layers[0] if self._layers and self._layers[0][0] else (Decimal(1), self._usual_cost)
            value = _part(cost, quantity, units)
            if units > 0:
                self._layers.appendleft((quantity, value))
                return
        short = -self._layers[0][0] if self._layers and self._layers[0][0] < 0 else Decimal(0)
        if short >= quantity:
            units, cost = self._layers.popleft()
            if units + quantity:
                self._layers.appendleft((units + quantity, cost - _part(cost, quantity, -units)))
            return
        if short:
            self._layers.popleft()
        self._layers.append((quantity - short, value - _part(value, short, quantity)))

    def _take_out(self, quantity: Decimal) -> None:
        while quantity and self._layers and self._layers[0][0] > 0:
            units, cost = self._layers.popleft()
            if units > quantity:
                self._layers.appendleft((units - quantity, cost - _part(cost, quantity, units)))
                return
            quantity -= units
        if quantity:
            owed = self._layers.popleft() if self._layers else (Decimal(0), ZERO)
            cost = (quantity * self._usual_cost).quantize(CENT, ROUND_DOWN)
            self._layers.appendleft((owed[0] - quantity, owed[1] - cost))

    def _revalue(self, value: Decimal) -> None:
        """Value without units (a price correction) belongs to the oldest layer."""
        units, cost = self._layers.popleft() if self._layers else (Decimal(0), ZERO)
        self._layers.appendleft((units, cost + value))


def _part(cost: Decimal, quantity: Decimal, units: Decimal) -> Decimal:
    return (cost * quantity / units).quantize(CENT, ROUND_DOWN)

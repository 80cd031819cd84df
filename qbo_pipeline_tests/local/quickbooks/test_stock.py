"""What units cost when they leave, first in, first out, also when the past is corrected."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.local.quickbooks.books.chart import Record
from qbo_pipeline.local.quickbooks.books.stock import Dated, Layers, Movement, cost_legs, movements
from qbo_pipeline_tests.local.quickbooks.posting_company import CHART, bought, record, ref, sold

ITEM = CHART.items["2"]
ASSET, COST = "5", "14"


def history(*documents: tuple[str, int, Record]) -> dict[tuple[str, str], dict[str, Decimal]]:
    """(entity, day of May, document) → transaction → account → cost leg."""
    dated = [
        Dated((entity, str(number)), date(2026, 5, day), datetime(2026, 5, day, tzinfo=UTC), move)
        for number, (entity, day, document) in enumerate(documents)
        for move in movements(entity, document, CHART)
    ]
    dated.sort(key=lambda one: one.day)
    return {key: {leg.account: leg.home for leg in legs} for key, legs in cost_legs(ITEM, dated).items()}


def test_the_oldest_units_leave_first() -> None:
    found = history(
        ("Bill", 1, record(20, bought(20, quantity=2))),
        ("Bill", 2, record(36, bought(36, quantity=3))),
        ("Invoice", 3, record(100, sold(100, "2", 3))),
    )
    assert found == {("Invoice", "2"): {COST: Decimal(32), ASSET: Decimal(-32)}}


def test_a_corrected_purchase_restates_the_cost_of_a_later_sale() -> None:
    sale = ("Invoice", 3, record(100, sold(100, "2", 2)))
    before = history(("Bill", 1, record(20, bought(20, quantity=2))), sale)
    after = history(("Bill", 1, record(26, bought(26, quantity=2))), sale)
    assert (before["Invoice", "1"][COST], after["Invoice", "1"][COST]) == (Decimal(20), Decimal(26))


def test_what_comes_back_has_the_cost_of_the_oldest_units_and_leaves_first() -> None:
    found = history(
        ("Bill", 1, record(20, bought(20, quantity=2))),
        ("Invoice", 2, record(10, sold(10, "2", 1))),
        ("CreditMemo", 3, record(10, sold(10, "2", 1))),
        ("Bill", 4, record(99, bought(99, quantity=1))),
        ("Invoice", 5, record(10, sold(10, "2", 2))),
    )
    assert found["CreditMemo", "2"] == {COST: Decimal(-10), ASSET: Decimal(10)}
    assert found["Invoice", "4"][COST] == 20


def test_units_sold_before_they_were_bought_cost_what_is_usual_until_the_purchase_tells() -> None:
    found = history(
        ("Invoice", 1, record(50, sold(50, "2", 3))),
        ("Bill", 2, record(60, bought(60, quantity=5))),
        ("Invoice", 3, record(50, sold(50, "2", 2))),
    )
    assert found["Invoice", "0"][COST] == 30
    assert found["Bill", "1"] == {COST: Decimal(6), ASSET: Decimal(-6)}
    assert found["Invoice", "2"][COST] == 24


def test_a_vendor_credit_below_cost_leaves_the_difference_to_the_cost_of_goods() -> None:
    found = history(
        ("Bill", 1, record(20, bought(20, quantity=2))),
        ("VendorCredit", 2, record(7, bought(7, quantity=1))),
    )
    assert found == {("VendorCredit", "1"): {COST: Decimal(3), ASSET: Decimal(-3)}}


def test_a_count_posts_against_the_account_that_it_names() -> None:
    counted = {
        "Id": "1",
        "DetailType": "ItemAdjustmentLineDetail",
        "ItemAdjustmentLineDetail": {"ItemRef": ref("2"), "QtyDiff": -1},
    }
    found = history(
        ("Bill", 1, record(20, bought(20, quantity=2))),
        ("InventoryAdjustment", 2, record(0, counted, AdjustAccountRef=ref("19"))),
    )
    assert found == {("InventoryAdjustment", "1"): {"19": Decimal(10), ASSET: Decimal(-10)}}


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["sale", "purchase", "adjustment"]),
        st.integers(-20, 20).filter(bool).map(Decimal),
        st.integers(1, 100_000).map(lambda cents: Decimal(cents) / 100),
    ),
    max_size=40,
)


@given(MOVES)
def test_the_asset_account_is_always_worth_its_layers(moves: list[tuple[str, Decimal, Decimal]]) -> None:
    layers, asset = Layers(ITEM.cost), Decimal(0)
    dated = []
    for number, (effect, quantity, amount) in enumerate(moves):
        value = (amount if quantity > 0 else -amount) if effect == "purchase" else Decimal(0)
        move = Movement("2", effect, quantity, value, None, None, None, "19")  # type: ignore[arg-type]
        dated.append(Dated(("X", str(number)), date(2026, 5, 1), datetime(2026, 5, 1, tzinfo=UTC), move))
        layers.move(quantity, value if effect == "purchase" else None)
        asset += value
    legs = [leg for legs in cost_legs(ITEM, dated).values() for leg in legs]
    assert sum(leg.home for leg in legs) == 0
    assert asset + sum(leg.home for leg in legs if leg.account == ASSET) == layers.value
    assert layers.units == sum(quantity for _, quantity, _ in moves)
    if layers.units == 0:
        assert layers.value == 0

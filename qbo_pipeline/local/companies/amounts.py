"""Amounts as whole hundredths while generating, and as QuickBooks prints them when rendering.

Books are kept in integers (cents; quantities in hundredths; rates in millionths), so that nothing drifts and sums are
fast. `number` turns them into what the JSON shows: `100`, `337.5`, `0.07`, never `337.50`.
"""

from __future__ import annotations

from decimal import Decimal

Number = int | Decimal

RATE_ONE = 1_000_000
"""An exchange rate of 1, in millionths."""


def number(scaled: int, places: int = 2) -> Number:
    """`scaled` / 10**`places` with no trailing zeros: an int when whole, else a Decimal."""
    while places and scaled % 10 == 0:
        scaled //= 10
        places -= 1
    return Decimal(scaled).scaleb(-places) if places else scaled


def divide_half_up(numerator: int, denominator: int) -> int:
    """The quotient rounded half away from zero; `denominator` is positive."""
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def extend(unit_price: int, quantity: int) -> int:
    """Cents times hundredths of a unit, in cents."""
    return divide_half_up(unit_price * quantity, 100)


def percent_of(amount: int, hundredths_of_percent: int) -> int:
    """A percentage of an amount: 575 is 5.75 %."""
    return divide_half_up(amount * hundredths_of_percent, 10_000)


def to_home(amount: int, rate: int) -> int:
    """A foreign amount in home cents; `rate` is home per one foreign, in millionths."""
    return amount if rate == RATE_ONE else divide_half_up(amount * rate, RATE_ONE)


def split(total: int, parts: int) -> list[int]:
    """`total` in `parts` nearly equal pieces that sum to it exactly."""
    quotient, remainder = divmod(total, parts)
    return [quotient + 1] * remainder + [quotient] * (parts - remainder)

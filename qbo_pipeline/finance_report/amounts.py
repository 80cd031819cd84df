"""Amounts as accountants write them."""

from __future__ import annotations

from decimal import Decimal

NOTHING = "\N{EN DASH}"
"""Zero."""


def money(amount: Decimal | None) -> str:
    """`1,234.56`, `(1,234.56)` below zero, a dash for zero, nothing where there is no amount."""
    if amount is None:
        return ""
    if not amount:
        return NOTHING
    return f"({-amount:,.2f})" if amount < 0 else f"{amount:,.2f}"


def whole(amount: Decimal) -> str:
    """Without cents, for headlines: `1,234`, `(1,234)`."""
    rounded = amount.quantize(Decimal(1))
    return f"({-rounded:,})" if rounded < 0 else f"{rounded:,}"


def percent(share: Decimal | None) -> str:
    """A share of one: `12.3%`, `(12.3%)`; nothing where there is none, and no digits that say nothing."""
    if share is None:
        return ""
    points = share * 100
    if abs(points) >= 1000:
        return "> 999%" if points > 0 else "(> 999%)"
    rounded = points.quantize(Decimal("0.1"))
    if not rounded:
        return NOTHING
    return f"({-rounded}%)" if rounded < 0 else f"{rounded}%"


def ratio(part: Decimal | None, whole_: Decimal | None) -> Decimal | None:
    """`part` of `whole_`; None where that has no meaning."""
    return None if part is None or not whole_ else part / whole_


def change(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """By which share `now` differs from `before`; None where `before` is nothing or negative."""
    return None if now is None or before is None or before <= 0 else (now - before) / before


def cents(amount: Decimal) -> int:
    """The amount in hundredths, exactly.

    Raises:
        ValueError: it has more than two places.
    """
    scaled = amount.scaleb(2)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} has fractions of a cent")
    return int(scaled)


def short(amount: Decimal) -> str:
    """For a drawing, where there is no room: `980`, `12.3k`, `1.2M`, `−5k`."""
    if not amount:
        return NOTHING
    size = abs(amount)
    sign = "\N{MINUS SIGN}" if amount < 0 else ""
    for factor, unit in ((Decimal(10**9), "bn"), (Decimal(10**6), "M"), (Decimal(1000), "k")):
        if size >= factor:
            digits = Decimal("0.1") if size < factor * 100 else Decimal(1)
            return f"{sign}{(size / factor).quantize(digits).normalize():f}{unit}"
    return f"{sign}{size.quantize(Decimal(1))}"

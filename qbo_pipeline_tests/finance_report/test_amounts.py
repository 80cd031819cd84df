from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.finance_report.amounts import cents, change, money, percent, ratio, short, whole
from qbo_pipeline.finance_report.highlights import compared

AMOUNTS = st.decimals(min_value=-(10**15), max_value=10**15, places=2)


@given(AMOUNTS)
def test_an_amount_reads_back_as_itself(amount: Decimal) -> None:
    text = money(amount)
    digits = text.strip("()").replace(",", "")
    read = Decimal(0) if text == "\N{EN DASH}" else Decimal(digits)

    assert (-read if text.startswith("(") else read) == amount


@given(AMOUNTS)
def test_cents_are_exact(amount: Decimal) -> None:
    assert Decimal(cents(amount)) / 100 == amount


def test_fractions_of_a_cent_are_not_dropped_in_silence() -> None:
    with pytest.raises(ValueError, match="fractions of a cent"):
        cents(Decimal("0.005"))


@pytest.mark.parametrize(
    ("amount", "text"), [("1234.5", "1,234.50"), ("-1234.5", "(1,234.50)"), ("0", "\N{EN DASH}"), ("-0.01", "(0.01)")]
)
def test_amounts_are_written_as_accountants_write_them(amount: str, text: str) -> None:
    assert money(Decimal(amount)) == text


def test_headlines_have_no_cents() -> None:
    assert (whole(Decimal("1234.56")), whole(Decimal("-1234.56"))) == ("1,235", "(1,235)")


@pytest.mark.parametrize(
    ("share", "text"),
    [("0.1234", "12.3%"), ("-0.5", "(50.0%)"), ("0.0001", "\N{EN DASH}"), ("25", "> 999%"), ("-25", "(> 999%)")],
)
def test_shares_have_one_place(share: str, text: str) -> None:
    assert percent(Decimal(share)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [("999.4", "999"), ("12345", "12.3k"), ("123456", "123k"), ("1000000", "1M"), ("-5000", "\N{MINUS SIGN}5k")],
)
def test_drawings_have_short_amounts(amount: str, text: str) -> None:
    assert short(Decimal(amount)) == text


def test_what_has_no_meaning_has_no_figure() -> None:
    assert ratio(Decimal(1), Decimal(0)) is None
    assert change(Decimal(1), Decimal(0)) is None
    assert change(Decimal(1), Decimal(-5)) is None
    assert percent(None) == money(None) == ""


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        ("110", "100", "+10.0% on the year before"),
        ("90", "100", "\N{MINUS SIGN}10.0% on the year before"),
        ("100", "100", "0.0% on the year before"),
        ("10000.00", "10000.01", "0.0% on the year before"),
        ("5000", "1", "over +999% on the year before"),
        ("5", "-100", "(100) the year before"),
        ("5", "0", "none the year before"),
    ],
)
def test_a_headline_is_compared_with_the_year_before(now: str, before: str, told: str) -> None:
    assert compared(Decimal(now), Decimal(before)) == told

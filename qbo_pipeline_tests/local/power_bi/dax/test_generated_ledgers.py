"""Generated ledgers: what queries say is what is reckoned row by row."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from qbo_pipeline.local.power_bi.dax import Model, evaluate
from qbo_pipeline_tests.local.power_bi.dax.small_star import NOW, RELATIONSHIPS, days, table

TYPES = {"a": "Income", "b": "Expense", "c": "Income"}
FIRST = datetime(2025, 1, 1)


@dataclass(frozen=True)
class Line:
    account: str | None
    day: datetime
    amount: Decimal | None


lines = st.lists(
    st.builds(
        Line,
        st.sampled_from(["a", "b", "c", "astray", None]),
        st.integers(0, 729).map(lambda day: FIRST + timedelta(days=day)),
        st.none() | st.decimals(-1000, 1000, places=4),
    ),
    max_size=40,
)

QUERY = """
DEFINE
  MEASURE Lines[Total] = SUM(Lines[Amount])
  MEASURE Lines[YTD] = CALCULATE([Total], DATESYTD('Calendar'[Date], "6/30"))
  MEASURE Lines[Balance] = CALCULATE([Total], FILTER(ALL('Calendar'[Date]), 'Calendar'[Date] <= MAX('Calendar'[Date])))
  MEASURE Lines[PY] = CALCULATE([Total], SAMEPERIODLASTYEAR('Calendar'[Date]))
  MEASURE Lines[By Row] = SUMX(Lines, Lines[Amount])
EVALUATE SUMMARIZECOLUMNS(Account[Type], 'Calendar'[Year], 'Calendar'[Month Number],
  "Total", [Total], "YTD", [YTD], "Balance", [Balance], "PY", [PY], "By Row", [By Row], "Rows", COUNTROWS(Lines))
"""


def fiscal_year(day: datetime) -> int:
    return day.year if day.month <= 6 else day.year + 1


def reckoned(ledger: list[Line]) -> dict[tuple[str | None, int, int], tuple[object, ...]]:
    """Row by row, for every type and month in which one of the figures is not blank."""
    found: dict[tuple[str | None, int, int], tuple[object, ...]] = {}
    by_type: defaultdict[str | None, list[Line]] = defaultdict(list)
    for line in ledger:
        by_type[TYPES.get(line.account or "")].append(line)
    months = [(year, month) for year in (2025, 2026) for month in range(1, 13)]

    def total(chosen: list[Line]) -> Decimal | None:
        amounts = [line.amount for line in chosen if line.amount is not None]
        return sum(amounts, Decimal(0)) if amounts else None

    for kind, own in by_type.items():
        for year, month in months:
            end = datetime(year + month // 12, month % 12 + 1, 1)
            last = end - timedelta(days=1)
            here = [line for line in own if (line.day.year, line.day.month) == (year, month)]
            before = [line for line in own if (line.day.year, line.day.month) == (year - 1, month)]
            so_far = [line for line in own if line.day < end and fiscal_year(line.day) == fiscal_year(last)]
            row = (
                total(here), total(so_far), total([line for line in own if line.day < end]), total(before), total(here),
                len(here) or None,
            )  # fmt: skip
            if any(value is not None for value in row):
                found[kind, year, month] = row
    return found


@settings(max_examples=40, deadline=None)
@given(lines)
def test_groups_by_type_and_month(ledger: list[Line]) -> None:
    with duckdb.connect() as connection:
        accounts = table(connection, "Account", {"Key": "String", "Type": "String"}, list(TYPES.items()))
        held = table(
            connection,
            "Lines",
            {"Account Key": "String", "Date": "DateTime", "Amount": "Decimal"},
            [(line.account, line.day, line.amount) for line in ledger],
        )
        model = Model([accounts, held, days(connection)], RELATIONSHIPS)
        result = evaluate(QUERY, model, connection.cursor(), NOW)

    assert {row[:3]: row[3:] for row in result.rows} == reckoned(ledger)

"""Which months are asked for, and how."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.ingestion.reports.months import last_day, months_between, plus
from qbo_pipeline.ingestion.reports.planning import CELLS_ASKED, Pulled, due, months_to_ask_for, spans
from qbo_pipeline.ingestion.reports.results import MonthAsked, Why
from qbo_pipeline.quickbooks.reports.requests import LEG_COLUMNS, Basis

JANUARY = date(2026, 1, 1)
MONTHS = months_between(JANUARY, date(2026, 4, 1))
AT = datetime(2026, 5, 1, tzinfo=UTC)


def asked(everything: bool = False, **changes: str) -> dict[date, Why]:
    """What is due when three of four months were pulled, the third is touched, and digests are these now."""
    digests = {month: changes.get(f"{month:%B}", "same") for month in MONTHS}
    pulls = {(Basis.CASH, month): Pulled("same", AT, 5) for month in MONTHS[:3]}
    touched = {(Basis.CASH, MONTHS[2]), (Basis.ACCRUAL, MONTHS[1])}
    found = due(Basis.CASH, digests, pulls, touched, everything=everything)
    return {one.month: one.why for one in found}


@pytest.mark.parametrize(
    ("first", "last", "begins", "ends"),
    [
        ("2026-03-05", "2026-05-30", "2026-02", "2026-06"),
        ("2026-03-05", "2026-08-30", "2026-02", "2026-08"),
        ("2027-03-05", "2027-04-01", "2027-02", "2027-04"),
        ("0001-01-01", "2026-06-01", "1970-01", "2026-06"),
        ("2026-03-05", "2062-05-01", "2026-02", "2062-05"),
        ("2026-03-05", "9999-12-31", "2026-02", "2076-06"),
        ("9999-12-31", "9999-12-31", "2076-05", "2076-06"),
    ],
)
def test_statements_are_asked_for_from_before_the_first_document_to_today_or_to_the_last_within_what_books_can_be_of(
    first: str, last: str, begins: str, ends: str
) -> None:
    months = months_to_ask_for((date.fromisoformat(first), date.fromisoformat(last)), date(2026, 6, 17))

    assert (f"{months[0]:%Y-%m}", f"{months[-1]:%Y-%m}") == (begins, ends)
    assert months == months_between(months[0], months[-1])


def test_of_a_company_without_documents_statements_of_this_month_are_asked_for() -> None:
    assert months_to_ask_for(None, date(2026, 6, 17)) == [date(2026, 5, 1), date(2026, 6, 1)]


def test_months_are_due_that_were_never_pulled_or_touched_since() -> None:
    assert asked() == {MONTHS[2]: Why.DOCUMENTS_CHANGED, MONTHS[3]: Why.NEVER_PULLED}


def test_a_month_is_due_when_its_statements_changed() -> None:
    assert asked(January="other")[JANUARY] is Why.STATEMENTS_CHANGED


def test_everything_is_due_on_demand() -> None:
    assert list(asked(everything=True)) == MONTHS


@given(
    st.sets(st.tuples(st.sampled_from(Basis), st.integers(0, 60)), max_size=60),
    st.dictionaries(st.integers(0, 60), st.integers(0, 60_000)),
)
def test_every_month_is_asked_for_once_in_no_more_than_six_and_no_more_cells_than_allowed(
    wanted: set[tuple[Basis, int]], sizes: dict[int, int]
) -> None:
    months = sorted(MonthAsked(basis, plus(JANUARY, number), Why.NEVER_PULLED) for basis, number in wanted)
    legs = {(basis, plus(JANUARY, number)): size for basis in Basis for number, size in sizes.items()}

    found = spans(months, legs)

    assert sorted((span.basis, month) for span in found for month in span.months) == [
        (one.basis, one.month) for one in months
    ]
    for span in found:
        assert len(span.months) <= 6
        assert list(span.months) == months_between(span.months[0], span.months[-1])
        assert (span.parts[0][0], span.parts[-1][1]) == (span.months[0], last_day(span.months[-1]))
        cells = sum(legs.get((span.basis, month), 0) for month in span.months) * len(LEG_COLUMNS)
        assert cells <= CELLS_ASKED * len(span.parts) or len(span.parts) >= 28
        assert len(span.parts) == 1 or len(span.months) == 1


def test_small_months_that_follow_on_each_other_are_one_request() -> None:
    months = [MonthAsked(Basis.CASH, month, Why.NEVER_PULLED) for month in MONTHS]
    assert [len(span.months) for span in spans(months, {})] == [4]


def test_no_more_than_six_months_are_asked_for_together() -> None:
    months = [MonthAsked(Basis.CASH, plus(JANUARY, number), Why.NEVER_PULLED) for number in range(14)]
    assert [len(span.months) for span in spans(months, {})] == [6, 6, 2]


def test_a_month_that_is_too_much_is_asked_for_in_parts_from_the_start() -> None:
    month = MonthAsked(Basis.CASH, JANUARY, Why.NEVER_PULLED)
    [span] = spans([month], {(Basis.CASH, JANUARY): 100_000})
    assert len(span.parts) > 100_000 * len(LEG_COLUMNS) / CELLS_ASKED

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.queries import count_statement, id_list, instant_literal, select_statement, text_literal
from qbo_pipeline_tests.quickbooks.conftest import CUSTOMER, INVOICE, PREFERENCES


def read_literal(statement: str) -> tuple[str, str]:
    """The value of the literal at the start of `statement`, read as QuickBooks reads it, and what follows."""
    assert statement[0] == "'"
    value, position = "", 1
    while statement[position] != "'":
        position += statement[position] == "\\"
        value += statement[position]
        position += 1
    return value, statement[position + 1 :]


@given(st.text(), st.text(alphabet="'\\ab "))
def test_a_text_literal_reads_back_as_the_text_and_ends_where_it_ends(value: str, quotes: str) -> None:
    text = value + quotes
    assert read_literal(text_literal(text) + " rest") == (text, " rest")


def test_a_quote_is_escaped_as_recorded() -> None:
    assert text_literal("Amy's Bird Sanctuary") == r"'Amy\'s Bird Sanctuary'"


@given(st.integers(0, 4_000_000_000_000_000), st.integers(-14, 14))
def test_an_instant_literal_is_the_same_instant_in_whole_seconds(microseconds: int, hours: int) -> None:
    instant = datetime.fromtimestamp(0, timezone(timedelta(hours=hours))) + timedelta(microseconds=microseconds)
    assert datetime.fromisoformat(instant_literal(instant).strip("'")) == instant.replace(microsecond=0)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        instant_literal(datetime(2026, 1, 1))


def test_a_page_is_ordered_by_what_an_edit_does_not_move() -> None:
    assert select_statement(INVOICE, "TxnDate >= '2026-01-01'", start=1001) == (
        "SELECT * FROM Invoice WHERE TxnDate >= '2026-01-01' "
        "ORDERBY MetaData.CreateTime STARTPOSITION 1001 MAXRESULTS 1000"
    )


def test_inactive_rows_of_lists_are_asked_for() -> None:
    assert "WHERE Active IN (true, false) ORDERBY" in select_statement(CUSTOMER, None)
    assert select_statement(CUSTOMER, id_list(["1", "2"])).startswith(
        "SELECT * FROM Customer WHERE Id IN ('1', '2') AND Active IN (true, false) ORDERBY"
    )
    assert count_statement(INVOICE, None) == "SELECT count(*) FROM Invoice"


def test_a_singleton_is_not_paged_and_a_rate_is_ordered_by_its_date() -> None:
    assert select_statement(PREFERENCES, None) == "SELECT * FROM Preferences"
    rate = Entity("ExchangeRate", Category.LIST, "", (), key=("SourceCurrencyCode", "AsOfDate"))
    assert "ORDERBY AsOfDate STARTPOSITION 1" in select_statement(rate, None)

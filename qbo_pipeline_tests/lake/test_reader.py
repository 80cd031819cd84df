"""Records become typed rows: exactly, completely, and what does not fit is named."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbo_pipeline.lake.reader import RecordReader, Rows, raw_column
from qbo_pipeline.quickbooks.catalogue import Column, Table, Type, entity, tables
from qbo_pipeline_tests.end_to_end.expectation import comparable, rows
from qbo_pipeline_tests.lake.pages import page, record
from qbo_pipeline_tests.shared_data import recorded_records


def read(name: str, *records: dict[str, Any] | str) -> Rows:
    return RecordReader(entity(name)).read(raw_column(page(name, *records).records), 1)


def one(result: Rows, table: str) -> dict[str, Any]:
    [row] = pa.concat_tables(result.tables[table], promote_options="default").to_pylist()
    return dict(row)


def test_a_sixteen_digit_amount_is_exact() -> None:
    result = read("Invoice", '{"Id":"1","SyncToken":"0","TotalAmt":99999999999999.99}')
    assert one(result, "invoice")["total_amt"] == Decimal("99999999999999.99")


def test_amounts_with_and_without_point_share_a_column() -> None:
    result = read("Invoice", record("1", TotalAmt=100), record("2", TotalAmt=100.5), record("3", TotalAmt=-0.0))
    amounts = pa.concat_tables(result.tables["invoice"])["total_amt"].to_pylist()
    assert amounts == [Decimal(100), Decimal("100.5"), Decimal(0)]


def test_a_field_that_only_the_last_of_many_records_has_is_read() -> None:
    result = read("Invoice", *(record(str(number)) for number in range(299)), record("299", PrivateNote="late"))
    notes = pa.concat_tables(result.tables["invoice"])["private_note"].to_pylist()
    assert notes == [*[None] * 299, "late"]


def test_further_decimals_of_a_rate_are_rounded_half_even() -> None:
    result = read("Invoice", '{"Id":"1","SyncToken":"0","ExchangeRate":1.00000000005}')
    assert one(result, "invoice")["exchange_rate"] == Decimal("1.0000000000")


@pytest.mark.parametrize(
    ("sent", "utc"),
    [
        ("2026-03-08T01:59:59-08:00", datetime(2026, 3, 8, 9, 59, 59)),
        ("2026-03-08T03:00:00-07:00", datetime(2026, 3, 8, 10, 0, 0)),
        ("2026-11-01T01:30:00-07:00", datetime(2026, 11, 1, 8, 30)),
        ("2026-11-01T01:30:00-08:00", datetime(2026, 11, 1, 9, 30)),
    ],
)
def test_pacific_times_are_instants_across_the_change_of_clocks(sent: str, utc: datetime) -> None:
    assert one(read("Bill", record("1", updated_at=sent)), "bill")["updated_at"] == utc


@pytest.mark.parametrize(
    ("sent", "utc"),
    [
        ("0001-12-30T00:00:00-07:52:58", datetime(1, 12, 30, 7, 52, 58)),
        ("1883-11-18T00:00:00.5-07:52:58", datetime(1883, 11, 18, 7, 52, 58, 500_000)),
    ],
)
def test_an_offset_with_seconds_as_before_there_were_time_zones_is_read(sent: str, utc: datetime) -> None:
    assert one(read("Invoice", record("1", ECloudStatusTimeStamp=sent)), "invoice")["e_invoice_status_at"] == utc


def test_an_instant_before_the_calendar_begins_is_quarantined() -> None:
    result = read("Invoice", record("1", ECloudStatusTimeStamp="0001-01-01T00:00:00+07:52:58"), record("2"))
    assert [(rejected.id, rejected.field) for rejected in result.rejected] == [("1", "ECloudStatusTimeStamp")]


def test_lines_of_a_bundle_have_rows_of_their_own() -> None:
    child = {"Id": "2", "Amount": 30, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"Qty": 3}}
    bundle = {"Id": "1", "Amount": 30, "DetailType": "GroupLineDetail", "GroupLineDetail": {"Line": [child, child]}}
    result = read("Invoice", record("7", Line=[{"Id": "9", "Amount": 1}, bundle]))
    children = result.tables["invoice_line_group_line"][0].to_pylist()
    assert [(row["invoice_id"], row["line_number"], row["group_line_number"]) for row in children] == [
        ("7", 2, 1),
        ("7", 2, 2),
    ]
    assert children[0]["quantity"] == 3


def test_a_fact_has_one_column_whatever_kind_of_line_it_comes_from() -> None:
    lines = [
        {"DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": {"ClassRef": {"value": "a"}}},
        {"DetailType": "ItemBasedExpenseLineDetail", "ItemBasedExpenseLineDetail": {"ClassRef": {"value": "b"}}},
    ]
    result = read("Bill", record("1", Line=lines))
    assert result.tables["bill_line"][0]["class_id"].to_pylist() == ["a", "b"]


def test_unknown_fields_are_counted_and_harm_nothing() -> None:
    line = {"Id": "1", "Amount": 5, "Sparkle": True}
    result = read("Invoice", record("1", Novelty={"a": [1]}, Line=[line, line]), record("2", Novelty={"a": [2]}))
    assert result.unknown_fields == {"Novelty": 2, "Line.Sparkle": 2}
    assert not result.rejected
    assert sum(table.num_rows for table in result.tables["invoice_line"]) == 2


def test_an_unknown_field_of_ever_changing_type_harms_nothing() -> None:
    result = read("Invoice", *(record(str(n), Novelty=value) for n, value in enumerate([1, "a", [2], {"b": 3}, None])))
    assert result.unknown_fields["Novelty"] >= 4
    assert not result.rejected


def test_free_form_json_keeps_its_text() -> None:
    extension = '{"any":[{"value":{"Name":"txnId","Value":1.50,  "odd": [ ] }}]}'
    text = '{"Id":"1","SyncToken":"0","Line":[{"Amount":1,"LineEx":' + extension + "}]}"
    assert one(read("Payment", text), "payment_line")["line_ex"] == extension


def test_empty_lists_of_extensions_are_kept_as_such() -> None:
    rows_of = read("Invoice", record("1", Line=[{"Amount": 1, "CustomExtensions": []}, {"Amount": 2}]))
    assert rows_of.tables["invoice_line"][0]["custom_extensions"].to_pylist() == ["[]", None]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("DueDate", "tomorrow", "a date"),
        ("TxnDate", "0000-01-01", "a date"),
        ("MetaData", {"LastUpdatedTime": "0000-01-01T00:00:00Z"}, "a time"),
        ("MetaData", {"LastUpdatedTime": "9999-12-31T23:59:59-08:00"}, "a time"),
        ("MetaData", {"CreateTime": "0001-01-01T00:00:00+08:00"}, "a time"),
        ("TotalAmt", "a lot", "an amount"),
        ("TotalAmt", 1e17, "an amount"),
        ("TotalAmt", 0.00001, "an amount"),
        ("Line", {"Id": "1"}, "a list"),
        ("Line", [1], "a list of objects"),
        ("Line", [None], "a list of objects"),
        ("Line", [{"Amount": 1}, None], "a list of objects"),
        ("Line", [{"GroupLineDetail": {"Line": [None]}}], "a list of objects"),
        ("CustomerRef", "12", "a reference"),
        ("BillAddr", [], "an object"),
        ("ApplyTaxAfterDiscount", "perhaps", "true or false"),
        ("ECloudStatusTimeStamp", "noon", "a time"),
        ("CfdiUse", 1.5, "a whole number"),
    ],
)
def test_a_value_that_does_not_fit_is_quarantined_with_its_reason(field: str, value: Any, expected: str) -> None:
    good = [record(str(number)) for number in range(200)]
    result = read("Invoice", *good[:100], record("odd", **{field: value}), *good[100:])
    [rejected] = result.rejected
    assert (rejected.id, rejected.record_number) == ("odd", 101)
    assert rejected.reason.startswith(field)
    assert expected in rejected.reason
    assert sum(table.num_rows for table in result.tables["invoice"]) == 200


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Invoice", '{"Id":7,"TotalAmt":"a lot"}', "7"),
        ("RecurringTransaction", '{"Invoice":{"Id":"7","TotalAmt":"a lot"}}', "7"),
        ("ExchangeRate", '{"SourceCurrencyCode":"EUR","AsOfDate":"2026-01-31","Rate":"a lot"}', "EUR:2026-01-31"),
        ("ExchangeRate", '{"SourceCurrencyCode":"EUR","Rate":"a lot"}', None),
    ],
)
def test_what_is_quarantined_is_known_by_the_id_it_would_have(name: str, text: str, expected: str | None) -> None:
    [rejected] = read(name, text).rejected
    assert rejected.id == expected


@pytest.mark.parametrize("text", ['{"SyncToken":"0"}', '{"Id":"","SyncToken":"0"}', "[]", "7", '"text"', "null"])
def test_what_is_no_record_is_quarantined(text: str) -> None:
    result = read("Invoice", record("1"), text)
    assert [one.record_number for one in result.rejected] == [2]
    assert result.rejected[0].raw == text


@pytest.mark.parametrize("texts", [["null"], ["null", "null"], ["null", '{"Id":"1"}'], ["5"], ["{}", "{}"]])
@pytest.mark.parametrize("name", ["Invoice", "ExchangeRate", "RecurringTransaction"])
def test_a_chunk_that_starts_with_no_record_is_survived(name: str, texts: list[str]) -> None:
    """pyarrow alone ends the process at a leading null."""
    result = read(name, *texts)
    assert len(result.rejected) + sum(len(identity.id) for identity in result.identities) == len(texts)
    assert result.rejected[0].record_number == 1


@pytest.mark.parametrize("token", ['" 7"', '"1_0"', '"+3"', '"1e3"', '"x"', '""', "1.5", "-1", "null", "true", "[]"])
def test_odd_version_numbers_cost_at_most_their_record(token: str) -> None:
    result = read("Invoice", record("1"), '{"Id":"2","SyncToken":' + token + "}", record("3"))
    known = {one for identity in result.identities for one in identity.id.to_pylist()}
    assert {"1", "3"} <= known
    assert known | {one.id for one in result.rejected} == {"1", "2", "3"}


@pytest.mark.parametrize(
    "value",
    [
        "1" * 5000,
        "1e400",
        "1e9999999",
        "1e99999999999999999999",
        "-0",
        "1E5",
        '"NaN"',
        '"Infinity"',
        "[" * 900 + "]" * 900,
    ],
)
@pytest.mark.parametrize("field", ["TotalAmt", "ExchangeRate", "TxnDate", "PrivateNote", "Novelty"])
def test_no_value_ends_the_reading(field: str, value: str) -> None:
    result = read("Invoice", record("1"), '{"Id":"2","SyncToken":"0","' + field + '":' + value + "}", record("3"))
    known = [one for identity in result.identities for one in identity.id.to_pylist()]
    assert sorted([*known, *(one.id or "2" for one in result.rejected)]) == ["1", "2", "3"]


def test_a_template_is_the_document_wrapped_in_its_type() -> None:
    row = one(read("RecurringTransaction", {"Bill": record("5", TotalAmt=12.5)}), "recurring_transaction")
    assert (row["id"], row["transaction_type"], row["total_amt"]) == ("5", "Bill", Decimal("12.5"))


def test_exchange_rates_are_known_by_currency_and_day() -> None:
    row = one(
        read("ExchangeRate", {"SourceCurrencyCode": "EUR", "AsOfDate": "2026-01-31", "Rate": 1.1}), "exchange_rate"
    )
    assert row["id"] == "EUR:2026-01-31"


def test_raw_records_are_the_bytes_received() -> None:
    texts = ['{"Id": "1",  "x":1.50}', '{"Id":"2","y":"ä"}']
    assert raw_column(page("Invoice", *texts).records).to_pylist() == texts


def test_recorded_records_of_the_real_service_lose_nothing() -> None:
    readers: dict[str, RecordReader] = {}
    for declared, recorded in recorded_records():
        reader = readers.setdefault(declared.name, RecordReader(declared))
        text = json.dumps(recorded)
        result = reader.read(pa.array([text], pa.large_string()), 1)
        assert not result.rejected
        assert not result.unknown_fields
        for table in tables(declared):
            expected = list(rows(table, json.loads(text, parse_float=Decimal)))
            found = [row for part in result.tables.get(table.name, []) for row in part.to_pylist()]
            assert [_known(row, table) for row in found] == [_known(row, table) for row in expected]


def _known(row: dict[str, Any], table: Table) -> dict[str, Any]:
    kinds = {column.name: column.type for column in table.columns}
    names = (*table.ordinals, *kinds)
    return {name: comparable(kinds.get(name, Type.INTEGER), row.get(name)) for name in names}


_LEAVES: dict[Type, st.SearchStrategy[Any]] = {
    Type.TEXT: st.text(max_size=8),
    Type.BOOLEAN: st.booleans(),
    Type.INTEGER: st.integers(-(2**40), 2**40),
    Type.DATE: st.dates(date(1990, 1, 1), date(2090, 1, 1)).map(str),
    Type.TIMESTAMP: st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(
        lambda at: f"{at.replace(microsecond=0).isoformat()}-07:00"
    ),
    Type.MONEY: st.decimals(-(10**12), 10**12, places=2).map(float) | st.integers(-1000, 1000),
    Type.NUMBER: st.decimals(-1000, 1000, places=6).map(float) | st.integers(-1000, 1000),
    Type.JSON: st.recursive(st.none() | st.booleans() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=2)),
}


def _value(column: Column) -> st.SearchStrategy[tuple[tuple[str, ...], Any]]:
    return st.tuples(st.sampled_from(column.paths), _LEAVES[column.type])


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """A bill with some of its declared fields, and lines with some of theirs."""
    own, *_ = tables(entity("Bill"))
    line_table = next(table for table in tables(entity("Bill")) if table.name == "bill_line")
    built: dict[str, Any] = record(str(draw(st.integers(1, 10**6))))
    for path, value in draw(st.lists(st.sampled_from(own.columns).flatmap(_value), max_size=6)):
        _put(built, path, value)
    for _ in range(draw(st.integers(0, 3))):
        line: dict[str, Any] = {}
        for path, value in draw(st.lists(st.sampled_from(line_table.columns).flatmap(_value), max_size=4)):
            _put(line, path, value)
        built.setdefault("Line", []).append(line)
    return built


def _put(node: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        node = node.setdefault(key, {})
    node[path[-1]] = value


@settings(max_examples=60, deadline=None)
@given(st.lists(records(), min_size=1, max_size=5))
def test_chunks_and_single_records_read_the_same(batch: list[dict[str, Any]]) -> None:
    """The fast way and the exact way agree, whatever the fields."""
    raws = page("Bill", *batch).records
    reader = RecordReader(entity("Bill"))
    fast = reader.read(raw_column(raws), 1)
    exact = Rows()
    RecordReader(entity("Bill"))._read_one_by_one(raws, 1, exact)
    assert not fast.rejected
    assert fast.tables.keys() == exact.tables.keys()
    for table in tables(entity("Bill")):
        if table.name in fast.tables:
            a, b = (
                [_known(row, table) for part in result.tables[table.name] for row in part.to_pylist()]
                for result in (fast, exact)
            )
            assert a == b

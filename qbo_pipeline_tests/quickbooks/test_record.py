"""Who a record is, which version, and whether it claims to be deleted: told of every record, whatever it holds."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.record import claimed_deletion, identity, last_updated, sync_token

INVOICE, TEMPLATE = entity("Invoice"), entity("RecurringTransaction")


def raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"Id": "7"}', "7"),
        ('{"Id": 7}', "7"),
        ('{"Id": null}', None),
        ('{"Id": [7]}', None),
        ("{}", None),
        ("null", None),
        ("[]", None),
    ],
)
def test_an_id_is_text_as_the_lake_has_it(text: str, expected: str | None) -> None:
    assert identity(raw(text), INVOICE) == expected
    assert identity(raw(text), TEMPLATE) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"SourceCurrencyCode": "EUR", "AsOfDate": "2026-01-31"}', "EUR:2026-01-31"),
        ('{"SourceCurrencyCode": "EUR"}', None),
        ('{"SourceCurrencyCode": "EUR", "AsOfDate": null}', None),
        ("[]", None),
    ],
)
def test_what_has_no_id_is_known_by_what_it_has_in_place_of_one(text: str, expected: str | None) -> None:
    assert identity(raw(text), entity("ExchangeRate")) == expected


def test_a_template_is_who_is_wrapped_in_its_type() -> None:
    assert identity(raw('{"Bill": {"Id": "7"}}'), TEMPLATE) == "7"
    assert identity(raw('{"Bill": {"Id": "7"}}'), INVOICE) is None


@pytest.mark.parametrize("text", ['{"Id": "7", "status": "Deleted"}', '{"Id": 7, "status": "Deleted"}'])
def test_a_stub_claims_a_deletion(text: str) -> None:
    assert claimed_deletion(raw(text), INVOICE) == "7"
    assert claimed_deletion(raw(text), TEMPLATE) == "7"


@pytest.mark.parametrize(
    "text", ['{"Id": "7", "PrivateNote": "Deleted"}', '{"Id": 7, "status": ["Deleted"]}', '["Deleted"]']
)
def test_nothing_else_does(text: str) -> None:
    assert claimed_deletion(raw(text), INVOICE) is None
    assert claimed_deletion(raw(text), TEMPLATE) is None


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ('{"LastUpdatedTime": "2026-05-05T03:00:00-07:00"}', datetime(2026, 5, 5, 10, tzinfo=UTC)),
        ('{"LastUpdatedTime": "9999-12-31T23:59:59-08:00"}', None),
        ('{"LastUpdatedTime": 7}', None),
        ('"text"', None),
        ("null", None),
    ],
)
def test_what_is_no_time_of_a_change_is_none(meta: str, expected: datetime | None) -> None:
    assert last_updated(raw(f'{{"MetaData": {meta}}}'), INVOICE) == expected
    assert last_updated(raw(f'{{"Bill": {{"MetaData": {meta}}}}}'), TEMPLATE) == expected


@pytest.mark.parametrize(
    ("token", "expected"), [('"3"', 3), ("3", 3), ("null", None), ('"three"', None), ("[3]", None), ("-1", None)]
)
def test_a_sync_token_is_a_number_however_it_is_written(token: str, expected: int | None) -> None:
    assert sync_token(raw(f'{{"SyncToken": {token}}}'), INVOICE) == expected

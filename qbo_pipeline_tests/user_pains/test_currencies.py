"""What users of other pipelines suffered from amounts of several currencies; each test says what happens here instead.

Reported in: fivetran/dbt_quickbooks#115, #128, #158 (11).
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.local.companies import GeneratedCompany, generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline_tests.end_to_end.expectation import parse

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

DOCUMENTS = [entity(name) for name in ("Invoice", "Payment", "Bill", "BillPayment", "CreditMemo")]


@pytest.fixture(scope="session")
def small_company() -> GeneratedCompany:
    """A consultancy with customers and vendors in euros, pounds and Canadian dollars."""
    return generate("larkspur", scale=0.05)


def test_pain_11_amounts_of_several_currencies_are_told_apart_and_come_home_at_their_own_rate(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    session.backfill(realm_id, DOCUMENTS, None, "first")
    for one in DOCUMENTS:
        expected: defaultdict[str, Decimal] = defaultdict(Decimal)
        at_home: defaultdict[str, Decimal] = defaultdict(Decimal)
        for text in quickbooks.store.records(realm_id, one.name):
            document = parse(text)
            currency = document["CurrencyRef"]["value"]
            expected[currency] += Decimal(document["TotalAmt"])
            at_home[currency] += Decimal(document["TotalAmt"]) * Decimal(document["ExchangeRate"])
        rows = session.warehouse_query(
            "SELECT currency_id, sum(total_amt), sum(total_amt::DECIMAL(20, 4) * exchange_rate::DECIMAL(18, 10)), "
            f'count(*) FILTER (exchange_rate IS NULL) FROM quickbooks."{one.table}" GROUP BY 1'
        )
        assert {currency: total for currency, total, _, _ in rows} == expected, one.name
        assert {currency: home for currency, _, home, _ in rows} == at_home, one.name
        assert sum(without for *_, without in rows) == 0
        assert len(rows) > 1


def test_pain_11_a_transfer_has_no_currency_of_its_own_and_shows_that_of_its_account(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    quickbooks.writer.touch(realm_id, "Transfer", quickbooks.writer.oldest(realm_id, "Transfer"), Amount=125)
    session.backfill(realm_id, [entity("Account"), entity("Transfer")], None, "first")
    [(transfers, known)] = session.warehouse_query(
        "SELECT count(*), count(account.currency_id) FROM quickbooks.transfer "
        "JOIN quickbooks.account ON account.realm_id = transfer.realm_id AND account.id = transfer.from_account_id"
    )
    assert transfers == known == quickbooks.store.counts(realm_id)["Transfer"]

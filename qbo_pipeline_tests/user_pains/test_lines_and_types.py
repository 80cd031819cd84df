"""What users of other pipelines suffered from lines and JSON types; each test says what happens here instead.

Reported in: fivetran/dbt_quickbooks#59, #85, #175, ruckus/quickbooks-ruby#335 (12); airbytehq/airbyte#4292, #30770,
#36389, #40596 (13).
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline_tests.end_to_end.comparison import differences

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

INVOICE = entity("Invoice")

TOTALS = """
WITH amount AS (
    SELECT invoice_id, CASE detail_type WHEN 'DiscountLineDetail' THEN -amount ELSE amount END AS amount
    FROM quickbooks.invoice_line
    WHERE detail_type IN ('SalesItemLineDetail', 'DiscountLineDetail')
    UNION ALL
    SELECT invoice_id, amount FROM quickbooks.invoice_line_group_line
),
summed AS (SELECT invoice_id, sum(amount) AS lines FROM amount GROUP BY 1)
SELECT id, total_amt, coalesce(lines, 0) + coalesce(total_tax, 0)
FROM quickbooks.invoice LEFT JOIN summed ON invoice_id = id
"""
BUNDLES = """
SELECT any_value(line.amount), sum(child.amount)
FROM quickbooks.invoice_line AS line
JOIN quickbooks.invoice_line_group_line AS child
    ON child.invoice_id = line.invoice_id AND child.line_number = line.line_number
GROUP BY line.invoice_id, line.line_number
"""


def test_pain_12_discounts_and_bundles_add_up_to_the_total_of_every_invoice(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    session.backfill(realm_id, [INVOICE], None, "first")
    totals = session.warehouse_query(TOTALS)
    assert len(totals) == quickbooks.store.counts(realm_id)["Invoice"]
    assert [row for row in totals if row[1] != row[2]] == []
    [(discounts,)] = session.warehouse_query(
        "SELECT count(*) FROM quickbooks.invoice_line WHERE detail_type = 'DiscountLineDetail' AND amount > 0"
    )
    bundles = session.warehouse_query(BUNDLES)
    assert discounts > 0
    assert bundles
    assert [pair for pair in bundles if pair[0] != pair[1]] == []


@pytest.mark.parametrize("flip", ["number_as_text", "integer_as_float"])
def test_pain_13_numbers_that_change_their_json_type_are_the_same_amounts(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str, flip: str
) -> None:
    session.backfill(realm_id, [INVOICE], None, "first")
    before = session.warehouse_query("SELECT id, total_amt, balance, txn_date FROM quickbooks.invoice ORDER BY id")
    quickbooks.clock.advance(90)
    for place in range(3):
        quickbooks.writer.touch(
            realm_id, "Invoice", quickbooks.writer.oldest(realm_id, "Invoice", place), PrivateNote="x"
        )
    flipped = quickbooks.inject("type_flips", flip=flip)
    [load] = session.changes.sync(realm_id, [INVOICE], "second")

    assert flipped.struck > 0
    assert (load.updated, load.rejected) == (3, 0)
    after = session.warehouse_query("SELECT id, total_amt, balance, txn_date FROM quickbooks.invoice ORDER BY id")
    assert after == before


def test_pain_13_a_value_that_is_none_of_its_type_keeps_its_own_record_out_and_says_so(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    strange = quickbooks.writer.oldest(realm_id, "Invoice")
    quickbooks.writer.touch(realm_id, "Invoice", strange, TotalAmt="a lot")
    [load] = session.backfill(realm_id, [INVOICE], None, "first")

    assert (load.rejected, load.rows) == (1, quickbooks.store.counts(realm_id)["Invoice"] - 1)
    [(one, field, value)] = session.warehouse_query("SELECT id, field, value FROM audit.rejected_record")
    assert (one, field) == (strange, "TotalAmt")
    assert "a lot" in value


def test_pain_13_a_field_that_nobody_announced_is_kept_and_counted(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    added = quickbooks.inject("unknown_fields")
    [load] = session.backfill(realm_id, [INVOICE], None, "first")
    assert added.struck > 0
    assert load.rejected == 0
    assert sum(load.unknown_fields.values()) > 0
    [(total,)] = session.warehouse_query("SELECT sum(total_amt) FROM quickbooks.invoice")
    assert isinstance(total, Decimal)
    found = differences(quickbooks, session, realm_id, [INVOICE])
    assert [one for one in found if one.startswith("invoice ")] == []

"""Which months of the reports are asked for again: those that changed, and no others."""

from __future__ import annotations

import json
from datetime import date

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.ingestion.reports.months import month_of
from qbo_pipeline.ingestion.reports.results import Why
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.quickbooks.reports.requests import Basis
from qbo_pipeline_tests.end_to_end.reports.asking import STATEMENTS_ONLY, unexplained

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]


def stocked_bill(session: Session) -> tuple[str, date]:
    """The first purchase of stock of which there is any, and its month."""
    [(identity, day)] = session.warehouse_query(
        """
        SELECT bill.id, bill.txn_date FROM quickbooks.bill
        JOIN quickbooks.bill_line AS line ON line.bill_id = bill.id
        JOIN quickbooks.item ON item.id = line.item_id AND item.type = 'Inventory'
        ORDER BY bill.txn_date LIMIT 1
        """
    )
    return identity, month_of(day)


def test_months_that_an_earlier_purchase_restates_are_found_though_no_document_of_theirs_changed(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    identity, month = stocked_bill(pulled)
    [(raw,)] = quickbooks.store.rows(
        "SELECT body FROM record WHERE realm = ? AND entity = 'Bill' AND id = ?", [realm_id, identity]
    )
    lines = json.loads(raw)["Line"]
    for line in lines:
        if "ItemBasedExpenseLineDetail" in line:
            line["Amount"] = float(line["Amount"]) + 90
            line["ItemBasedExpenseLineDetail"].pop("UnitPrice", None)
    total = sum(float(line["Amount"]) for line in lines)
    quickbooks.clock.advance(5)
    quickbooks.writer.touch(realm_id, "Bill", identity, Line=lines, TotalAmt=total, Balance=total)
    changed = pulled.warehouse_query("SELECT count(*) FROM quickbooks.bill WHERE updated_at > now()::TIMESTAMP")

    pull = pulled.reports.pull(realm_id, "second")

    assert changed == [(0,)]
    accrual = [one for one in pull.months_asked if one.basis is Basis.ACCRUAL]
    later = [one for one in accrual if one.month > month]
    assert later
    assert {one.why for one in later} == {Why.STATEMENTS_CHANGED}
    assert set(pull.months_changed) >= {(one.basis, one.month) for one in accrual}
    months = pulled.warehouse_query("SELECT count(*) FROM reports.month_pull WHERE basis = 'Accrual'")
    assert len(accrual) < months[0][0]  # not every later month: a restated balance is no restated month
    assert unexplained(pulled) == []


def test_a_month_is_asked_for_again_when_a_document_of_it_changed_though_its_figures_stay(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    identity = quickbooks.writer.oldest(realm_id, "JournalEntry")
    [(day,)] = pulled.warehouse_query("SELECT txn_date FROM quickbooks.journal_entry WHERE id = ?", [identity])
    quickbooks.clock.advance(5)
    quickbooks.writer.touch(realm_id, "JournalEntry", identity, PrivateNote="Explained")
    quickbooks.clock.advance(2)  # what changes within the second of a report counts as later
    pulled.changes.sync(realm_id, ENTITIES, "changes")

    pull = pulled.reports.pull(realm_id, "second")

    assert [(one.basis, one.month, one.why) for one in pull.months_asked] == [
        (basis, month_of(day), Why.DOCUMENTS_CHANGED) for basis in Basis
    ]
    assert pulled.reports.pull(realm_id, "third").requests == STATEMENTS_ONLY


def test_of_a_document_that_moved_both_months_are_asked_for(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    identity = quickbooks.writer.oldest(realm_id, "JournalEntry")
    [(day,)] = pulled.warehouse_query("SELECT txn_date FROM quickbooks.journal_entry WHERE id = ?", [identity])
    moved = date(day.year + 1, day.month, 15)
    quickbooks.clock.advance(5)
    quickbooks.writer.touch(realm_id, "JournalEntry", identity, TxnDate=moved.isoformat())
    pulled.changes.sync(realm_id, ENTITIES, "changes")

    pull = pulled.reports.pull(realm_id, "second")

    assert {one.month for one in pull.months_asked} == {month_of(day), month_of(moved)}
    found = "SELECT DISTINCT month FROM reports.posted_leg WHERE transaction_id = ? AND basis = 'Accrual'"
    assert pulled.warehouse_query(found, [identity]) == [(month_of(moved),)]


def test_what_was_before_the_first_document_is_found(
    loaded: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    [(first,)] = loaded.warehouse_query("SELECT min(txn_date) FROM quickbooks.journal_entry")
    account = [row[0] for row in loaded.warehouse_query("SELECT id FROM quickbooks.account ORDER BY id::INT LIMIT 2")]
    long_ago = date(first.year - 5, 3, 9)
    entry = quickbooks.writer.oldest(realm_id, "JournalEntry")
    [(raw,)] = quickbooks.store.rows(
        "SELECT body FROM record WHERE realm = ? AND entity = 'JournalEntry' AND id = ?", [realm_id, entry]
    )
    old = {**json.loads(raw), "Id": "900001", "TxnDate": long_ago.isoformat()}
    old["Line"] = [
        {
            "Id": str(number), "Amount": 250, "DetailType": "JournalEntryLineDetail",
            "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account[number]}},
        }
        for number, side in enumerate(("Debit", "Credit"))
    ]  # fmt: skip
    quickbooks.store.add_texts(
        realm_id, "JournalEntry", [("900001", 1_400_000_000, 1_400_000_000, long_ago.isoformat(), json.dumps(old))]
    )

    pull = loaded.reports.pull(realm_id, "first")

    assert min(one.month for one in pull.months_asked) == month_of(long_ago)
    assert loaded.warehouse_query(
        "SELECT DISTINCT transaction_date FROM reports.posted_leg WHERE transaction_id = '900001'"
    ) == [(long_ago,)]


def test_a_document_of_a_mistyped_century_costs_no_requests_and_is_told_of(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    identity = quickbooks.writer.oldest(realm_id, "JournalEntry")
    quickbooks.clock.advance(5)
    quickbooks.writer.touch(realm_id, "JournalEntry", identity, TxnDate="2926-03-05")
    pulled.changes.sync(realm_id, ENTITIES, "changes")

    pull = pulled.reports.pull(realm_id, "second")

    assert pull.requests < 300
    assert "a document is dated 2926-03-05" in caplog.text

"""Records are created, changed, deleted and voided as recorded, and what hangs on them follows."""

from __future__ import annotations

import re
from typing import Any

import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Caller, Record

AMY, BILL_OF_SURF = {"value": "2"}, {"value": "3"}
MASONRY = {"value": "6"}
TAXED = {"value": "TAX"}
HALF_HOUR = 1800


def line(amount: float, **values: Any) -> Record:
    detail = {"ItemRef": {"value": "1", "name": "Services"}}
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail, **values}


def pays(amount: float, kind: str, identity: str) -> Record:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": identity, "TxnType": kind}]}


def posts(amount: float, side: str, account: str, **detail: Any) -> Record:
    detail = {"PostingType": side, "AccountRef": {"value": account}, **detail}
    return {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}


def _spent(amount: float, account: str) -> Record:
    kind = "AccountBasedExpenseLineDetail"
    return {"Amount": amount, "DetailType": kind, kind: {"AccountRef": {"value": account}}}


def made(caller: Caller, entity: str, **values: Any) -> Record:
    answer = caller.post(entity.lower(), values)
    assert answer.status_code == 200, answer.text
    record: Record = answer.json()[entity]
    return record


def token(caller: Caller, entity: str, identity: str) -> Record:
    return {"Id": identity, "SyncToken": caller.read(entity, identity)["SyncToken"]}


def test_a_new_customer_gets_what_quickbooks_adds(caller: Caller) -> None:
    customer = made(caller, "Customer", DisplayName="Doe5, Jane")
    assert customer["SyncToken"] == "0"
    assert customer["FullyQualifiedName"] == customer["PrintOnCheckName"] == "Doe5, Jane"
    assert (customer["Active"], customer["Balance"], customer["BalanceWithJobs"]) == (True, 0, 0)
    assert customer["MetaData"]["CreateTime"] == customer["MetaData"]["LastUpdatedTime"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0[78]:00", customer["MetaData"]["CreateTime"])
    assert caller.read("Customer", customer["Id"]) == customer


def test_a_new_invoice_is_numbered_totalled_and_owed_by_its_customer(caller: Caller) -> None:
    discount = {"Amount": 10, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}
    invoice = made(caller, "Invoice", CustomerRef=AMY, Line=[line(100.0), line(25.25), discount])
    assert (invoice["TotalAmt"], invoice["Balance"], invoice["LinkedTxn"]) == (115.25, 115.25, [])
    assert invoice["CustomerRef"]["name"] == "Amy's Bird Sanctuary"
    assert [one.get("Id") for one in invoice["Line"]] == ["1", "2", "3", None]
    assert [one.get("LineNum") for one in invoice["Line"]] == [1, 2, 3, None]
    assert invoice["Line"][-1] == {"Amount": 125.25, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    assert invoice["TxnTaxDetail"] == {"TotalTax": 0}
    assert caller.read("Customer", "2")["Balance"] == 333.5 + 115.25


def test_tax_is_part_of_the_total_and_whole_amounts_have_no_point(caller: Caller) -> None:
    answer = caller.post("invoice", {"CustomerRef": AMY, "Line": [line(99.5)], "TxnTaxDetail": {"TotalTax": 0.5}})
    assert '"TotalAmt":100,' in answer.text


@pytest.mark.parametrize("shown", ["TaxExcluded", "TaxInclusive"])
def test_lines_are_net_and_tax_comes_on_top_however_prices_are_shown(caller: Caller, shown: str) -> None:
    """As an Australian company's invoice of 2023: 1,183.00, with tax 1,301.30."""
    tax = {"Amount": 118.3, "DetailType": "TaxLineDetail", "TaxLineDetail": {"TaxRateRef": {"value": "3"}}}
    priced = {**line(1183), "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "TaxInclusiveAmt": 1301.3}}
    form = {"CustomerRef": AMY, "Line": [priced], "GlobalTaxCalculation": shown, "TxnTaxDetail": {"TaxLine": [tax]}}
    invoice = made(caller, "Invoice", **form)
    assert (invoice["TotalAmt"], invoice["Balance"], invoice["TxnTaxDetail"]["TotalTax"]) == (1301.3, 1301.3, 118.3)
    assert invoice["Line"][-1]["Amount"] == 1183


def test_a_sparse_update_changes_what_it_sends_and_nothing_else(service: LocalQuickBooks, caller: Caller) -> None:
    before = caller.read("Customer", "3")
    service.clock.advance(HALF_HOUR)
    after = made(caller, "Customer", **token(caller, "Customer", "3"), sparse=True, Notes="Pays late")
    assert after["MetaData"]["CreateTime"] == before["MetaData"]["CreateTime"]
    assert after["MetaData"]["LastUpdatedTime"] > before["MetaData"]["LastUpdatedTime"]
    assert after == before | {"Notes": "Pays late", "SyncToken": "1", "MetaData": after["MetaData"]}


def test_a_full_update_drops_what_it_does_not_send_but_keeps_what_quickbooks_computes(caller: Caller) -> None:
    after = made(caller, "Customer", **token(caller, "Customer", "3"), DisplayName="Jack Moe")
    assert after["FullyQualifiedName"] == after["PrintOnCheckName"] == "Jack Moe"
    assert "PrimaryEmailAddr" not in after
    assert (after["Balance"], after["Active"]) == (0, True)


def test_an_edit_of_the_note_leaves_a_document_that_is_kept_without_names_as_it_is(caller: Caller) -> None:
    """Imported ones are: it is not taxed anew, nor refused for what QuickBooks once took."""
    store = caller.service.store
    store.put(REALM, "TaxRate", {"Id": "1", "Name": "Ohio", "RateValue": 8})
    rates = {"TaxRateDetail": [{"TaxRateRef": {"value": "1"}}]}
    store.put(REALM, "TaxCode", {"Id": "2", "Name": "Ohio", "SalesTaxRateList": rates})
    nameless = {**line(100), "Id": "1", "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "TaxCodeRef": TAXED}}
    untaxed = {"TxnTaxCodeRef": {"value": "2"}, "TotalTax": 0}
    store.put(REALM, "Invoice", {**caller.read("Invoice", "11"), "Line": [nameless], "TxnTaxDetail": untaxed})
    receivable = made(caller, "Account", Name="Receivables", AccountType="Accounts Receivable")["Id"]
    who = {"Entity": {"Type": "Customer", "EntityRef": AMY}}
    entry = made(caller, "JournalEntry", Line=[posts(5, "Debit", receivable, **who), posts(5, "Credit", "8")])
    nobody = [{**one, "Id": str(at)} for at, one in enumerate((posts(5, "Debit", receivable), posts(5, "Credit", "8")))]
    store.put(REALM, "JournalEntry", {**entry, "Line": nobody})

    noted = made(caller, "Invoice", Id="11", SyncToken="0", sparse=True, PrivateNote="Paid in May")
    assert (noted["TotalAmt"], noted["Balance"], noted["PrivateNote"]) == (100, 100, "Paid in May")
    entered = made(caller, "JournalEntry", Id=entry["Id"], SyncToken="0", sparse=True, PrivateNote="Of last year")
    assert entered["PrivateNote"] == "Of last year"
    again = made(caller, "JournalEntry", Id=entry["Id"], SyncToken="1", sparse=True, PrivateNote="Of last year")
    assert again["SyncToken"] == "1"


@pytest.mark.parametrize("how", [{"sparse": True}, {}])
def test_settings_change_one_by_one(caller: Caller, how: Record) -> None:
    """They stand in sections; closing the books leaves the fiscal year and the currency as they were."""
    books = {"FirstMonthOfFiscalYear": "April", "UseAccountNumbers": True}
    home = {"HomeCurrency": {"value": "CAD"}}
    caller.service.writer.touch(REALM, "Preferences", "1", AccountingInfoPrefs=books, CurrencyPrefs=home)
    closed = {"AccountingInfoPrefs": {"BookCloseDate": "2025-12-31"}}
    after = made(caller, "Preferences", **token(caller, "Preferences", "1"), **how, **closed)
    assert after["AccountingInfoPrefs"] == {**books, "BookCloseDate": "2025-12-31"}
    assert after["CurrencyPrefs"] == home


def test_an_update_that_changes_nothing_stamps_nothing(service: LocalQuickBooks, caller: Caller) -> None:
    before = caller.read("Customer", "5")
    service.clock.advance(HALF_HOUR)
    again = {"sparse": True, "Active": False, "DisplayName": "Ace Gone (deleted)"}
    assert made(caller, "Customer", **token(caller, "Customer", "5"), **again) == before


def test_lines_sent_without_an_id_get_one_that_no_line_had(caller: Caller) -> None:
    changed = made(caller, "Invoice", **token(caller, "Invoice", "11"), sparse=True, Line=[line(80)])
    assert [one.get("Id") for one in changed["Line"]] == ["2", None]
    assert (changed["TotalAmt"], changed["Balance"]) == (80, 80)
    assert caller.read("Customer", "2")["Balance"] == 313.5


def test_a_deactivated_record_answers_with_the_mark_on_its_names(caller: Caller) -> None:
    gone = made(caller, "Customer", **token(caller, "Customer", "4"), sparse=True, Active=False)
    assert (gone["DisplayName"], gone["PrintOnCheckName"]) == ("Cool Cars (deleted)", "Cool Cars")
    back = made(caller, "Customer", **token(caller, "Customer", "4"), sparse=True, Active=True)
    assert back["DisplayName"] == "Cool Cars"


def test_a_payment_lowers_what_it_pays_links_both_and_stamps_all_three(
    service: LocalQuickBooks, caller: Caller
) -> None:
    service.clock.advance(HALF_HOUR)
    payment = made(caller, "Payment", CustomerRef=AMY, TotalAmt=70, Line=[pays(60, "Invoice", "11")])
    invoice, amy = caller.read("Invoice", "11"), caller.read("Customer", "2")
    assert (payment["UnappliedAmt"], invoice["Balance"], amy["Balance"]) == (10, 40, 263.5)
    assert invoice["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "Payment"}]
    assert invoice["SyncToken"] == "0"
    stamps = {one["MetaData"]["LastUpdatedTime"] for one in (payment, invoice, amy)}
    assert max(stamps) > "2026-03-09T09:00:00-07:00"
    assert len(stamps) <= 2  # one second may end between them


def test_a_document_sent_as_it_was_before_its_payment_stays_paid(caller: Caller) -> None:
    """A payment does not move the SyncToken: apps that had read the invoice before send it without the link."""
    unpaid = caller.read("Invoice", "11")
    payment = made(caller, "Payment", CustomerRef=AMY, TotalAmt=60, Line=[pays(60, "Invoice", "11")])
    invoice = made(caller, "Invoice", **{**unpaid, "PrivateNote": "By car", "LinkedTxn": []})
    assert (invoice["Balance"], invoice["LinkedTxn"]) == (40, [{"TxnId": payment["Id"], "TxnType": "Payment"}])
    caller.post("invoice?operation=delete", token(caller, "Invoice", "11"))
    after = caller.read("Payment", payment["Id"])
    assert (after["Line"], after["UnappliedAmt"], caller.read("Customer", "2")["Balance"]) == ([], 60, 173.5)


def test_a_link_to_a_payment_pays_nothing(caller: Caller) -> None:
    """Only a payment says what it pays."""
    link = {"TxnId": "99", "TxnType": "Payment"}
    assert made(caller, "Invoice", CustomerRef=AMY, Line=[line(5)], LinkedTxn=[link])["LinkedTxn"] == []


def test_a_changed_payment_gives_back_what_it_had_paid_before(caller: Caller) -> None:
    payment = made(caller, "Payment", CustomerRef=AMY, TotalAmt=60, Line=[pays(60, "Invoice", "11")])
    moved = {"sparse": True, "Line": [pays(50, "Invoice", "12")]}
    changed = made(caller, "Payment", **token(caller, "Payment", payment["Id"]), **moved)
    assert changed["UnappliedAmt"] == 10
    assert (caller.read("Invoice", "11")["Balance"], caller.read("Invoice", "11")["LinkedTxn"]) == (100, [])
    assert caller.read("Invoice", "12")["Balance"] == 83.5
    assert caller.read("Customer", "2")["Balance"] == 273.5


def test_what_an_invoice_takes_no_more_is_unapplied_again(caller: Caller) -> None:
    """An invoice that is made less than what was paid of it is paid, and nobody is owed a negative balance."""
    first = made(caller, "Payment", CustomerRef=AMY, TotalAmt=60, Line=[pays(60, "Invoice", "11")])
    last = made(caller, "Payment", CustomerRef=AMY, TotalAmt=40, Line=[pays(40, "Invoice", "11")])
    less = made(caller, "Invoice", **token(caller, "Invoice", "11"), sparse=True, Line=[line(50)])
    assert (less["TotalAmt"], less["Balance"]) == (50, 0)
    assert less["LinkedTxn"] == [{"TxnId": first["Id"], "TxnType": "Payment"}]
    payments = [caller.read("Payment", one["Id"]) for one in (first, last)]
    assert [(one["UnappliedAmt"], one["Line"]) for one in payments] == [(10, [pays(50, "Invoice", "11")]), (40, [])]
    assert caller.read("Customer", "2")["Balance"] == 333.5 - 50 - 100


def test_a_credit_that_is_made_less_than_was_used_of_it_pays_less(caller: Caller) -> None:
    memo = made(caller, "CreditMemo", CustomerRef=AMY, Line=[line(30)])
    applied = [pays(30, "Invoice", "11"), pays(30, "CreditMemo", memo["Id"])]
    made(caller, "Payment", CustomerRef=AMY, TotalAmt=0, Line=applied)
    made(caller, "CreditMemo", **token(caller, "CreditMemo", memo["Id"]), sparse=True, Line=[line(20)])
    assert (caller.read("CreditMemo", memo["Id"])["Balance"], caller.read("Invoice", "11")["Balance"]) == (0, 80)
    assert caller.read("Customer", "2")["Balance"] == 313.5


def test_a_credit_memo_is_applied_by_a_payment_without_money(caller: Caller) -> None:
    memo = made(caller, "CreditMemo", CustomerRef=AMY, Line=[line(30)])
    assert (memo["Balance"], caller.read("Customer", "2")["Balance"]) == (30, 303.5)
    applied = [pays(30, "Invoice", "11"), pays(30, "CreditMemo", memo["Id"])]
    payment = made(caller, "Payment", CustomerRef=AMY, TotalAmt=0, Line=applied)
    assert payment["UnappliedAmt"] == 0
    assert caller.read("CreditMemo", memo["Id"])["Balance"] == 0
    assert caller.read("Invoice", "11")["Balance"] == 70
    assert caller.read("Customer", "2")["Balance"] == 303.5


def test_a_deleted_entry_is_no_credit_any_more_of_the_payment_that_used_it(caller: Caller) -> None:
    receivable = made(caller, "Account", Name="Receivables", AccountType="Accounts Receivable")
    amy = {"Type": "Customer", "EntityRef": AMY}
    entry = made(caller, "JournalEntry", Line=[
        posts(40, "Credit", receivable["Id"], Entity=amy), posts(40, "Debit", "8")
    ])  # fmt: skip
    applied = [pays(100, "Invoice", "11"), pays(40, "JournalEntry", entry["Id"])]
    payment = made(caller, "Payment", CustomerRef=AMY, TotalAmt=60, Line=applied)
    assert (payment["UnappliedAmt"], caller.read("Customer", "2")["Balance"]) == (0, 233.5)
    caller.post("journalentry?operation=delete", token(caller, "JournalEntry", entry["Id"]))
    after = caller.read("Payment", payment["Id"])
    assert (after["UnappliedAmt"], after["Line"]) == (0, [pays(60, "Invoice", "11")])
    assert (caller.read("Invoice", "11")["Balance"], caller.read("Customer", "2")["Balance"]) == (40, 273.5)


@pytest.mark.parametrize(("total", "unapplied", "paid", "owed"), [(60, 0, [60], 313.5), (200, 60, [100, 40], 173.5)])
def test_an_entry_that_turns_from_credit_to_debt_is_paid_by_the_payment_that_used_it(
    caller: Caller, total: int, unapplied: int, paid: list[int], owed: float
) -> None:
    receivable = made(caller, "Account", Name="Receivables", AccountType="Accounts Receivable")["Id"]
    amy = {"Type": "Customer", "EntityRef": AMY}
    entry = made(caller, "JournalEntry", Line=[posts(40, "Credit", receivable, Entity=amy), posts(40, "Debit", "8")])
    applied = [pays(100, "Invoice", "11"), pays(40, "JournalEntry", entry["Id"])]
    payment = made(caller, "Payment", CustomerRef=AMY, TotalAmt=total, Line=applied)
    turned = [posts(40, "Debit", receivable, Entity=amy), posts(40, "Credit", "8")]
    made(caller, "JournalEntry", **token(caller, "JournalEntry", entry["Id"]), sparse=True, Line=turned)
    after = caller.read("Payment", payment["Id"])
    assert (after["UnappliedAmt"], [one["Amount"] for one in after["Line"]]) == (unapplied, paid)
    assert caller.read("Customer", "2")["Balance"] == owed
    caller.post("payment?operation=delete", token(caller, "Payment", payment["Id"]))
    assert caller.read("Customer", "2")["Balance"] == 373.5


def _controls(caller: Caller) -> tuple[str, str]:
    """The accounts of receivables and payables."""
    kinds = ("Accounts Receivable", "Accounts Payable")
    receivable, payable = (made(caller, "Account", Name=kind, AccountType=kind)["Id"] for kind in kinds)
    return receivable, payable


def _owed(caller: Caller) -> tuple[float, float]:
    return caller.read("Customer", "2")["Balance"], caller.read("Vendor", "6")["Balance"]


def test_customers_and_vendors_owe_what_entries_deposits_and_checks_say_of_them(caller: Caller) -> None:
    """Whatever is on the accounts of receivables and payables is in the balance of whom it names."""
    receivable, payable = _controls(caller)
    amy, masonry = {"Type": "Customer", "EntityRef": AMY}, {"Type": "Vendor", "EntityRef": MASONRY}
    controls = [posts(40, "Debit", receivable, Entity=amy), posts(15, "Credit", payable, Entity=masonry)]
    entry = made(caller, "JournalEntry", Line=[*controls, posts(25, "Credit", "8")])
    assert _owed(caller) == (373.5, 15)
    ahead = {"AccountRef": {"value": receivable}, "Entity": {**AMY, "type": "CUSTOMER"}}
    banked = {"Amount": 30, "DetailType": "DepositLineDetail", "DepositLineDetail": ahead}
    deposit = made(caller, "Deposit", DepositToAccountRef={"value": "7"}, Line=[banked])
    assert _owed(caller) == (343.5, 15)
    head = {"AccountRef": {"value": "7"}, "PaymentType": "Check", "EntityRef": {**MASONRY, "type": "Vendor"}}
    check = made(caller, "Purchase", **head, Line=[_spent(20, payable)])
    assert _owed(caller) == (343.5, -5)
    payment = made(caller, "Payment", CustomerRef=AMY, TotalAmt=10, Line=[
        pays(40, "JournalEntry", entry["Id"]), pays(30, "Deposit", deposit["Id"])
    ])  # fmt: skip
    assert (payment["UnappliedAmt"], _owed(caller)) == (0, (333.5, -5))
    bigger = [_spent(25, payable)]
    made(caller, "Purchase", **token(caller, "Purchase", check["Id"]), sparse=True, Line=bigger)
    assert _owed(caller) == (333.5, -10)
    for entity, one in (("Payment", payment), ("Deposit", deposit), ("JournalEntry", entry), ("Purchase", check)):
        caller.post(f"{entity.lower()}?operation=delete", token(caller, entity, one["Id"]))
    assert _owed(caller) == (333.5, 0)


def test_an_entry_of_a_job_that_its_parent_pays_is_off_the_job(caller: Caller) -> None:
    receivable, _ = _controls(caller)
    job = made(caller, "Customer", DisplayName="Aviary", ParentRef=AMY)["Id"]
    entity = {"Type": "Customer", "EntityRef": {"value": job}}
    entry = made(caller, "JournalEntry", Line=[posts(40, "Debit", receivable, Entity=entity), posts(40, "Credit", "8")])
    assert caller.read("Customer", job)["Balance"] == 40
    made(caller, "Payment", CustomerRef=AMY, TotalAmt=50, Line=[pays(40, "JournalEntry", entry["Id"])])
    assert (caller.read("Customer", job)["Balance"], caller.read("Customer", "2")["Balance"]) == (0, 323.5)


def test_without_its_credit_a_payment_pays_no_more_bills_than_it_has_money_for(caller: Caller) -> None:
    one, other = (made(caller, "Bill", VendorRef=MASONRY, Line=[_spent(amount, "8")]) for amount in (50, 30))
    credit = made(caller, "VendorCredit", VendorRef=MASONRY, Line=[_spent(40, "8")])
    paid = [pays(50, "Bill", one["Id"]), pays(30, "Bill", other["Id"]), pays(40, "VendorCredit", credit["Id"])]
    head = {"VendorRef": MASONRY, "PayType": "Check", "CheckPayment": {"BankAccountRef": {"value": "7"}}}
    payment = made(caller, "BillPayment", **head, TotalAmt=40, Line=paid)
    assert caller.read("Vendor", "6")["Balance"] == 0
    caller.post("vendorcredit?operation=delete", token(caller, "VendorCredit", credit["Id"]))
    assert caller.read("BillPayment", payment["Id"])["Line"] == [pays(40, "Bill", one["Id"])]
    bills = [caller.read("Bill", bill["Id"]) for bill in (one, other)]
    assert [(bill["Balance"], len(bill["LinkedTxn"])) for bill in bills] == [(10, 1), (30, 0)]
    assert caller.read("Vendor", "6")["Balance"] == 40


def test_a_bill_payment_does_the_same_for_bills_and_vendors(caller: Caller) -> None:
    bill = made(caller, "Bill", VendorRef=MASONRY, Line=[_spent(45.5, "8")])
    assert caller.read("Vendor", "6")["Balance"] == 45.5
    paid = [pays(45.5, "Bill", bill["Id"])]
    check = {"BankAccountRef": {"value": "7"}}
    head = {"VendorRef": MASONRY, "PayType": "Check", "CheckPayment": check, "TotalAmt": 45.5}
    payment = made(caller, "BillPayment", **head, Line=paid)
    assert (caller.read("Bill", bill["Id"])["Balance"], caller.read("Vendor", "6")["Balance"]) == (0, 0)
    links = caller.read("Bill", bill["Id"])["LinkedTxn"]
    assert links == [{"TxnId": payment["Id"], "TxnType": "BillPaymentCheck"}]
    caller.post("billpayment?operation=delete", token(caller, "BillPayment", payment["Id"]))
    assert (caller.read("Bill", bill["Id"])["Balance"], caller.read("Vendor", "6")["Balance"]) == (45.5, 45.5)


def test_a_job_owes_to_its_parent_too(caller: Caller) -> None:
    job = made(caller, "Customer", DisplayName="Aviary", ParentRef={"value": "3", "name": "bill's Windsurf Shop"})
    assert job["FullyQualifiedName"] == "bill's Windsurf Shop:Aviary"
    caller.service.writer.touch(REALM, "Customer", "3", BalanceWithJobs=0)
    made(caller, "Invoice", CustomerRef={"value": job["Id"]}, Line=[line(12)])
    parent = caller.read("Customer", "3")
    assert (caller.read("Customer", job["Id"])["Balance"], parent["Balance"], parent["BalanceWithJobs"]) == (12, 0, 12)


def test_a_job_that_moves_takes_what_it_owes_along(caller: Caller) -> None:
    for parent in ("3", "4"):
        caller.service.writer.touch(REALM, "Customer", parent, BalanceWithJobs=0)
    job = made(caller, "Customer", DisplayName="Aviary", ParentRef=BILL_OF_SURF)["Id"]
    made(caller, "Invoice", CustomerRef={"value": job}, Line=[line(12)])
    made(caller, "Customer", **token(caller, "Customer", job), sparse=True, ParentRef={"value": "4"})
    assert [caller.read("Customer", one)["BalanceWithJobs"] for one in ("3", "4", job)] == [0, 12, 12]


def test_a_customer_sent_as_it_was_before_an_invoice_owes_the_invoice(caller: Caller) -> None:
    """Balances move no SyncToken, so that what an app read before is sent again in good faith."""
    before = made(caller, "Customer", DisplayName="Doe, Jane")
    made(caller, "Invoice", CustomerRef={"value": before["Id"]}, Line=[line(12)])
    after = made(caller, "Customer", **{**before, "Notes": "Pays late"})
    assert (after["Balance"], after["BalanceWithJobs"]) == (12, 12)


def test_a_deleted_invoice_is_gone_and_its_payment_is_unapplied(caller: Caller) -> None:
    payment = made(caller, "Payment", CustomerRef=AMY, TotalAmt=60, Line=[pays(60, "Invoice", "11")])
    answer = caller.post("invoice?operation=delete", token(caller, "Invoice", "11"))
    assert answer.json()["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": "11"}
    assert caller.http.get("invoice/11").json()["Fault"]["Error"][0]["code"] == "610"
    after = caller.read("Payment", payment["Id"])
    assert (after["Line"], after["UnappliedAmt"]) == ([], 60)
    assert caller.read("Customer", "2")["Balance"] == 173.5


def test_amounts_in_home_currency_follow_the_lines_and_the_rate(caller: Caller) -> None:
    line = {"Amount": 100, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
    made_in_euros = {"CustomerRef": AMY, "CurrencyRef": {"value": "EUR"}, "ExchangeRate": 1.5, "Line": [line]}
    new = made(caller, "Invoice", **made_in_euros)
    assert (new["HomeTotalAmt"], new["HomeBalance"]) == (150, 150)
    made(caller, "Payment", CustomerRef=AMY, TotalAmt=40, Line=[pays(40, "Invoice", new["Id"])])
    for change, total, balance in (({"Line": [{**line, "Amount": 200}]}, 300, 240), ({"ExchangeRate": 2}, 400, 320)):
        sent = token(caller, "Invoice", new["Id"]) | {"sparse": True, **change}
        invoice = caller.post("invoice", sent).json()["Invoice"]
        assert (invoice["HomeTotalAmt"], invoice["HomeBalance"]) == (total, balance)


def test_a_void_sets_every_amount_to_zero_and_keeps_the_record(caller: Caller) -> None:
    answer = caller.post("invoice?operation=void", token(caller, "Invoice", "12"))
    invoice = answer.json()["Invoice"]
    assert (invoice["TotalAmt"], invoice["Balance"], invoice["PrivateNote"]) == (0, 0, "Voided")
    assert invoice["SyncToken"] == "1"
    [kept] = invoice["Line"]
    assert kept["Amount"] == 0
    assert kept["SalesItemLineDetail"] == {"ItemRef": {"value": "1", "name": "Services"}}
    assert caller.read("Customer", "2")["Balance"] == 200


def test_a_void_comes_before_the_note_that_was_there(caller: Caller) -> None:
    noted = {**token(caller, "Invoice", "12"), "sparse": True, "PrivateNote": "Typed twice"}
    assert caller.post("invoice", noted).status_code == 200
    invoice = caller.post("invoice?operation=void", token(caller, "Invoice", "12")).json()["Invoice"]
    assert invoice["PrivateNote"] == "Voided - Typed twice"


def test_a_payment_is_voided_by_an_update_that_says_so(caller: Caller) -> None:
    payment = made(caller, "Payment", CustomerRef=AMY, TotalAmt=60, Line=[pays(60, "Invoice", "11")])
    body = token(caller, "Payment", payment["Id"]) | {"sparse": True}
    voided = caller.post("payment?operation=update&include=void", body).json()["Payment"]
    assert (voided["TotalAmt"], voided["UnappliedAmt"], voided["Line"]) == (0, 0, [])
    assert caller.read("Invoice", "11")["Balance"] == 100
    assert caller.read("Customer", "2")["Balance"] == 333.5


def test_an_edit_from_within_counts_up_and_stamps(service: LocalQuickBooks, caller: Caller) -> None:
    realm = str(caller.http.base_url).rstrip("/").rsplit("/", 1)[1]
    balance = caller.read("Customer", "2")
    service.writer.touch(realm, "Invoice", "13", PrivateNote="by phone")
    assert caller.read("Invoice", "13")["SyncToken"] == "1"
    assert caller.read("Customer", "2") == balance


def test_attachments_are_deleted_without_a_sync_token(caller: Caller) -> None:
    note = made(caller, "Attachable", Note="Signed copy")
    answer = caller.post("attachable?operation=delete", {"Id": note["Id"]})
    assert answer.json()["Attachable"]["status"] == "Deleted"


@pytest.mark.parametrize("entity", ["Customer", "Account"])
def test_lists_cannot_be_deleted(caller: Caller, entity: str) -> None:
    answer = caller.post(f"{entity.lower()}?operation=delete", {"Id": "7", "SyncToken": "0"})
    assert answer.json()["Fault"]["Error"][0]["code"] == "500"

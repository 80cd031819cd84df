"""Tax codes and rates, which only TaxService makes."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.books.company_books import CompanyBooks
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Caller, Record
from qbo_pipeline_tests.local.quickbooks.trading_company import AMY, sold, trading_company

PATH = "taxservice/taxcode"


@pytest.fixture
def company(service: LocalQuickBooks, caller: Caller) -> Caller:
    service.add_company(trading_company())
    agency = caller.post("taxagency", {"DisplayName": "Arizona Dept. of Revenue"}).json()["TaxAgency"]
    assert (agency["TaxTrackedOnSales"], agency["TaxAgencyConfig"]) == (True, "USER_DEFINED")
    return caller


@pytest.fixture
def agency(company: Caller) -> str:
    [found] = company.query("SELECT * FROM TaxAgency")["TaxAgency"]
    identity: str = found["Id"]
    return identity


def rate(agency: str, name: str = "State", value: object = "5.6", **more: str) -> Record:
    return {"TaxRateName": name, "RateValue": value, "TaxAgencyId": agency, "TaxApplicableOn": "Sales", **more}


def fault(answer: httpx.Response) -> Record:
    assert answer.status_code == 400, answer.text
    found: Record = answer.json()["Fault"]["Error"][0]
    return found


def test_a_code_is_made_with_its_rates_and_answered_without_an_envelope(company: Caller, agency: str) -> None:
    sent = {"TaxCode": "Tucson", "TaxRateDetails": [rate(agency), rate(agency, "City", 2)]}
    made = company.post(PATH, sent).json()

    assert list(made) == ["TaxCode", "TaxCodeId", "TaxRateDetails"]
    assert [detail["TaxRateName"] for detail in made["TaxRateDetails"]] == ["State", "City"]
    code = company.read("TaxCode", made["TaxCodeId"])
    assert (code["Name"], code["Taxable"], code["TaxGroup"], code["Active"]) == ("Tucson", True, True, True)
    listed = code["SalesTaxRateList"]["TaxRateDetail"]
    assert [one["TaxRateRef"]["value"] for one in listed] == [one["TaxRateId"] for one in made["TaxRateDetails"]]
    assert code["PurchaseTaxRateList"] == {"TaxRateDetail": []}
    state = company.read("TaxRate", made["TaxRateDetails"][0]["TaxRateId"])
    assert (state["Name"], state["RateValue"], state["AgencyRef"]) == ("State", 5.6, {"value": agency})


def test_rates_that_exist_are_named_by_their_id(company: Caller, agency: str) -> None:
    first = company.post(PATH, {"TaxCode": "A", "TaxRateDetails": [rate(agency)]}).json()["TaxRateDetails"][0]
    known = {"TaxRateId": first["TaxRateId"], "TaxApplicableOn": "Purchase"}
    made = company.post(PATH, {"TaxCode": "B", "TaxRateDetails": [known]}).json()
    assert made["TaxRateDetails"][0]["TaxRateName"] == "State"
    assert company.query("SELECT count(*) FROM TaxRate") == {"totalCount": 1}
    assert len(company.read("TaxCode", made["TaxCodeId"])["PurchaseTaxRateList"]["TaxRateDetail"]) == 1


def test_tax_of_a_new_rate_is_owed_to_its_agency(company: Caller, agency: str, service: LocalQuickBooks) -> None:
    made = company.post(PATH, {"TaxCode": "A", "TaxRateDetails": [rate(agency)]}).json()["TaxRateDetails"][0]
    detail = {"TaxRateRef": {"value": made["TaxRateId"]}, "TaxPercent": 5.6, "NetAmountTaxable": 100}
    line = {"Amount": 5.6, "DetailType": "TaxLineDetail", "TaxLineDetail": detail}
    tax = {"TotalTax": 5.6, "TaxLine": [line]}
    sale = {"CustomerRef": {"value": AMY}, "Line": [sold(100)], "TxnTaxDetail": tax, "TxnDate": "2026-02-01"}
    assert company.post("invoice", sale).json()["Invoice"]["TotalAmt"] == 105.6

    period = {"start_date": "2026-01-01", "end_date": "2026-12-31"}
    report = company.http.get("reports/TrialBalance", params=period).text
    assert "Arizona Dept. of Revenue Payable" in report


def test_a_name_that_is_taken_is_refused_and_nothing_of_the_rest_is_made(company: Caller, agency: str) -> None:
    company.post(PATH, {"TaxCode": "A", "TaxRateDetails": [rate(agency)]})
    assert fault(company.post(PATH, {"TaxCode": "a", "TaxRateDetails": [rate(agency, "New")]}))["code"] == "6240"
    twice = {"TaxCode": "B", "TaxRateDetails": [rate(agency, "New"), rate(agency)]}
    assert fault(company.post(PATH, twice))["code"] == "6240"
    assert company.query("SELECT count(*) FROM TaxRate") == {"totalCount": 1}


@pytest.mark.parametrize(
    ("sent", "missing"),
    [
        ({"TaxRateDetails": []}, "TaxCode"),
        ({"TaxCode": "A"}, "TaxCode.TaxRateDetails"),
        ({"TaxCode": "A", "TaxRateDetails": []}, "TaxCode.TaxRateDetails"),
        ({"TaxCode": "A", "TaxRateDetails": [{"TaxRateName": "x", "RateValue": 1}]}, "TaxRateDetails.TaxAgencyId"),
    ],
)
def test_what_is_missing_is_named(company: Caller, sent: Record, missing: str) -> None:
    found = fault(company.post(PATH, sent))
    assert (found["code"], found["Detail"]) == ("2020", f"Required parameter {missing} is missing in the request")


def test_agencies_and_rates_must_be_there(company: Caller, agency: str) -> None:
    assert fault(company.post(PATH, {"TaxCode": "A", "TaxRateDetails": [rate("999")]}))["code"] == "610"
    assert fault(company.post(PATH, {"TaxCode": "A", "TaxRateDetails": [{"TaxRateId": "999"}]}))["code"] == "610"
    wrong = rate(agency, TaxApplicableOn="Everything")
    assert fault(company.post(PATH, {"TaxCode": "A", "TaxRateDetails": [wrong]}))["code"] == "2010"


@pytest.mark.parametrize("entity", ["TaxCode", "TaxRate"])
def test_they_are_made_in_no_other_way(company: Caller, entity: str) -> None:
    found = fault(company.post(entity.lower(), {"Name": "Other"}))
    assert (found["code"], found["Detail"]) == ("500", "Operation Create is not supported.")


def test_a_total_of_tax_without_lines_is_shared_by_the_rates_of_its_code(company: Caller, agency: str) -> None:
    code = {"TaxCode": "City and state", "TaxRateDetails": [rate(agency, "State", 6), rate(agency, "City", 3)]}
    made = company.post(PATH, code).json()
    sent = {
        "CustomerRef": {"value": AMY},
        "Line": [sold(100, TaxCodeRef={"value": "TAX"}), sold(5, TaxCodeRef={"value": "NON"})],
        "TxnTaxDetail": {"TxnTaxCodeRef": {"value": made["TaxCodeId"]}, "TotalTax": 9.01},
    }
    answer = company.post("invoice", sent)
    assert answer.status_code == 200, answer.text
    invoice = answer.json()["Invoice"]
    taxes = [(one["Amount"], one["TaxLineDetail"]["NetAmountTaxable"]) for one in invoice["TxnTaxDetail"]["TaxLine"]]
    assert (invoice["TotalAmt"], taxes) == (114.01, [(6.01, 100), (3, 100)])
    assert CompanyBooks(company.service.store, REALM).unposted() == {}


@pytest.mark.parametrize("tax", [{}, {"TotalTax": 6}])
def test_a_sale_to_nobody_in_particular_is_taxed_as_any_other(company: Caller, agency: str, tax: Record) -> None:
    """Sales receipts need no customer."""
    made = company.post(PATH, {"TaxCode": "State", "TaxRateDetails": [rate(agency, "State", 6)]}).json()
    line = sold(100, TaxCodeRef={"value": "TAX"})
    sent = {"Line": [line], "TxnTaxDetail": {"TxnTaxCodeRef": {"value": made["TaxCodeId"]}, **tax}}
    receipt = company.post("salesreceipt", sent).json()["SalesReceipt"]
    assert [one["Amount"] for one in receipt["TxnTaxDetail"]["TaxLine"]] == [6]
    assert receipt["TotalAmt"] == 106


@pytest.mark.parametrize(("after_discount", "taxes", "total"), [(False, [6, 3], 104), (True, [5.43, 2.71], 103.14)])
def test_tax_is_reckoned_by_the_code_where_no_amount_was_sent(
    company: Caller, agency: str, after_discount: bool, taxes: list[float], total: float
) -> None:
    """Of what is sold with tax, before or after its part of the discount."""
    code = {"TaxCode": "City and state", "TaxRateDetails": [rate(agency, "State", 6), rate(agency, "City", 3)]}
    made = company.post(PATH, code).json()
    discount = {"Amount": 10, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}
    sent = {
        "CustomerRef": {"value": AMY},
        "Line": [sold(100, TaxCodeRef={"value": "TAX"}), sold(5, TaxCodeRef={"value": "NON"}), discount],
        "TxnTaxDetail": {"TxnTaxCodeRef": {"value": made["TaxCodeId"]}},
        "ApplyTaxAfterDiscount": after_discount,
    }
    invoice = company.post("invoice", sent).json()["Invoice"]
    assert [one["Amount"] for one in invoice["TxnTaxDetail"]["TaxLine"]] == taxes
    assert (invoice["TxnTaxDetail"]["TotalTax"], invoice["TotalAmt"]) == (sum(taxes), total)
    assert CompanyBooks(company.service.store, REALM).unposted() == {}


@pytest.mark.parametrize("line", [True, False])
def test_the_liability_for_tax_is_made_where_there_is_none(company: Caller, agency: str, line: bool) -> None:
    """Otherwise a document with tax would be taken, and be in no report."""
    code = company.post(PATH, {"TaxCode": "State", "TaxRateDetails": [rate(agency, "State", 6)]}).json()
    store = company.service.store
    [kept] = company.query("select * from Account where AccountSubType = 'GlobalTaxPayable'")["Account"]
    other = {"AccountSubType": "OtherCurrentLiabilities", "Name": "Other", "FullyQualifiedName": "Other"}
    store.put(REALM, "Account", {**kept, **other})
    named = {"TxnTaxCodeRef": {"value": code["TaxCodeId"]}} if line else {}
    sent = {"CustomerRef": {"value": AMY}, "Line": [sold(100)], "TxnTaxDetail": {"TotalTax": 6, **named}}
    for _ in range(2):
        assert company.post("invoice", sent).status_code == 200
    assert CompanyBooks(store, REALM).unposted() == {}
    [made] = company.query("select * from Account where AccountSubType = 'GlobalTaxPayable'")["Account"]
    assert made["Name"] == ("Arizona Dept. of Revenue Payable" if line else "Sales Tax Payable")


def test_a_total_of_tax_without_lines_and_code_is_owed_all_the_same(company: Caller) -> None:
    """An app that reckons tax itself sends its total alone, also where there are several agencies."""
    company.post("taxagency", {"DisplayName": "Utah State Tax Commission"})
    sent = {"CustomerRef": {"value": AMY}, "Line": [sold(100)], "TxnTaxDetail": {"TotalTax": 7.25}}
    answer = company.post("invoice", sent)
    assert answer.status_code == 200, answer.text
    [posted] = CompanyBooks(company.service.store, REALM).transactions()
    accounts = company.query("select * from Account where AccountSubType = 'GlobalTaxPayable'")["Account"]
    liabilities = {one["Id"] for one in accounts}
    assert [leg.home for leg in posted.legs if leg.account in liabilities] == [Decimal("-7.25")]

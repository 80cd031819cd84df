"""What a company is and how it is set up: CompanyInfo, Preferences, currencies, exchange rates, journal codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qbo_pipeline.local.companies import pacific
from qbo_pipeline.local.companies.amounts import number
from qbo_pipeline.local.companies.books import Books
from qbo_pipeline.local.companies.exchange import CURRENCY_NAMES
from qbo_pipeline.local.companies.json_parts import Record, head
from qbo_pipeline.local.companies.model import Member


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a company is."""

    realm_id: str
    name: str
    legal_name: str
    line1: str
    city: str
    state: str
    postal: str
    email: str
    web: str
    phone: str
    industry: str
    employer_id: str
    time_zone: str


def company_info(identity: Identity, books: Books) -> Record:
    """The CompanyInfo record."""
    place = {
        "Id": "1",
        "Line1": identity.line1,
        "City": identity.city,
        "CountrySubDivisionCode": identity.state,
        "PostalCode": identity.postal,
    }
    member = _founded(books, "1", sync=4)
    return {
        "CompanyName": identity.name,
        "LegalName": identity.legal_name,
        "CompanyAddr": place,
        "CustomerCommunicationAddr": place,
        "LegalAddr": place,
        "CustomerCommunicationEmailAddr": {"Address": identity.email},
        "PrimaryPhone": {"FreeFormNumber": identity.phone},
        "CompanyStartDate": books.start.isoformat(),
        "EmployerId": identity.employer_id,
        "FiscalYearStartMonth": "January",
        "Country": "US",
        "Email": {"Address": identity.email},
        "WebAddr": {"URI": identity.web},
        "SupportedLanguages": "en",
        "DefaultTimeZone": identity.time_zone,
        "NameValue": [
            {"Name": "NeoEnabled", "Value": "true"},
            {"Name": "IsQbdtMigrated", "Value": "false"},
            {"Name": "CompanyType", "Value": "LLC"},
            {"Name": "SubscriptionStatus", "Value": "SUBSCRIBED"},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            {"Name": "PayrollFeature", "Value": "false"},
            {"Name": "AccountantFeature", "Value": "false"},
            {"Name": "IndustryType", "Value": identity.industry},
            {"Name": "ItemCategoriesFeature", "Value": "true"},
        ],
    } | head(member)


def preferences(books: Books, custom_fields: tuple[str, ...], sales_tax: bool) -> Record:
    """The Preferences record: what is switched on."""
    on_forms = [
        {
            "Name": f"SalesFormsPrefs.UseSalesCustom{index}",
            "Type": "BooleanType",
            "BooleanValue": index <= len(custom_fields),
        }
        for index in range(1, 4)
    ]
    names = [
        {"Name": f"SalesFormsPrefs.SalesCustomName{index}", "Type": "StringType", "StringValue": name}
        for index, name in enumerate(custom_fields, 1)
    ]
    tax: Record = {"UsingSalesTax": sales_tax, "PartnerTaxEnabled": False}
    if sales_tax and books.tax_codes:
        tax["TaxGroupCodeRef"] = {"value": books.tax_codes[-1].id}
    return {
        "AccountingInfoPrefs": {
            "FirstMonthOfFiscalYear": "January",
            "UseAccountNumbers": True,
            "TaxYearMonth": "January",
            "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": bool(books.classes),
            "TrackDepartments": bool(books.departments),
            "DepartmentTerminology": "Location",
            "CustomerTerminology": "Customers",
        },
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": any(item.type == "Inventory" for item in books.items),
        },
        "SalesFormsPrefs": {
            "CustomField": [{"CustomField": on_forms}, {"CustomField": names}],
            "CustomTxnNumbers": False,
            "AllowDeposit": True,
            "AllowDiscount": True,
            "AllowEstimates": True,
            "IPNSupportEnabled": False,
            "AllowServiceDate": True,
            "AllowShipping": sales_tax,
            "DefaultTerms": {"value": "3"},
            "DefaultCustomerMessage": "Thank you for your business.",
        },
        "EmailMessagesPrefs": {
            "InvoiceMessage": {
                "Subject": "Invoice from us",
                "Message": "Your invoice is attached. Please remit payment at your earliest convenience.",
            },
        },
        "VendorAndPurchasesPrefs": {
            "TrackingByCustomer": True,
            "BillableExpenseTracking": True,
            "POCustomField": [],
        },
        "TimeTrackingPrefs": {
            "UseServices": True,
            "BillCustomers": True,
            "ShowBillRateToAll": False,
            "WorkWeekStartDate": "Monday",
            "MarkTimeEntriesBillable": True,
        },
        "TaxPrefs": tax,
        "CurrencyPrefs": {"MultiCurrencyEnabled": books.multi_currency, "HomeCurrency": {"value": books.home}},
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {
            "NameValue": [
                {"Name": "SalesFormsPrefs.DefaultItem", "Value": "1"},
                {"Name": "DTXCopyMemo", "Value": "false"},
                {"Name": "UncategorizedAssetAccountId", "Value": "1"},
            ]
        },
    } | head(_founded(books, "1", sync=12))


def currency_records(books: Books) -> Iterator[tuple[str, Record]]:
    """CompanyCurrency and ExchangeRate of a multi-currency company; rates have no Id, and every Monday has one."""
    for index, code in enumerate(books.currencies, 1):
        member = _founded(books, str(index))
        yield "CompanyCurrency", {"Code": code, "Name": CURRENCY_NAMES[code], "Active": True} | head(member)
    for code in books.currencies:
        for monday, rate in zip(books.rates.mondays, books.rates.rates[code], strict=True):
            yield (
                "ExchangeRate",
                {
                    "SourceCurrencyCode": code,
                    "TargetCurrencyCode": books.home,
                    "Rate": number(rate, 6),
                    "AsOfDate": monday.isoformat(),
                    "domain": "QBO",
                    "sparse": False,
                    "MetaData": {"LastUpdatedTime": pacific.stamp(pacific.instant(monday, 2 * 3600 + 17))},
                },
            )


def journal_code_record(code: Member, description: str, kind: str) -> Record:
    """A journal code."""
    return {"Name": code.name, "Type": kind, "Description": description, "Active": code.active} | head(code)


def _founded(books: Books, ident: str, sync: int = 0) -> Member:
    moment = pacific.instant(books.start, 8 * 3600)
    return Member(ident, "", moment, moment + 86_400 * sync if sync else moment, sync)

"""Sales tax: agencies, codes, rates, payments."""

from __future__ import annotations

from qbo_pipeline.quickbooks.catalogue.members import array, members, nested
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity, Object
from qbo_pipeline.quickbooks.catalogue.names import VENDOR_MEMBERS
from qbo_pipeline.quickbooks.catalogue.shared import RECORD

TAX_AGENCY = Entity(
    "TaxAgency",
    Category.LIST,
    "Tax agencies.",
    (
        *VENDOR_MEMBERS,
        *members("""
        SalesTaxCodeRef              ref(TaxCode)  Tax code of the agency.
        SalesTaxCountry              text  Country of the agency.
        SalesTaxReturnRef            ref  Tax return.
        TaxRegistrationNumber        text  Our registration number.
        ReportingPeriod              text  How often tax is reported.
        TaxTrackedOnPurchases        bool  Whether tax on purchases is tracked.
        TaxOnPurchasesAccountRef     ref(Account)  Account of tax on purchases.
        TaxTrackedOnSales            bool  Whether tax on sales is tracked.
        TaxTrackedOnSalesAccountRef  ref(Account)  Account of tax on sales.
        TaxOnTax                     bool  Whether tax is charged on tax.
        LastFileDate                 date  Last day a return was filed for.
        TaxAgencyExt                 json  Extension data for Intuit's internal use.
        TaxAgencyConfig              text  Whether the agency is the company's own or Intuit's.
        """),
    ),
    change_data_capture=False,
)


def _rate_list(name: str, table: str, description: str) -> Object:
    return nested(
        name,
        (
            array(
                "TaxRateDetail",
                description,
                """
                TaxRateRef         ref(TaxRate)  Tax rate.
                TaxTypeApplicable  text  What it is computed on: TaxOnAmount, TaxOnAmountPlusTax, TaxOnTax.
                TaxOnTaxOrder      int  Order of tax on tax.
                TaxOrder           int  Order of the rate.
                """,
                table=table,
            ),
            *members("originatingGroupId text Group it originates from."),
        ),
    )


TAX_CODE = Entity(
    "TaxCode",
    Category.LIST,
    "Tax codes: which rates apply.",
    (
        *RECORD,
        *members("""
        Name               text  Name.
        Description        text  Description.
        Active             bool  False when made inactive.
        Hidden             bool  Whether it is hidden.
        Taxable            bool  Whether it taxes.
        TaxGroup           bool  Whether it is a group of rates.
        TaxCodeEx          json  Extension data for Intuit's internal use.
        TaxCodeConfigType  text  USER_DEFINED or SYSTEM_GENERATED.
        """),
        _rate_list("SalesTaxRateList", "sales_tax_rate", "Rates on sales."),
        _rate_list("PurchaseTaxRateList", "purchase_tax_rate", "Rates on purchases."),
        _rate_list("AdjustmentTaxRateList", "adjustment_tax_rate", "Rates on adjustments."),
    ),
    active_flag=True,
    change_data_capture=False,
)

TAX_RATE = Entity(
    "TaxRate",
    Category.LIST,
    "Tax rates.",
    (
        *RECORD,
        *members("""
        Name              text  Name.
        Description       text  Description.
        Active            bool  False when made inactive.
        RateValue         number  Rate in percent.
        AgencyRef         ref(TaxAgency)  Tax agency.
        TaxReturnLineRef  ref  Line of the tax return.
        SpecialTaxType    text  Kind of special tax.
        DisplayType       text  How it is shown.
        TaxRateEx         json  Extension data for Intuit's internal use.
        OriginalTaxRate   ref(TaxRate)  Rate it was made from.
        """),
        array(
            "EffectiveTaxRate",
            "Which rate held when.",
            """
            RateValue      number  Rate in percent.
            EffectiveDate  time  Instant from which it holds.
            EndDate        time  Instant until which it holds.
            """,
        ),
    ),
    active_flag=True,
    change_data_capture=False,
)

TAX_PAYMENT = Entity(
    "TaxPayment",
    Category.TRANSACTION,
    "Payments to and refunds from tax agencies.",
    (
        *RECORD,
        *members("""
        PaymentDate        date  Day of the payment.
        PaymentAccountRef  ref(Account)  Account paid from.
        PaymentAmount      money  Amount.
        Description        text  Description.
        Refund             bool  Whether it is a refund.
        """),
    ),
    date_field="PaymentDate",
    deletable=True,
)

"""Customers, vendors, employees: the name lists."""

from __future__ import annotations

from qbo_pipeline.quickbooks.catalogue.members import members, nested
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.catalogue.shared import NAME, OTHER_ADDR, RECORD, address

CUSTOMER = Entity(
    "Customer",
    Category.LIST,
    "Customers, and under them their jobs and projects.",
    (
        *NAME,
        *members("""
        Taxable                  bool  Whether sales to the customer are taxed.
        ContactName              text  Contact.
        AltContactName           text  Second contact.
        Notes                    text  Notes.
        Job                      bool  Whether it is a job or project of another customer.
        BillWithParent           bool  Whether its documents are billed to the parent.
        RootCustomerRef          ref(Customer)  Customer at the top.
        ParentRef                ref(Customer)  Customer it is a job or project of.
        Level                    int  Depth below the top customer.
        CustomerTypeRef          ref(CustomerType)  Customer type.
        SalesTermRef             ref(Term)  Payment terms.
        SalesRepRef              ref  Sales representative.
        TaxGroupCodeRef          ref  Tax group.
        TaxRateRef               ref(TaxRate)  Tax rate.
        PaymentMethodRef         ref(PaymentMethod)  Preferred payment method.
        PriceLevelRef            ref  Price level.
        Balance                  money  Open balance, in the customer's currency.
        OpenBalanceDate          date  Day of the opening balance.
        BalanceWithJobs          money  Open balance including jobs and projects.
        CreditLimit              money  Credit limit.
        AcctNum                  text  Account number.
        CurrencyRef              ref  Currency.
        OverDueBalance           money=overdue_balance  Overdue balance.
        TotalRevenue             money  Total revenue.
        TotalExpense             money  Total expense.
        PreferredDeliveryMethod  text  Print, Email or None.
        ResaleNum                text  Resale number.
        TDSEnabled               bool  Whether Indian tax is deducted at source.
        CustomerEx               json  Extension data for Intuit's internal use.
        SecondaryTaxIdentifier   text  Secondary tax id.
        ARAccountRef             ref(Account)  Accounts receivable account.
        PrimaryTaxIdentifier     text  Tax id, masked.
        TaxExemptionReasonId     text  Reason of a tax exemption.
        IsProject                bool  Whether it is a project.
        BusinessNumber           text  Business number.
        GSTIN                    text  Indian GST number.
        GSTRegistrationType      text  Indian GST registration.
        IsCISContractor          bool  Whether it is a contractor under the UK construction scheme.
        ClientCompanyId          text  Company id of a client of the accountant.
        ClientEntityId           text  Id of the client.
        Source                   text=record_origin  Where the record was made.
        TaxRegime                text  Tax regime.
        """),
        address("BillAddr"),
        address("ShipAddr"),
        OTHER_ADDR,
        nested(
            "CCDetail",
            """
            Number          text  Card number, masked.
            Type            text  Kind of card.
            NameOnAcct      text  Name on the card.
            CcExpiryMonth   int  Month of expiry.
            CcExpiryYear    int  Year of expiry.
            BillAddrStreet  text  Street of the billing address.
            PostalCode      text  Postal code of the billing address.
            """,
            prefix="card_",
        ),
        nested(
            "JobInfo",
            """
            Status            text  Status of the job.
            StartDate         date  First day.
            ProjectedEndDate  date  Planned last day.
            EndDate           date  Last day.
            Description       text  What is done.
            JobTypeRef        ref  Kind of job.
            """,
        ),
    ),
    active_flag=True,
)

CUSTOMER_TYPE = Entity(
    "CustomerType",
    Category.LIST,
    "Kinds of customers.",
    (
        *RECORD,
        *members("""
        Name                text  Name.
        ParentRef           ref(CustomerType)  Type above it.
        FullyQualifiedName  text  Name with the names of its parents before it.
        Active              bool  False when made inactive.
        """),
    ),
    active_flag=True,
)

VENDOR_MEMBERS = (
    *NAME,
    *members("""
    ContactName                  text  Contact.
    AltContactName               text  Second contact.
    Notes                        text  Notes.
    TaxCountry                   text  Country of the tax id.
    TaxIdentifier                text  Tax id, masked.
    TaxIdEffectiveDate           date  Day from which the tax id holds.
    BusinessNumber               text  Business number.
    ParentRef                    ref(Vendor)  Vendor above it.
    VendorTypeRef                ref  Kind of vendor.
    TermRef                      ref(Term)  Payment terms.
    PrefillAccountRef            ref(Account)  Account filled in on new documents.
    Balance                      money  Open balance, in the vendor's currency.
    BillRate                     number  Billing rate.
    OpenBalanceDate              date  Day of the opening balance.
    CreditLimit                  money  Credit limit.
    AcctNum                      text  Our account number with the vendor.
    Vendor1099                   bool=vendor_1099  Whether payments are reported on form 1099.
    T4AEligible                  bool=t4a_eligible  Whether payments are reported on form T4A (Canada).
    T5018Eligible                bool=t5018_eligible  Whether payments are reported on form T5018 (Canada).
    CurrencyRef                  ref  Currency.
    TDSEnabled                   bool  Whether Indian tax is deducted at source.
    TDSEntityTypeId              int  Indian deductee type.
    TDSSectionTypeId             int  Indian tax section.
    TDSOverrideThreshold         bool  Whether the Indian threshold is overridden.
    TaxReportingBasis            text  Cash or accrual tax reporting.
    APAccountRef                 ref(Account)  Accounts payable account.
    VendorEx                     json  Extension data for Intuit's internal use.
    GSTIN                        text  Indian GST number.
    GSTRegistrationType          text  Indian GST registration.
    IsSubContractor              bool  Whether it is a subcontractor under the UK construction scheme.
    SubcontractorType            text  Kind of subcontractor.
    CISRate                      text  Deduction rate of the UK construction scheme.
    HasTPAR                      bool  Whether payments are reported on the Australian payments report.
    Source                       text=record_origin  Where the record was made.
    CostRate                     number  Cost rate.
    AgencyVerificationStatus     text  State of the verification with the agency.
    AgencyVerificationStatusMsg  text  Message of the verification.
    AgencyVerificationTSUTC      time=agency_verified_at  Instant of the verification.
    CompanyRegistrationNumber    text  Company registration number.
    """),
    address("BillAddr"),
    address("ShipAddr"),
    OTHER_ADDR,
    nested(
        "VendorPaymentBankDetail",
        """
        BankAccountName       text  Name of the bank account.
        BankBranchIdentifier  text  Branch.
        BankAccountNumber     text  Account number, masked.
        StatementText         text  Text on the statement.
        """,
        prefix="payment_bank_",
    ),
)

VENDOR = Entity("Vendor", Category.LIST, "Vendors (suppliers).", VENDOR_MEMBERS, active_flag=True)

EMPLOYEE = Entity(
    "Employee",
    Category.LIST,
    "Employees.",
    (
        *NAME,
        *members("""
        EmployeeType    text  Kind of employee.
        EmployeeNumber  text  Employee number.
        SSN             text  Social security number, masked.
        BillableTime    bool  Whether their time is billable.
        BillRate        number  Billing rate.
        BirthDate       date  Day of birth.
        Gender          text  Gender.
        HiredDate       date  First day of employment.
        ReleasedDate    date  Last day of employment.
        UseTimeEntry    text  Whether time entries make paychecks.
        EmployeeEx      json  Extension data for Intuit's internal use.
        CostRate        number  Cost rate.
        Notes           text  Notes.
        """),
        address("PrimaryAddr"),
        OTHER_ADDR,
    ),
    active_flag=True,
)

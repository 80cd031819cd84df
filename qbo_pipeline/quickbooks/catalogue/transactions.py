"""What transactions have in common, sales forms and purchases apart."""

from __future__ import annotations

from qbo_pipeline.quickbooks.catalogue.lines import TAX_DETAIL
from qbo_pipeline.quickbooks.catalogue.members import array, members, nested
from qbo_pipeline.quickbooks.catalogue.model import Member, Object
from qbo_pipeline.quickbooks.catalogue.shared import LINKED_TXN, RECORD, address, email

SCHEDULE = nested(
    "RecurringInfo",
    (
        *members("""
        Name                    text  Name of the template.
        RecurType               text  Automated, Reminded or UnScheduled.
        Active                  bool  Whether the template is in use.
        ConvertToInvoiceRef     ref  What it is converted to.
        RecurDataRef            ref  Recurring data.
        """),
        nested(
            "ScheduleInfo",
            """
            IntervalType       text  Daily, Weekly, Monthly or Yearly.
            NumInterval        int  Every so many intervals.
            DayOfMonth         int  Day of the month.
            DayOfWeek          text  Day of the week.
            WeekOfMonth        int  Week of the month.
            MonthOfYear        text  Month of the year.
            DaysBefore         int  Days created in advance.
            RemindDays         int  Days reminded in advance.
            MaxOccurrences     int  How often at most.
            StartDate          date  First day.
            EndDate            date  Last day.
            NextDate           date  Next day.
            PreviousDate       date  Previous day.
            """,
            prefix="schedule_",
        ),
    ),
    prefix="recurring_",
)

TRANSACTION: tuple[Member, ...] = (
    *RECORD,
    *members("""
    DocNumber                text  Number printed on the document.
    TxnDate                  date  Date of the transaction.
    DepartmentRef            ref(Department)  Department (location).
    CurrencyRef              ref  Currency of the amounts.
    ExchangeRate             number  Home currency for one unit of the document's; absent without multi-currency.
    PrivateNote              text  Memo, not shown to the customer or vendor; "Voided" on a voided document.
    TxnStatus                text  Status of the document.
    TxnSource                text  Where the document was made.
    TaxFormType              text  Tax form type.
    TaxFormNum               text  Tax form number.
    TransactionLocationType  text  Location for tax purposes.
    RecurDataRef             ref  Recurring template it was made from.
    ProjectRef               ref  Project it belongs to, by its id in the Projects API, not the customer list.
    TotalCostAmount          money  Total cost.
    HomeTotalCostAmount      money  Total cost in home currency.
    """),
    LINKED_TXN,
    TAX_DETAIL,
    array("Tag", "Tags of the document.", "Name text Name of the tag.\nId text Id of the tag."),
    nested(
        "TxnApprovalInfo",
        """
        ApprovalStatus      text  Status of the approval.
        ApprovedBy          text  Who approved.
        ApprovalComments    text  Comments.
        ApprovalTime        time  Instant of the approval.
        """,
        prefix="approval_",
    ),
    SCHEDULE,
)


def check_payment() -> Object:
    """How a payment by check was made."""
    return nested(
        "CheckPayment",
        """
        CheckNum           text  Check number.
        Status             text  Status.
        NameOnAcct         text  Name on the account.
        AcctNum            text  Account number.
        BankName           text  Bank.
        CheckPaymentEx     json  Extension data for Intuit's internal use.
        """,
    )


def credit_card_payment() -> Object:
    """How a payment by credit card was made."""
    return nested(
        "CreditCardPayment",
        (
            nested(
                "CreditChargeInfo",
                """
                Number             text  Card number, masked.
                Type               text  Kind of card.
                NameOnAcct         text  Name on the card.
                CcExpiryMonth      int  Month of expiry.
                CcExpiryYear       int  Year of expiry.
                BillAddrStreet     text  Street of the billing address.
                PostalCode         text  Postal code of the billing address.
                CommercialCardCode text  Commercial card code.
                CCTxnMode          text  How the card was used.
                CCTxnType          text  Kind of charge.
                PrevCCTransId      text  Previous charge.
                Amount             money  Amount charged.
                ProcessPayment     bool  Whether QuickBooks charges the card.
                CreditCardChargeInfoEx json  Extension data for Intuit's internal use.
                """,
                prefix="charge_",
            ),
            nested(
                "CreditChargeResponse",
                """
                Status               text  Answer of the card network.
                AuthCode             text  Authorization code.
                TxnAuthorizationTime time  Instant of the authorization.
                CCTransId            text  Charge.
                CreditCardChargeResponseEx json  Extension data for Intuit's internal use.
                """,
                prefix="response_",
            ),
        ),
    )


SALES_FORM: tuple[Member, ...] = (
    *TRANSACTION,
    *members("""
    AutoDocNumber                   bool  Whether QuickBooks numbers the document.
    CustomerRef                     ref(Customer)  Customer.
    FreeFormAddress                 bool  Whether the addresses are free text.
    RemitToRef                      ref  Where to remit to.
    ClassRef                        ref(Class)  Class of the whole document.
    SalesTermRef                    ref(Term)  Payment terms.
    DueDate                         date  Day the payment is due.
    SalesRepRef                     ref  Sales representative.
    PONumber                        text=po_number  The customer's purchase order number.
    FOB                             text  Terms of delivery.
    ShipMethodRef                   ref  Shipping method.
    ShipDate                        date  Day of shipment.
    TrackingNum                     text  Tracking number.
    GlobalTaxCalculation            text  Whether amounts are TaxExcluded, TaxInclusive or NotApplicable.
    TotalAmt                        money  Total of the document, tax included, in its currency.
    HomeTotalAmt                    money  Total in home currency.
    ApplyTaxAfterDiscount           bool  Whether the discount comes off before tax.
    ShippingTaxIncludedInTotalTax   bool  Whether the tax on shipping is part of the total tax.
    TemplateRef                     ref  Template it is printed with.
    PrintStatus                     text  NotSet, NeedToPrint or PrintComplete.
    EmailStatus                     text  NotSet, NeedToSend or EmailSent.
    ARAccountRef                    ref(Account)  Accounts receivable account.
    Balance                         money  What is still open, in the document's currency.
    HomeBalance                     money  What is still open, in home currency.
    FinanceCharge                   bool  Whether it is a finance charge.
    PaymentMethodRef                ref(PaymentMethod)  Payment method.
    PaymentRefNum                   text  Check number or reference of the payment.
    PaymentType                     text  Kind of payment.
    DepositToAccountRef             ref(Account)  Account the money went to.
    DiscountRate                    number  Discount percentage.
    DiscountAmt                     money  Discount amount.
    GovtTxnRefIdentifier            text  Government reference.
    TaxExemptionRef                 ref  Reason of a tax exemption.
    CustomExtensions                json  Custom field extensions.
    """),
    nested("CustomerMemo", "value text=customer_memo Message to customer.\nid text=customer_memo_id Id.", prefix=""),
    address("BillAddr"),
    address("ShipAddr"),
    address("ShipFromAddr"),
    email("BillEmail"),
    email("BillEmailCc"),
    email("BillEmailBcc"),
    check_payment(),
    credit_card_payment(),
    nested(
        "DeliveryInfo",
        """
        DeliveryType       text  How the document was delivered: Email, Print.
        DeliveryTime       time  Instant of the delivery.
        DeliveryErrorType  text  What went wrong with the delivery.
        """,
        prefix="delivery_",
    ),
)

PURCHASE_FORM: tuple[Member, ...] = (
    *TRANSACTION,
    *members("""
    VendorRef             ref(Vendor)  Vendor.
    APAccountRef          ref(Account)  Accounts payable account.
    TotalAmt              money  Total of the document, tax included, in its currency.
    Memo                  text  Message to the vendor.
    GlobalTaxCalculation  text  Whether amounts are TaxExcluded, TaxInclusive or NotApplicable.
    """),
    email("BillEmail"),
    email("ReplyEmail"),
)

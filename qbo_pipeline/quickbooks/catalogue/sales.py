"""Sales: from the estimate to the payment."""

from __future__ import annotations

from qbo_pipeline.quickbooks.catalogue.lines import SALES_LINES, lines
from qbo_pipeline.quickbooks.catalogue.members import array, members, nested
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.catalogue.transactions import (
    SALES_FORM,
    TRANSACTION,
    check_payment,
    credit_card_payment,
)

INVOICE = Entity(
    "Invoice",
    Category.TRANSACTION,
    "Invoices to customers.",
    (
        *SALES_FORM,
        SALES_LINES,
        *members("""
        Deposit                       money  Paid on the form itself.
        AllowIPNPayment               bool  Whether it can be paid online (old setting).
        AllowOnlinePayment            bool  Whether it can be paid online.
        AllowOnlineCreditCardPayment  bool  Whether it can be paid online by card.
        AllowOnlineACHPayment         bool  Whether it can be paid online by bank transfer.
        AllowOnlinePayPalPayment      bool=allow_online_paypal_payment  Whether it can be paid online by PayPal.
        EInvoiceStatus                text=e_invoice_status  Whether the customer saw or paid it.
        ECloudStatusTimeStamp         time=e_invoice_status_at  Instant of that status.
        CfdiUse                       int  Use of the Mexican tax document.
        Exportation                   text  Kind of exportation (Mexico).
        invoiceStatus                 text  Status of the invoice.
        callToAction                  text  What the customer is asked to do.
        InvoiceEx                     json  Extension data for Intuit's internal use.
        LessCIS                       money  Deduction of the UK construction scheme.
        InvoiceLink                   text  Link the customer pays by.
        PaymentDetailsMessage         text  How to pay.
        InvoiceLinkSecurityCode       text  Security code of the link.
        InvoiceLinkExpiryDate         date  Last day of the link.
        AutoPayEligible               bool  Whether it can be paid automatically.
        SchedulePayEligible           bool  Whether a payment can be scheduled.
        ScheduledPaymentId            text  Scheduled payment.
        GratuityEnabled               bool  Whether a gratuity can be added.
        FinancingProductType          text  Kind of financing offered.
        SubscriptionPaymentsSetting   text  Subscription payments.
        """),
        nested(
            "GlobalInfo",
            "Periodicity text Period (Mexico).\nMonth text Month (Mexico).\nYear text Year (Mexico).",
            prefix="mexico_global_",
        ),
        nested(
            "ConvenienceFeeDetail",
            "ConvenienceFeeAmount money Convenience fee.\nConvenienceFeeTaxAmount money Tax on it.",
            prefix="",
        ),
        nested(
            "EnabledSurchargeInfo",
            "SurchargeEnabled bool Whether a surcharge is on.\nSurchargePercent number Surcharge percentage.",
            prefix="",
        ),
        array(
            "invoiceStatusLog",
            "How the status of the invoice changed.",
            "status text Status.\nstatusChangeDate time=status_changed_at Instant of the change.",
            table="status_log",
        ),
    ),
    date_field="TxnDate",
    deletable=True,
)

CREDIT_MEMO = Entity(
    "CreditMemo",
    Category.TRANSACTION,
    "Credit memos to customers.",
    (
        *SALES_FORM,
        SALES_LINES,
        *members("""
        RemainingCredit  money  Credit not applied yet.
        InvoiceRef       ref(Invoice)  Invoice it credits.
        CreditMemoEx     json  Extension data for Intuit's internal use.
        """),
    ),
    date_field="TxnDate",
    deletable=True,
)

ESTIMATE = Entity(
    "Estimate",
    Category.TRANSACTION,
    "Estimates (quotes); they post nothing.",
    (
        *SALES_FORM,
        SALES_LINES,
        *members("""
        ExpirationDate  date  Last day it holds.
        AcceptedBy      text  Who accepted it.
        AcceptedDate    date  Day it was accepted.
        EstimateEx      json  Extension data for Intuit's internal use.
        """),
    ),
    date_field="TxnDate",
    deletable=True,
)

SALES_RECEIPT = Entity(
    "SalesReceipt",
    Category.TRANSACTION,
    "Sales paid on the spot.",
    (
        *SALES_FORM,
        SALES_LINES,
        *members("""
        SalesReceiptEx  json  Extension data for Intuit's internal use.
        LessCIS         money  Deduction of the UK construction scheme.
        """),
    ),
    date_field="TxnDate",
    deletable=True,
)

REFUND_RECEIPT = Entity(
    "RefundReceipt",
    Category.TRANSACTION,
    "Refunds to customers.",
    (
        *SALES_FORM,
        SALES_LINES,
        *members("""
        RemainingCredit  money  Credit not applied yet.
        RefundReceiptEx  json  Extension data for Intuit's internal use.
        """),
    ),
    date_field="TxnDate",
    deletable=True,
)

PAYMENT = Entity(
    "Payment",
    Category.TRANSACTION,
    "Payments from customers; their lines say which documents they pay.",
    (
        *TRANSACTION,
        *members("""
        CustomerRef          ref(Customer)  Customer who paid.
        RemitToRef           ref  Where it was remitted to.
        ARAccountRef         ref(Account)  Accounts receivable account.
        DepositToAccountRef  ref(Account)  Account the money went to; Undeposited Funds when absent.
        PaymentMethodRef     ref(PaymentMethod)  Payment method.
        PaymentRefNum        text  Check number or reference.
        PaymentType          text  Kind of payment.
        TotalAmt             money  Amount paid, in the payment's currency.
        UnappliedAmt         money  Part not applied to any document.
        ProcessPayment       bool  Whether QuickBooks charges the card.
        PaymentExtendedType  text  Kind of payment, finer.
        PaymentEx            json  Extension data for Intuit's internal use.
        HomeTotalAmt         money  Amount paid, in home currency.
        """),
        check_payment(),
        credit_card_payment(),
        lines("PaymentLineDetail", "DiscountLineDetail", "DescriptionLineDetail"),
    ),
    date_field="TxnDate",
    deletable=True,
)

REIMBURSE_CHARGE = Entity(
    "ReimburseCharge",
    Category.TRANSACTION,
    "Expenses to be billed on to customers.",
    (
        *TRANSACTION,
        *members("""
        CustomerRef      ref(Customer)  Customer to be billed.
        HasBeenInvoiced  bool  Whether it is on an invoice.
        Amount           money  Amount.
        HomeTotalAmt     money  Amount in home currency.
        """),
        lines(
            "ReimburseLineDetail",
            "AccountBasedExpenseLineDetail",
            "ItemBasedExpenseLineDetail",
            "SalesItemLineDetail",
            "DescriptionLineDetail",
        ),
    ),
    date_field="TxnDate",
    deletable=True,
)

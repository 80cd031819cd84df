"""Purchases: from the order to the payment."""

from __future__ import annotations

from qbo_pipeline.quickbooks.catalogue.lines import PURCHASE_LINES, lines
from qbo_pipeline.quickbooks.catalogue.members import members, nested
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.catalogue.shared import address, email
from qbo_pipeline.quickbooks.catalogue.transactions import (
    PURCHASE_FORM,
    TRANSACTION,
    check_payment,
    credit_card_payment,
)

BILL = Entity(
    "Bill",
    Category.TRANSACTION,
    "Bills from vendors.",
    (
        *PURCHASE_FORM,
        *members("""
        PayerRef              ref  Who pays.
        SalesTermRef          ref(Term)  Payment terms.
        DueDate               date  Day the payment is due.
        Balance               money  What is still open, in the bill's currency.
        HomeBalance           money  What is still open, in home currency.
        BillEx                json  Extension data for Intuit's internal use.
        LessCIS               money  Deduction of the UK construction scheme.
        IncludeInAnnualTPAR   bool  Whether it is part of the Australian payments report.
        HomeTotalAmt          money  Total in home currency.
        """),
        address("RemitToAddr"),
        address("ShipAddr"),
        address("VendorAddr"),
        PURCHASE_LINES,
    ),
    date_field="TxnDate",
    deletable=True,
)

BILL_PAYMENT = Entity(
    "BillPayment",
    Category.TRANSACTION,
    "Payments of bills; their lines say which documents they pay.",
    (
        *TRANSACTION,
        *members("""
        VendorRef      ref(Vendor)  Vendor paid.
        APAccountRef   ref(Account)  Accounts payable account.
        PayType        text  Check or CreditCard.
        TotalAmt       money  Amount paid, in the payment's currency.
        HomeTotalAmt   money  Amount paid, in home currency.
        BillPaymentEx  json  Extension data for Intuit's internal use.
        """),
        address("VendorAddr"),
        nested(
            "CheckPayment",
            (
                *members("""
                BankAccountRef     ref(Account)=check_bank_account  Bank account paid from.
                PrintStatus        text=check_print_status  NotSet, NeedToPrint or PrintComplete.
                CheckPaymentEx     json=check_payment_ex  Extension data for Intuit's internal use.
                """),
                nested(
                    "CheckDetail",
                    """
                    CheckNum    text  Check number.
                    Status      text  Status.
                    NameOnAcct  text  Name on the account.
                    AcctNum     text  Account number.
                    BankName    text  Bank.
                    """,
                    prefix="check_",
                ),
                nested("PayeeAddr", address("PayeeAddr").members, prefix="check_payee_addr_"),
            ),
            prefix="",
        ),
        nested(
            "CreditCardPayment",
            (
                *members("CCAccountRef  ref(Account)=credit_card_account  Card account paid from."),
                *credit_card_payment().members,
            ),
            prefix="",
        ),
        lines("PaymentLineDetail", "DiscountLineDetail", "DescriptionLineDetail"),
    ),
    date_field="TxnDate",
    deletable=True,
)

PURCHASE = Entity(
    "Purchase",
    Category.TRANSACTION,
    "Expenses, checks and card charges.",
    (
        *TRANSACTION,
        *members("""
        AccountRef            ref(Account)  Bank or card account paid from.
        PaymentMethodRef      ref(PaymentMethod)  Payment method.
        PaymentRefNum         text  Check number or reference.
        PaymentType           text  Cash, Check or CreditCard.
        EntityRef             typedref  Vendor, customer or employee paid.
        Credit                bool  Whether it is a credit (refund) on the card.
        TotalAmt              money  Total, tax included, in the document's currency.
        HomeTotalAmt          money  Total in home currency.
        Memo                  text  Memo.
        PrintStatus           text  NotSet, NeedToPrint or PrintComplete.
        GlobalTaxCalculation  text  Whether amounts are TaxExcluded, TaxInclusive or NotApplicable.
        PurchaseEx            json  Extension data for Intuit's internal use.
        LessCIS               money  Deduction of the UK construction scheme.
        IncludeInAnnualTPAR   bool  Whether it is part of the Australian payments report.
        """),
        address("RemitToAddr"),
        check_payment(),
        credit_card_payment(),
        PURCHASE_LINES,
    ),
    date_field="TxnDate",
    deletable=True,
)

PURCHASE_ORDER = Entity(
    "PurchaseOrder",
    Category.TRANSACTION,
    "Purchase orders; they post nothing.",
    (
        *PURCHASE_FORM,
        *members("""
        TaxCodeRef           ref  Tax code.
        ClassRef             ref(Class)  Class of the whole document.
        ReimbursableInfoRef  ref  What is reimbursed.
        SalesTermRef         ref(Term)  Payment terms.
        DueDate              date  Day the payment is due.
        ExpectedDate         date  Day the delivery is expected.
        ShipTo               ref(Customer)  Customer it is shipped to.
        DropShipToEntity     ref  Who receives a drop shipment.
        InventorySiteRef     ref  Inventory site.
        ShipMethodRef        ref  Shipping method.
        FOB                  text  Terms of delivery.
        TemplateRef          ref  Template it is printed with.
        PrintStatus          text  NotSet, NeedToPrint or PrintComplete.
        EmailStatus          text  NotSet, NeedToSend or EmailSent.
        ManuallyClosed       bool  Whether it was closed by hand.
        POStatus             text=po_status  Open or Closed.
        PurchaseOrderEx      json  Extension data for Intuit's internal use.
        HomeTotalAmt         money  Total in home currency.
        CustomExtensions     json  Custom field extensions.
        """),
        address("VendorAddr"),
        address("ShipAddr"),
        nested("POEmail", email("POEmail").members, prefix="po_email_"),
        PURCHASE_LINES,
    ),
    date_field="TxnDate",
    deletable=True,
)

VENDOR_CREDIT = Entity(
    "VendorCredit",
    Category.TRANSACTION,
    "Credits from vendors.",
    (
        *PURCHASE_FORM,
        *members("""
        VendorCreditEx       json  Extension data for Intuit's internal use.
        Balance              money  Credit not applied yet.
        IncludeInAnnualTPAR  bool  Whether it is part of the Australian payments report.
        HomeTotalAmt         money  Total in home currency.
        """),
        address("VendorAddr"),
        PURCHASE_LINES,
    ),
    date_field="TxnDate",
    deletable=True,
)

CREDIT_CARD_PAYMENT = Entity(
    "CreditCardPayment",
    Category.TRANSACTION,
    "Payments of credit cards from a bank account.",
    (
        *TRANSACTION,
        *members("""
        CreditCardAccountRef  ref(Account)  Card account paid.
        BankAccountRef        ref(Account)  Bank account paid from.
        Amount                money  Amount.
        VendorRef             ref(Vendor)  Payee.
        CheckNum              text  Check number.
        PrintStatus           text  NotSet, NeedToPrint or PrintComplete.
        Memo                  text  Memo.
        CreditCardPaymentEx   json  Extension data for Intuit's internal use.
        """),
        lines("AccountBasedExpenseLineDetail", "DescriptionLineDetail"),
    ),
    json_key="CreditCardPaymentTxn",
    date_field="TxnDate",
    deletable=True,
)

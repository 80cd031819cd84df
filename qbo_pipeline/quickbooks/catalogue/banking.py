"""Deposits, transfers, journal entries, stock adjustments and time."""

from __future__ import annotations

from qbo_pipeline.quickbooks.catalogue.lines import lines
from qbo_pipeline.quickbooks.catalogue.members import members, nested
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.catalogue.shared import RECORD
from qbo_pipeline.quickbooks.catalogue.transactions import TRANSACTION

DEPOSIT = Entity(
    "Deposit",
    Category.TRANSACTION,
    "Deposits into bank accounts.",
    (
        *TRANSACTION,
        *members("""
        DepositToAccountRef   ref(Account)  Account the money went to.
        GlobalTaxCalculation  text  Whether amounts are TaxExcluded, TaxInclusive or NotApplicable.
        TotalAmt              money  Amount deposited, cash back taken off.
        HomeTotalAmt          money  Amount deposited, in home currency.
        DepositEx             json  Extension data for Intuit's internal use.
        """),
        nested(
            "CashBack",
            """
            AccountRef  ref(Account)  Account the cash went to.
            Amount      money  Cash kept back.
            Memo        text  Memo.
            """,
        ),
        lines("DepositLineDetail", "PaymentLineDetail", "DescriptionLineDetail"),
    ),
    date_field="TxnDate",
    deletable=True,
)

TRANSFER = Entity(
    "Transfer",
    Category.TRANSACTION,
    "Transfers between accounts.",
    (
        *TRANSACTION,
        *members("""
        FromAccountRef  ref(Account)  Account the money left.
        ToAccountRef    ref(Account)  Account the money reached.
        Amount          money  Amount.
        ClassRef        ref(Class)  Class.
        TransferEx      json  Extension data for Intuit's internal use.
        """),
        lines("AccountBasedExpenseLineDetail", "DescriptionLineDetail"),
    ),
    date_field="TxnDate",
    deletable=True,
)

JOURNAL_ENTRY = Entity(
    "JournalEntry",
    Category.TRANSACTION,
    "Journal entries.",
    (
        *TRANSACTION,
        *members("""
        Adjustment              bool  Whether it is an adjusting entry.
        HomeCurrencyAdjustment  bool  Whether it adjusts home currency values.
        EnteredInHomeCurrency   bool  Whether amounts were entered in home currency.
        GlobalTaxCalculation    text  Whether amounts are TaxExcluded, TaxInclusive or NotApplicable.
        TotalAmt                money  Total; QuickBooks sends 0.
        HomeTotalAmt            money  Total in home currency.
        JournalEntryEx          json  Extension data for Intuit's internal use.
        """),
        lines("JournalEntryLineDetail", "DescriptionLineDetail"),
    ),
    date_field="TxnDate",
    deletable=True,
)

INVENTORY_ADJUSTMENT = Entity(
    "InventoryAdjustment",
    Category.TRANSACTION,
    "Adjustments of stock quantities.",
    (
        *TRANSACTION,
        *members("""
        ShippingAdjustment  bool  Whether it adjusts for a shipment.
        AdjustAccountRef    ref(Account)  Account the adjustment posts to.
        CustomerRef         ref(Customer)  Customer.
        TotalAmt            money  Value of the adjustment.
        """),
        lines("ItemAdjustmentLineDetail", "DescriptionLineDetail"),
    ),
    date_field="TxnDate",
    deletable=True,
)

TIME_ACTIVITY = Entity(
    "TimeActivity",
    Category.TRANSACTION,
    "Time worked by employees and vendors.",
    (
        *RECORD,
        *members("""
        TimeZone                 text  Time zone of the times.
        TxnDate                  date  Day worked.
        NameOf                   text  Employee, Vendor or Other.
        EmployeeRef              ref(Employee)  Employee who worked.
        VendorRef                ref(Vendor)  Vendor who worked.
        OtherNameRef             ref  Somebody else who worked.
        CustomerRef              ref(Customer)  Customer, job or project worked for.
        DepartmentRef            ref(Department)  Department (location).
        ItemRef                  ref(Item)  Service.
        ClassRef                 ref(Class)  Class.
        PayrollItemRef           ref  Payroll item.
        ProjectRef               ref  Project worked for, by its id in the Projects API; customer_id names its customer.
        TimeChargeId             int  Charge made from it.
        BillableStatus           text  Billable, NotBillable or HasBeenBilled.
        Taxable                  bool  Whether it is taxed when billed.
        HourlyRate               number  Billing rate.
        CostRate                 number  Cost rate.
        Hours                    int  Hours worked.
        Minutes                  int  Minutes worked besides the hours.
        Seconds                  int  Seconds worked besides the minutes.
        BreakHours               int  Hours of break.
        BreakMinutes             int  Minutes of break besides the hours.
        BreakSeconds             int  Seconds of break besides the minutes.
        StartTime                time  Instant work began.
        EndTime                  time  Instant work ended.
        Description              text  What was done.
        TimeActivityEx           json  Extension data for Intuit's internal use.
        HoursInEmployeeTimeZone  bool  Whether the times are in the employee's time zone.
        """),
    ),
    date_field="TxnDate",
    change_data_capture=False,
    deletable=True,
)

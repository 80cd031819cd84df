"""Lines of transactions: every kind of line detail, and which kinds a form knows.

A line has one detail object, named by its `DetailType`; the same fact (item, account, quantity …) becomes one column
whatever kind it comes from.
"""

from __future__ import annotations

from qbo_pipeline.quickbooks.catalogue.members import array, members, nested
from qbo_pipeline.quickbooks.catalogue.model import Array, Member, Object
from qbo_pipeline.quickbooks.catalogue.shared import CUSTOM_FIELD, LINKED_TXN

_UOM = nested("UOMRef", "Unit text Unit of measure.\nUOMSetRef ref Set of units of measure.", prefix="uom_")
_MARKUP = nested(
    "MarkupInfo",
    """
    PercentBased            bool  Whether the markup is a percentage.
    Value                   number  Markup as a percentage or amount.
    Percent                 number  Markup percentage.
    PriceLevelRef           ref  Price level used.
    MarkUpIncomeAccountRef  ref(Account)  Income account of the markup.
    """,
    prefix="markup_",
)

_ITEM: tuple[Member, ...] = (
    *members("""
    ItemRef               ref(Item)  Product or service; SHIPPING_ITEM_ID is shipping, GRATUITY_ITEM_ID a tip.
    ClassRef              ref(Class)  Class.
    UnitPrice             number  Price of one unit.
    UnitCostPrice         number  Cost of one unit.
    RatePercent           number  Rate as a percentage, instead of a unit price.
    PriceLevelRef         ref  Price level.
    Qty                   number=quantity  Quantity.
    ItemAccountRef        ref(Account)  Account the item posts to.
    InventorySiteRef      ref  Inventory site.
    TaxCodeRef            ref  Tax code: an id, or TAX or NON in the US.
    TaxClassificationRef  ref  Tax classification of the item.
    """),
    _UOM,
    _MARKUP,
)
_SALES_ITEM: tuple[Member, ...] = (
    *_ITEM,
    *members("""
    ServiceDate            date  Day the service was performed.
    TaxInclusiveAmt        money  Amount including tax.
    DiscountRate           number  Discount percentage of the line.
    DiscountAmt            money  Discount amount of the line.
    DeferredRevenue        bool  Whether the revenue is deferred.
    SalesItemLineDetailEx  json  Extension data for Intuit's internal use.
    """),
)
_DISCOUNT_OVERRIDE = """
    DiscountRef         ref  Discount item.
    PercentBased        bool  Whether the line is a percentage.
    DiscountPercent     number  Discount percentage.
    DiscountAccountRef  ref(Account)  Account the discount posts to.
    """

_DETAILS: dict[str, Object] = {
    detail.name: detail
    for detail in (
        nested("SalesItemLineDetail", _SALES_ITEM, prefix=""),
        nested("SalesOrderItemLineDetail", _SALES_ITEM, prefix=""),
        nested(
            "PurchaseOrderItemLineDetail",
            (
                *_SALES_ITEM,
                *members("""
                ManPartNum                     text  Manufacturer's part number.
                ManuallyClosed                 bool  Whether the line was closed by hand.
                OpenQty                        number=open_quantity  Quantity not received yet.
                CustomerRef                    ref(Customer)  Customer the line is for.
                BillableStatus                 text  Whether it is billed on: Billable, NotBillable, HasBeenBilled.
                PurchaseOrderItemLineDetailEx  json  Extension data for Intuit's internal use.
                """),
            ),
            prefix="",
        ),
        nested(
            "ItemBasedExpenseLineDetail",
            (
                *_ITEM,
                *members("""
                CustomerRef                   ref(Customer)  Customer the expense is for.
                BillableStatus                text  Whether it is billed on: Billable, NotBillable, HasBeenBilled.
                TaxInclusiveAmt               money  Amount including tax.
                ItemBasedExpenseLineDetailEx  json  Extension data for Intuit's internal use.
                """),
            ),
            prefix="",
        ),
        nested("ItemReceiptLineDetail", _ITEM, prefix=""),
        nested("ReimburseLineDetail", _ITEM, prefix=""),
        nested(
            "AccountBasedExpenseLineDetail",
            (
                *members("""
                CustomerRef                ref(Customer)  Customer the expense is for.
                ClassRef                   ref(Class)  Class.
                AccountRef                 ref(Account)  Account the line posts to.
                BillableStatus             text  Whether it is billed on: Billable, NotBillable, HasBeenBilled.
                TaxAmount                  money  Tax of the line.
                TaxCodeRef                 ref  Tax code: an id, or TAX or NON in the US.
                TaxInclusiveAmt            money  Amount including tax.
                ExpenseDetailLineDetailEx  json  Extension data for Intuit's internal use.
                """),
                _MARKUP,
            ),
            prefix="",
        ),
        nested(
            "DepositLineDetail",
            """
            Entity               typedref  Customer, vendor or employee the money came from.
            ClassRef             ref(Class)  Class.
            AccountRef           ref(Account)  Account the line posts to.
            PaymentMethodRef     ref(PaymentMethod)  Payment method.
            CheckNum             text  Check number.
            TxnType              text  Type of the deposited transaction.
            TaxCodeRef           ref  Tax code: an id, or TAX or NON in the US.
            TaxApplicableOn      text  Whether tax applies to Sales or Purchase.
            DepositLineDetailEx  json  Extension data for Intuit's internal use.
            """,
            prefix="",
        ),
        nested(
            "JournalEntryLineDetail",
            (
                *members("""
                PostingType               text  Debit or Credit.
                AccountRef                ref(Account)  Account the line posts to.
                ClassRef                  ref(Class)  Class.
                DepartmentRef             ref(Department)  Department (location).
                TaxCodeRef                ref  Tax code: an id, or TAX or NON in the US.
                TaxRateRef                ref(TaxRate)  Tax rate.
                TaxApplicableOn           text  Whether tax applies to Sales or Purchase.
                TaxAmount                 money  Tax of the line.
                TaxInclusiveAmt           money  Amount including tax.
                BillableStatus            text  Whether it is billed on: Billable, NotBillable, HasBeenBilled.
                JournalCodeRef            ref(JournalCode)  Journal code (France).
                JournalEntryLineDetailEx  json  Extension data for Intuit's internal use.
                """),
                nested(
                    "Entity",
                    """
                    Type       text=entity_type  Customer, Vendor or Employee.
                    EntityRef  ref=entity  Customer, vendor or employee the line belongs to.
                    """,
                    prefix="",
                ),
            ),
            prefix="",
        ),
        nested(
            "DiscountLineDetail",
            (
                *members(_DISCOUNT_OVERRIDE),
                *members("""
                ServiceDate           date  Day the service was performed.
                ClassRef              ref(Class)  Class.
                TaxCodeRef            ref  Tax code: an id, or TAX or NON in the US.
                DiscountLineDetailEx  json  Extension data for Intuit's internal use.
                """),
            ),
            prefix="",
        ),
        nested(
            "SubTotalLineDetail",
            "ItemRef ref(Item) Subtotal item.\nServiceDate date Day the service was performed.",
            prefix="",
        ),
        nested(
            "DescriptionLineDetail",
            """
            ServiceDate              date  Day the service was performed.
            TaxCodeRef               ref  Tax code: an id, or TAX or NON in the US.
            DescriptionLineDetailEx  json  Extension data for Intuit's internal use.
            """,
            prefix="",
        ),
        nested(
            "PaymentLineDetail",
            (
                *members("""
                ItemRef        ref(Item)  Payment item.
                ServiceDate    date  Day the service was performed.
                ClassRef       ref(Class)  Class.
                Balance        money  Open balance of the document paid.
                HomeBalance    money  Open balance in home currency.
                PaymentLineEx  json  Extension data for Intuit's internal use.
                """),
                nested("Discount", _DISCOUNT_OVERRIDE, prefix=""),
            ),
            prefix="",
        ),
        nested(
            "TDSLineDetail",
            "TDSSectionTypeId text Section of Indian tax deducted at source.\n"
            "TDSLineDetailEx json Extension data for Intuit's internal use.",
            prefix="",
        ),
        nested(
            "ItemAdjustmentLineDetail",
            """
            ItemRef                     ref(Item)  Item whose stock is adjusted.
            ClassRef                    ref(Class)  Class.
            QtyDiff                     number=quantity_difference  Change of the quantity on hand.
            ValueDiff                   money=value_difference  Change of the value on hand.
            NewQty                      number=new_quantity  Quantity on hand afterwards.
            NewValue                    money  Value on hand afterwards.
            SalesPrice                  number  Sales price.
            LotRef                      ref  Lot.
            ItemAdjustmentLineDetailEx  json  Extension data for Intuit's internal use.
            """,
            prefix="",
        ),
    )
}

_LINE_FIELDS = members("""
    Id               text=line_id  Id of the line, unique in its document and reissued when it is edited.
    LineNum          int  Position of the line on the form.
    DetailType       text  Kind of line.
    Amount           money  Amount in the document's currency; a discount's amount is positive.
    Description      text  Text of the line.
    Received         money  Amount received.
    ProjectRef       ref  Project the line belongs to, by its id in the Projects API, not the customer list.
    CostAmount       money  Cost.
    HomeCostAmount   money  Cost in home currency.
    LineEx           json  Extension data for Intuit's internal use.
    CustomExtensions json  Custom field extensions.
    """)
_LINE: tuple[Member, ...] = (*_LINE_FIELDS, LINKED_TXN, CUSTOM_FIELD)


def lines(*details: str, groups: bool = False) -> Array:
    """The lines of a form that knows these kinds of detail; `groups` when it can hold bundles.

    The children of a bundle are rows of `<entity>_line_group_line`; the bundle's own line carries their sum, so add up
    one of the two, never both.
    """
    known = tuple(_DETAILS[detail] for detail in details)
    content: tuple[Member, ...] = (*_LINE, *known)
    if groups:
        content = (
            *content,
            nested(
                "GroupLineDetail",
                (
                    *members("""
                    GroupItemRef       ref(Item)  Bundle.
                    Quantity           number  Quantity of bundles.
                    ServiceDate        date  Day the service was performed.
                    GroupLineDetailEx  json  Extension data for Intuit's internal use.
                    """),
                    _UOM,
                    array("Line", "The children of a bundle.", (*_LINE, *known), table="group_line"),
                ),
                prefix="",
            ),
        )
    return array("Line", "Lines of the document.", content)


SALES_LINES = lines(
    "SalesItemLineDetail",
    "SalesOrderItemLineDetail",
    "DiscountLineDetail",
    "SubTotalLineDetail",
    "DescriptionLineDetail",
    "PaymentLineDetail",
    "TDSLineDetail",
    "ReimburseLineDetail",
    groups=True,
)
PURCHASE_LINES = lines(
    "AccountBasedExpenseLineDetail",
    "ItemBasedExpenseLineDetail",
    "ItemReceiptLineDetail",
    "PurchaseOrderItemLineDetail",
    "DescriptionLineDetail",
    "SubTotalLineDetail",
    "TDSLineDetail",
    groups=True,
)

TAX_DETAIL = nested(
    "TxnTaxDetail",
    (
        *members("""
        DefaultTaxCodeRef      ref=default_tax_code  Default tax code of the document.
        TxnTaxCodeRef          ref=txn_tax_code  Tax code of the document.
        TotalTax               money  Tax of the whole document.
        TaxReviewStatus        text  State of the automated sales tax review.
        UseAutomatedSalesTax   bool  Whether QuickBooks computed the tax.
        """),
        array(
            "TaxLine",
            "Tax of the document, a row a rate.",
            (
                *_LINE_FIELDS,
                nested(
                    "TaxLineDetail",
                    """
                    TaxRateRef           ref(TaxRate)  Tax rate.
                    PercentBased         bool  Whether the tax is a percentage.
                    TaxPercent           number  Percentage.
                    NetAmountTaxable     money  Amount the tax is computed on.
                    TaxInclusiveAmount   money  Amount including tax.
                    OverrideDeltaAmount  money  What was added to or taken from the computed tax by hand.
                    ServiceDate          date  Day the service was performed.
                    TaxLineDetailEx      json  Extension data for Intuit's internal use.
                    """,
                    prefix="",
                ),
            ),
            table="tax_line",
        ),
    ),
    prefix="",
)

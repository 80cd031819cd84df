"""The chart of accounts, items, classes, departments and the other lists."""

from __future__ import annotations

from qbo_pipeline.quickbooks.catalogue.members import array, members, nested
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.catalogue.shared import RECORD, address

ACCOUNT = Entity(
    "Account",
    Category.LIST,
    "The chart of accounts.",
    (
        *RECORD,
        *members("""
        Name                           text  Name.
        SubAccount                     bool  Whether it is a sub-account.
        ParentRef                      ref(Account)  Account above it.
        Description                    text  Description.
        FullyQualifiedName             text  Name with the names of its parents before it.
        AccountAlias                   text  Alias.
        TxnLocationType                text  Location for tax purposes.
        Active                         bool  False when made inactive.
        Classification                 text  Asset, Liability, Equity, Revenue or Expense.
        AccountType                    text  Account type: Bank, Accounts Receivable, Income …
        AccountSubType                 text  Account sub-type: Checking, UndepositedFunds …
        AcctNum                        text  Account number.
        AcctNumExtn                    text  Extension of the account number.
        BankNum                        text  Bank number.
        OpeningBalance                 money  Opening balance.
        OpeningBalanceDate             date  Day of the opening balance.
        CurrentBalance                 money  Balance, in the account's currency.
        CurrentBalanceWithSubAccounts  money  Balance including sub-accounts.
        CurrencyRef                    ref  Currency.
        TaxAccount                     bool  Whether it is used by a tax agency.
        TaxCodeRef                     ref  Default tax code.
        OnlineBankingEnabled           bool  Whether online banking is on.
        FIName                         text=financial_institution  Bank.
        JournalCodeRef                 ref(JournalCode)  Journal code (France).
        AccountEx                      json  Extension data for Intuit's internal use.
        """),
        array(
            "AccountPurposes", "What the account is used for.", "value text Purpose.\nname text Name of the purpose."
        ),
    ),
    active_flag=True,
)

_COMPONENTS = array(
    "ItemGroupLine",
    "Components of a bundle or assembly.",
    (
        *members("""
        ItemRef  typedref(Item)=component  Component.
        Qty      number=quantity  Quantity in one bundle.
        """),
        nested("UOMRef", "Unit text Unit of measure.\nUOMSetRef ref Set of units of measure.", prefix="uom_"),
    ),
    table="group_line",
)

ITEM = Entity(
    "Item",
    Category.LIST,
    "Products, services, bundles and categories.",
    (
        *RECORD,
        *members("""
        Name                   text  Name.
        Sku                    text  Stock keeping unit.
        Description            text  Text on sales forms.
        Active                 bool  False when made inactive.
        SubItem                bool  Whether it is below another item or category.
        ParentRef              ref(Item)  Item or category above it.
        Level                  int  Depth below the top.
        FullyQualifiedName     text  Name with the names of its parents before it.
        Taxable                bool  Whether sales are taxed.
        SalesTaxIncluded       bool  Whether the price includes tax.
        PercentBased           bool  Whether the price is a percentage.
        UnitPrice              number  Sales price.
        RatePercent            number  Rate as a percentage.
        Type                   text  Inventory, NonInventory, Service, Group (bundle) or Category.
        PaymentMethodRef       ref(PaymentMethod)  Payment method.
        UOMSetRef              ref=uom_set  Set of units of measure.
        IncomeAccountRef       ref(Account)  Income account.
        PurchaseDesc           text  Text on purchase forms.
        PurchaseTaxIncluded    bool  Whether the cost includes tax.
        PurchaseCost           number  Purchase cost.
        ExpenseAccountRef      ref(Account)  Expense account; cost of goods sold for inventory.
        COGSAccountRef         ref(Account)  Cost of goods sold account.
        AssetAccountRef        ref(Account)  Inventory asset account.
        PrefVendorRef          ref(Vendor)=preferred_vendor  Preferred vendor.
        AvgCost                number  Average cost.
        TrackQtyOnHand         bool=track_quantity_on_hand  Whether stock is tracked.
        QtyOnHand              number=quantity_on_hand  Quantity on hand.
        QtyOnPurchaseOrder     number=quantity_on_purchase_order  Quantity on purchase orders.
        QtyOnSalesOrder        number=quantity_on_sales_order  Quantity on sales orders.
        ReorderPoint           number  Quantity at which to order again.
        ManPartNum             text  Manufacturer's part number.
        DepositToAccountRef    ref(Account)  Account deposits go to.
        SalesTaxCodeRef        ref  Tax code of sales.
        PurchaseTaxCodeRef     ref  Tax code of purchases.
        InvStartDate           date=inventory_start_date  Day from which stock is tracked.
        BuildPoint             number  Quantity at which to build again.
        PrintGroupedItems      bool  Whether the components of a bundle are printed.
        SpecialItem            bool  Whether it is a special item.
        SpecialItemType        text  Kind of special item.
        AbatementRate          number  Abatement rate (India).
        ReverseChargeRate      number  Reverse charge rate (India).
        ServiceType            text  Kind of service (India).
        ItemCategoryType       text  Product or Service.
        ItemEx                 json  Extension data for Intuit's internal use.
        TaxClassificationRef   ref  Tax classification.
        UQCDisplayText         text  Unit quantity code (India).
        UQCId                  text  Id of the unit quantity code.
        ClassRef               ref(Class)  Class.
        Source                 text=record_origin  Where the record was made.
        DeferredRevenue        bool  Whether its revenue is deferred.
        CustomExtensions       json  Custom field extensions.
        """),
        nested("ItemGroupDetail", (_COMPONENTS,), prefix=""),
        nested(
            "ItemAssemblyDetail",
            (array("ItemGroupLine", "Components of an assembly.", _COMPONENTS.members, table="assembly_line"),),
            prefix="",
        ),
    ),
    active_flag=True,
)

CLASS = Entity(
    "Class",
    Category.LIST,
    "Classes: the company's own segments.",
    (
        *RECORD,
        *members("""
        Name                text  Name.
        SubClass            bool  Whether it is below another class.
        ParentRef           ref(Class)  Class above it.
        FullyQualifiedName  text  Name with the names of its parents before it.
        Active              bool  False when made inactive.
        ClassEx             json  Extension data for Intuit's internal use.
        """),
    ),
    active_flag=True,
)

DEPARTMENT = Entity(
    "Department",
    Category.LIST,
    "Departments, called locations in QuickBooks' pages.",
    (
        *RECORD,
        *members("""
        Name                text  Name.
        SubDepartment       bool  Whether it is below another department.
        ParentRef           ref(Department)  Department above it.
        FullyQualifiedName  text  Name with the names of its parents before it.
        Active              bool  False when made inactive.
        DepartmentEx        json  Extension data for Intuit's internal use.
        """),
        address("Address"),
    ),
    active_flag=True,
)

TERM = Entity(
    "Term",
    Category.LIST,
    "Payment terms.",
    (
        *RECORD,
        *members("""
        Name                text  Name.
        Active              bool  False when made inactive.
        Type                text  STANDARD (due after days) or DATE_DRIVEN (due on a day of the month).
        DiscountPercent     number  Discount for early payment.
        DueDays             int  Days until payment is due.
        DiscountDays        int  Days in which the discount is granted.
        DayOfMonthDue       int  Day of the month on which payment is due.
        DueNextMonthDays    int  Documents issued so many days before the due day are due a month later.
        DiscountDayOfMonth  int  Day of the month until which the discount is granted.
        SalesTermEx         json  Extension data for Intuit's internal use.
        """),
    ),
    active_flag=True,
)

PAYMENT_METHOD = Entity(
    "PaymentMethod",
    Category.LIST,
    "Ways of paying: cash, check, cards.",
    (
        *RECORD,
        *members("""
        Name             text  Name.
        Active           bool  False when made inactive.
        Type             text  CREDIT_CARD or NON_CREDIT_CARD.
        PaymentMethodEx  json  Extension data for Intuit's internal use.
        """),
    ),
    active_flag=True,
)

JOURNAL_CODE = Entity(
    "JournalCode",
    Category.LIST,
    "Journal codes of companies in France.",
    (
        *RECORD,
        *members("""
        Name           text  Name.
        Type           text  Kind of journal: Expenses, Sales, Bank, Others …
        Description    text  Description.
        Active         bool  False when made inactive.
        JournalCodeEx  json  Extension data for Intuit's internal use.
        """),
    ),
    active_flag=True,
    change_data_capture=False,
)

COMPANY_CURRENCY = Entity(
    "CompanyCurrency",
    Category.LIST,
    "Foreign currencies the company works in.",
    (
        *RECORD,
        *members("""
        Code               text  Currency code.
        Name               text  Name.
        Active             bool  False when made inactive.
        CompanyCurrencyEx  json  Extension data for Intuit's internal use.
        """),
    ),
    active_flag=True,
)

EXCHANGE_RATE = Entity(
    "ExchangeRate",
    Category.LIST,
    "Exchange rates, a row a currency and day.",
    (
        *RECORD,
        *members("""
        SourceCurrencyCode  text  Foreign currency.
        TargetCurrencyCode  text  Home currency.
        Rate                number  Home currency for one unit of the foreign one.
        AsOfDate            date  Day of the rate.
        ExchangeRateEx      json  Extension data for Intuit's internal use.
        """),
    ),
    key=("SourceCurrencyCode", "AsOfDate"),
)

"""The company itself, its preferences, budgets and attachments."""

from __future__ import annotations

from qbo_pipeline.quickbooks.catalogue.members import array, members, nested
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.catalogue.shared import (
    OTHER_ADDR,
    OTHER_CONTACT_INFO,
    RECORD,
    address,
    email,
    phone,
    website,
)

COMPANY_INFO = Entity(
    "CompanyInfo",
    Category.SINGLETON,
    "The company.",
    (
        *RECORD,
        *members("""
        CompanyName             text  Name.
        LegalName               text  Legal name.
        CompanyFileName         text  Name of the company file.
        FlavorStratum           text  Edition.
        SampleFile              bool  Whether it is a sample company.
        CompanyUserId           text  User id.
        CompanyUserAdminEmail   text  E-mail of the administrator.
        CompanyStartDate        date  Day the company was set up.
        EmployerId              text  Employer id.
        FiscalYearStartMonth    text  First month of the fiscal year.
        TaxYearStartMonth       text  First month of the tax year.
        QBVersion               text=qb_version  Version.
        Country                 text  Country.
        LastImportedTime        time  Instant of the last import.
        LastSyncTime            time  Instant of the last synchronization.
        SupportedLanguages      text  Languages.
        DefaultTimeZone         text  Time zone.
        MultiByteCharsSupported bool  Whether multi-byte characters are supported.
        FifoCalculationStatus   text  State of the FIFO calculation of inventory.
        CompanyInfoEx           json  Extension data for Intuit's internal use.
        """),
        address("CompanyAddr"),
        address("CustomerCommunicationAddr"),
        address("LegalAddr"),
        address("ShipAddr"),
        OTHER_ADDR,
        email("CompanyEmailAddr"),
        email("CustomerCommunicationEmailAddr"),
        email("Email"),
        website("CompanyURL"),
        website("WebAddr"),
        phone("PrimaryPhone"),
        phone("Mobile"),
        phone("Fax"),
        OTHER_CONTACT_INFO,
        array("NameValue", "Further facts about the company.", "Name text Name.\nValue text Value."),
    ),
)

PREFERENCES = Entity(
    "Preferences",
    Category.SINGLETON,
    "How the company uses QuickBooks.",
    (
        *RECORD,
        nested(
            "AccountingInfoPrefs",
            """
            UseAccountNumbers        bool  Whether accounts have numbers.
            TrackDepartments         bool  Whether departments (locations) are used.
            DepartmentTerminology    text  What departments are called.
            ClassTrackingPerTxn      bool  Whether a document has one class.
            ClassTrackingPerTxnLine  bool  Whether each line has its class.
            CustomerTerminology      text  What customers are called.
            BookCloseDate            date  Last day of the closed books.
            FirstMonthOfFiscalYear   text  First month of the fiscal year.
            TaxYearMonth             text  First month of the tax year.
            TaxForm                  text  Tax form.
            """,
            prefix="accounting_",
        ),
        nested(
            "AdvancedInventoryPrefs",
            """
            MLIAvailable               bool  Whether several inventory sites are available.
            MLIEnabled                 bool  Whether several inventory sites are used.
            EnhancedInventoryReceivingEnabled bool  Whether receiving is separate from billing.
            EnableTrackingSerialOrLot  bool  Whether serial or lot numbers are tracked.
            EnableTrackingOnSalesTransactions bool  Whether they are tracked on sales.
            EnableTrackingOnPurchaseTransactions bool  Whether they are tracked on purchases.
            EnableTrackingOnInventoryAdjustment bool  Whether they are tracked on adjustments.
            EnableTrackingOnBuildAssembly bool  Whether they are tracked on assemblies.
            FIFOEnabled                bool  Whether FIFO is used.
            FIFOEffectiveDate          date  Day from which FIFO is used.
            RowShelfBinEnabled         bool  Whether storage places are used.
            BarcodeEnabled             bool  Whether barcodes are used.
            """,
            prefix="advanced_inventory_",
        ),
        nested(
            "ProductAndServicesPrefs",
            """
            ForSales             bool  Whether items are used on sales forms.
            ForPurchase          bool  Whether items are used on purchase forms.
            InventoryAndPurchaseOrder bool  Whether inventory and purchase orders are used.
            QuantityWithPriceAndRate bool  Whether quantities and rates are used.
            QuantityOnHand       bool  Whether stock is tracked.
            UOM                  text  Units of measure.
            RevenueRecognition   bool  Whether revenue recognition is on.
            RevenueRecognitionFrequency text  How often revenue is recognized.
            """,
            prefix="products_",
        ),
        nested(
            "SalesFormsPrefs",
            (
                *members("""
                UsingPriceLevels           bool  Whether price levels are used.
                AllowDeposit               bool  Whether deposits on forms are allowed.
                AllowDiscount              bool  Whether discounts are allowed.
                AllowEstimates             bool  Whether estimates are used.
                AllowServiceDate           bool  Whether lines have a service date.
                AllowShipping              bool  Whether shipping is charged.
                AutoApplyCredit            bool  Whether credits are applied automatically.
                AutoApplyPayments          bool  Whether payments are applied automatically.
                CustomTxnNumbers           bool  Whether documents are numbered by hand.
                DefaultCustomerMessage     text  Message on sales forms.
                DefaultDiscountAccount     text  Account of discounts.
                DefaultShippingAccount     text  Account of shipping.
                DefaultItemRef             ref(Item)  Default item.
                DefaultTerms               ref(Term)  Default payment terms.
                DefaultDeliveryMethod      text  Default delivery method.
                ETransactionAttachPDF      bool  Whether e-mails carry a PDF.
                ETransactionEnabledStatus  text  Whether e-invoices are on.
                ETransactionPaymentEnabled bool  Whether e-invoices can be paid online.
                IPNSupportEnabled          bool  Whether the old online payments are on.
                InvoiceMessage             text  Message on invoices.
                EstimateMessage            text  Message on estimates.
                StatementMessage           text  Message on statements.
                EmailCopyToCompany         bool  Whether the company gets a copy.
                UsingProgressInvoicing     bool  Whether progress invoicing is used.
                PrintItemWithZeroAmount    bool  Whether items with amount 0 are printed.
                """),
                email("SalesEmailBcc"),
                email("SalesEmailCc"),
                array(
                    "CustomField",
                    "Custom fields of sales forms.",
                    (
                        array(
                            "CustomField",
                            "Definition of a custom field of sales forms.",
                            """
                            Name          text  Name of the setting.
                            Type          text  Type of the setting.
                            StringValue   text  Name of the custom field.
                            BooleanValue  bool  Whether the custom field is used.
                            """,
                            table="definition",
                        ),
                    ),
                    table="sales_custom_field",
                ),
            ),
            prefix="sales_",
        ),
        nested(
            "EmailMessagesPrefs",
            tuple(
                nested(name, f"Subject text Subject of e-mails with {what}.\nMessage text Text of e-mails with {what}.")
                for name, what in (
                    ("InvoiceMessage", "invoices"),
                    ("EstimateMessage", "estimates"),
                    ("SalesReceiptMessage", "sales receipts"),
                    ("StatementMessage", "statements"),
                )
            ),
            prefix="email_",
        ),
        nested("PrintDocumentPrefs", "", prefix="print_"),
        nested(
            "VendorAndPurchasesPrefs",
            (
                *members("""
                EnableBills               bool  Whether bills are used.
                TrackingByCustomer        bool  Whether expenses are tracked by customer.
                BillableExpenseTracking   bool  Whether billable expenses are tracked.
                DefaultTerms              ref(Term)  Default payment terms.
                DefaultMarkup             number  Default markup in percent.
                DefaultMarkupAccount      ref(Account)  Account of the markup.
                AutomaticBillPayment      bool  Whether bills are paid automatically.
                TPAREnabled               bool  Whether the Australian payments report is on.
                """),
                array(
                    "POCustomField",
                    "Custom fields of purchase orders.",
                    (
                        array(
                            "CustomField",
                            "Definition of a custom field of purchase orders.",
                            """
                            Name          text  Name of the setting.
                            Type          text  Type of the setting.
                            StringValue   text  Name of the custom field.
                            BooleanValue  bool  Whether the custom field is used.
                            """,
                            table="definition",
                        ),
                    ),
                    table="po_custom_field",
                ),
            ),
            prefix="purchases_",
        ),
        nested(
            "TimeTrackingPrefs",
            """
            UseServices           bool  Whether time entries have a service.
            DefaultTimeItem       ref(Item)  Default service.
            BillCustomers         bool  Whether time is billed.
            ShowBillRateToAll     bool  Whether everybody sees billing rates.
            WorkWeekStartDate     text  First day of the week.
            TimeTrackingEnabled   bool  Whether time is tracked.
            MarkTimeEntriesBillable bool  Whether entries are billable by default.
            MarkExpensesAsBillable bool  Whether expenses are billable by default.
            """,
            prefix="time_tracking_",
        ),
        nested(
            "TaxPrefs",
            """
            UsingSalesTax         bool  Whether sales tax is used.
            PartnerTaxEnabled     bool  Whether automated sales tax is on.
            TaxGroupCodeRef       ref  Default tax group.
            TaxRateRef            ref(TaxRate)  Default tax rate.
            PaySalesTax           text  How often sales tax is paid.
            NonTaxableSalesTaxCodeRef ref  Code of untaxed sales.
            TaxableSalesTaxCodeRef ref  Code of taxed sales.
            HideTaxManagement     bool  Whether tax settings are hidden.
            SalesTax              bool  Whether sales are taxed.
            """,
            prefix="tax_",
        ),
        nested(
            "FinanceChargesPrefs",
            """
            AnnualInterestRate    number  Interest rate of a year.
            MinFinChrg            money  Least finance charge.
            GracePeriod           text  Days of grace.
            CalcFinChrgFromTxnDate bool  Whether charges run from the document's date.
            AssessFinChrgForOverdueCharges bool  Whether overdue charges are charged themselves.
            FinChrgAccountRef     ref(Account)  Account of finance charges.
            """,
            prefix="finance_charges_",
        ),
        nested(
            "CurrencyPrefs",
            "MultiCurrencyEnabled bool Whether foreign currencies are used.\nHomeCurrency ref Home currency.",
            prefix="",
        ),
        nested(
            "ReportPrefs",
            """
            ReportBasis                text  Accrual or Cash.
            CalcAgingReportFromTxnDate bool  Whether aging runs from the document's date.
            """,
            prefix="reports_",
        ),
        nested(
            "OtherPrefs",
            (array("NameValue", "Further preferences.", "Name text Name.\nValue text Value.", table="other"),),
            prefix="other_",
        ),
    ),
)

BUDGET = Entity(
    "Budget",
    Category.LIST,
    "Budgets.",
    (
        *RECORD,
        *members("""
        Name             text  Name.
        StartDate        date  First day.
        EndDate          date  Last day.
        BudgetType       text  ProfitAndLoss or BalanceSheet.
        BudgetEntryType  text  Monthly, Quarterly or Annually.
        Active           bool  False when made inactive.
        """),
        array(
            "BudgetDetail",
            "Budgeted amounts, a row an account and period.",
            """
            BudgetDate     date  First day of the period.
            Amount         money  Amount.
            AccountRef     ref(Account)  Account.
            CustomerRef    ref(Customer)  Customer.
            ClassRef       ref(Class)  Class.
            DepartmentRef  ref(Department)  Department (location).
            """,
            table="detail",
        ),
    ),
    active_flag=True,
    deletable=True,
)

ATTACHABLE = Entity(
    "Attachable",
    Category.LIST,
    "Attachments and notes: what they are and what they belong to, not their content.",
    (
        *RECORD,
        *members("""
        FileName                  text  File name.
        FileAccessUri             text  Where the file lies.
        TempDownloadUri           text  Where it can be downloaded for some minutes.
        Size                      int  Size in bytes.
        ContentType               text  Media type.
        Category                  text  Kind: Contact Photo, Document, Image, Receipt, Signature, Sound, Other.
        Lat                       text  Latitude of the place it was taken.
        Long                      text  Longitude of the place it was taken.
        PlaceName                 text  Place it was taken.
        Note                      text  Note.
        Tag                       text  Tag.
        ThumbnailFileAccessUri    text  Where the thumbnail lies.
        ThumbnailTempDownloadUri  text  Where the thumbnail can be downloaded for some minutes.
        AttachableEx              json  Extension data for Intuit's internal use.
        documentId                text  Document id.
        """),
    ),
    deletable=True,
)

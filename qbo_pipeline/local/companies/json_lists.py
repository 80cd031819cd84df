"""List members as QuickBooks returns them: keys in its order, absent where there is no value."""

from __future__ import annotations

from qbo_pipeline.local.companies.amounts import number
from qbo_pipeline.local.companies.json_parts import Record, address, currency_ref, head, ref
from qbo_pipeline.local.companies.model import Account, Item, Label, Member, Party, TaxCode, TaxRate, Term

OWED_POSITIVE = frozenset({"CreditCard", "GlobalTaxPayable", "SalesTaxPayable"})
"""Account sub-types whose CurrentBalance is positive when money is owed; every other balance is debit positive."""


def current_balance(account: Account) -> int:
    """CurrentBalance in cents of the account's currency; zero for income and expense accounts, as in QuickBooks."""
    if account.classification in ("Revenue", "Expense"):
        return 0
    return -account.native if account.sub_type in OWED_POSITIVE else account.native


def account_record(account: Account, with_children: int) -> Record:
    """`with_children`: the balance with sub-accounts, in cents."""
    record: Record = {"Name": account.name, "SubAccount": account.parent is not None}
    if account.parent is not None:
        record["ParentRef"] = {"value": account.parent.id}
    if account.description:
        record["Description"] = account.description
    record["FullyQualifiedName"] = account.full_name
    record["Active"] = account.active
    record["Classification"] = account.classification
    record["AccountType"] = account.type
    record["AccountSubType"] = account.sub_type
    if account.number:
        record["AcctNum"] = account.number
    record["CurrentBalance"] = number(current_balance(account))
    record["CurrentBalanceWithSubAccounts"] = number(with_children)
    record["CurrencyRef"] = currency_ref(account.currency)
    return record | head(account)


def _contact(record: Record, party: Party) -> None:
    if party.given:
        record["GivenName"] = party.given
        record["FamilyName"] = party.family
    if party.kind == "Customer":
        record["FullyQualifiedName"] = party.full_name
    if party.company:
        record["CompanyName"] = party.company
    record["DisplayName"] = party.name
    record["PrintOnCheckName"] = party.company or party.name
    record["Active"] = party.active
    if party.phone:
        record["PrimaryPhone"] = {"FreeFormNumber": party.phone}
    if party.email:
        record["PrimaryEmailAddr"] = {"Address": party.email}
    if party.web:
        record["WebAddr"] = {"URI": party.web}


def customer_record(customer: Party) -> Record:
    """A customer, job or project."""
    record: Record = {"Taxable": customer.taxable}
    if customer.address is not None:
        record["BillAddr"] = address(customer.address)
        record["ShipAddr"] = address(customer.address)
    if customer.notes:
        record["Notes"] = customer.notes
    record["Job"] = customer.parent is not None
    record["BillWithParent"] = customer.parent is not None and not customer.is_project
    if customer.parent is not None:
        record["ParentRef"] = {"value": customer.parent.id}
        record["Level"] = customer.full_name.count(":")
    if customer.group is not None:
        record["CustomerTypeRef"] = {"value": customer.group.id}
    if customer.term is not None:
        record["SalesTermRef"] = ref(customer.term)
    if customer.method is not None:
        record["PaymentMethodRef"] = ref(customer.method)
    record["Balance"] = number(customer.balance)
    record["BalanceWithJobs"] = number(customer.balance_with_jobs)
    record["CurrencyRef"] = currency_ref(customer.currency)
    record["PreferredDeliveryMethod"] = "Email" if customer.email else "Print"
    if customer.account_number:
        record["ResaleNum"] = customer.account_number
    record["IsProject"] = customer.is_project
    record["ClientEntityId"] = "0"
    record |= head(customer)
    if customer.tax_code is not None:
        record["DefaultTaxCodeRef"] = {"value": customer.tax_code.id}
    _contact(record, customer)
    return record


def vendor_record(vendor: Party) -> Record:
    """A vendor; tax identifiers show their last four digits only."""
    record: Record = {}
    if vendor.address is not None:
        record["BillAddr"] = address(vendor.address)
    if vendor.term is not None:
        record["TermRef"] = ref(vendor.term)
    if vendor.vendor_1099:
        record["TaxIdentifier"] = f"XXXXXX{int(vendor.id) * 7919 % 10_000:04d}"
    record["Balance"] = number(vendor.balance)
    if vendor.cost_rate:
        record["CostRate"] = number(vendor.cost_rate)
    if vendor.account_number:
        record["AcctNum"] = vendor.account_number
    record["Vendor1099"] = vendor.vendor_1099
    record["CurrencyRef"] = currency_ref(vendor.currency)
    record |= head(vendor)
    _contact(record, vendor)
    return record


def employee_record(employee: Party) -> Record:
    """An employee."""
    record: Record = {"BillableTime": employee.bill_rate > 0}
    if employee.account_number:
        record["EmployeeNumber"] = employee.account_number
    if employee.address is not None:
        record["PrimaryAddr"] = address(employee.address)
    if employee.bill_rate:
        record["BillRate"] = number(employee.bill_rate)
    if employee.cost_rate:
        record["CostRate"] = number(employee.cost_rate)
    if employee.hired is not None:
        record["HiredDate"] = employee.hired.isoformat()
    if employee.released is not None:
        record["ReleasedDate"] = employee.released.isoformat()
    record |= head(employee)
    _contact(record, employee)
    return record


def item_record(item: Item) -> Record:
    """A service, stock item, bundle or category."""
    record: Record = {"Name": item.name}
    if item.sku:
        record["Sku"] = item.sku
    if item.description:
        record["Description"] = item.description
    record["Active"] = item.active
    if item.parent is not None:
        record["SubItem"] = True
        record["ParentRef"] = ref(item.parent)
        record["Level"] = 1
    record["FullyQualifiedName"] = item.full_name
    if item.type != "Category":
        record["Taxable"] = item.taxable
        record["UnitPrice"] = number(item.price)
    record["Type"] = item.type
    if item.income is not None:
        record["IncomeAccountRef"] = ref(item.income)
    if item.cost or item.expense is not None:
        if item.type == "Inventory":
            record["PurchaseDesc"] = item.description
        record["PurchaseCost"] = number(item.cost)
    if item.expense is not None:
        record["ExpenseAccountRef"] = ref(item.expense)
    if item.asset is not None:
        record["AssetAccountRef"] = ref(item.asset)
    if item.vendor is not None:
        record["PrefVendorRef"] = ref(item.vendor)
    if item.type != "Category":
        record["TrackQtyOnHand"] = item.type == "Inventory"
    if item.type == "Inventory":
        record["QtyOnHand"] = item.on_hand
        record["QtyOnPurchaseOrder"] = item.on_order
        if item.reorder_point:
            record["ReorderPoint"] = item.reorder_point
        if item.started is not None:
            record["InvStartDate"] = item.started.isoformat()
    if item.type == "Group":
        record["PrintGroupedItems"] = True
        record["ItemGroupDetail"] = {
            "ItemGroupLine": [
                {"ItemRef": ref(part) | {"type": part.type}, "Qty": quantity} for part, quantity in item.components
            ]
        }
    return record | head(item)


def label_record(label: Label, kind: str) -> Record:
    """A class, department or customer type; `kind` is `SubClass`, `SubDepartment` or empty."""
    record: Record = {"Name": label.name}
    if kind:
        record[kind] = label.parent is not None
    if label.parent is not None:
        record["ParentRef"] = ref(label.parent)
    record["FullyQualifiedName"] = label.full_name
    record["Active"] = label.active
    return record | head(label)


def term_record(term: Term) -> Record:
    """Payment terms, counted from the document's date."""
    record: Record = {"Name": term.name, "Active": term.active, "Type": "STANDARD"}
    if term.discount_percent:
        record["DiscountPercent"] = term.discount_percent
    record["DueDays"] = term.days
    if term.discount_days:
        record["DiscountDays"] = term.discount_days
    return record | head(term)


def payment_method_record(method: Member) -> Record:
    """A way to pay."""
    kind = "CREDIT_CARD" if "Card" in method.name else "NON_CREDIT_CARD"
    return {"Name": method.name, "Active": method.active, "Type": kind} | head(method)


def tax_agency_record(agency: Member) -> Record:
    """A tax authority."""
    return {
        "TaxTrackedOnPurchases": False,
        "TaxTrackedOnSales": True,
        "TaxAgencyConfig": "USER_DEFINED",
    } | (head(agency) | {"DisplayName": agency.name})


def tax_rate_record(rate: TaxRate) -> Record:
    """A rate with the dates from which it holds."""
    record: Record = {"Name": rate.name, "Description": rate.name, "Active": rate.active}
    record["RateValue"] = number(rate.percent)
    if rate.agency is not None:
        record["AgencyRef"] = {"value": rate.agency.id}
    record["SpecialTaxType"] = "NONE"
    record["DisplayType"] = "ReadOnly"
    record["EffectiveTaxRate"] = [{"RateValue": number(rate.percent), "EffectiveDate": "2020-01-01T00:00:00-08:00"}]
    return record | head(rate)


def tax_code_record(code: TaxCode) -> Record:
    """A tax code and the rates it charges, in order."""
    details = [
        {"TaxRateRef": ref(rate), "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": index}
        for index, rate in enumerate(code.rates)
    ]
    return {
        "Name": code.name,
        "Description": code.description,
        "Active": code.active,
        "Hidden": False,
        "Taxable": code.taxable,
        "TaxGroup": bool(code.rates),
        "SalesTaxRateList": {"TaxRateDetail": details},
        "PurchaseTaxRateList": {"TaxRateDetail": []},
    } | head(code)

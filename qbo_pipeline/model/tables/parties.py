"""Those a company deals with: customers, vendors, employees."""

from __future__ import annotations

from qbo_pipeline.model.columns import COMPANY_KEY, balance, day, flag, key, levels, ordinal, text
from qbo_pipeline.model.definition import Category, Column, Hierarchy, Kind, Table


def _address(of: str) -> tuple[Column, ...]:
    return (
        text(f"{of} City", "city", "City.", category=Category.CITY, folder="Address"),
        text(f"{of} State", "state", "State or province.", category=Category.STATE, folder="Address"),
        text(f"{of} Postal Code", "postal_code", "Postal code.", category=Category.POSTAL_CODE, folder="Address"),
        text(f"{of} Country", "country", "Country.", category=Category.COUNTRY, folder="Address"),
    )


CUSTOMER = Table(
    name="Customer",
    relation="finance.dim_customer",
    kind=Kind.DIMENSION,
    description="Customers, their jobs and projects. Inactive and deleted ones stay.",
    key="Customer Key",
    company="Company Key",
    columns=(
        key("Customer Key", "customer_key", "The company's id, a bar, the customer's id."),
        COMPANY_KEY,
        key("Customer Id", "customer_id", "QuickBooks' id."),
        text("Customer", "path", "Name with those of its parents, colons between."),
        text("Customer Name", "name", "Name alone."),
        text("Customer Company Name", "company_name", "Company name."),
        text("Top Customer", "root_customer_name", "Name of the topmost customer."),
        *levels("Customer"),
        ordinal("Customer Depth", "depth", "How deep it lies; 1 is topmost.", folder="Levels"),
        text("Customer Type", "customer_type", "Customer type."),
        flag("Is Job", "is_job", "A job of another customer."),
        flag("Is Project", "is_project", "A project."),
        text("Customer Currency", "currency_id", "Currency the customer is billed in."),
        flag("Is Taxable Customer", "is_taxable", "Taxable."),
        text("Customer Email", "email", "E-mail address."),
        *_address("Customer"),
        balance("Customer Balance", "balance", "Open balance as QuickBooks shows it."),
        balance("Credit Limit", "credit_limit", "Credit limit."),
        flag("Is Active Customer", "is_active", "Active and not deleted."),
        flag("Is Deleted Customer", "is_deleted", "Deleted in QuickBooks."),
        text("Customer Link", "qbo_url", "Opens the customer in QuickBooks.", category=Category.WEB_URL),
    ),
    hierarchies=(Hierarchy("Customer Levels", tuple(f"Customer Level {number}" for number in range(1, 6))),),
)
VENDOR = Table(
    name="Vendor",
    relation="finance.dim_vendor",
    kind=Kind.DIMENSION,
    description="Vendors. Inactive and deleted ones stay.",
    key="Vendor Key",
    company="Company Key",
    columns=(
        key("Vendor Key", "vendor_key", "The company's id, a bar, the vendor's id."),
        COMPANY_KEY,
        key("Vendor Id", "vendor_id", "QuickBooks' id."),
        text("Vendor", "name", "Name."),
        text("Vendor Company Name", "company_name", "Company name."),
        text("Vendor Account Number", "account_number", "Our number with the vendor."),
        flag("Is 1099 Vendor", "is_1099", "Gets a form 1099."),
        text("Vendor Currency", "currency_id", "Currency the vendor bills in."),
        text("Vendor Email", "email", "E-mail address."),
        *_address("Vendor"),
        balance("Vendor Balance", "balance", "Open balance as QuickBooks shows it."),
        flag("Is Active Vendor", "is_active", "Active and not deleted."),
        flag("Is Deleted Vendor", "is_deleted", "Deleted in QuickBooks."),
        text("Vendor Link", "qbo_url", "Opens the vendor in QuickBooks.", category=Category.WEB_URL),
    ),
)
EMPLOYEE = Table(
    name="Employee",
    relation="finance.dim_employee",
    kind=Kind.DIMENSION,
    description="Employees. Inactive and deleted ones stay.",
    key="Employee Key",
    company="Company Key",
    columns=(
        key("Employee Key", "employee_key", "The company's id, a bar, the employee's id."),
        COMPANY_KEY,
        key("Employee Id", "employee_id", "QuickBooks' id."),
        text("Employee", "name", "Name."),
        text("Employee Number", "employee_number", "Number of the employee."),
        flag("Is Billable", "is_billable", "The employee's time is billed."),
        day("Hired Date", "hired_date", "First day of employment."),
        day("Released Date", "released_date", "Last day of employment."),
        flag("Is Active Employee", "is_active", "Active and not deleted."),
        flag("Is Deleted Employee", "is_deleted", "Deleted in QuickBooks."),
    ),
)
TABLES = (CUSTOMER, VENDOR, EMPLOYEE)

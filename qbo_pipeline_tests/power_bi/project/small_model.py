"""A model of three tables with one of everything: what the golden files are compiled from."""

from __future__ import annotations

from qbo_pipeline.model.columns import amount, day, flag, key, number, order, text
from qbo_pipeline.model.definition import (
    Category,
    Delivery,
    Hierarchy,
    Kind,
    Measure,
    Relationship,
    SemanticModel,
    Table,
)

CALENDAR = Table(
    name="Calendar",
    relation="finance.semantic_calendar",
    kind=Kind.DIMENSION,
    description="Days.",
    key="Date",
    days="Date",
    columns=(
        day("Date", "date", "The day."),
        text("Month Year", "month_year", "Month and year.", sort_by="Month Year Number"),
        order("Month Year Number", "month_year_number", "Year and month as a number."),
    ),
    hierarchies=(Hierarchy("Month to Day", ("Month Year", "Date")),),
)
CUSTOMER = Table(
    name="Customer",
    relation="finance.dim_customer",
    kind=Kind.DIMENSION,
    description="Who buys.",
    key="Customer Key",
    columns=(
        key("Customer Key", "customer_key", "Company and customer."),
        text("Customer's Name", "name", "Name."),
        text("City", "city", "City.", category=Category.CITY, folder="Address"),
        flag("Is Active", "is_active", "Active."),
    ),
)
SALES = Table(
    name="Sales Lines",
    relation="finance.semantic_sales_line",
    kind=Kind.FACT,
    description="What was sold.",
    key="Sales Line Key",
    delivery=Delivery.SIGNED,
    columns=(
        key("Sales Line Key", "sales_line_key", "Company, document and line."),
        key("Customer Key", "customer_key", "Who bought."),
        day("Sales Date", "transaction_date", "When."),
        number("Unit Price", "unit_price", "Price of a unit."),
        amount("Net Amount", "net_amount", "Without tax."),
    ),
)
MODEL = SemanticModel(
    name="Small Books",
    tables=(CALENDAR, CUSTOMER, SALES),
    relationships=(
        Relationship("Sales Lines", "Customer Key", "Customer", "Customer Key"),
        Relationship("Sales Lines", "Sales Date", "Calendar", "Date"),
    ),
    measures=(
        Measure(
            "Net Sales",
            "Sales Lines",
            "SUM('Sales Lines'[Net Amount])",
            "SELECT 1",
            "Sold.",
            "#,0.00;(#,0.00);-",
            "Sales",
        ),
        Measure(
            "Net Sales To Date",
            "Sales Lines",
            "VAR lastDay = MAX('Calendar'[Date])\n"
            "RETURN CALCULATE([Net Sales], REMOVEFILTERS('Calendar'), 'Calendar'[Date] <= lastDay)",
            "SELECT 1",
            "Sold until then.",
            "#,0.00;(#,0.00);-",
            hidden=True,
        ),
    ),
)

"""What lines are sorted by: items, classes, locations, payment terms and methods, currencies."""

from __future__ import annotations

from qbo_pipeline.model.columns import COMPANY_KEY, day, flag, key, levels, number, ordinal, text, whole
from qbo_pipeline.model.definition import Column, Hierarchy, Kind, Table


def _kept(of: str) -> tuple[Column, ...]:
    return (
        flag(f"Is Active {of}", "is_active", "Active and not deleted."),
        flag(f"Is Deleted {of}", "is_deleted", "Deleted in QuickBooks."),
    )


def _tree(name: str, relation: str, entity: str, description: str) -> Table:
    """A list whose members lie below each other and have nothing but names."""
    return Table(
        name=name,
        relation=relation,
        kind=Kind.DIMENSION,
        description=description,
        key=f"{name} Key",
        company="Company Key",
        columns=(
            key(f"{name} Key", f"{entity}_key", f"The company's id, a bar, the id of the {name.lower()}."),
            COMPANY_KEY,
            key(f"{name} Id", f"{entity}_id", "QuickBooks' id."),
            text(name, "path", "Name with those of its parents, colons between."),
            text(f"{name} Name", "name", "Name alone."),
            *levels(name),
            *_kept(name),
        ),
        hierarchies=(Hierarchy(f"{name} Levels", tuple(f"{name} Level {number}" for number in range(1, 6))),),
    )


ITEM = Table(
    name="Item",
    relation="finance.dim_item",
    kind=Kind.DIMENSION,
    description="Products, services, bundles and categories. Inactive and deleted ones stay.",
    key="Item Key",
    company="Company Key",
    columns=(
        key("Item Key", "item_key", "The company's id, a bar, the item's id."),
        COMPANY_KEY,
        key("Item Id", "item_id", "QuickBooks' id."),
        text("Item", "path", "Name with those of its parents, colons between."),
        text("Item Name", "name", "Name alone."),
        text("SKU", "sku", "Stock keeping unit."),
        text("Item Description", "description", "Description."),
        text("Item Type", "item_type", "Inventory, Service, NonInventory, Group or Category."),
        text("Item Category", "category_path", "Category it lies in, with those above."),
        *levels("Item"),
        flag("Is Bundle", "is_bundle", "A bundle of other items."),
        flag("Is Stocked", "is_inventory", "Its quantity is tracked."),
        number("Sales Price", "unit_price", "Price of a unit."),
        number("Purchase Cost", "purchase_cost", "Cost of a unit."),
        number("Quantity On Hand", "quantity_on_hand", "Quantity in stock as QuickBooks shows it."),
        *_kept("Item"),
    ),
    hierarchies=(Hierarchy("Item Levels", tuple(f"Item Level {number}" for number in range(1, 6))),),
)
CLASS = _tree("Class", "finance.dim_class", "class", "Classes.")
LOCATION = _tree(
    "Location", "finance.dim_department", "department", "Locations, which QuickBooks' API calls departments."
)
PAYMENT_TERM = Table(
    name="Payment Term",
    relation="finance.dim_term",
    kind=Kind.DIMENSION,
    description="Payment terms.",
    key="Payment Term Key",
    company="Company Key",
    columns=(
        key("Payment Term Key", "term_key", "The company's id, a bar, the term's id."),
        COMPANY_KEY,
        text("Payment Term", "name", "Name."),
        text("Payment Term Type", "term_type", "QuickBooks' type of term."),
        whole("Due Days", "due_days", "Days until it is due."),
        ordinal("Day Of Month Due", "day_of_month_due", "Day of the month it is due."),
        number("Discount Percent", "discount_percent", "Discount for early payment, percent."),
        whole("Discount Days", "discount_days", "Days in which the discount holds."),
        *_kept("Payment Term"),
    ),
)
PAYMENT_METHOD = Table(
    name="Payment Method",
    relation="finance.dim_payment_method",
    kind=Kind.DIMENSION,
    description="Ways of being paid.",
    key="Payment Method Key",
    company="Company Key",
    columns=(
        key("Payment Method Key", "payment_method_key", "The company's id, a bar, the method's id."),
        COMPANY_KEY,
        text("Payment Method", "name", "Name."),
        flag("Is Card", "is_card", "A credit card."),
        *_kept("Payment Method"),
    ),
)
CURRENCY = Table(
    name="Currency",
    relation="finance.dim_currency",
    kind=Kind.DIMENSION,
    description="The currencies of transactions, with the newest rate into each company's home currency.",
    key="Currency Key",
    company="Company Key",
    columns=(
        key("Currency Key", "currency_key", "The company's id, a bar, the currency's code."),
        COMPANY_KEY,
        key("Currency Code", "currency_id", "Code of the currency, -1 where there is none."),
        text("Currency", "name", "Name."),
        flag("Is Home Currency", "is_home", "The home currency."),
        number("Newest Rate", "newest_rate", "Home currency for a unit, newest rate.", format_="#,0.000000"),
        day("Newest Rate Date", "newest_rate_date", "Day of that rate."),
        flag("Is Active Currency", "is_active", "Active and not deleted."),
    ),
)
TABLES = (ITEM, CLASS, LOCATION, PAYMENT_TERM, PAYMENT_METHOD, CURRENCY)

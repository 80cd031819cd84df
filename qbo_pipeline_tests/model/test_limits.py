"""Every rule of the validator, broken once: the shipped model breaks none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.columns import amount, day, key, number, text
from qbo_pipeline.model.definition import (
    Category,
    Column,
    DataType,
    Delivery,
    Hierarchy,
    Kind,
    Measure,
    Relationship,
    SemanticModel,
    Summary,
    Table,
)
from qbo_pipeline.model.findings import Destination, Finding, ModelLimitError
from qbo_pipeline.model.limits import findings, require

CUSTOMER = Table(
    "Customer", "finance.dim_customer", Kind.DIMENSION, "Who buys.",
    (key("Customer Key", "customer_key", "Key."), text("Customer", "name", "Name.")), "Customer Key",
)  # fmt: skip
SALES = Table(
    "Sales", "finance.semantic_sales_line", Kind.FACT, "What was sold.",
    (
        key("Sales Key", "sales_line_key", "Key."),
        key("Customer Key", "customer_key", "Who bought."),
        day("Day", "transaction_date", "When."),
        amount("Amount", "amount", "How much."),
    ),
    "Sales Key", delivery=Delivery.SIGNED,
)  # fmt: skip
SOLD = Measure("Sold", "Sales", "SUM('Sales'[Amount])", "SELECT 1", "What was sold.", "#,0.00")
SMALL = SemanticModel("Small", (CUSTOMER, SALES), (Relationship("Sales", "Customer Key", "Customer", "Customer Key"),),
                      (SOLD,))  # fmt: skip


def with_table(table: Table, **changes: Any) -> SemanticModel:
    changed = replace(table, **changes)
    return replace(SMALL, tables=tuple(changed if one is table else one for one in SMALL.tables))


def with_column(column: Column, table: Table = SALES) -> SemanticModel:
    return with_table(table, columns=(*table.columns, column))


def with_measure(**changes: str) -> SemanticModel:
    return replace(SMALL, measures=(replace(SOLD, **changes),))  # type: ignore[arg-type]


def only(model: SemanticModel) -> Finding:
    found = findings(model)
    assert len(found) == 1, [str(one) for one in found]
    return found[0]


def test_the_shipped_model_and_the_small_one_fit_everywhere() -> None:
    assert findings(SEMANTIC_MODEL) == ()
    assert findings(SMALL) == ()


def test_a_finding_says_where_and_for_whom() -> None:
    found = only(with_column(text("Row Sign", "memo", "A note.")))

    assert str(found).startswith("Power BI push dataset: table Sales, column Row Sign: Deliveries add a column")


def test_what_is_required_is_for_the_destinations_that_are_named() -> None:
    model = with_column(text("Row Key", "memo", "A note."))

    require(model, Destination.TABLEAU)
    with pytest.raises(ModelLimitError, match="Row Key"):
        require(model, Destination.PUSH)


@pytest.mark.parametrize("number", [70, 71, 72, 73])
def test_a_table_has_75_columns_with_those_that_deliveries_add(number: int) -> None:
    more = tuple(text(f"Text {one}", "memo", "A note.") for one in range(number - len(SALES.columns)))

    assert len(findings(with_table(SALES, columns=(*SALES.columns, *more)))) == (number > 72)


def test_there_are_75_tables_and_75_relationships() -> None:
    facts = tuple(replace(SALES, name=f"Sales {one}", columns=tuple(replace(c, hidden=True) for c in SALES.columns))
                  for one in range(76))  # fmt: skip
    relationships = tuple(Relationship(one.name, "Customer Key", "Customer", "Customer Key") for one in facts)
    found = findings(SemanticModel("Large", (CUSTOMER, *facts), relationships, ()))

    assert [one.message[:21] for one in found] == ["There are 77 tables, ", "There are 76 relation"]


@pytest.mark.parametrize(
    ("name", "destination"),
    [
        ("A/R", Destination.PUSH),
        ("P&L", Destination.PUSH),
        ("Date", Destination.PUSH),
        ("", Destination.ANY),
        (" Sales", Destination.ANY),
        ("S" * 101, Destination.ANY),
        ("Sa\tles", Destination.ANY),
    ],
)
def test_a_table_has_a_name_that_everybody_takes(name: str, destination: Destination) -> None:
    table = replace(CUSTOMER, name=name)

    assert only(SemanticModel("Small", (table,), (), ())).destination is destination


@pytest.mark.parametrize(
    ("name", "destination"),
    [("Sum [net]", Destination.TABLEAU), ("Batch", Destination.PUSH), ("C" * 101, Destination.ANY)],
)
def test_a_column_has_a_name_that_everybody_takes(name: str, destination: Destination) -> None:
    assert only(with_column(text(name, "memo", "A note."))).destination is destination


def test_a_measure_has_a_name_that_everybody_takes() -> None:
    assert only(with_measure(name="Sold [net]")).destination is Destination.TABLEAU
    assert only(with_measure(name="Sold ")).destination is Destination.ANY


def test_names_are_there_once_whatever_their_capitals() -> None:
    again = replace(CUSTOMER, name="CUSTOMER", columns=tuple(replace(one, hidden=True) for one in CUSTOMER.columns))

    assert only(replace(SMALL, tables=(*SMALL.tables, again))).message.startswith("There are two tables")
    assert only(with_column(replace(SALES.columns[0], name="sales key"))).message.startswith("There are two columns")
    assert "There are two measures of this name; capitals make no difference." in {
        one.message for one in findings(replace(SMALL, measures=(SOLD, replace(SOLD, name="sold", hidden=True))))
    }


def test_a_measure_is_not_called_like_a_column_of_its_table() -> None:
    found = findings(replace(SMALL, measures=(replace(SOLD, name="Amount", hidden=True),)))

    assert [(one.destination, one.measure) for one in found] == [(Destination.TMDL, "Amount")]


def test_names_that_people_see_are_there_once_in_tableau() -> None:
    found = findings(with_column(text("Amount", "note", "A note."), CUSTOMER))

    assert {(one.destination, one.table) for one in found} == {
        (Destination.TABLEAU, "Customer"),
        (Destination.TABLEAU, "Sales"),
    }


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (text("Note", "memo", ""), "It has no description"),
        (Column("Note", "memo", DataType.TEXT, "A note.", summary=Summary.SUM), "What is text has no sum"),
        (Column("Paid", "is_paid", DataType.BOOLEAN, "Paid.", format="0"), "What is boolean has no format"),
        (Column("Rate", "rate", DataType.NUMBER, "A rate."), "What is number has a format"),
        (Column("Rate", "rate", DataType.NUMBER, "A rate.", format="0.00 %% of"), "'0.00 %% of' is no format"),
        (Column("Due", "due", DataType.DATE, "When due.", format="Short"), "'Short' is no format of a day"),
        (replace(number("Rate", "rate", "A rate."), category=Category.CITY), "A category is for texts"),
        (text("Note", "memo", "A note.", sort_by="Nothing"), "It is sorted by Nothing, and"),
        (text("Note", "memo", "A note.", sort_by="Note"), "It is sorted by itself"),
    ],
)
def test_a_column_is_what_it_says(column: Column, message: str) -> None:
    found = only(with_column(column))

    assert (found.table, found.column) == ("Sales", column.name)
    assert found.message.startswith(message)


def test_an_order_has_no_order_of_its_own() -> None:
    columns = (text("Note", "memo", "A note.", sort_by="Place"), text("Place", "place", "Where.", sort_by="Day"))

    assert only(with_table(SALES, columns=(*SALES.columns, *columns))).message == (
        "It is sorted by Place, which is sorted by another one itself."
    )


@pytest.mark.parametrize(
    ("table", "changes", "destination", "message"),
    [
        (SALES, {"key": "Nothing"}, Destination.ANY, "Its key is to be Nothing"),
        (SALES, {"company": "Nothing"}, Destination.ANY, "Its company is to be Nothing"),
        (SALES, {"days": "Nothing"}, Destination.ANY, "Its day is to be Nothing"),
        (SALES, {"days": "Amount"}, Destination.TMDL, "The day of a calendar is a date"),
        (SALES, {"description": ""}, Destination.ANY, "It has no description"),
        (SALES, {"kind": Kind.DIMENSION}, Destination.PUSH, "Only facts are delivered by signed rows"),
        (SALES, {"hierarchies": (Hierarchy("Path", ("Day", "Hour")),)}, Destination.ANY, "Level Hour of the hierarchy"),
        (SALES, {"hierarchies": (Hierarchy("Day", ("Day",)),)}, Destination.TMDL, "The hierarchy Day has the name of"),
        (CUSTOMER, {"delivery": Delivery.SIGNED, "kind": Kind.FACT}, Destination.PUSH, "It is delivered by signed"),
    ],
)  # fmt: skip
def test_a_table_is_what_it_says(table: Table, changes: Any, destination: Destination, message: str) -> None:
    found = only(with_table(table, **changes))

    assert (found.destination, found.table) == (destination, table.name)
    assert found.message.startswith(message)


def test_a_number_is_no_key() -> None:
    rates = Table("Rates", "finance.group_rate", Kind.FACT, "Rates.", (number("Rate", "rate", "A rate."),), "Rate")

    assert only(replace(SMALL, tables=(*SMALL.tables, rates))).destination is Destination.HYPER


def test_a_table_has_columns() -> None:
    found = findings(SemanticModel("Small", (replace(CUSTOMER, columns=()),), (), ()))

    assert found[0].message == "It has no column, and a table needs one."


@pytest.mark.parametrize(
    ("relationship", "message"),
    [
        (Relationship("Sales", "Nothing", "Customer", "Customer Key"), "names it, and it is not there"),
        (Relationship("Sales", "Customer Key", "Nobody", "Customer Key"), "names it, and it is not there"),
        (Relationship("Sales", "Day", "Customer", "Customer Key"), "It is date and related to Customer"),
        (Relationship("Sales", "Customer Key", "Customer", "Customer"), "many to many is not supported"),
        (Relationship("Sales", "Sales Key", "Customer", "Customer Key"), "one to one is not supported"),
    ],
)
def test_a_relationship_is_many_to_one(relationship: Relationship, message: str) -> None:
    assert message in only(replace(SMALL, relationships=(relationship,))).message


def test_two_relationships_between_two_tables_cannot_both_be_active() -> None:
    sales = replace(SALES, columns=(*SALES.columns, key("Payer Key", "payer_key", "Who paid.")))
    model = replace(SMALL, tables=(CUSTOMER, sales), relationships=(
        *SMALL.relationships, Relationship("Sales", "Payer Key", "Customer", "Customer Key")))  # fmt: skip

    assert only(model).message.startswith("There are 2 relationships to Customer")


def test_a_filter_has_one_way() -> None:
    region = Table("Region", "finance.dim_region", Kind.DIMENSION, "Where.", (key("Region Key", "region", "Key."),),
                   "Region Key")  # fmt: skip
    place = key("Region Key", "region", "Where.")
    model = SemanticModel(
        "Small",
        (region, replace(CUSTOMER, columns=(*CUSTOMER.columns, place)),
         replace(SALES, columns=(*SALES.columns, place))),
        (*SMALL.relationships, Relationship("Sales", "Region Key", "Region", "Region Key"),
         Relationship("Customer", "Region Key", "Region", "Region Key")),
        (),
    )  # fmt: skip

    assert only(model).message == "A filter of Region reaches it on 2 ways: keep one relationship."


def test_relationships_make_no_circle() -> None:
    back = replace(CUSTOMER, columns=(*CUSTOMER.columns, key("Last Sale", "last_sale", "The newest sale.")))
    model = replace(SMALL, tables=(back, SALES), relationships=(
        *SMALL.relationships, Relationship("Customer", "Last Sale", "Sales", "Sales Key")))  # fmt: skip

    assert {one.message for one in findings(model)} == {"Its relationships lead back to itself."}


@pytest.mark.parametrize(
    ("dax", "destination", "message"),
    [
        ("SUM('Sales'[Nothing])", Destination.ANY, "'Sales'[Nothing]: there is no such column"),
        ("SUM('Nobody'[Amount])", Destination.ANY, "'Nobody'[Amount]: there is no table Nobody"),
        ("[Nothing]", Destination.ANY, "[Nothing] is no measure"),
        ("SUM('Sales'[Amount]", Destination.ANY, "'(' is not closed"),
        ("SUM('Sales'[Amount]) + margin", Destination.ANY, "margin is no function, variable or keyword"),
        ("PERCENTILE(1)", Destination.ANY, "PERCENTILE is none of the functions"),
        ("USERELATIONSHIP('Sales'[Day], 'Sales'[Day])", Destination.PUSH, "USERELATIONSHIP is none of"),
        ("COUNTROWS('Sales')", Destination.PUSH, "COUNTROWS is applied to 'Sales', which is delivered by signed rows"),
        ("MAX('Sales'[Day])", Destination.PUSH, "MAX is applied to 'Sales'[Day], which is delivered by signed rows"),
        ("SUM('Sales'[Day])", Destination.PUSH, "SUM is applied to 'Sales'[Day], which is delivered by signed rows"),
        ("[Sold] + 1", Destination.ANY, "It is made of itself"),
    ],
)
def test_a_measure_is_made_of_what_is_there(dax: str, destination: Destination, message: str) -> None:
    found = only(with_measure(dax=dax))

    assert (found.destination, found.measure) == (destination, "Sold")
    assert found.message.startswith(message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"table": "Nobody"}, "It is to be found in a table that is not there"),
        ({"sql": "DELETE FROM finance.dim_customer"}, "Its SQL is to be one SELECT"),
        ({"sql": "SELECT 1; SELECT 2"}, "Its SQL is to be one SELECT"),
        ({"format": "currency"}, "'currency' is no format"),
        ({"description": ""}, "It has no description"),
    ],
)
def test_a_measure_is_what_it_says(changes: dict[str, str], message: str) -> None:
    assert only(with_measure(**changes)).message.startswith(message)


def test_names_of_relationships_are_taken_by_push_datasets() -> None:
    columns = (SALES.columns[0], key("Customer (Key)", "customer_key", "Who bought."), *SALES.columns[2:])
    model = replace(
        with_table(SALES, columns=columns),
        relationships=(Relationship("Sales", "Customer (Key)", "Customer", "Customer Key"),),
    )

    assert only(model).message.endswith("is too long or has a forbidden character.")

"""The kinds of columns that tables are declared with, each with the format and summary that belong to its values."""

from __future__ import annotations

from qbo_pipeline.model.definition import Category, Column, DataType, Summary

MONEY_FORMAT = "#,0.00;(#,0.00);-"
"""Accountants' way: negative in brackets, nothing as a dash."""
WHOLE_FORMAT = "#,0"
NUMBER_FORMAT = "#,0.00"
RATE_FORMAT = "#,0.0000"
PERCENT_FORMAT = "0.0%;-0.0%;0.0%"
DATE_FORMAT = "yyyy-mm-dd"
INSTANT_FORMAT = "yyyy-mm-dd hh:nn:ss"
PLAIN_FORMAT = "0"
"""A number that is a name: a year, a position."""


def key(name: str, source: str, description: str) -> Column:
    """A hidden text that relationships and destinations go by."""
    return Column(name, source, DataType.TEXT, description, hidden=True)


def text(
    name: str,
    source: str,
    description: str,
    *,
    sort_by: str | None = None,
    category: Category | None = None,
    folder: str | None = None,
    hidden: bool = False,
) -> Column:
    """A text to read, filter and group by."""
    return Column(
        name, source, DataType.TEXT, description, sort_by=sort_by, category=category, folder=folder, hidden=hidden
    )


def order(name: str, source: str, description: str) -> Column:
    """A hidden number that another column is sorted by."""
    return Column(name, source, DataType.WHOLE, description, format=PLAIN_FORMAT, hidden=True)


def ordinal(name: str, source: str, description: str, *, folder: str | None = None) -> Column:
    """A whole number that is a name, as a year is: it is not summed."""
    return Column(name, source, DataType.WHOLE, description, format=PLAIN_FORMAT, folder=folder)


def flag(name: str, source: str, description: str, *, folder: str | None = None, hidden: bool = False) -> Column:
    """Yes or no."""
    return Column(name, source, DataType.BOOLEAN, description, folder=folder, hidden=hidden)


def day(name: str, source: str, description: str, *, folder: str | None = None, hidden: bool = False) -> Column:
    """A date."""
    return Column(name, source, DataType.DATE, description, format=DATE_FORMAT, folder=folder, hidden=hidden)


def instant(name: str, source: str, description: str) -> Column:
    """A point in time, UTC."""
    return Column(name, source, DataType.INSTANT, description, format=INSTANT_FORMAT)


def amount(name: str, source: str, description: str, *, folder: str | None = None, hidden: bool = False) -> Column:
    """Money that adds up."""
    return Column(
        name, source, DataType.MONEY, description, MONEY_FORMAT, hidden=hidden, summary=Summary.SUM, folder=folder
    )


def balance(name: str, source: str, description: str, *, folder: str | None = None) -> Column:
    """Money that does not add up: a standing, a limit."""
    return Column(name, source, DataType.MONEY, description, MONEY_FORMAT, folder=folder)


def quantity(name: str, source: str, description: str) -> Column:
    """How many, which adds up."""
    return Column(name, source, DataType.NUMBER, description, NUMBER_FORMAT, summary=Summary.SUM)


def number(
    name: str, source: str, description: str, *, format_: str = RATE_FORMAT, folder: str | None = None
) -> Column:
    """A price, a rate, a share: it does not add up."""
    return Column(name, source, DataType.NUMBER, description, format_, folder=folder)


def whole(name: str, source: str, description: str, *, folder: str | None = None) -> Column:
    """A whole number that does not add up: days."""
    return Column(name, source, DataType.WHOLE, description, WHOLE_FORMAT, folder=folder)


def count(name: str, source: str, description: str, *, hidden: bool = False) -> Column:
    """A whole number that adds up: a count is the sum of it."""
    return Column(name, source, DataType.WHOLE, description, WHOLE_FORMAT, hidden=hidden, summary=Summary.SUM)


COMPANY_KEY = key("Company Key", "realm_id", "The company's id in QuickBooks.")
"""Of every table with rows of a company."""
FISCAL_MONTH_KEY = key("Fiscal Month Key", "fiscal_month_key", "The month, in the company's fiscal year.")
LINE_COUNT = count("Line Count", "line_count", "Always 1: its sum counts rows.", hidden=True)


def member(name: str) -> Column:
    """The key of the dimension's row that a fact belongs to: `Customer` by its `Customer Key`."""
    source = {"Location": "department_key", "Payment Term": "term_key"}.get(
        name, f"{name.lower().replace(' ', '_')}_key"
    )
    return key(f"{name} Key", source, f"The row of {name}; that of 'Not specified' where there is none.")


def levels(path_of: str) -> tuple[Column, ...]:
    """Names from the topmost parent down, as columns to drill down by."""
    return tuple(
        text(f"{path_of} Level {number}", f"level{number}", f"Name at level {number} of 5, 1 being the topmost.",
             folder="Levels")
        for number in range(1, 6)
    )  # fmt: skip

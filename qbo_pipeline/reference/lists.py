"""The lists that can be edited, as data: a file each, its columns, and what QuickBooks takes for them.

Lengths and characters are those of Intuit's reference pages for Account, Class and Department. Account numbers are
limited by country (7 characters in the US, UK and India, 20 in Australia and Canada): beyond 20 is refused here, the
rest by QuickBooks. That a sub-account is of its parent's type is a requirement seen by users of the API
(github.com/intuit/quickbooks-online-mcp-server/pull/81, 2026-06).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ID, SYNC_TOKEN = "id", "sync_token"
NAME, PARENT, ACTIVE, FULL_NAME = "name", "parent_id", "active", "fully_qualified_name"
TYPE = "account_type"

YES, NO = "yes", "no"
"""Flags as the files have them: Excel translates `true` into the language of its user, these it leaves alone."""


class Use(StrEnum):
    """What may be done with a column."""

    EDITABLE = "editable"
    NEW_ROWS = "new rows only"
    """QuickBooks takes it when the record is created, and not again."""
    READ_ONLY = "read-only"
    """Context for the reader; QuickBooks derives it."""


class Kind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    FLAG = "flag"
    """yes or no."""
    PARENT = "parent"
    """Id of a row of the same list; in a row that is edited also its full name, which a new row needs."""
    REFERENCE = "reference"
    """The value of a reference: a currency code."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file."""

    name: str
    json_name: str
    """Its property in QuickBooks' JSON."""
    stored: str
    """Its column in the warehouse."""
    use: Use = Use.EDITABLE
    kind: Kind = Kind.TEXT
    longest: int | None = None
    """Characters QuickBooks takes."""
    forbidden: str = ""
    """Characters it does not."""
    choices: tuple[str, ...] = ()
    """The texts it takes, where those are given."""

    @property
    def header(self) -> str:
        """The first line of the file says what may be done with a column."""
        return self.name if self.use is Use.EDITABLE else f"{self.name} ({self.use})"


@dataclass(frozen=True, slots=True)
class ReferenceList:
    """A list that can be edited."""

    entity: str
    file: str
    child_flag: str
    """The property that says that a record is below another one."""
    columns: tuple[Column, ...]
    required: tuple[str, ...]
    """Columns that a new row cannot leave empty."""

    def named(self, use: Use) -> tuple[str, ...]:
        """Names of the columns of a use."""
        return tuple(column.name for column in self.columns if column.use is use)

    def column(self, name: str) -> Column:
        """The column of this name."""
        return next(column for column in self.columns if column.name == name)


_PARENT = Column(PARENT, "ParentRef", "parent_id", kind=Kind.PARENT)
_ACTIVE = Column(ACTIVE, "Active", "active", kind=Kind.FLAG)
_FULL_NAME = Column(FULL_NAME, "FullyQualifiedName", "fully_qualified_name", Use.READ_ONLY)

_ACCOUNT_TYPES = (
    "Bank", "Accounts Receivable", "Other Current Asset", "Fixed Asset", "Other Asset", "Accounts Payable",
    "Credit Card", "Other Current Liability", "Long Term Liability", "Equity", "Income", "Other Income",
    "Cost of Goods Sold", "Expense", "Other Expense",
)  # fmt: skip

ACCOUNTS = ReferenceList(
    "Account",
    "accounts.csv",
    "SubAccount",
    (
        Column(NAME, "Name", "name", longest=100, forbidden=':"'),
        _PARENT,
        Column("account_number", "AcctNum", "acct_num", longest=20, forbidden=":"),
        Column("description", "Description", "description", longest=100),
        _ACTIVE,
        Column(TYPE, "AccountType", "account_type", Use.NEW_ROWS, choices=_ACCOUNT_TYPES),
        Column("account_sub_type", "AccountSubType", "account_sub_type", Use.NEW_ROWS),
        Column("currency", "CurrencyRef", "currency_id", Use.NEW_ROWS, Kind.REFERENCE),
        _FULL_NAME,
        Column("classification", "Classification", "classification", Use.READ_ONLY),
    ),
    required=(NAME, TYPE),
)

_NAMED = (Column(NAME, "Name", "name", longest=100, forbidden=":"), _PARENT, _ACTIVE, _FULL_NAME)

CLASSES = ReferenceList("Class", "classes.csv", "SubClass", _NAMED, required=(NAME,))
DEPARTMENTS = ReferenceList("Department", "departments.csv", "SubDepartment", _NAMED, required=(NAME,))

LISTS = (ACCOUNTS, CLASSES, DEPARTMENTS)


def list_of(entity: str) -> ReferenceList:
    """The list of an entity."""
    return next(one for one in LISTS if one.entity == entity)

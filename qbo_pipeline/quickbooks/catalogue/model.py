"""The vocabulary in which an entity is declared.

An entity is a tree of members that mirrors its JSON: leaves (`Field`), references (`Reference`), nested objects
(`Object`) and arrays (`Array`). Tables, columns, Parquet schemas, Dagster assets and documentation are derived
from that tree; nothing about an entity is written twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Type(StrEnum):
    """What a leaf holds, and how the warehouse stores it."""

    TEXT = "text"
    """VARCHAR. Ids are text."""
    BOOLEAN = "boolean"
    INTEGER = "integer"
    """BIGINT."""
    DATE = "date"
    """DATE, no time zone: the day on the document."""
    TIMESTAMP = "timestamp"
    """TIMESTAMP in UTC; QuickBooks sends Pacific offsets."""
    MONEY = "money"
    """DECIMAL(18, 4), exact: an amount with more digits than that is quarantined, never rounded."""
    NUMBER = "number"
    """DECIMAL(28, 10): quantities, rates, percentages, exchange rates. Further decimals are rounded half-even;
    the raw JSON keeps every digit."""
    JSON = "json"
    """VARCHAR holding JSON text: free-form extension objects without documented fields."""


class Category(StrEnum):
    """How an entity lives and dies in QuickBooks."""

    LIST = "list"
    """A name list: deactivated, never hard-deleted; partitioned by company."""
    TRANSACTION = "transaction"
    """Dated, hard-deletable; partitioned by company and month of `date_field`."""
    SINGLETON = "singleton"
    """One row a company: CompanyInfo, Preferences. Paging is ignored."""


@dataclass(frozen=True, slots=True)
class Field:
    """One leaf of the JSON."""

    name: str
    type: Type
    description: str
    column: str | None = None
    """Column name when snake_case of `name` is not what an accountant would call it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`{"value": id, "name": text}`: becomes `<column>_id` and `<column>_name` (`CustomerRef` → `customer_id`)."""

    name: str
    description: str
    to: tuple[str, ...] = ()
    """Names of the catalogue entities it can point at; empty when QuickBooks keeps the target to itself."""
    column: str | None = None
    """Column stem when snake_case of `name` without `Ref` is not right."""
    typed: bool = False
    """Whether the reference also tells what it points at (`type`), kept as `<column>_type`."""


@dataclass(frozen=True, slots=True)
class Object:
    """A nested object, flattened into its parent's table with its name as prefix."""

    name: str
    members: tuple[Member, ...]
    prefix: str | None = None
    """Column prefix; None means snake_case of `name` and an underscore, "" means none (line details, MetaData)."""


@dataclass(frozen=True, slots=True)
class Array:
    """A nested array of objects: a table of its own, one row an element, keyed by the parent and an ordinal."""

    name: str
    members: tuple[Member, ...]
    description: str
    table: str | None = None
    """Suffix of the table name; None means snake_case of `name` (`Line` → `invoice_line`)."""


Member = Field | Reference | Object | Array


@dataclass(frozen=True, slots=True)
class Entity:
    """One QuickBooks entity, declared."""

    name: str
    """QuickBooks' name, as queries use it: `JournalEntry`."""
    category: Category
    description: str
    members: tuple[Member, ...]
    json_key: str | None = None
    """Key of the array in responses when it differs from `name` (`CreditCardPayment` → `CreditCardPaymentTxn`)."""
    date_field: str | None = None
    """The date a transaction belongs to: `TxnDate`, mostly."""
    active_flag: bool = False
    """Whether rows can be inactive, and so hidden from a query that does not ask for them."""
    change_data_capture: bool = True
    """False for the five entities the CDC endpoint does not serve."""
    deletable: bool = False
    """Whether rows can be hard-deleted (and appear in CDC with status `Deleted`)."""
    key: tuple[str, ...] = ("Id",)
    """JSON fields that identify a row; joined by `:` into the `id` column when there is more than one."""
    wrapped: bool = False
    """True when each element is `{"<TransactionType>": {…}}` (RecurringTransaction): the inner object is the record
    and the type becomes the column `transaction_type`."""

    @property
    def table(self) -> str:
        """Name of its table in the schema `quickbooks`."""
        return snake_case(self.name)

    @property
    def response_key(self) -> str:
        """Key of its array in query and CDC responses, and of its object in read responses."""
        return self.json_key or self.name


@dataclass(frozen=True, slots=True)
class Column:
    """A column derived from the tree."""

    name: str
    type: Type
    description: str
    paths: tuple[tuple[str, ...], ...]
    """Where its value lies, as keys from the table's row object; the first path with a value wins. A line has one
    detail object of many kinds, so `item_id` has a path for each kind that knows an item."""
    references: tuple[str, ...] = ()
    """Entities an `…_id` column points at."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table derived from the tree: the entity's own, or one for each array in it.

    The entity's table starts with the record columns of the contract (realm_id, id, sync_token, created_at,
    updated_at, deleted, synced_at, source); a child table with realm_id, `<entity>_id` and one `<array>_number`
    ordinal, counted from 1, for each array on the way down. `columns` holds what follows.
    """

    name: str
    entity: str
    description: str
    array_path: tuple[tuple[str, ...], ...]
    """Empty for the entity itself; else, for each array on the way down, the keys that lead to it from the row
    object above: (("Line",), ("GroupLineDetail", "Line"))."""
    ordinals: tuple[str, ...]
    columns: tuple[Column, ...]


@cache
def snake_case(name: str) -> str:
    """`JournalEntry` → `journal_entry`, `TxnDate` → `txn_date`, `FIName` → `fi_name`, `Vendor1099` → `vendor1099`."""
    words: list[str] = []
    for index, character in enumerate(name):
        after_lower = index > 0 and not name[index - 1].isupper()
        before_lower = index + 1 < len(name) and name[index + 1].islower()
        if character.isupper() and index > 0 and (after_lower or before_lower):
            words.append("_")
        words.append(character.lower())
    return "".join(words)

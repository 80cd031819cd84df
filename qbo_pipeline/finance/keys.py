"""Which keys of the models point at which dimension, read off the names of their columns.

A dimension `finance.dim_account` has a column `account_key`. A column `account_key` of any other model points at it, as
does one that says in which role: `deposit_account_key`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline.finance.model import Built, Model

_DIMENSION = "dim_"
_WITH_KEYS = ("fct_", "bridge_", _DIMENSION)
"""How the models begin that BI tools join by keys."""
_LEDGER = "general_ledger"
_KEY = "_key"


@dataclass(frozen=True, slots=True)
class DimensionKey:
    """A key of a model and the dimension it points at."""

    relation: str
    key: str
    dimension: str
    dimension_key: str


def dimension_keys(models: Models) -> list[DimensionKey]:
    """Every key of the ledger, the facts, bridges and dimensions, with its dimension; a dimension's own key is none."""
    dimensions = _dimensions(models)
    return [
        DimensionKey(model.name, column, dimensions[key].name, key)
        for model, column in _keys(models)
        if (key := _pointed_at(column, dimensions)) is not None
    ]


def keys_without_dimension(models: Models) -> list[str]:
    """Columns that are called a key and point at no dimension there is."""
    dimensions = _dimensions(models)
    return [f"{model.name}.{column}" for model, column in _keys(models) if _pointed_at(column, dimensions) is None]


def _dimensions(models: Models) -> Mapping[str, Model]:
    return {own: model for model in models.ordered if (own := _own_key(model)) is not None}


def _keys(models: Models) -> Iterator[tuple[Model, str]]:
    for model in models.ordered:
        is_joined = model.relation.name.startswith(_WITH_KEYS) or model.relation.name == _LEDGER
        if is_joined and model.relation.schema == "finance" and model.built not in (Built.INLINE, Built.MACRO):
            own = _own_key(model)
            yield from ((model, column) for column in model.column_names if column.endswith(_KEY) and column != own)


def _pointed_at(column: str, dimensions: Iterable[str]) -> str | None:
    """The key of a dimension that a column is, in whatever role; the longest where several fit."""
    fitting = [key for key in dimensions if column == key or column.endswith(f"_{key}")]
    return max(fitting, key=len, default=None)


def _own_key(model: Model) -> str | None:
    name = model.relation.name
    if model.relation.schema != "finance" or not name.startswith(_DIMENSION):
        return None
    key = f"{name.removeprefix(_DIMENSION)}{_KEY}"
    return key if key in model.column_names else None

"""Which keys of the models point at which dimension, read off the names of their columns.

A dimension `finance.dim_account` has a column `account_key`. A column `account_key` of any other model points at it, and
so does one that says in which role: `deposit_account_key`.
"""

from __future__ import annotations

from dataclasses import dataclass

from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline.finance.model import Built, Model

_DIMENSION = "dim_"
_KEY = "_key"


@dataclass(frozen=True, slots=True)
class DimensionKey:
    """A key of a model and the dimension it points at."""

    relation: str
    key: str
    dimension: str
    dimension_key: str


def dimension_keys(models: Models) -> list[DimensionKey]:
    """Every key of the models that readers see, with its dimension; a dimension's own key is none.

    Raises:
        LookupError: a column is called a key, and there is no dimension it could point at.
    """
    dimensions = {own: model for model in models.ordered if (own := _own_key(model)) is not None}
    found = []
    for model in models.ordered:
        if model.built in (Built.INLINE, Built.MACRO) or model.relation.schema != "finance":
            continue
        for column in model.column_names:
            if not column.endswith(_KEY) or column == _own_key(model):
                continue
            fitting = [key for key in dimensions if column == key or column.endswith(f"_{key}")]
            if not fitting:
                raise LookupError(f"{model.name}.{column} is called a key, and no dimension has it.")
            key = max(fitting, key=len)
            found.append(DimensionKey(model.name, column, dimensions[key].name, key))
    return found


def _own_key(model: Model) -> str | None:
    name = model.relation.name
    if model.relation.schema != "finance" or not name.startswith(_DIMENSION):
        return None
    key = f"{name.removeprefix(_DIMENSION)}{_KEY}"
    return key if key in model.column_names else None

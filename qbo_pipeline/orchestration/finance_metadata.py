"""What Dagster shows of a finance model: rows, columns with their types, and from which columns these are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any

import dagster as dg

from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline.finance.lineage import Origin, column_lineage
from qbo_pipeline.finance.model import Model
from qbo_pipeline.finance.state import Remembered, remembered
from qbo_pipeline.orchestration.asset_identity import relation_key
from qbo_pipeline.orchestration.source_assets import source_key
from qbo_pipeline.warehouse.query import Query

if TYPE_CHECKING:
    from qbo_pipeline.ingestion import Session


@dataclass(frozen=True, slots=True)
class Shown:
    """The published warehouse, as far as it is about models."""

    query: Query
    remembered: Mapping[str, Remembered]
    """Model → how it was built last."""
    types: Mapping[str, Mapping[str, str]]
    """Model → column → DuckDB's type."""


@contextmanager
def open_shown(session: Session) -> Iterator[Shown]:
    """Look at what readers see."""
    with session.reading() as query:
        types: dict[str, dict[str, str]] = {}
        for model, column, kind in query(
            "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE schema_name IN ('posting', 'finance')"
        ):
            types.setdefault(model, {})[column] = kind
        yield Shown(query, remembered(query), types)


def figures(one: Remembered) -> dict[str, Any]:
    """What a build did to a model."""
    told: dict[str, Any] = {"built": one.how, "seconds": round(one.seconds, 3)}
    return told if one.row_count is None else {**told, "dagster/row_count": one.row_count}


def model_metadata(models: Models, model: Model, shown: Shown) -> dict[str, Any]:
    """All there is to tell of a model in the warehouse."""
    types = shown.types.get(model.name, {})
    told: dict[str, Any] = {
        "dagster/column_schema": dg.TableSchema(
            [dg.TableColumn(one.name, types.get(one.name, ""), one.description) for one in model.columns]
        ),
        "dagster/column_lineage": table_lineage(models, model),
    }
    # The rows of a view are not counted: that would compute whatever it is made from.
    return told | figures(shown.remembered[model.name]) if model.name in shown.remembered else told


def read_lineage_aside(models: Models) -> None:
    """Read the statements of all models while others work or wait: it takes a second, and is done once a process."""
    Thread(target=lambda: [column_lineage(models, one) for one in models.ordered], name="lineage", daemon=True).start()


def table_lineage(models: Models, model: Model) -> dg.TableColumnLineage:
    """The columns each column is made from, as far as they are assets'."""
    return dg.TableColumnLineage(
        {
            column: deps
            for column, origins in column_lineage(models, model).items()
            if (deps := [dep for origin in origins if (dep := _dependency(origin)) is not None])
        }
    )


def _dependency(origin: Origin) -> dg.TableColumnDep | None:
    key = source_key(origin.relation)
    if key is None:
        return None
    # The table of an array belongs to its entity's asset, whose own columns are called otherwise.
    own = key == relation_key(origin.relation)
    return dg.TableColumnDep(key, origin.column if own else f"{origin.relation.name}.{origin.column}")

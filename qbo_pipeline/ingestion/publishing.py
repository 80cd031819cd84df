"""The last steps of everything that writes the warehouse: the finance models are built, and readers see it all."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import duckdb

from qbo_pipeline.finance.build import Build, build
from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.finance.errors import ModelError
from qbo_pipeline.finance.header import SqlFileError
from qbo_pipeline.finance.state import note_failure
from qbo_pipeline.settings import DataFolder
from qbo_pipeline.warehouse.memory import lacks_memory
from qbo_pipeline.warehouse.warehouse import Warehouse, open_warehouse

logger = logging.getLogger(__name__)


def publish(warehouse: Warehouse, *, models: bool = True) -> None:
    """Build the finance models of what was merged, and show both to readers in one state.

    Without `models` those are shown as they are, and built with the next publication.

    A model that cannot be built holds nothing back: the tables are published, the models show their last good state,
    and `audit.model_failure` says why, which is what runs, `status` and `doctor` tell.
    """
    if models:
        build_models(warehouse)
    warehouse.publish()


def rebuild_models(data: DataFolder) -> Build:
    """Make all finance models anew, whatever has changed, and show them to readers.

    Raises:
        ModelError: one cannot be built; all stay as they were.
        WarehouseBusyError: another process kept writing.
    """
    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        warehouse.catch_up()
        try:
            done = warehouse.transact(lambda connection: build(connection, shipped(), full=True))
        except (ModelError, duckdb.Error) as error:
            failed = error if isinstance(error, ModelError) else _without_memory(error)
            note_failure(warehouse.connection, failed, datetime.now(UTC))
            raise failed from error
        finally:
            warehouse.publish()
    return done


def build_models(warehouse: Warehouse) -> Build | None:
    """Build the finance models, or note why they cannot be built; None then."""
    try:
        models = shipped()
        return warehouse.transact(lambda connection: build(connection, models))
    except ModelError as error:
        failed = error
    except SqlFileError as error:
        failed = ModelError(error.path.stem, error.path, "", str(error))
    except duckdb.Error as error:
        failed = _without_memory(error)
    note_failure(warehouse.connection, failed, datetime.now(UTC))
    logger.warning("%s. The tables are loaded; the finance models stay as they were.", failed)
    return None


def _without_memory(error: duckdb.Error) -> ModelError:
    """That all the memory DuckDB may have was too little.

    Raises:
        duckdb.Error: it was something else.
    """
    if not lacks_memory(error):
        raise error
    return ModelError("a finance model", None, "", f"It needs more memory than DuckDB may have: {error}")

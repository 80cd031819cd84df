"""What commands tell of the finance models: whether they are of the state of the tables, and if not, why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbo_pipeline.command_line.terminal import messages

if TYPE_CHECKING:
    from qbo_pipeline.finance.state import Failure
    from qbo_pipeline.settings import Settings

TO_DO = (
    "Correct what the message names; the next sync builds the models. The statement that failed: "
    'qbo-pipeline sql "SELECT statement FROM audit.model_failure"'
)


def stale_models(settings: Settings) -> Failure | None:
    """Why the published models are not up to date; None where they are, or nothing was published."""
    from qbo_pipeline.command_line.warehouse_reader import WarehouseReader
    from qbo_pipeline.finance.state import failure

    if not settings.data.warehouse.exists():
        return None
    with WarehouseReader(settings.data.warehouse) as reader:
        connection = reader.connection()
        return failure(lambda sql, parameters=(), /: connection.execute(sql, list(parameters)).fetchall())


def are_of_another_version(settings: Settings) -> bool:
    """Whether the published models are others than this version makes: it was loaded by an earlier one."""
    from qbo_pipeline.command_line.warehouse_reader import WarehouseReader
    from qbo_pipeline.finance.catalogue import shipped
    from qbo_pipeline.finance.model import Built
    from qbo_pipeline.finance.state import remembered

    if not settings.data.warehouse.exists():
        return False
    models = shipped()
    with WarehouseReader(settings.data.warehouse) as reader:
        connection = reader.connection()
        built = remembered(lambda sql, parameters=(), /: connection.execute(sql, list(parameters)).fetchall())
    made = [one for one in models.ordered if one.built is not Built.INLINE]
    return {one.model: one.digest for one in built.values()} != {one.name: models.digest(one) for one in made}


def warn_of_stale_models(settings: Settings) -> int:
    """Say so on standard error where the models are not up to date; 1 then, else 0."""
    found = stale_models(settings)
    if found is None:
        return 0
    messages().print(f"{found.sentence}", style="red", markup=False)
    messages().print(TO_DO, markup=False)
    return 1

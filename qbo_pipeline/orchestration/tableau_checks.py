"""What must hold of the data source in Tableau: it equals the warehouse, every row is in it, refreshes on it work."""

from typing import TYPE_CHECKING

import dagster as dg

from qbo_pipeline.orchestration.destination_checks import comparison, destination_checks, differences, left_out
from qbo_pipeline.orchestration.tableau_assets import DATA_SOURCE
from qbo_pipeline.tableau.installed import unpublished_because

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.tableau.verify import Verification

EQUAL = "published_equals_warehouse"
ROWS = "every_row_fits"
_SPECS = (
    dg.AssetCheckSpec(
        EQUAL,
        asset=DATA_SOURCE,
        description="The data source, downloaded and opened, has the rows and the sums of money of every company and "
        "table that the warehouse has, to the last decimal, as the latest publication that compared them saw it.",
    ),
    dg.AssetCheckSpec(ROWS, asset=DATA_SOURCE, description="No row is left out because its values do not fit."),
)


def tableau_checks() -> dg.AssetChecksDefinition:
    """All of them; any can be run alone."""
    judges = {EQUAL: _differences, ROWS: _left_out}
    return destination_checks("check_tableau", _SPECS, judges, unpublished_because, _severity)


def equality_evaluation(found: "Verification") -> dg.AssetCheckEvaluation:
    """How what is published compares, for steps that are not the check's own."""
    equal = f"{found.compared:,} counts and sums are equal."
    return comparison((DATA_SOURCE, EQUAL), list(found.differences), found.compared, _severity(EQUAL), equal)


def _severity(name: str) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if name == EQUAL else dg.AssetCheckSeverity.WARN


def _differences(settings: "Settings") -> list[str]:
    return differences(settings, "tableau")


def _left_out(settings: "Settings") -> list[str]:
    from qbo_pipeline.tableau.outbox import left_out_of

    return [] if settings.tableau is None else left_out(settings, "tableau", *left_out_of(settings.tableau))

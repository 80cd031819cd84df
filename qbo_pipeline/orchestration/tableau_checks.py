"""What must hold of the data source in Tableau: it equals the warehouse, every row is in it, refreshes on it work."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.orchestration.tableau_assets import DATA_SOURCE
from qbo_pipeline.tableau.installed import unpublished_because

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.tableau.verify import Verification

EQUAL = "published_equals_warehouse"
ROWS = "every_row_fits"
_SHOWN = 20
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

    @dg.multi_asset_check(name="check_tableau", specs=_SPECS, can_subset=True)
    def check_tableau(
        context: dg.AssetCheckExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.AssetCheckResult]:
        settings = books.session().settings
        judges = {EQUAL: _differences, ROWS: _left_out}
        for key in sorted(context.selected_asset_check_keys, key=lambda one: one.name):
            reason = unpublished_because(settings)
            told = [] if reason is not None else judges[key.name](settings)
            yield dg.AssetCheckResult(
                passed=not told,
                asset_key=DATA_SOURCE,
                check_name=key.name,
                severity=_severity(key.name),
                description=reason or _sentence(told),
                metadata={"differences": dg.MetadataValue.json(told[:_SHOWN])},
            )

    return check_tableau


def equality_evaluation(found: "Verification") -> dg.AssetCheckEvaluation:
    """How what is published compares, for steps that are not the check's own."""
    told = list(found.differences)
    return dg.AssetCheckEvaluation(
        asset_key=DATA_SOURCE,
        check_name=EQUAL,
        passed=not told,
        severity=_severity(EQUAL),
        description=_sentence(told) if told else f"{found.compared:,} counts and sums are equal.",
        metadata={"compared": found.compared, "differences": dg.MetadataValue.json(told[:_SHOWN])},
        blocking=False,
    )


def _severity(name: str) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if name == EQUAL else dg.AssetCheckSeverity.WARN


def _sentence(told: list[str]) -> str:
    return "It holds." if not told else f"{len(told):,} differ: {'; '.join(told[:3])}"


def _differences(settings: "Settings") -> list[str]:
    from qbo_pipeline.publishing.standing import last_publication
    from qbo_pipeline.tableau.publisher import DESTINATION

    found = last_publication(settings, DESTINATION, succeeded=True, compared=True)
    return list(found.unequal) if found is not None else []


def _left_out(settings: "Settings") -> list[str]:
    from qbo_pipeline.state.deliveries import Deliveries
    from qbo_pipeline.state.store import StateStore
    from qbo_pipeline.tableau.publisher import DESTINATION

    with StateStore(settings.state_url) as store:
        rows = Deliveries(store, DESTINATION).quarantined(settings.tableau_data_source)
    return [f"{one.table}, {one.key or 'a row without a key'}: {one.reason}" for one in rows]

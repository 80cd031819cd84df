"""What must hold of the dataset in Power BI: totals three ways, every row there, the schema as declared."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from qbo_pipeline.orchestration.power_bi_assets import NOT_CONFIGURED, power_bi_key
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks

if TYPE_CHECKING:
    from qbo_pipeline.power_bi.publish import Publication
    from qbo_pipeline.settings import Settings

TOTALS = "totals_equal_three_ways"
ROWS = "every_row_fits"
SCHEMA = "schema_is_deployed"
_ON = power_bi_key("_Measures")
_SHOWN = 20

_SPECS = (
    dg.AssetCheckSpec(
        TOTALS,
        asset=_ON,
        description="Every measure is the same in the warehouse (SQL), in Power BI (DAX) and in QuickBooks' own "
        "reports, as the latest publication that compared them saw it.",
    ),
    dg.AssetCheckSpec(
        ROWS, asset=_ON, description="No row of a published table is left out because its values do not fit."
    ),
    dg.AssetCheckSpec(
        SCHEMA, asset=_ON, description="Tables, columns, measures and relationships in Power BI are those declared."
    ),
)


def power_bi_checks() -> dg.AssetChecksDefinition:
    """All of them; any can be run alone."""

    @dg.multi_asset_check(name="check_power_bi", specs=_SPECS, can_subset=True)
    def check_power_bi(
        context: dg.AssetCheckExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.AssetCheckResult]:
        settings = books.session().settings
        judges = {TOTALS: _totals, ROWS: _rows, SCHEMA: _schema}
        for key in sorted(context.selected_asset_check_keys, key=lambda one: one.name):
            told = [] if settings.power_bi is None else judges[key.name](settings)
            yield dg.AssetCheckResult(
                passed=not told,
                asset_key=_ON,
                check_name=key.name,
                severity=_severity(key.name),
                description=NOT_CONFIGURED if settings.power_bi is None else _sentence(told),
                metadata={"differences": dg.MetadataValue.json(told[:_SHOWN])},
            )

    return check_power_bi


def totals_evaluation(done: "Publication") -> dg.AssetCheckEvaluation:
    """How the totals of a publication compare, for steps that are not the check's own."""
    from qbo_pipeline.power_bi.recorded import in_words

    told = [in_words(one) for one in done.totals if not one.equal]
    return dg.AssetCheckEvaluation(
        asset_key=_ON,
        check_name=TOTALS,
        passed=not told,
        severity=_severity(TOTALS),
        description=_sentence(told) if told else f"{len(done.totals):,} totals are equal.",
        metadata={"compared": len(done.totals), "differences": dg.MetadataValue.json(told[:_SHOWN])},
        blocking=False,
    )


def _severity(name: str) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if name == TOTALS else dg.AssetCheckSeverity.WARN


def _sentence(told: list[str]) -> str:
    return "It holds." if not told else f"{len(told):,} differ: {'; '.join(told[:3])}"


def _totals(settings: "Settings") -> list[str]:
    from qbo_pipeline.power_bi.publisher import DESTINATION
    from qbo_pipeline.publishing.standing import last_publication

    found = last_publication(settings, DESTINATION, succeeded=True, compared=True)
    return list(found.unequal) if found is not None else []


def _rows(settings: "Settings") -> list[str]:
    from qbo_pipeline.power_bi.publisher import DESTINATION
    from qbo_pipeline.publishing.standing import last_publication
    from qbo_pipeline.state.deliveries import Deliveries
    from qbo_pipeline.state.store import StateStore

    last = last_publication(settings, DESTINATION, succeeded=True)
    if last is None or last.dataset is None:
        return []
    with StateStore(settings.state_url) as store:
        rows = Deliveries(store, DESTINATION).quarantined(last.dataset)
    return [f"{one.table}, {one.key or 'a row without a key'}: {one.reason}" for one in rows]


def _schema(settings: "Settings") -> list[str]:
    from qbo_pipeline.power_bi.errors import NothingToPublishError, PowerBIError
    from qbo_pipeline.power_bi.publish import plan

    try:
        return [change.told for change in plan(settings).changes]
    except NothingToPublishError:
        return []
    except PowerBIError as error:
        return [str(error)]

"""What must hold of the dataset in Power BI: totals three ways, every row there, the schema as declared."""

from typing import TYPE_CHECKING

import dagster as dg

from qbo_pipeline.orchestration.destination_checks import comparison, destination_checks, differences, left_out
from qbo_pipeline.orchestration.power_bi_assets import NOT_CONFIGURED, power_bi_key

if TYPE_CHECKING:
    from qbo_pipeline.power_bi.publication import Publication
    from qbo_pipeline.settings import Settings

TOTALS = "totals_equal_three_ways"
ROWS = "every_row_fits"
SCHEMA = "schema_is_deployed"
_ON = power_bi_key("_Measures")

_SPECS = (
    dg.AssetCheckSpec(
        TOTALS,
        asset=_ON,
        description="Every measure is the same in the warehouse (SQL), in Power BI (DAX) and in QuickBooks' own "
        "reports, as the latest publication that compared them saw it.",
    ),
    dg.AssetCheckSpec(
        ROWS,
        asset=_ON,
        description="No row of a published table is left out because its values do not fit or Power BI refuses it.",
    ),
    dg.AssetCheckSpec(
        SCHEMA, asset=_ON, description="Tables, columns, measures and relationships in Power BI are those declared."
    ),
)


def power_bi_checks() -> dg.AssetChecksDefinition:
    """All of them; any can be run alone."""
    return destination_checks(
        "check_power_bi",
        _SPECS,
        {TOTALS: _totals, ROWS: _rows, SCHEMA: _schema},
        lambda settings: NOT_CONFIGURED if settings.power_bi is None else None,
        _severity,
    )


def totals_evaluation(done: "Publication") -> dg.AssetCheckEvaluation:
    """How the totals of a publication compare, for steps that are not the check's own."""
    from qbo_pipeline.power_bi.recorded import in_words

    told = [in_words(one) for one in done.totals if not one.equal]
    equal = f"{len(done.totals):,} totals are equal."
    return comparison((_ON, TOTALS), told, len(done.totals), _severity(TOTALS), equal)


def _severity(name: str) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if name == TOTALS else dg.AssetCheckSeverity.WARN


def _totals(settings: "Settings") -> list[str]:
    from qbo_pipeline.power_bi.publisher import DESTINATION

    return differences(settings, DESTINATION)


def _rows(settings: "Settings") -> list[str]:
    from qbo_pipeline.power_bi.publisher import DESTINATION
    from qbo_pipeline.power_bi.standing import refused
    from qbo_pipeline.publishing.standing import last_publication

    last = last_publication(settings, DESTINATION, succeeded=True)
    if last is None or last.dataset is None:
        return []
    return [
        *left_out(settings, DESTINATION, last.dataset),
        *(f"{one.table}, refused by Power BI: {one.told}" for one in refused(settings)),
    ]


def _schema(settings: "Settings") -> list[str]:
    from qbo_pipeline.power_bi.errors import NothingToPublishError, PowerBIError
    from qbo_pipeline.power_bi.publish import plan

    try:
        return [change.told for change in plan(settings).changes]
    except NothingToPublishError:
        return []
    except PowerBIError as error:
        return [str(error)]

"""Checks of what is published: each judge tells in words what does not hold, and nothing where all does."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import dagster as dg

from qbo_pipeline.orchestration.session_resource import QuickBooksBooks

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings

Judge = Callable[["Settings"], list[str]]
SHOWN = 20
"""Differences that are named in metadata."""


def destination_checks(
    name: str,
    specs: Sequence[dg.AssetCheckSpec],
    judges: Mapping[str, Judge],
    unpublished_because: Callable[["Settings"], str | None],
    severity: Callable[[str], dg.AssetCheckSeverity],
) -> dg.AssetChecksDefinition:
    """The checks of a destination; any can be run alone, and all hold where nothing is published."""

    @dg.multi_asset_check(name=name, specs=specs, can_subset=True)
    def checks(
        context: dg.AssetCheckExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.AssetCheckResult]:
        settings = books.session().settings
        reason = unpublished_because(settings)
        for key in sorted(context.selected_asset_check_keys, key=lambda one: one.name):
            told = [] if reason is not None else judges[key.name](settings)
            yield dg.AssetCheckResult(
                passed=not told,
                asset_key=key.asset_key,
                check_name=key.name,
                severity=severity(key.name),
                description=reason or sentence(told),
                metadata={"differences": dg.MetadataValue.json(told[:SHOWN])},
            )

    return checks


def comparison(
    spec: tuple[dg.AssetKey, str], told: list[str], compared: int, severity: dg.AssetCheckSeverity, equal: str
) -> dg.AssetCheckEvaluation:
    """How a publication compares, for steps that are not the check's own; `equal` says it where nothing differs."""
    return dg.AssetCheckEvaluation(
        asset_key=spec[0],
        check_name=spec[1],
        passed=not told,
        severity=severity,
        description=sentence(told) if told else equal,
        metadata={"compared": compared, "differences": dg.MetadataValue.json(told[:SHOWN])},
        blocking=False,
    )


def left_out(settings: "Settings", destination: str, *names: str) -> list[str]:
    """The rows that were left out when a dataset was published last, with their reasons; `names`: all that it had."""
    from qbo_pipeline.state.deliveries import Deliveries
    from qbo_pipeline.state.store import StateStore

    with StateStore(settings.state_url) as store:
        rows = Deliveries(store, destination).quarantined(*names)
    return [f"{one.table}, {one.key or 'a row without a key'}: {one.reason}" for one in rows]


def differences(settings: "Settings", destination: str) -> list[str]:
    """What differed when a destination was compared last."""
    from qbo_pipeline.publishing.standing import last_publication

    found = last_publication(settings, destination, succeeded=True, compared=True)
    return list(found.unequal) if found is not None else []


def sentence(told: Sequence[str]) -> str:
    """In one."""
    return "It holds." if not told else f"{len(told):,} differ: {'; '.join(told[:3])}"

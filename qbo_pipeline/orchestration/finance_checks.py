"""The invariants of the books as asset checks on the models they are about."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dagster as dg

from qbo_pipeline.finance.check_files import Check, Severity
from qbo_pipeline.finance.checks import judge
from qbo_pipeline.orchestration.checks import check_metadata
from qbo_pipeline.orchestration.finance_assets import stale_models
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.warehouse.query import Query
from qbo_pipeline.warehouse.verdict import Verdict


def check_key(check: Check) -> dg.AssetCheckKey:
    """On the asset of the model that it is about."""
    return dg.AssetCheckKey(dg.AssetKey(check.on.split(".")), check.name)


def severity(check: Check) -> dg.AssetCheckSeverity:
    """As Dagster calls it."""
    return dg.AssetCheckSeverity.ERROR if check.severity is Severity.ERROR else dg.AssetCheckSeverity.WARN


def finance_checks(checks: tuple[Check, ...]) -> dg.AssetChecksDefinition:
    """All of them; any subset can be run, with a build or alone."""

    @dg.multi_asset_check(
        name="check_finance",
        specs=[
            dg.AssetCheckSpec(
                check.name,
                asset=check_key(check).asset_key,
                description=f"{check.description} (Invariant {check.invariant}.)",
                blocking=check.blocking,
            )
            for check in checks
        ],
        can_subset=True,
    )
    def check_finance(
        context: dg.AssetCheckExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.AssetCheckResult]:
        picked = context.selected_asset_check_keys
        for check, verdict in verdicts([one for one in checks if check_key(one) in picked], books):
            yield dg.AssetCheckResult(
                passed=verdict.holds,
                asset_key=check_key(check).asset_key,
                check_name=check.name,
                severity=severity(check),
                description=verdict.sentence,
                metadata=check_metadata(verdict),
            )

    return check_finance


def verdicts(checks: Sequence[Check], books: QuickBooksBooks) -> Iterator[tuple[Check, Verdict]]:
    """Judge checks over every company in the warehouse, on one state of it."""
    with _built(books) as query:
        realm_ids = [] if query is None else _companies(query)
        for check in checks:
            if query is None:
                yield check, Verdict(True, "Nothing has been built yet.")
            else:
                yield check, judge(query, check, realm_ids)


def evaluation(check: Check, verdict: Verdict) -> dg.AssetCheckEvaluation:
    """A verdict as an event, for steps that are not the check's own."""
    return dg.AssetCheckEvaluation(
        asset_key=check_key(check).asset_key,
        check_name=check.name,
        passed=verdict.holds,
        severity=severity(check),
        description=verdict.sentence,
        metadata=check_metadata(verdict),
        blocking=check.blocking,
    )


def judge_books(
    checks: Sequence[Check], books: QuickBooksBooks, broken: dict[str, str]
) -> Iterator[dg.AssetCheckEvaluation]:
    """Judge the invariants of the books; those that block and do not hold, and models out of date, go to `broken`."""
    stale = stale_models(books.session())
    if stale is not None:
        broken["finance models"] = stale
        return
    for check, verdict in verdicts(checks, books):
        yield evaluation(check, verdict)
        if not verdict.holds and check.blocking:
            broken[f"{check.on}: {check.name}"] = verdict.sentence


def fail_on(broken: dict[str, str]) -> None:
    """End the run with what does not hold.

    Raises:
        dagster.Failure: anything does not.
    """
    if broken:
        raise dg.Failure(
            f"{len(broken)} checks do not hold, so nothing should be built on these tables. "
            + " ".join(f"{name}: {sentence}" for name, sentence in list(broken.items())[:5]),
            metadata=broken,
            allow_retries=False,
        )


@contextmanager
def _built(books: QuickBooksBooks) -> Iterator[Query | None]:
    """Queries on the published warehouse; None while no model was ever built."""
    session = books.session()
    if not session.settings.data.warehouse.exists():
        yield None
        return
    with session.reading() as query:
        [(models,)] = query("SELECT count(*) FROM duckdb_views() WHERE schema_name = 'finance'")
        yield query if models else None


def _companies(query: Query) -> list[str]:
    return [realm_id for (realm_id,) in query("SELECT DISTINCT realm_id FROM quickbooks.company_info ORDER BY ALL")]

"""Connected companies in Dagster: a partition each, and whether their connections last and their history is loaded.

The sensor judges that without a run, because what is to be told is that no run has loaded anything, or soon none can.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from qbo_pipeline.orchestration.asset_identity import asset_key
from qbo_pipeline.orchestration.checks import check_metadata
from qbo_pipeline.orchestration.months_begun import months_begun
from qbo_pipeline.orchestration.partitions import COMPANIES, CompanyMonths
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.warehouse.verdict import Verdict

if TYPE_CHECKING:
    from qbo_pipeline.ingestion import Session
    from qbo_pipeline.state.vault import Connection

COMPANY_INFO = asset_key(entity("CompanyInfo"))
"""The asset that shows how a company's connection is."""
_NONE_IS_CONNECTED = "No company is connected. Connect one with: qbo-pipeline connect"


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict on all connected companies, and how bad it is where it does not hold."""

    verdict: Verdict
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.WARN


@dataclass(frozen=True, slots=True)
class ConnectionCheck:
    """One question about all connected companies, answered from the state store alone."""

    name: str
    description: str
    judge: Callable[["Session", datetime], Judged]


def connection_lasts(session: "Session", now: datetime) -> Judged:
    """A warning where a connection ends soon, an error where one has ended."""
    from qbo_pipeline.state.connection_health import authorization_ends, has_ended, remarks, token_ends

    connections = session.connections()
    found = [(one, remark) for one in connections for remark in remarks(one, now)]
    if not found:
        ends = [min(token_ends(one), authorization_ends(one)) for one in connections]
        return Judged(Verdict(True, f"All last until {min(ends):%Y-%m-%d}." if ends else _NONE_IS_CONNECTED))
    offenders = tuple(
        {"company": _named(one), "what is": remark.told, "what to do": remark.to_do} for one, remark in found
    )
    sentence = " ".join(f"{one['company']}: {one['what is']}. {one['what to do']}" for one in offenders)
    ended = any(has_ended(one, now) for one in connections)
    severity = dg.AssetCheckSeverity.ERROR if ended else dg.AssetCheckSeverity.WARN
    return Judged(Verdict(False, sentence, offenders=offenders), severity)


def history_is_loaded(session: "Session", now: datetime) -> Judged:
    """A warning that proposes the first backfill of each company in good standing that had none, or not of all."""
    from qbo_pipeline.state.connection_health import has_ended

    connections = session.connections()
    lasting = [one for one in connections if not has_ended(one, now)]
    untouched = [one for one in lasting if not session.changes.followed(one.realm_id)]
    parts = {
        one.realm_id: (_named(one), names)
        for one in lasting
        if one not in untouched and (names := session.changes.missing(one.realm_id))
    }
    if not untouched and not parts:
        return Judged(Verdict(True, "All history is loaded." if connections else _NONE_IS_CONNECTED))
    told = [f"The history of {', '.join(_named(one) for one in untouched)} is not loaded yet."] if untouched else []
    told += [f"Of {company} {', '.join(names)} could not be loaded." for company, names in parts.values()]
    realm_ids = [*(one.realm_id for one in untouched), *parts]
    config = {"ops": {"load_everything": {"config": {"companies": realm_ids}}}}
    command = " ".join(["qbo-pipeline backfill", *(f"--company {realm_id}" for realm_id in realm_ids)])
    return Judged(
        Verdict(
            False,
            f"{' '.join(told)} Launch the job full_refresh to load it.",
            {"configuration for it alone": json.dumps(config), "or in a terminal": command},
        )
    )


CHECKS = (
    ConnectionCheck(
        "connection_lasts",
        "No connection has ended or ends within 14 days, the token's 100 days and the authorization's five years.",
        connection_lasts,
    ),
    ConnectionCheck(
        "history_is_loaded", "Of every connected company the history has been loaded once.", history_is_loaded
    ),
)


def connection_checks() -> dg.AssetChecksDefinition:
    """The checks on what is connected, run with each load of `company_info` and whenever asked for."""

    @dg.multi_asset_check(
        name="check_connections",
        specs=[dg.AssetCheckSpec(check.name, asset=COMPANY_INFO, description=check.description) for check in CHECKS],
        can_subset=True,
    )
    def check_connections(
        context: dg.AssetCheckExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.AssetCheckResult]:
        for one in connection_evaluations(books.session(), datetime.now(UTC)):
            if one.asset_check_key in context.selected_asset_check_keys:
                yield dg.AssetCheckResult(
                    asset_key=one.asset_key,
                    check_name=one.check_name,
                    passed=one.passed,
                    severity=one.severity,
                    description=one.description,
                    metadata=one.metadata,
                )

    return check_connections


def connection_evaluations(session: "Session", now: datetime) -> list[dg.AssetCheckEvaluation]:
    """Every check's verdict as an event."""
    judged = [(check, check.judge(session, now)) for check in CHECKS]
    return [
        dg.AssetCheckEvaluation(
            asset_key=COMPANY_INFO,
            check_name=check.name,
            passed=found.verdict.holds,
            severity=found.severity,
            description=found.verdict.sentence,
            metadata=check_metadata(found.verdict),
        )
        for check, found in judged
    ]


def warn_of_endings(log: dg.DagsterLogManager, session: "Session", realm_ids: Collection[str]) -> None:
    """Write into a run's log which of these connections end soon or have ended, and what to do about it."""
    from qbo_pipeline.state.connection_health import warnings

    for connection in session.connections():
        if connection.realm_id in realm_ids:
            for warning in warnings(connection, datetime.now(UTC)):
                log.warning(warning)


def connected_companies(entities: Sequence[Entity], months: CompanyMonths) -> dg.SensorDefinition:
    """The sensor that keeps Dagster's notion of companies, and of their months, up to date."""

    @dg.sensor(
        name="connected_companies",
        description="Makes a partition of every company that is connected, proposes its first backfill, and says which "
        "connections end within 14 days: in its ticks, and as checks on company_info. When a month begins it tells "
        "which of its partitions are whole.",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def sensor(context: dg.SensorEvaluationContext, books: dg.ResourceParam[QuickBooksBooks]) -> dg.SensorResult:
        """Add a partition for each company that has none, and tell what is new to tell about any.

        A disconnected company keeps its partition: its data stays.
        """
        session = books.session()
        known = set(context.instance.get_dynamic_partitions(COMPANIES.name or "company"))
        connected = sorted(company.realm_id for company in session.companies())
        new = [realm_id for realm_id in connected if realm_id not in known]
        evaluations = connection_evaluations(session, datetime.now(UTC))
        told: dict[str, str] = json.loads(context.cursor or "{}")
        remarks = [one.description or "" for one in evaluations if not one.passed]
        # Of a company that is connected again, nobody said what began meanwhile.
        month = " ".join([months.every_month()[-1], *connected])
        begun = months_begun(session, context.instance, entities, months) if told.get(_MONTH) != month else ()
        return dg.SensorResult(
            skip_reason=" ".join(remarks) or "Every connected company has a partition, and its history is loaded.",
            dynamic_partitions_requests=[COMPANIES.build_add_request(new)] if new else None,
            asset_events=[*(one for one in evaluations if told.get(one.check_name) != one.description), *begun],
            cursor=json.dumps({one.check_name: one.description for one in evaluations} | {_MONTH: month}),
        )

    return sensor


_MONTH = "month"
"""In the cursor: the last month of which it was looked which partitions are whole, and of which companies."""


def _named(connection: "Connection") -> str:
    name, realm_id = connection.company_name, connection.realm_id
    return f"{name} ({realm_id})" if name else realm_id

"""What starts by itself."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from qbo_pipeline.orchestration.failures import is_ours
from qbo_pipeline.orchestration.jobs import COMPANY_TAG, of_company
from qbo_pipeline.orchestration.listening import LOOK_EVERY, is_being_applied, is_listened_to
from qbo_pipeline.orchestration.runs import is_about_to_begin, is_under_way
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.quickbooks.catalogue.model import Entity

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.webhooks.inbox import Waiting

UNCAPTURED_EVERY = timedelta(hours=1)
"""How often the entities are asked for that change data capture does not know; each costs a call of its own."""

ANSWERED_WITHIN = 15.0
"""Seconds within which a company has to be answered for. Dagster ends an evaluation after 60, and with it what was
found of all others: one that QuickBooks lets wait, for a minute or for hours, must not keep the rest from being asked.
"""

ASKS_FOR = 30.0
"""Seconds for which one evaluation goes on to ask."""

_NEVER = datetime.min.replace(tzinfo=UTC)


def change_data_capture(entities: Sequence[Entity], job: dg.JobDefinition) -> dg.SensorDefinition:
    """The sensor that asks every company what has changed, and starts a run of `job` only where something has."""

    @dg.sensor(
        name="change_data_capture",
        description="Asks QuickBooks what has changed of what was loaded before, one call a company while it is quiet, "
        "and loads it. Seldom where webhooks arrive, and never beyond the month's calls.",
        job_name=job.name,  # not the job itself: attaching that copies the sensor, with a warning
        minimum_interval_seconds=15,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def sensor(
        context: dg.SensorEvaluationContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> dg.SensorResult | dg.SkipReason:
        session, now = books.session(), datetime.now(UTC)
        # A clock that was ahead and is right by now must not keep companies from being asked until then.
        asked = {name: min(datetime.fromisoformat(at), now) for name, at in json.loads(context.cursor or "{}").items()}
        requests, told = [], []
        until = time.monotonic() + ASKS_FOR
        # Who was asked longest ago comes first: where there is no time for all, the others come next time.
        for company in sorted(session.companies(), key=lambda one: asked.get(one.realm_id, _NEVER)):
            if time.monotonic() > until:
                break
            interval = session.changes.polling_interval(company.realm_id)
            if interval is None:
                told.append(f"{company.name}: the month's API calls are spent (QBO_CALL_BUDGET_PER_MONTH)")
                continue
            last = asked.get(company.realm_id)
            # A company seen for the first time was loaded whole a moment ago, or is about to be.
            uncaptured = asked.setdefault(f"{company.realm_id} uncaptured", now)
            if (last is not None and now - last < interval) or is_under_way(
                context.instance, job.name, {COMPANY_TAG: company.realm_id}
            ):
                continue
            followed = session.changes.followed(company.realm_id)
            loaded = [one for one in entities if one.name in followed]
            asked[company.realm_id] = now
            if loaded and now - uncaptured >= UNCAPTURED_EVERY:
                asked[f"{company.realm_id} uncaptured"] = now
                requests.append(of_company(company.realm_id, loaded))
                continue
            try:
                news = session.changes.has_news(company.realm_id, loaded, ANSWERED_WITHIN)
            except Exception as error:
                if not is_ours(error):
                    raise
                told.append(f"{company.name}: {error}")
                continue
            if news:
                requests.append(of_company(company.realm_id, [one for one in loaded if one.change_data_capture]))
        context.update_cursor(json.dumps({name: at.isoformat() for name, at in asked.items()}))
        if requests:
            return dg.SensorResult(run_requests=requests)
        return dg.SkipReason(" ".join(told) or "Nothing has changed, or it is too early to ask again.")

    return sensor


WAITS_FOR_LISTENER = timedelta(seconds=10)
"""How long deliveries are left to a listener, or to a run under way; what is older that does not seem to manage."""

ASKED_AGAIN_EVERY = 60
"""Seconds after which another run is asked for when the one before has not begun, or the same delivery still waits."""

LOOKS_FOR = 4.0
"""Seconds for which one evaluation goes on to look. Dagster's daemon evaluates sensors every five seconds and those
that are still at it only five seconds later; without this a delivery waits for half of that."""


def webhook_files(job: dg.JobDefinition, looks_for: float = LOOKS_FOR) -> dg.SensorDefinition:
    """The sensor that starts a run of `job` when webhooks wait in the inbox and no listener takes them.

    Args:
        looks_for: seconds for which an evaluation waits for one to arrive.
    """

    @dg.sensor(
        name="webhook_files",
        description="Starts a run that applies the webhooks in the inbox. `qbo-pipeline listen` does the same faster; "
        "while it lives, this takes only what it left.",
        job_name=job.name,
        minimum_interval_seconds=1,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def sensor(
        context: dg.SensorEvaluationContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> dg.RunRequest | dg.SkipReason:
        until = time.monotonic() + looks_for
        try:
            settings = books.session().settings
            with books.webhooks() as files:
                while True:
                    asked = _run_for(files.waiting(), settings)
                    if isinstance(asked, dg.RunRequest):
                        since = datetime.now(UTC) - timedelta(seconds=ASKED_AGAIN_EVERY)
                        if is_about_to_begin(context.instance, job.name, since):
                            return dg.SkipReason("A run that will apply what waits is about to begin.")
                        return asked
                    if time.monotonic() >= until or is_listened_to(settings):
                        return asked
                    time.sleep(LOOK_EVERY)
        except Exception as error:
            if not is_ours(error):
                raise
            return dg.SkipReason(str(error))

    return sensor


def _run_for(waiting: "Waiting", settings: "Settings") -> dg.RunRequest | dg.SkipReason:
    """The run that what waits needs, or why it needs none."""
    if not waiting.files:
        return dg.SkipReason("No webhook waits.")
    oldest = waiting.oldest or datetime.min.replace(tzinfo=UTC)
    now = datetime.now(UTC)
    if now - oldest < WAITS_FOR_LISTENER:
        if is_listened_to(settings):
            return dg.SkipReason(f"{waiting.files:,} webhooks wait for the listener.")
        if is_being_applied(settings):
            return dg.SkipReason(f"{waiting.files:,} webhooks wait for the run that applies others.")
    # One run for what waits, however often this looks until it has claimed it.
    return dg.RunRequest(run_key=f"{oldest.isoformat()} {now.timestamp() // ASKED_AGAIN_EVERY:.0f}")

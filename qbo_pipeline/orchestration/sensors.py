"""What starts by itself."""

import dagster as dg

from qbo_pipeline.orchestration.partitions import COMPANIES
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks


@dg.sensor(
    name="connected_companies",
    description="Makes a partition of every company that is connected, so that it can be picked.",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def connected_companies(
    context: dg.SensorEvaluationContext, books: dg.ResourceParam[QuickBooksBooks]
) -> dg.SensorResult | dg.SkipReason:
    """Add a partition for each company that has none. A disconnected company keeps its own: its data stays."""
    known = set(context.instance.get_dynamic_partitions(COMPANIES.name or "company"))
    new = [company.realm_id for company in books.session().companies() if company.realm_id not in known]
    if not new:
        return dg.SkipReason("Every connected company has a partition.")
    return dg.SensorResult(dynamic_partitions_requests=[COMPANIES.build_add_request(new)])

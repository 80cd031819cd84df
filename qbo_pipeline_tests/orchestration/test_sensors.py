"""What starts by itself."""

from __future__ import annotations

import dagster as dg

from qbo_pipeline.orchestration.sensors import connected_companies
from qbo_pipeline_tests.orchestration.books_on_paper import IRONBARK, LARKSPUR, BooksOnPaper, SessionOnPaper


def test_a_company_that_was_just_connected_becomes_a_partition(session: SessionOnPaper) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("company", [LARKSPUR])
        context = dg.build_sensor_context(instance=instance, resources={"books": BooksOnPaper(session)})

        result = connected_companies(context)

    assert isinstance(result, dg.SensorResult)
    assert [list(request.partition_keys) for request in result.dynamic_partitions_requests or []] == [[IRONBARK]]


def test_nothing_happens_while_every_company_has_its_partition(
    session: SessionOnPaper, instance: dg.DagsterInstance
) -> None:
    context = dg.build_sensor_context(instance=instance, resources={"books": BooksOnPaper(session)})

    assert isinstance(connected_companies(context), dg.SkipReason)

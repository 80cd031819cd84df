"""`qbo-pipeline audit`: one record's whole life."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qbo_pipeline.lake.writer import LakeWriter
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.settings import Settings
from qbo_pipeline.warehouse.warehouse import open_warehouse
from qbo_pipeline_tests.command_line.conftest import Run
from qbo_pipeline_tests.lake.pages import deletion, page, record


@pytest.fixture
def lived(settings: Settings) -> None:
    """An invoice that was created, edited, quarantined once and deleted, the last told by a webhook."""
    data = settings.data
    batches = []
    for source, content in (
        ("backfill", record("7", 0, "2026-05-01T00:00:00-07:00", TotalAmt=5)),
        ("cdc", record("7", 1, "2026-05-02T00:00:00-07:00", TotalAmt="a lot")),
        ("cdc", record("7", 2, "2026-05-03T00:00:00-07:00", TotalAmt=9)),
        ("webhook", deletion("7", "2026-05-04T00:00:00-07:00")),
    ):
        writer = LakeWriter(data.lake, entity("Invoice"), "1000", f"run-{source}")
        writer.add(page("Invoice", content, source=source))
        written = writer.flush()
        assert written is not None
        batches.append(written.batch)
    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        warehouse.merge(entity("Invoice"), batches)
        warehouse.rows(
            "INSERT INTO audit.webhook_event BY NAME SELECT 'one.webhook' AS file, 1 AS position, 'e-1' AS event_id, "
            "'1000' AS realm_id, 'Invoice' AS entity, '7' AS id, 'Delete' AS operation, "
            "TIMESTAMP '2026-05-04 07:00:00' AS occurred_at, TIMESTAMP '2026-05-04 07:00:01' AS arrived_at, "
            "TIMESTAMP '2026-05-04 07:00:02' AS claimed_at, TIMESTAMP '2026-05-04 07:00:04.5' AS merged_at, "
            "'run-webhook' AS run_id, 'applied' AS outcome"
        )
        warehouse.rows(
            "INSERT INTO audit.api_call BY NAME SELECT 'run-webhook' AS run_id, '1000' AS realm_id, 'GET' AS method, "
            "'query' AS endpoint, 'Invoice' AS entity, $$SELECT * FROM Invoice WHERE Id IN ('7')$$ AS query, "
            "200 AS status, '1-abc' AS intuit_tid, TIMESTAMP '2026-05-04 07:00:03' AS started_at, 0.5 AS seconds, "
            "100 AS bytes_received, 1 AS attempt, 'ok' AS outcome"
        )
        warehouse.publish()


@pytest.mark.usefixtures("lived")
def test_everything_that_happened_is_told_in_order(run: Run) -> None:
    events = [one["what"] for one in run("audit", "invoice", "7", "--json").json]
    assert events == [
        "created in QuickBooks",
        "updated in QuickBooks",
        "deleted in QuickBooks",
        "webhook arrived: Delete",
        "webhook taken up",
        "asked QuickBooks: GET query",
        "webhook applied",
        "received by backfill, superseded",
        "received by cdc, shown now",
        "received by webhook, marked deleted",
        "rejected: TotalAmt is 'a lot', which is not an amount",
    ]


@pytest.mark.usefixtures("lived")
def test_the_latency_of_a_webhook_and_intuits_name_of_a_request_are_shown(run: Run) -> None:
    output = run("audit", "Invoice", "7").output
    assert "3.5 s after its arrival" in output
    assert "1-abc" in output


@pytest.mark.usefixtures("lived")
def test_a_record_that_nobody_knows_is_no_empty_table(run: Run) -> None:
    answer = run("audit", "Invoice", "8")
    assert answer.exit_code == 1
    assert "Nothing is known of Invoice 8" in answer.told


@pytest.mark.usefixtures("lived")
def test_a_company_is_named_as_everywhere(run: Run, connected: Callable[..., None]) -> None:
    connected("1000", "Larkspur Advisory", environment="local")

    for asked in ("1000", "larkspur advisory"):
        assert run("audit", "Invoice", "7", "--company", asked, "--json").json


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("Invoice", "7", "--company", "Larkspr Advisory"), "--company: no company of the lake"),
        (("Invoic", "7"), "entity: No QuickBooks entity is called 'Invoic'"),
    ],
)
def test_misuse_is_named_by_what_was_given(run: Run, arguments: tuple[str, ...], told: str) -> None:
    """It was said that nothing is known of the record of such a company, and that an option was wrong."""
    answer = run("audit", *arguments)

    assert answer.exit_code == 2
    assert f"Invalid value for {told}" in " ".join(answer.told.replace("│", " ").split())

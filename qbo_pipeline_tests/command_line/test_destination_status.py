"""What `power-bi status` and `tableau status` say before there is anything to show."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from qbo_pipeline.power_bi import publisher as power_bi
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.deliveries import Batch, Deliveries, Kind, QuarantinedRow
from qbo_pipeline.state.deployments import Deployments
from qbo_pipeline.state.publications import Publications
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.tableau import publisher as tableau
from qbo_pipeline_tests.command_line.conftest import Run


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Destinations at which nobody listens."""
    monkeypatch.delenv("POWERBI_WORKSPACE_ID", raising=False)
    for variable in ("POWERBI_API_BASE_URL", "POWERBI_AUTHORITY_URL", "TABLEAU_SERVER_URL"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What gets no answer is sent again without a wait."""
    for destination in (power_bi, tableau):
        monkeypatch.setattr(destination, "Manner", partial(destination.Manner, sleep=lambda _: None))


@pytest.mark.parametrize("destination", ["power-bi", "tableau"])
def test_who_published_before_anything_was_loaded_is_not_told_that_the_latest_is_shown(
    run: Run, destination: str
) -> None:
    assert run(destination, "publish").exit_code == 1

    answer = run(destination, "status")
    assert "Last publication:" in answer.output
    assert "failed" in answer.output
    assert "the latest" not in answer.output
    assert run(destination, "status", "--json").json["shows_latest"] is False


def test_what_was_refused_at_another_place_is_told_there_alone(run: Run, settings: Settings) -> None:
    """Data folders that share a state store may publish to different workspaces."""
    here = settings.place_of("power_bi")
    assert here is not None
    with StateStore(settings.state_url) as store:
        deployments, deliveries = Deployments(store, "power_bi"), Deliveries(store, "power_bi")
        for dataset, place in (("ours", here), ("theirs", "another workspace/Books")):
            deployments.creating(dataset, place, "{}", ())
            deployments.created(dataset, dataset)
            deliveries.plan([Batch(dataset, 1, dataset, "Customer", None, Kind.APPEND, "", 1, 10, None)])
            deliveries.refused(dataset, "row 7: the value does not fit", None)
        Publications(store, "power_bi", place=here).record(datetime.now(UTC), dataset="ours")

    assert "1 were refused" in " ".join(run("power-bi", "status").output.split())
    assert [one["dataset"] for one in run("power-bi", "status", "--json").json["refused"]] == ["ours"]


def test_rows_that_were_left_out_are_told_after_a_publication_that_failed_too(run: Run, settings: Settings) -> None:
    with StateStore(settings.state_url) as store:
        Deliveries(store, "power_bi").quarantine(
            "7", "Customer", None, [QuarantinedRow("Customer", "1", "1|5", "long")]
        )
        records = Publications(store, "power_bi")
        records.record(datetime.now(UTC), dataset="7", quarantined=1)
        records.record(datetime.now(UTC), failure="Entra did not answer.")

    told = run("power-bi", "status").output
    assert "failed: Entra did not answer." in told
    assert "1 rows were left out" in " ".join(told.split())
    assert "Customer, 1|5: long" in told

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.local.power_bi.workspaces import LOCAL_WORKSPACE
from qbo_pipeline.model.definition import Column, DataType, Measure, SemanticModel
from qbo_pipeline.power_bi.client import Dataset, PowerBIClient
from qbo_pipeline.power_bi.errors import (
    BreakingChangeError,
    CreationRetiredError,
    DeliveryInterruptedError,
    ForeignDatasetError,
    NotAuthorizedError,
)
from qbo_pipeline.power_bi.plan import Action
from qbo_pipeline.power_bi.publish import plan
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.schema import deployments
from qbo_pipeline.state.store import StateStore
from qbo_pipeline_tests.power_bi.books import ACCOUNT, HARBOUR, LINES, MERIDIAN, MODEL, Books, lines, with_tables
from qbo_pipeline_tests.power_bi.conftest import QUICK, Publish

WITHOUT_MEMO = with_tables(
    MODEL, {"Ledger Lines": replace(LINES, columns=tuple(one for one in LINES.columns if one.name != "Memo"))}
)
WITH_TYPE = with_tables(
    MODEL,
    {"Ledger Lines": replace(LINES, columns=(*LINES.columns, Column("Day", "line_date", DataType.DATE, "Again.")))},
)
WITH_CLASS = replace(MODEL, tables=(*MODEL.tables, replace(ACCOUNT, name="Class")))
WORKSPACE = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
WITH_MEASURE = replace(
    MODEL,
    measures=(*MODEL.measures, Measure("Twice", "Account", "2 * [Total Amount]", "SELECT 2", "Twice.", "#,0")),
)


@pytest.fixture
def client(settings: Settings, power_bi: LocalPowerBI) -> Iterator[PowerBIClient]:
    assert settings.power_bi is not None
    with PowerBIClient(settings.power_bi) as opened:
        yield opened


def datasets(client: PowerBIClient) -> list[str]:
    return [one.id for one in client.datasets()]


def elsewhere(settings: Settings, **other: str) -> Settings:
    """The same service principal, publishing to another dataset or workspace."""
    principal = {f"power_bi_{one}": "local" for one in ("tenant_id", "client_id", "client_secret")}
    return Settings(**{**settings.model_dump(), "power_bi_workspace_id": LOCAL_WORKSPACE, **principal, **other})


class Renamed(PowerBIClient):
    """A workspace in which somebody renamed every dataset."""

    def datasets(self) -> list[Dataset]:
        return [replace(one, name="Books") for one in super().datasets()]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "accepted"},
        {"kind": "created_twice"},
        {"kind": "reset", "carried_out": True},
        {"kind": "reset", "carried_out": False},
        {"kind": "timeout", "seconds": 0.05, "carried_out": True},
        {"kind": "server_error", "carried_out": False},
        {"kind": "throttle", "retry_after": 0},
    ],
    ids=str,
)
@pytest.mark.parametrize("asked", [True, False])
def test_a_creation_without_an_answer_makes_one_dataset(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, client: PowerBIClient, fault: dict[str, Any], asked: bool
) -> None:
    power_bi.switch(execute_queries=asked)
    power_bi.inject(endpoint=["create"], **fault)

    done = publishing(compare=lambda: False)

    if fault["kind"] != "created_twice" or asked:
        assert datasets(client) == [done.dataset_id]
    assert publishing(compare=lambda: False).dataset_id == done.dataset_id


def test_a_dataset_of_the_same_name_is_not_taken_for_ours(
    publishing: Publish, power_bi: LocalPowerBI, client: PowerBIClient
) -> None:
    other = httpx.post(f"{power_bi.url}/control/datasets", json={"name": "QuickBooks Online"}).json()["id"]
    power_bi.inject("reset", endpoint=["create"], carried_out=True)

    done = publishing(compare=lambda: False)

    assert done.dataset_id != other
    assert sorted(datasets(client)) == sorted([other, done.dataset_id])


@pytest.mark.parametrize("before", [WORKSPACE.upper(), f" {WORKSPACE}"])
def test_a_workspace_that_is_written_otherwise_is_the_same_one(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings, before: str
) -> None:
    httpx.post(f"{power_bi.url}/control/workspaces", json={"id": WORKSPACE, "name": "Finance"}).raise_for_status()
    books.put(*lines(HARBOUR, 5))
    first = publishing(settings=elsewhere(settings, power_bi_workspace_id=before))

    again = publishing(settings=elsewhere(settings, power_bi_workspace_id=WORKSPACE))

    assert (again.dataset_id, again.schema.action, again.rows) == (first.dataset_id, Action.NOTHING, 0)


def test_a_deployment_that_was_noted_with_its_workspace_written_otherwise_is_gone_on_with(
    publishing: Publish, books: Books, settings: Settings
) -> None:
    books.put(*lines(HARBOUR, 5))
    first = publishing()
    with StateStore(settings.state_url) as state, state.transaction() as connection:
        connection.execute(deployments.update().values(place="AS IT WAS ONCE WRITTEN/QuickBooks Online"))

    again = publishing()

    assert (again.dataset_id, again.schema.action, again.rows) == (first.dataset_id, Action.NOTHING, 0)


def test_a_dataset_that_was_renamed_in_the_workspace_and_in_the_settings_is_gone_on_with(
    publishing: Publish, books: Books, settings: Settings
) -> None:
    books.put(*lines(HARBOUR, 5))
    first = publishing()

    again = publishing(settings=elsewhere(settings, power_bi_dataset="Books"), client=Renamed)

    assert (again.dataset_id, again.schema.action, again.rows) == (first.dataset_id, Action.NOTHING, 0)


def test_a_dataset_of_ours_is_not_deleted_because_it_got_the_name_of_another(
    publishing: Publish, books: Books, settings: Settings, client: PowerBIClient
) -> None:
    books.put(*lines(HARBOUR, 5))
    other = elsewhere(settings, power_bi_dataset="Books")
    both = [publishing(settings=one).dataset_id for one in (other, settings)]

    with pytest.raises(ForeignDatasetError, match=both[1]):
        publishing(settings=other, model=WITH_CLASS, allow_breaking=True, client=Renamed)

    assert sorted(datasets(client)) == sorted(both)


def test_a_dataset_that_was_deleted_is_made_again(publishing: Publish, books: Books, client: PowerBIClient) -> None:
    books.put(*lines(HARBOUR, 5))
    first = publishing()
    client.delete(first.dataset_id)

    again = publishing()

    assert again.dataset_id != first.dataset_id
    assert (again.schema.action, again.rows, again.equal) == (Action.CREATE, first.rows, True)


def test_no_creation_any_more_says_so(publishing: Publish, power_bi: LocalPowerBI) -> None:
    power_bi.switch(creation_retired=True)

    with pytest.raises(CreationRetiredError, match="PBIP project"):
        publishing()


def test_a_plan_changes_nothing(publishing: Publish, settings: Settings, books: Books, client: PowerBIClient) -> None:
    books.write(settings.data.warehouse)

    found = plan(settings, model=MODEL, manner=QUICK)

    assert (found.action, found.rows) == (Action.CREATE, 6)
    assert datasets(client) == []


def test_a_new_measure_sends_no_row(publishing: Publish, books: Books, client: PowerBIClient) -> None:
    books.put(*lines(HARBOUR, 5))
    publishing()

    done = publishing(model=WITH_MEASURE, compare=lambda: False)

    assert (done.schema.action, done.rows) == (Action.UPDATE, 0)
    assert client.query(done.dataset_id, 'EVALUATE ROW("x", [Twice])')[0]["[x]"] == 2 * books.total()
    assert publishing(model=WITH_MEASURE).schema.action is Action.NOTHING


def test_a_new_column_is_filled_for_every_company_that_is_there(
    publishing: Publish, books: Books, power_bi: LocalPowerBI
) -> None:
    books.put(*lines(HARBOUR, 5), *lines(MERIDIAN, 5))
    publishing()

    done = publishing(model=WITH_TYPE, companies=[HARBOUR], tables=["Ledger Lines"], compare=lambda: False)

    rows = power_bi.rows(done.dataset_id, "Ledger Lines")
    assert len(rows) == 10
    assert all(row["Day"] is not None for row in rows)


@pytest.mark.parametrize("model", [WITH_TYPE, WITHOUT_MEMO], ids=["a column more", "a column less"])
def test_a_change_of_columns_that_was_cut_short_loses_no_rows_of_other_companies(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, model: SemanticModel
) -> None:
    books.put(*lines(HARBOUR, 5), *lines(MERIDIAN, 5))
    publishing()
    publishing(model=model, allow_breaking=True, tables=["Company"])

    done = publishing(model=model, companies=[HARBOUR])

    rows = power_bi.rows(done.dataset_id, "Ledger Lines")
    assert sorted(row["Line Key"] for row in rows) == sorted(books.lines)
    assert all(row[column.name] is not None for row in rows for column in model.by_name["Ledger Lines"].columns)


def test_a_breaking_change_needs_to_be_allowed(publishing: Publish, books: Books, power_bi: LocalPowerBI) -> None:
    books.put(*lines(HARBOUR, 5))
    first = publishing()

    with pytest.raises(BreakingChangeError, match=r"Ledger Lines\[Memo\] is dropped or renamed.*--allow-breaking"):
        publishing(model=WITHOUT_MEMO)
    assert publishing().rows == 0

    done = publishing(model=WITHOUT_MEMO, allow_breaking=True)
    assert (done.schema.action, done.equal) == (Action.UPDATE, True)
    assert len(power_bi.rows(first.dataset_id, "Ledger Lines")) == 5


def with_class(publishing: Publish, **more: object) -> Any:
    return publishing(model=WITH_CLASS, allow_breaking=True, **more)


def test_a_new_table_takes_another_dataset_that_reports_are_bound_to(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, client: PowerBIClient
) -> None:
    books.put(*lines(HARBOUR, 5), *lines(MERIDIAN, 5))
    first = publishing()
    made = httpx.post(f"{power_bi.url}/control/reports", json={"name": "P&L", "dataset": first.dataset_id})
    assert made.is_success

    done = with_class(publishing, companies=[HARBOUR])

    assert done.schema.action is Action.RECREATE
    assert datasets(client) == [done.dataset_id] != [first.dataset_id]
    assert [(one.name, one.dataset_id) for one in client.reports()] == [("P&L", done.dataset_id)]
    assert len(power_bi.rows(done.dataset_id, "Ledger Lines")) == 10
    assert with_class(publishing).schema.action is Action.NOTHING


@pytest.mark.parametrize("endpoint", ["create", "rows", "reports", "rebind", "datasets"])
def test_another_dataset_that_was_begun_is_finished(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, client: PowerBIClient, endpoint: str
) -> None:
    books.put(*lines(HARBOUR, 5))
    first = publishing()
    httpx.post(f"{power_bi.url}/control/reports", json={"name": "P&L", "dataset": first.dataset_id})
    method = "DELETE" if endpoint == "datasets" else ""
    power_bi.inject("unauthorized", endpoint=[endpoint], match=method, times=None)
    with pytest.raises((DeliveryInterruptedError, NotAuthorizedError)):
        with_class(publishing, compare=lambda: False)
    assert sum(int(row["Row Sign"]) for row in power_bi.rows(first.dataset_id, "Ledger Lines")) == 5
    power_bi.heal()

    done = with_class(publishing)

    assert done.equal
    assert datasets(client) == [done.dataset_id] != [first.dataset_id]
    assert [one.dataset_id for one in client.reports()] == [done.dataset_id]


def test_a_model_that_goes_back_gives_up_the_dataset_that_was_begun(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, client: PowerBIClient
) -> None:
    books.put(*lines(HARBOUR, 5))
    first = publishing()
    power_bi.inject("unauthorized", endpoint=["rows"], times=None)
    with pytest.raises(DeliveryInterruptedError):
        with_class(publishing)
    power_bi.heal()

    back: SemanticModel = MODEL
    done = publishing(model=back)

    assert datasets(client) == [done.dataset_id] == [first.dataset_id]

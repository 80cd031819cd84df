"""What is published: everything at first, then what changed, nothing where nothing did; and never over others' work."""

from __future__ import annotations

import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.orchestration.tableau_checks import _left_out
from qbo_pipeline.publishing.errors import NoWarehouseError
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline.state.deliveries import Deliveries, QuarantinedRow, Status
from qbo_pipeline.state.deliveries import Kind as Sent
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.errors import ForeignContentError, NotConfiguredError, UnequalExtractError
from qbo_pipeline.tableau.extract.compare import sums_of
from qbo_pipeline.tableau.outbox import DATA_SOURCE, WORKBOOK
from qbo_pipeline.tableau.publication import Kind
from qbo_pipeline.tableau.publish import publish
from qbo_pipeline.tableau.publisher import DESTINATION
from qbo_pipeline.tableau.status import status
from qbo_pipeline.tableau.verify import verify
from qbo_pipeline.tableau.workbook import WorkbookOutcome
from qbo_pipeline_tests.tableau.books import HARBOUR, MERIDIAN, MODEL, Books, lines, starter
from qbo_pipeline_tests.tableau.conftest import QUICK, Publish, entries, settings_of


@pytest.fixture(autouse=True)
def _filled(books: Books) -> None:
    books.put(*lines(HARBOUR, 30), *lines(MERIDIAN, 10))


def amounts(tableau: LocalTableau, luid: str) -> dict[str, Decimal]:
    """Line → amount, of the published data source."""
    rows = tableau.rows(luid, "Ledger Lines")
    found = {str(row["Line Key"]): Decimal(row["Amount"]) for row in rows}
    assert len(found) == len(rows)
    return found


def expected(books: Books) -> dict[str, Decimal]:
    return {key: line.amount for key, line in books.lines.items()}


def test_at_first_everything_is_published_into_a_project_that_is_made(
    tableau: LocalTableau, client: TableauClient, publishing: Publish, books: Books, settings: Settings
) -> None:
    done = publishing()

    assert done.kind is Kind.FULL
    assert amounts(tableau, done.luid) == expected(books)
    project = client.project("QuickBooks Online")
    assert project is not None
    assert client.find_data_source("QuickBooks Online", project) is not None
    assert done.files is not None
    written = done.files.paths
    assert [file.name for file in written] == [f"QuickBooks Online.{end}" for end in ("hyper", "tdsx", "twbx")]
    assert all(file.parent == settings.data.tableau and file.exists() for file in written)


def test_names_with_what_no_filter_of_tableau_takes_are_found(
    tableau: LocalTableau, client: TableauClient, books: Books, settings: Settings
) -> None:
    project, name = "Finance & Controlling, EMEA", "Books of A & B, all [2026]"
    named = settings_of(settings.data.root, tableau.url, tableau_project=project, tableau_data_source=name)
    books.write(settings.data.warehouse)

    first, second = (publish(named, model=MODEL, starter=starter, manner=QUICK) for _ in range(2))

    assert (first.kind, second.kind, second.luid) == (Kind.FULL, Kind.NOTHING, first.luid)
    project_id = client.project(project)
    assert project_id is not None
    found = client.find_data_source(name, project_id)
    assert found is not None
    assert (found.luid, found.name) == (first.luid, name)
    assert [path.name for path in status(named).files] == [f"{name}.{end}" for end in ("hyper", "tdsx", "twbx")]


def test_what_did_not_change_is_not_published(tableau: LocalTableau, publishing: Publish) -> None:
    first = publishing()

    second = publishing()

    assert (second.kind, second.rows, second.bytes, second.job) == (Kind.NOTHING, 0, 0, None)
    assert second.luid == first.luid
    assert sum(one.method in {"POST", "PATCH"} and "/datasources" in one.path for one in tableau.requests) == 1


def test_rows_that_changed_are_sent_as_an_update(tableau: LocalTableau, publishing: Publish, books: Books) -> None:
    publishing()
    books.put(replace(books.lines[f"{HARBOUR}|3"], amount=Decimal("12345.6789")), *lines(MERIDIAN, 2, start=50))
    del books.lines[f"{HARBOUR}|7"]
    books.accounts["2"] = "Rent & heating"

    done = publishing()

    assert (done.kind, done.rows) == (Kind.UPDATE, 6)
    changed = {one.table: (one.added, one.changed, one.removed) for one in done.tables}
    assert changed == {"Company": (0, 0, 0), "Account": (0, 2, 0), "Ledger Lines": (2, 1, 1)}
    assert amounts(tableau, done.luid) == expected(books)
    assert {row["Account"] for row in tableau.rows(done.luid, "Account")} == {"Sales", "Rent & heating"}


def test_a_whole_publication_is_made_when_it_is_asked_for(publishing: Publish) -> None:
    first = publishing()

    second = publishing(full=True)

    assert second.kind is Kind.FULL
    assert second.luid == first.luid


def test_a_company_that_is_gone_goes(tableau: LocalTableau, publishing: Publish, books: Books) -> None:
    publishing()
    for key in [key for key, line in books.lines.items() if line.company == MERIDIAN]:
        del books.lines[key]
    del books.companies[MERIDIAN]

    done = publishing()

    assert [row["Company Key"] for row in tableau.rows(done.luid, "Company")] == [HARBOUR]
    assert amounts(tableau, done.luid) == expected(books)


def test_changes_larger_than_an_update_may_be_are_published_whole(publishing: Publish, books: Books) -> None:
    publishing()
    books.put(*lines(HARBOUR, 3, start=90))

    done = publishing(replace(QUICK, payload_limit=1_000))

    assert done.kind is Kind.FULL


def test_a_server_that_takes_less_is_remembered(
    tableau: LocalTableau, publishing: Publish, books: Books, settings: Settings
) -> None:
    publishing()
    tableau.switch(update_bytes=1_000)
    books.put(*lines(HARBOUR, 3, start=90))
    first = publishing()
    books.put(*lines(HARBOUR, 3, start=95))

    second = publishing()

    assert (first.kind, second.kind) == (Kind.FULL, Kind.FULL)
    assert sum(one.method == "PATCH" for one in tableau.requests) == 1
    assert status(settings).payload_limit < 100_000
    assert amounts(tableau, second.luid) == expected(books)


def test_a_server_that_knows_no_updates_is_sent_everything(
    tableau: LocalTableau, publishing: Publish, books: Books
) -> None:
    tableau.switch(rest_api_version="3.12")
    publishing()
    books.put(*lines(HARBOUR, 1, start=90))

    done = publishing()

    assert done.kind is Kind.FULL
    assert amounts(tableau, done.luid) == expected(books)


def test_what_somebody_else_overwrote_is_published_anew(
    tableau: LocalTableau, client: TableauClient, publishing: Publish, books: Books, settings: Settings, tmp_path: Path
) -> None:
    first = publishing()
    old = tmp_path / "old.tdsx"
    shutil.copyfile(settings.data.tableau / "QuickBooks Online.tdsx", old)
    books.put(*lines(HARBOUR, 5, start=90))
    publishing()
    # Tableau tells the second of a change.
    tableau.advance(2)
    client.publish_data_source(old, "QuickBooks Online", project(client), "")
    tableau.wait_for_jobs()
    books.put(*lines(HARBOUR, 1, start=97))

    done = publishing()

    assert (done.kind, done.luid) == (Kind.FULL, first.luid)
    assert amounts(tableau, done.luid) == expected(books)


def test_what_somebody_deleted_is_published_again(
    tableau: LocalTableau, client: TableauClient, publishing: Publish
) -> None:
    first = publishing()
    client.call("delete it", lambda server: server.datasources.delete(first.luid))

    second = publishing()

    assert second.kind is Kind.FULL
    assert second.luid != first.luid


@pytest.mark.parametrize("what", ["data source", "project"])
def test_what_somebody_moved_is_left_there_and_followed_where_its_new_place_is_named(
    tableau: LocalTableau, client: TableauClient, publishing: Publish, books: Books, settings: Settings,
    caplog: pytest.LogCaptureFixture, what: str,
) -> None:  # fmt: skip
    first = publishing()

    def move(server: Any) -> None:
        if what == "project":
            item = server.projects.get_by_id(project(client))
            item.name = "Finance"
            server.projects.update(item)
        else:
            item = server.datasources.get_by_id(first.luid)
            item.project_id = finance
            server.datasources.update(item)

    finance = "" if what == "project" else client.make_project("Finance", "")
    client.call("move it", move)

    second = publishing()

    assert second.luid != first.luid
    assert f"somebody renamed or moved it, or the project. It is left as it is, {first.data_source} ({first.luid})" in (
        caplog.text
    )
    moved = settings_of(settings.data.root, tableau.url, tableau_project="Finance")
    books.put(*lines(HARBOUR, 2, start=90))
    books.write(settings.data.warehouse)
    assert publish(moved, model=MODEL, starter=starter, manner=QUICK).luid == first.luid
    assert amounts(tableau, first.luid) == expected(books)


# Tableau takes names that differ in their case for the same.
@pytest.mark.parametrize("name", ["QuickBooks Online", "Quickbooks online"])
def test_a_data_source_of_the_name_that_is_somebody_elses_is_not_overwritten(
    tableau: LocalTableau, client: TableauClient, publishing: Publish, books: Books, settings: Settings, tmp_path: Path,
    name: str,
) -> None:  # fmt: skip
    other = settings_of(tmp_path / "other", tableau.url, tableau_data_source="Other")
    books.write(other.data.warehouse)
    publish(other, model=MODEL, starter=starter, manner=QUICK)
    file = other.data.tableau / "Other.tdsx"
    client.publish_data_source(file, name, project(client), "The books as Ann sees them.")
    tableau.wait_for_jobs()
    before = client.find_data_source(name, project(client))

    with pytest.raises(ForeignContentError, match="TABLEAU_DATA_SOURCE"):
        publishing()

    assert before is not None
    assert client.data_source(before.luid) == before


def test_a_workbook_whose_name_differs_in_its_case_alone_is_somebody_elses_as_well(
    tableau: LocalTableau, client: TableauClient, publishing: Publish, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.twbx"
    starter(MODEL, mine, "Quickbooks online", None, None)
    folder = client.make_project("QuickBooks Online", "")
    client.publish_workbook(mine, "Quickbooks online", folder, "Ann's")
    tableau.wait_for_jobs()
    before = client.find_workbook("Quickbooks online", folder)

    assert publishing().workbook is WorkbookOutcome.KEPT
    assert client.find_workbook("Quickbooks online", folder) == before


def test_a_project_whose_name_differs_in_its_case_alone_serves(client: TableauClient, publishing: Publish) -> None:
    folder = client.make_project("Quickbooks online", "")

    publishing()

    assert client.find_data_source("QuickBooks Online", folder) is not None


def test_it_is_not_overwritten_either_by_who_published_one_of_the_name_to_another_project(
    tableau: LocalTableau, client: TableauClient, publishing: Publish, settings: Settings
) -> None:
    first = publishing()
    assert first.files is not None
    finance = client.make_project("Finance", "Ann's")
    client.publish_data_source(first.files.data_source, "QuickBooks Online", finance, "The books as Ann sees them.")
    tableau.wait_for_jobs()
    before = client.find_data_source("QuickBooks Online", finance)
    moved = settings_of(settings.data.root, tableau.url, tableau_project="Finance")

    with pytest.raises(ForeignContentError, match="TABLEAU_DATA_SOURCE"):
        publish(moved, model=MODEL, starter=starter, manner=QUICK)

    assert client.find_data_source("QuickBooks Online", finance) == before


def test_an_installation_that_lost_its_state_goes_on_with_its_data_source(
    tableau: LocalTableau, publishing: Publish, books: Books, settings: Settings
) -> None:
    first = publishing()
    shutil.rmtree(settings.data.build.parent)
    shutil.rmtree(settings.data.state)
    books.put(*lines(HARBOUR, 1, start=97))

    second = publishing()

    assert (second.kind, second.luid) == (Kind.FULL, first.luid)
    assert amounts(tableau, second.luid) == expected(books)


def test_the_workbook_is_published_once_and_left_alone_when_people_change_it(
    tableau: LocalTableau, client: TableauClient, publishing: Publish, books: Books, tmp_path: Path
) -> None:
    first = publishing()
    books.put(*lines(HARBOUR, 1, start=97))
    second = publishing()
    tableau.advance(2)
    mine = tmp_path / "mine.twbx"
    assert first.files is not None
    shutil.copyfile(first.files.workbook, mine)
    client.publish_workbook(mine, "QuickBooks Online", project(client), "Ann's")
    tableau.wait_for_jobs()

    third = publishing(full=True)

    assert [one.workbook for one in (first, second, third)] == [
        WorkbookOutcome.PUBLISHED, WorkbookOutcome.UNCHANGED, WorkbookOutcome.KEPT,
    ]  # fmt: skip


def test_every_publication_and_update_is_in_the_outbox_with_its_job(
    publishing: Publish, books: Books, settings: Settings
) -> None:
    publishing()
    books.put(*lines(HARBOUR, 1, start=97))
    publishing()

    found = [one for one in entries(settings) if one.kind is not Sent.REFRESH]

    assert [(one.kind, one.table, one.status) for one in found] == [
        (Sent.PUBLISH, DATA_SOURCE, Status.DONE),
        (Sent.PUBLISH, WORKBOOK, Status.DONE),
        (Sent.UPDATE, DATA_SOURCE, Status.DONE),
    ]
    assert all(one.request_id for one in found)
    assert [file for file in (settings.data.root / "outbox").rglob("*") if file.is_file()] == []


def test_rows_that_do_not_fit_are_left_out_and_told(
    publishing: Publish, books: Books, settings: Settings, tableau: LocalTableau
) -> None:
    books.put(replace(books.lines[f"{HARBOUR}|1"], amount=Decimal("123456789012345678.12")))

    done = publishing()

    assert done.left_out == 1
    assert f"{HARBOUR}|1" not in amounts(tableau, done.luid)
    [row] = status(settings).left_out
    assert row.key == f"{HARBOUR}|1"
    assert "Amount" in row.reason


def test_rows_that_are_left_out_are_told_of_the_place_that_misses_them(
    publishing: Publish, books: Books, settings: Settings, tableau: LocalTableau, tmp_path: Path
) -> None:
    fits = books.lines[f"{HARBOUR}|1"]
    books.put(replace(fits, amount=Decimal("123456789012345678.12")))
    publishing()
    books.put(fits)
    elsewhere = settings_of(
        tmp_path / "other", tableau.url, tableau_project="Finance", state_url_override=settings.state_url
    )
    books.write(elsewhere.data.warehouse)
    publish(elsewhere, model=MODEL, starter=starter, manner=QUICK)

    assert [row.key for row in status(settings).left_out] == [f"{HARBOUR}|1"]
    assert len(_left_out(settings)) == 1
    assert status(elsewhere).left_out == ()
    assert _left_out(elsewhere) == []


def test_what_an_earlier_version_left_out_is_told_until_it_is_published_anew(
    publishing: Publish, settings: Settings, store: StateStore
) -> None:
    misfit = QuarantinedRow("Ledger Lines", HARBOUR, f"{HARBOUR}|1", "Amount does not fit")
    Deliveries(store, DESTINATION).quarantine("QuickBooks Online", "Ledger Lines", None, [misfit])
    assert status(settings).left_out == (misfit,)
    assert len(_left_out(settings)) == 1

    publishing()

    assert status(settings).left_out == ()
    assert _left_out(settings) == []


def test_what_is_published_is_proven_by_a_download(publishing: Publish, books: Books, settings: Settings) -> None:
    publishing()
    assert verify(settings, model=MODEL, manner=QUICK).equal

    books.put(*lines(HARBOUR, 1, start=97))
    books.write(settings.data.warehouse)

    found = verify(settings, model=MODEL, manner=QUICK)
    assert not found.equal
    assert found.behind
    assert any("Amount" in told for told in found.differences)


@pytest.mark.parametrize("full", [True, False])
def test_what_is_not_equal_to_the_warehouse_is_not_published(
    tableau: LocalTableau, publishing: Publish, books: Books, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    first = publishing()
    from qbo_pipeline.tableau.extract import build, payload

    monkeypatch.setattr(build if full else payload, "unequal", lambda *_: ("Ledger Lines: 1 row too few",))
    before = amounts(tableau, first.luid)
    books.put(*lines(HARBOUR, 1, start=97))

    with pytest.raises(UnequalExtractError, match="1 row too few"):
        publishing(full=full)

    assert amounts(tableau, first.luid) == before
    monkeypatch.undo()
    assert amounts(tableau, publishing().luid) == expected(books)


def test_an_update_writes_no_files_unless_they_are_asked_for(
    publishing: Publish, books: Books, settings: Settings
) -> None:
    first = publishing()
    books.put(*lines(HARBOUR, 1, start=97))
    assert first.files is not None
    written = [path.read_bytes() for path in first.files.paths]

    second = publishing(files=False)

    assert (second.kind, second.files) == (Kind.UPDATE, None)
    assert [path.read_bytes() for path in first.files.paths] == written
    third = publishing()
    assert (third.kind, third.files is not None) == (Kind.NOTHING, True)
    assert sums_of(first.files.extract.path, MODEL)["Ledger Lines"].rows == len(books.lines)


def test_without_a_warehouse_nothing_is_asked_of_the_data_source(tableau: LocalTableau, settings: Settings) -> None:
    with pytest.raises(NoWarehouseError):
        publish(settings, model=MODEL, starter=starter, manner=QUICK)

    assert not [one for one in tableau.requests if "/datasources" in one.path]


def test_switched_off_it_says_how_to_switch_it_on(tmp_path: Path) -> None:
    off = load_settings(data_dir=tmp_path, tableau_server_url="off", _env_file=None)

    with pytest.raises(NotConfiguredError, match="TABLEAU_SERVER_URL"):
        publish(off, model=MODEL, starter=starter)


def test_the_status_tells_what_is_published_where(publishing: Publish, settings: Settings) -> None:
    done = publishing()

    found = status(settings)

    assert found.published is not None
    assert found.published.luid == done.luid
    assert found.workbook is not None
    assert found.sign_in.session_ends_at is not None
    assert (found.waiting, found.failed) == ((), ())
    assert DESTINATION == "tableau"


def project(client: TableauClient) -> str:
    found = client.project("QuickBooks Online")
    assert found is not None
    return found

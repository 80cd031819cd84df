"""Edited files become changes in QuickBooks, over HTTP, and come back into the warehouse."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.quickbooks.writing import WritingNotAllowedError
from qbo_pipeline.reference import exchange
from qbo_pipeline.reference.folder import FolderError
from qbo_pipeline.reference.plan import ConflictingField
from qbo_pipeline.reference.results import Outcome
from qbo_pipeline.state.api_usage import ApiUsage
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.warehouse.rebuild import rebuild
from qbo_pipeline_tests.reference.conftest import NAME, Company, Folder

pytestmark = pytest.mark.end_to_end


def test_an_update_changes_the_edited_fields_and_keeps_the_others(company: Company, exported: Folder) -> None:

    [result] = exported.edit("accounts.csv", "11", name="Office supplies", description="").apply()

    now = company.record("Account", "11")
    assert result.outcome is Outcome.APPLIED
    assert (now["Name"], now["AcctNum"], now["TxnLocationType"]) == ("Office supplies", "0100", "WithinFrance")
    assert "Description" not in now
    assert now["SyncToken"] == "1"


def test_the_warehouse_has_what_was_changed_and_the_full_names_below_it(
    company: Company, exported: Folder, session: Session
) -> None:
    exported.edit("classes.csv", "21", name="Orient").apply()

    assert session.warehouse_query(
        "SELECT id, name, fully_qualified_name FROM quickbooks.class WHERE realm_id = ? ORDER BY id", [company.realm_id]
    ) == [("21", "Orient", "Orient"), ("22", "Coast", "Orient:Coast")]  # fmt: skip


def test_rows_without_id_are_created_parents_first_and_nothing_is_left_to_do(
    company: Company, exported: Folder, session: Session, tmp_path: Path
) -> None:
    exported.add(
        "accounts.csv", name="Toner", parent_id="Office:Printing", **{"account_type (new rows only)": "Expense"}
    )
    exported.add("accounts.csv", name="Printing", parent_id="11", **{"account_type (new rows only)": "Expense"})
    exported.add("departments.csv", name="München").add("departments.csv", name="0100", parent_id="München")
    edited = exported.rows("accounts.csv")

    results = exported.apply()

    assert {one.outcome for one in results} == {Outcome.APPLIED}
    made = {one.change.name: company.record(one.change.entity, one.id) for one in results}
    toner = made["Office:Printing:Toner"]
    assert (toner["FullyQualifiedName"], toner["SubAccount"]) == ("Office:Printing:Toner", True)
    assert made["München:0100"]["SubDepartment"] is True
    assert exported.plan().changes == ()
    again = Folder(session, company.realm_id, tmp_path / "again").rows("accounts.csv")
    editable = ("name", "description", "active", "account_type (new rows only)")
    assert sorted(_cells(again, editable)) == sorted(_cells(edited, editable))


def _cells(rows: list[dict[str, str]], columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The cells, new rows as active as they become."""
    return [tuple(row[name] or ("yes" if name == "active" else "") for name in columns) for row in rows]


def test_records_are_moved_made_inactive_and_active_again(company: Company, exported: Folder) -> None:
    exported.edit("accounts.csv", "12", parent_id="").edit("accounts.csv", "13", active="no")
    exported.edit("accounts.csv", "14", active="yes").edit("classes.csv", "22", parent_id="", name="Shore")

    assert {one.change.what: one.outcome for one in exported.apply()} == {
        "update": "applied", "deactivate": "applied", "reactivate": "applied",
    }  # fmt: skip
    paper, cash, old, shore = (
        company.record(kind, key)
        for kind, key in (("Account", "12"), ("Account", "13"), ("Account", "14"), ("Class", "22"))
    )
    assert (paper["FullyQualifiedName"], paper["SubAccount"], "ParentRef" in paper) == ("Paper", False, False)
    assert (cash["Active"], old["Active"], old["Name"]) == (False, True, "Old")
    assert (shore["FullyQualifiedName"], shore["SubClass"]) == ("Shore", False)


def test_what_somebody_changed_since_the_last_load_is_not_written_over(company: Company, exported: Folder) -> None:
    company.touch("Account", "11", Name="Theirs")

    [conflict] = exported.edit("accounts.csv", "11", name="Mine").apply()

    assert conflict.outcome is Outcome.CONFLICT
    assert conflict.fields == (ConflictingField("name", "Office", "Theirs", "Mine"),)
    assert company.record("Account", "11")["Name"] == "Theirs"
    [planned] = exported.plan().conflicts  # the warehouse was brought up to date
    assert planned.fields == conflict.fields


def test_what_somebody_changed_between_reading_and_writing_is_not_written_over(
    company: Company, exported: Folder
) -> None:
    company.quickbooks.inject(
        "edit", entity="Account", endpoint=["query"],
        action=lambda: company.touch("Account", "11", Name="Theirs"),
    )  # fmt: skip

    [conflict] = exported.edit("accounts.csv", "11", name="Mine").apply()

    assert company.writes() == 1
    assert (conflict.outcome, conflict.fields[0].theirs) == (Outcome.CONFLICT, "Theirs")
    assert company.record("Account", "11")["Name"] == "Theirs"


def test_one_refused_row_does_not_keep_the_others_from_being_sent(company: Company, exported: Folder) -> None:
    exported.add("classes.csv", name="Child", parent_id="West").add("classes.csv", name="West")
    exported.add("classes.csv", name="North").edit("departments.csv", "31", name="Bonn")
    company.create("Class", Name="WEST")

    outcomes = {one.change.name: one for one in exported.apply()}

    assert {name: str(one.outcome) for name, one in outcomes.items()} == {
        "West": "refused", "West:Child": "not sent", "North": "applied", "Berlin": "applied",
    }  # fmt: skip
    assert "The name supplied already exists" in outcomes["West"].told
    assert outcomes["West:Child"].told == "its parent was not created"


def test_everything_is_in_the_audit_trail(company: Company, exported: Folder, session: Session) -> None:
    company.touch("Account", "13", Name="Theirs")
    exported.edit("accounts.csv", "11", name="Office supplies").edit("accounts.csv", "13", name="Mine")
    exported.apply()

    rows: list[Any] = session.warehouse_query(
        "SELECT entity, id, action, outcome, changes, attempts, os_user <> '', asked_at <= answered_at, "
        "intuit_tid <> '' FROM audit.reference_change WHERE realm_id = ? ORDER BY id",
        [company.realm_id],
    )
    assert [row[:4] for row in rows] == [
        ("Account", "11", "update", "applied"),
        ("Account", "13", "update", "conflict"),
    ]
    assert json.loads(rows[0][4]) == [{"field": "name", "before": "Office", "after": "Office supplies"}]
    assert {row[5:] for row in rows} == {(1, True, True, True)}
    posted = "SELECT entity, outcome FROM audit.api_call WHERE endpoint = 'account' AND realm_id = ?"
    assert session.warehouse_query(posted, [company.realm_id]) == [("Account", "ok")]


def test_nothing_is_sent_without_the_setting(
    company: Company, exported: Folder, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = exchange.plan_folder(session, exported.edit("classes.csv", "21", name="West").path)
    monkeypatch.setattr(session, "settings", session.settings.model_copy(update={"allow_reference_write": False}))

    with pytest.raises(WritingNotAllowedError):
        exchange.apply(session, planned)
    assert company.writes() == 0


def test_a_folder_with_edits_is_not_exported_over(exported: Folder, session: Session) -> None:
    exchange.export(session, exported.realm_id, NAME, exported.path)
    exported.edit("classes.csv", "21", name="West")

    with pytest.raises(FolderError, match=r"classes\.csv was edited.*--replace"):
        exchange.export(session, exported.realm_id, NAME, exported.path)
    exchange.export(session, exported.realm_id, NAME, exported.path, replace=True)
    assert exported.plan().changes == ()


def test_the_audit_trail_survives_a_rebuild_of_the_warehouse(
    company: Company, exported: Folder, session: Session
) -> None:
    exported.edit("departments.csv", "31", name="Bonn").apply()
    data = session.settings.data

    rebuild(data.build, data.warehouse, data.lake, lambda *_: None)

    rows = "SELECT id, outcome FROM audit.reference_change WHERE realm_id = ?"
    assert session.warehouse_query(rows, [company.realm_id]) == [("31", "applied")]
    assert session.warehouse_query(
        "SELECT name FROM quickbooks.department WHERE realm_id = ?", [company.realm_id]
    ) == [("Bonn",)]  # fmt: skip


def test_what_was_read_for_it_is_told_apart_and_metered(company: Company, exported: Folder, session: Session) -> None:
    exported.edit("departments.csv", "31", name="Bonn").apply()

    received = "SELECT source FROM quickbooks.department WHERE realm_id = ?"
    assert session.warehouse_query(received, [company.realm_id]) == [("reference",)]
    with StateStore(session.settings.state_url) as state:
        spent = ApiUsage(state).of_month(datetime.now(UTC).date())
    # One read before it was written and one after; writing costs nothing.
    assert spent[company.realm_id, "reference"] == 2

"""What an edited file asks for, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from qbo_pipeline.reference.folder import Record, read_file
from qbo_pipeline.reference.lists import ACCOUNTS, CLASSES
from qbo_pipeline.reference.plan import ConflictingField
from qbo_pipeline.reference.planning import plan_list
from qbo_pipeline_tests.reference.editing import Sheet, classes, newer, record, said, told

OFFICE = record(ACCOUNTS, "7", "Office", account_number="0100", description="All of it")
PAPER = record(ACCOUNTS, "8", "Paper", OFFICE)
CASH = record(ACCOUNTS, "9", "Cash", account_type="Bank", classification="Asset")


@pytest.fixture
def accounts(tmp_path: Path) -> Sheet:
    return Sheet(ACCOUNTS, [OFFICE, PAPER, CASH], tmp_path)


def sheet(folder: Path, *names: str) -> Sheet:
    return Sheet(CLASSES, classes(*names), folder)


def test_only_edited_fields_are_changed(accounts: Sheet) -> None:
    [change] = accounts.set("7", name="Office supplies", account_number="0200").plan().changes

    assert (change.what, change.id, change.sync_token, change.name) == ("update", "7", "0", "Office")
    assert said(change) == {"name": ("Office", "Office supplies"), "account_number": ("0100", "0200")}


def test_a_field_is_emptied(accounts: Sheet) -> None:
    [change] = accounts.set("7", description="").plan().changes

    assert said(change) == {"description": ("All of it", "")}


def test_flags_are_read_in_any_writing(accounts: Sheet) -> None:
    changes = accounts.set("7", active="TRUE").set("8", active="False").set("9", active="No").plan().changes

    assert [(one.what, one.id) for one in changes] == [("deactivate", "8"), ("deactivate", "9")]


def test_a_record_is_moved_by_id_or_by_full_name_and_out_again(tmp_path: Path) -> None:
    edited = sheet(tmp_path, "East", "West", "West:Coast").set("1", parent_id="2").set("3", parent_id="")

    out, moved = edited.plan().changes
    assert (said(moved), moved.parent) == ({"parent_id": ("", "2")}, "2")
    assert (said(out), out.parent) == ({"parent_id": ("2", "")}, "")
    [named] = sheet(tmp_path, "East", "West", "West:Coast").set("1", parent_id="west:COAST").plan().changes
    assert (said(named), named.parent) == ({"parent_id": ("", "3")}, "3")


def test_the_same_parent_by_name_is_no_change(tmp_path: Path) -> None:
    plan = sheet(tmp_path, "West", "West:Coast").set("2", parent_id="West").plan()

    assert (plan.changes, plan.problems) == ((), ())


def test_rows_without_id_are_created_parents_first(accounts: Sheet) -> None:
    plan = (
        accounts.add(name="Toner", parent_id="Office:Printing", account_type="Expense")
        .add(name="Printing", parent_id="7", account_type="expense", active="yes")
        .plan()
    )

    printing, toner = plan.changes
    assert (printing.what, printing.name, printing.parent) == ("create", "Office:Printing", "7")
    assert said(printing) == {"name": ("", "Printing"), "parent_id": ("", "7"), "account_type": ("", "Expense")}
    assert (toner.name, toner.parent) == ("Office:Printing:Toner", printing.key)


def test_a_row_that_was_created_since_is_left_alone(tmp_path: Path) -> None:
    edited = sheet(tmp_path, "East").add(name="West")

    plan = edited.plan(classes("East", "West"))
    assert (plan.changes, plan.problems) == ((), ())
    assert "in QuickBooks as the file asks already" in plan.notes[0]


def test_what_was_created_below_something_that_was_renamed_along_with_it_is_known_again(tmp_path: Path) -> None:
    edited = sheet(tmp_path, "East").set("1", name="West").add(name="Coast", parent_id="1")
    edited.add(name="North", parent_id="East:Coast").add(name="Far", parent_id="East:Coast:North")
    assert [one.name for one in edited.plan().changes] == [
        "East", "East:Coast", "East:Coast:North", "East:Coast:North:Far",
    ]  # fmt: skip

    made = classes("West", "West:Coast", "West:Coast:North")
    [left] = edited.plan(made).changes

    assert (left.name, left.parent) == ("West:Coast:North:Far", "3")
    assert edited.plan(made).clean


def test_an_edit_that_quickbooks_has_already_is_left_alone(accounts: Sheet) -> None:
    edited = accounts.set("7", name="Rent")

    plan = edited.plan([newer(OFFICE, name="Rent"), PAPER, CASH])

    assert (plan.changes, plan.conflicts) == ((), ())


def test_a_removed_row_changes_nothing_and_it_is_said(accounts: Sheet) -> None:
    plan = accounts.remove("9").plan()

    assert plan.changes == ()
    assert plan.notes == (
        "accounts.csv: 1 row ('Cash') removed from the file. That changes nothing in QuickBooks, which deletes nothing "
        "from this list; to make a record inactive, keep its row and set active to no.",
    )


def test_what_changed_in_quickbooks_since_the_export_is_a_conflict(accounts: Sheet) -> None:
    edited = accounts.set("7", name="Rent", description="Mine")

    plan = edited.plan([newer(OFFICE, description="Theirs"), PAPER, CASH])

    assert plan.changes == ()
    [conflict] = plan.conflicts
    assert conflict.fields == (
        ConflictingField("name", "Office", "Office", "Rent"),
        ConflictingField("description", "All of it", "Theirs", "Mine"),
    )


def test_what_changed_in_quickbooks_and_was_not_edited_is_none_of_our_business(accounts: Sheet) -> None:
    plan = accounts.set("8", name="Pens").plan([newer(OFFICE, name="Theirs"), PAPER, CASH])

    assert [one.id for one in plan.changes] == ["8"]
    assert plan.clean


def test_a_name_that_is_given_up_can_be_taken(tmp_path: Path) -> None:
    plan = sheet(tmp_path, "East", "West").set("1", name="West").set("2", name="South").plan()

    assert [one.id for one in plan.changes] == ["2", "1"]


def test_a_name_that_is_given_up_can_be_given_to_a_new_record(tmp_path: Path) -> None:
    plan = sheet(tmp_path, "East").add(name="East").set("1", name="Old East").plan()

    assert [(one.what, said(one)["name"]) for one in plan.changes] == [
        ("update", ("East", "Old East")), ("create", ("", "East")),
    ]  # fmt: skip


def test_a_parent_is_not_guessed_where_a_new_row_takes_the_name_of_an_old_one(tmp_path: Path) -> None:
    edited = sheet(tmp_path, "East", "West").set("1", name="Old East").add(name="East").set("2", parent_id="East")

    assert "parent_id 'East' is the full name of id 1 and line 4" in told(edited.plan())


def test_what_is_below_a_record_is_changed_before_it_is_renamed(tmp_path: Path) -> None:
    edited = sheet(tmp_path, "West", "West:Coast", "West:Coast:North")
    plan = edited.set("1", name="W").set("2", name="C").set("3", name="N").add(name="South", parent_id="West").plan()

    assert [one.name for one in plan.changes] == ["West:Coast:North", "West:Coast", "West", "West:South"]


def test_swapped_names_need_a_third(tmp_path: Path) -> None:
    plan = sheet(tmp_path, "East", "West").set("1", name="West").set("2", name="East").plan()

    assert plan.changes == ()
    assert "the name is taken by id 2. Choose another name. To swap two names" in told(plan)


def test_a_child_becomes_the_parent_of_its_parent_in_two_steps(tmp_path: Path) -> None:
    plan = sheet(tmp_path, "West", "West:Coast").set("1", parent_id="2").set("2", parent_id="").plan()

    assert [one.id for one in plan.changes] == ["2", "1"]


def test_the_name_of_an_inactive_record_is_free(tmp_path: Path) -> None:
    edited = Sheet(CLASSES, [record(CLASSES, "1", "East", active="no"), record(CLASSES, "2", "West")], tmp_path)

    assert edited.set("2", name="East").plan().clean
    assert "the name is taken by id 1" in told(edited.set("1", active="yes").plan())


def test_one_bad_row_leaves_the_others_as_they_are(accounts: Sheet) -> None:
    plan = accounts.set("7", name="").set("8", name="Pens").plan()

    assert [one.id for one in plan.changes] == ["8"]
    assert "2: Office: name is empty. Give the name." in told(plan)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"name": "A:B"}, "name contains ':'. QuickBooks does not take that there. Say what it is below in parent_id"),
        ({"name": 'The "Office"'}, "name contains '\"'"),
        ({"name": "x" * 101}, "name has 101 characters. QuickBooks takes 100"),
        ({"account_number": "1" * 21}, "account_number has 21 characters"),
        ({"description": "d" * 101}, "description has 101 characters"),
        ({"active": "maybe"}, "active is 'maybe'. Write yes or no"),
        ({"active": ""}, "active is ''"),
        ({"account_type": "Income"}, "account_type cannot be changed from 'Expense' to 'Income'. It is set once"),
        ({"fully_qualified_name": "Home"}, "fully_qualified_name cannot be changed from 'Office' to 'Home'"),
        ({"sync_token": "3"}, "its sync_token is 3, and was exported as 0"),
        ({"parent_id": "8"}, "it would be below itself"),
        ({"parent_id": "7"}, "it would be below itself"),
        ({"parent_id": "77"}, "parent_id '77' is neither an id nor a full name"),
        ({"parent_id": "9"}, "it is of type 'Expense', its parent 'Cash' of type 'Bank'"),
        ({"id": "77"}, "id 77 was not exported. Leave id empty to create a record"),
        ({"id": "8"}, "id 8 is in several rows"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(accounts: Sheet, cells: dict[str, str], reason: str) -> None:
    plan = accounts.set("7", **cells).plan()

    assert plan.changes == ()
    assert f"2: Office: {reason}" in told(plan)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"account_type": "Expense"}, "name is empty"),
        ({"name": "Fees"}, "account_type is empty"),
        ({"name": "Fees", "account_type": "Expences"}, "account_type 'Expences' does not exist. Write one of: Bank,"),
        ({"name": "Fees", "account_type": "Expense", "active": "no"}, "a new record is active"),
        ({"name": "Fees", "account_type": "Expense", "parent_id": "Home"}, "parent_id 'Home' is neither"),
        ({"name": "Fees", "account_type": "Bank", "parent_id": "7"}, "it is of type 'Bank'"),
        ({"name": "OFFICE", "account_type": "Income"}, "the name is taken by id 7"),
    ],
)
def test_new_rows_that_cannot_be_are_refused(accounts: Sheet, cells: dict[str, str], reason: str) -> None:
    plan = accounts.add(**cells).plan()

    assert plan.changes == ()
    assert reason in told(plan)


def test_two_new_rows_cannot_share_a_name(tmp_path: Path) -> None:
    plan = sheet(tmp_path).add(name="East").add(name="EAST").plan()

    assert [one.name for one in plan.changes] == ["East"]
    assert "3: EAST: the name is taken by the new row in line 2" in told(plan)


def test_children_of_a_row_that_cannot_be_created_wait_for_it(tmp_path: Path) -> None:
    plan = sheet(tmp_path).add(name="A:B").add(name="Child", parent_id="A:B").plan()

    assert plan.changes == ()
    assert "3: A:B:Child: its parent, in line 2, cannot be created. Mend that row first." in told(plan)


def test_nothing_is_put_below_an_inactive_record(tmp_path: Path) -> None:
    edited = Sheet(CLASSES, [record(CLASSES, "1", "East", active="no"), record(CLASSES, "2", "West")], tmp_path)

    assert "its parent 'East' is inactive" in told(edited.set("2", parent_id="1").plan())
    assert [one.id for one in edited.set("1", active="yes").plan().changes] == ["1", "2"]


def test_a_record_that_was_merged_away_is_said_to_be_gone(accounts: Sheet) -> None:
    plan = accounts.set("9", name="Till").plan([OFFICE, PAPER])

    assert "4: Cash: it is no more in QuickBooks" in told(plan)


def test_a_full_name_that_two_records_had_is_not_guessed(tmp_path: Path) -> None:
    inactive = [record(CLASSES, "1", "East", active="no"), record(CLASSES, "2", "East", active="no")]
    edited = Sheet(CLASSES, [*inactive, record(CLASSES, "3", "West")], tmp_path).set("3", parent_id="East")

    assert "parent_id 'East' is the full name of id 1 and id 2" in told(edited.plan())


def test_lines_that_are_no_rows_are_told_and_the_others_read(tmp_path: Path) -> None:
    exported: list[Record] = classes("East", "West")
    path = tmp_path / "classes.csv"
    path.write_text("id,sync_token,name\n1,0,East, Coast\n2,0,South\n", encoding="utf-8")

    plan = plan_list(read_file(CLASSES, path), exported, exported)

    assert [said(one) for one in plan.changes] == [{"name": ("West", "South")}]
    assert "it has 4 cells instead of 3" in told(plan)

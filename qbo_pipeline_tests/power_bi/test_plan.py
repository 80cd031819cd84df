from __future__ import annotations

from dataclasses import replace

import pytest

from qbo_pipeline.model.definition import Column, DataType, Measure, Relationship, SemanticModel, Table
from qbo_pipeline.power_bi.compile import compiled
from qbo_pipeline.power_bi.errors import CompileError
from qbo_pipeline.power_bi.plan import Action, SchemaPlan, planned
from qbo_pipeline.power_bi.push_schema import read_schema
from qbo_pipeline_tests.power_bi.books import ACCOUNT, LINES, MODEL, with_tables

BEFORE = compiled(MODEL, "Books", "token")
NOTE = Column("Note", "note", DataType.TEXT, "Note.")


def plan_to(model: SemanticModel) -> SchemaPlan:
    return planned(BEFORE, compiled(model, "Books", "token"), {"Ledger Lines": 25_000, "Account": 40})


def changed(table: Table, **more: object) -> SemanticModel:
    return with_tables(MODEL, {table.name: replace(table, **more)})  # type: ignore[arg-type]


def test_without_a_dataset_it_is_created() -> None:
    found = planned(None, BEFORE, {"Ledger Lines": 25_000})

    assert (found.action, found.rows, found.posts, found.breaking) == (Action.CREATE, 25_000, 3, ())


def test_a_schema_that_was_kept_is_the_same() -> None:
    assert read_schema(BEFORE.text()) == BEFORE
    assert planned(read_schema(BEFORE.text()), BEFORE, {}).action is Action.NOTHING


def test_a_new_column_is_put_and_the_table_sent_again() -> None:
    found = plan_to(changed(LINES, columns=(*LINES.columns, NOTE)))

    assert (found.action, found.put, found.replace) == (Action.UPDATE, ("Ledger Lines",), ("Ledger Lines",))
    assert (found.rows, found.posts, found.breaking) == (25_000, 3, ())
    assert [change.told for change in found.changes] == ["column Ledger Lines[Note] is new"]


def test_a_dropped_column_breaks() -> None:
    found = plan_to(changed(LINES, columns=tuple(one for one in LINES.columns if one.name != "Memo")))

    assert [change.told for change in found.breaking] == ["column Ledger Lines[Memo] is dropped or renamed"]
    assert found.replace == ("Ledger Lines",)


@pytest.mark.parametrize(
    ("column", "to", "breaks"), [("Line Count", DataType.NUMBER, False), ("Memo", DataType.WHOLE, True)]
)
def test_only_a_wider_type_breaks_nothing(column: str, to: DataType, breaks: bool) -> None:
    columns = tuple(replace(one, type=to) if one.name == column else one for one in LINES.columns)

    found = plan_to(changed(LINES, columns=columns))

    assert bool(found.breaking) is breaks
    assert found.replace == ("Ledger Lines",)


def test_another_format_or_measure_sends_no_row() -> None:
    columns = tuple(replace(one, format="#,0", hidden=True) for one in ACCOUNT.columns)
    more = Measure("Twice", "Ledger Lines", "2 * [Total Amount]", "SELECT 1", "Twice.", "#,0")
    model = replace(changed(ACCOUNT, columns=columns), measures=(*MODEL.measures, more))

    found = plan_to(model)

    assert found.action is Action.UPDATE
    assert set(found.put) == {"Account", "Ledger Lines"}
    assert (found.replace, found.rows, found.breaking) == ((), 0, ())


def test_a_dropped_measure_breaks() -> None:
    found = plan_to(replace(MODEL, measures=MODEL.measures[1:]))

    assert [change.told for change in found.breaking] == ["measure [Total Amount] is dropped or renamed"]


def test_another_table_or_relationship_takes_another_dataset() -> None:
    extra = replace(ACCOUNT, name="Class")
    with_table = replace(MODEL, tables=(*MODEL.tables, extra))
    related = replace(
        MODEL, relationships=(*MODEL.relationships, Relationship("Account", "Company Key", "Company", "Company Key"))
    )

    for model, told in (
        (with_table, "table Class is new"),
        (related, "relationship Account Company Key to Company is new"),
    ):
        found = plan_to(model)

        assert found.action is Action.RECREATE
        assert [change.told for change in found.breaking] == [told]
        assert found.rows == 25_040


def test_a_model_that_is_too_wide_is_named() -> None:
    columns = tuple(Column(f"Column {number}", "memo", DataType.TEXT, "") for number in range(73))

    with pytest.raises(CompileError, match=r"Table Ledger Lines: 76 columns, 3 of them for deliveries"):
        compiled(changed(LINES, columns=columns), "Books", "token")


def test_the_columns_of_deliveries_stand_at_the_end_and_hidden() -> None:
    lines, account = BEFORE.by_name["Ledger Lines"], BEFORE.by_name["Account"]

    assert [(one.name, one.data_type, one.is_hidden) for one in lines.columns[-3:]] == [
        ("Row Key", "String", True),
        ("Row Sign", "Int64", True),
        ("Batch", "String", True),
    ]
    assert [one.name for one in account.columns[-2:]] == ["Account", "Batch"]

"""The catalogue declares every entity once, with every documented field."""

from __future__ import annotations

import re
from typing import Any

import pytest

from qbo_pipeline.quickbooks.catalogue import (
    ENTITIES,
    CatalogueError,
    Category,
    Entity,
    Type,
    UnknownEntityError,
    entity,
    tables,
)
from qbo_pipeline.quickbooks.catalogue.members import array, members
from qbo_pipeline.quickbooks.catalogue.model import Array, Member, Object, Reference, snake_case
from qbo_pipeline_tests.shared_data import recorded_records, required

FORTY = """Account Attachable Bill BillPayment Budget Class CompanyCurrency CompanyInfo CreditCardPayment CreditMemo
    Customer CustomerType Department Deposit Employee Estimate ExchangeRate InventoryAdjustment Invoice Item JournalCode
    JournalEntry Payment PaymentMethod Preferences Purchase PurchaseOrder RecurringTransaction RefundReceipt
    ReimburseCharge SalesReceipt TaxAgency TaxCode TaxPayment TaxRate Term TimeActivity Transfer Vendor VendorCredit"""

RECORD_COLUMNS = {"realm_id", "id", "sync_token", "created_at", "updated_at", "deleted", "synced_at", "source"}


def test_there_are_forty_entities() -> None:
    assert sorted(one.name for one in ENTITIES) == sorted(FORTY.split())


@pytest.mark.parametrize("declared", ENTITIES, ids=lambda one: one.name)
def test_every_field_of_intuits_schema_is_declared(declared: Entity) -> None:
    documented = _documented(declared.response_key)
    assert documented - {member.name for member in declared.members} == set()


@pytest.mark.parametrize("declared", ENTITIES, ids=lambda one: one.name)
def test_tables_and_columns_have_names_of_their_own(declared: Entity) -> None:
    for table in tables(declared):
        names = [column.name for column in table.columns]
        taken = {"realm_id", f"{declared.table}_id", *table.ordinals} if table.array_path else RECORD_COLUMNS
        assert len(names) == len(set(names))
        assert not taken & set(names)
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in (table.name, *names))


def test_table_names_are_unique_over_all_entities() -> None:
    names = [table.name for one in ENTITIES for table in tables(one)]
    assert len(names) == len(set(names))


def test_every_column_is_described() -> None:
    assert all(column.description for one in ENTITIES for table in tables(one) for column in table.columns)


def test_references_name_entities_that_exist() -> None:
    known = {one.name for one in ENTITIES}
    for one in ENTITIES:
        for table in tables(one):
            for column in table.columns:
                assert set(column.references) <= known, f"{table.name}.{column.name}"


@pytest.mark.parametrize("column", ["project_id", "tax_code_id", "currency_id"])
def test_what_is_an_id_of_no_list_is_not_looked_for_in_one(column: str) -> None:
    of_transactions = [one for one in ENTITIES if one.category is Category.TRANSACTION]
    found = [
        known for one in of_transactions for table in tables(one) for known in table.columns if known.name == column
    ]
    assert found
    assert not any(known.references for known in found)


def test_every_leaf_of_every_recorded_record_is_declared() -> None:
    missing = sorted({leaf for declared, record in recorded_records() for leaf in _undeclared(declared, record)})
    assert missing == []


def test_entities_that_change_data_capture_does_not_serve() -> None:
    assert {one.name for one in ENTITIES if not one.change_data_capture} == {
        "JournalCode", "TaxAgency", "TaxCode", "TaxRate", "TimeActivity",
    }  # fmt: skip


def test_an_entity_is_found_by_its_table_name_too() -> None:
    assert entity("journal_entry") is entity("JournalEntry")


def test_an_unknown_entity_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownEntityError, match="Invoice"):
        entity("Invoise")


def test_a_toy_entity_is_one_declaration() -> None:
    toy = Entity(
        "GiftCard",
        Category.LIST,
        "Gift cards.",
        (*members("Id text Id.\nSyncToken int Version.\nFaceValue money What it is worth."), LOADS),
    )
    card, loads = tables(toy)
    assert (card.name, [column.name for column in card.columns]) == ("gift_card", ["face_value"])
    assert (loads.name, loads.ordinals) == ("gift_card_load", ("load_number",))
    assert [(column.name, column.type) for column in loads.columns] == [("amount", Type.MONEY)]


LOADS = array("Load", "What was put on it.", "Amount money Amount.")


@pytest.mark.parametrize("clash", ["Deleted bool Clash.", "Source text Clash.", "A text=b First.\nC text=b Second."])
def test_two_members_for_one_column_are_an_error(clash: str) -> None:
    with pytest.raises(CatalogueError):
        tables(Entity("Clash", Category.LIST, "", members(clash)))


@pytest.mark.parametrize("name", ["RealmId", "ClashId", "PartNumber", "VersionId", "RecordNumber"])
def test_a_member_of_an_array_that_claims_one_of_its_keys_is_an_error(name: str) -> None:
    with pytest.raises(CatalogueError, match=name):
        tables(Entity("Clash", Category.LIST, "", (array("Part", "", f"{name} text Clash."),)))


def test_two_arrays_for_one_table_are_an_error() -> None:
    parts = (array("Part", "", "A text A."), array("part", "", "B text B."))
    with pytest.raises(CatalogueError, match="clash_part"):
        tables(Entity("Clash", Category.LIST, "", parts))


@pytest.mark.parametrize("line", ["TotalAmt", "TotalAmt money", "TotalAmt dollars Total."])
def test_a_line_that_is_no_declaration_is_quoted(line: str) -> None:
    with pytest.raises(ValueError, match="TotalAmt"):
        members(line)


@pytest.mark.parametrize(
    ("name", "column"),
    [("TxnDate", "txn_date"), ("JournalEntry", "journal_entry"), ("FIName", "fi_name"), ("domain", "domain")],
)
def test_names_become_columns(name: str, column: str) -> None:
    assert snake_case(name) == column


def _documented(name: str) -> set[str]:
    text = required("quickbooks_xsd_fields.txt").read_text()
    found = {
        match[1]: (match[2], {one.split(":")[0] for one in match[3].split(", ") if one})
        for match in re.finditer(r"^## (\w+) \(extends (\w+)\)\n(.*)$", text, re.MULTILINE)
    }
    fields: set[str] = set()
    while name in found:
        name, own = found[name]
        fields |= own
    return fields


def _undeclared(declared: Entity, record: dict[str, Any]) -> list[str]:
    return list(_walk(declared.members, record, declared.name))


def _walk(declared: tuple[Member, ...], node: dict[str, Any], path: str) -> list[str]:
    known = {member.name: member for member in declared}
    missing: list[str] = []
    for name, value in node.items():
        member, here = known.get(name), f"{path}.{name}"
        if member is None:
            missing.append(here)
        elif isinstance(member, Reference):
            allowed = {"value", "name", "type"} if member.typed else {"value", "name"}
            missing += [f"{here}.{key}" for key in value.keys() - allowed]
        elif isinstance(member, Object):
            missing += _walk(member.members, value, here)
        elif isinstance(member, Array):
            for element in value:
                missing += _walk(member.members, element, here)
    return missing

"""The declarations against Intuit's schema, down to its nested types, and templates against the forms they make."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from qbo_pipeline.quickbooks.catalogue import ENTITIES, Entity, Type, entity, tables
from qbo_pipeline.quickbooks.catalogue.model import Array, Field, Member, Object, Reference
from qbo_pipeline.quickbooks.catalogue.recurring import RECURRING_FORMS
from qbo_pipeline_tests.shared_data import required

STORED_AS = {
    "xs:boolean": {Type.BOOLEAN},
    "xs:date": {Type.DATE},
    "xs:dateTime": {Type.TIMESTAMP},
    "xs:decimal": {Type.MONEY, Type.NUMBER},
    "xs:int": {Type.INTEGER},
    "xs:long": {Type.INTEGER},
    "xs:positiveInteger": {Type.INTEGER},
    "IntuitAnyType": {Type.JSON},
    "id": {Type.TEXT},
}
A_LINE_OF_A_FORM_KNOWS_SOME_KINDS = re.compile(r"\w+LineDetail")
NOT_ON_TAX_LINES = {"LinkedTxn", "CustomField"}

Schema = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def schema() -> Schema:
    """Every type's fields with the ones it inherits: {"Invoice": {"TotalAmt": "xs:decimal", …}}."""
    text = required("quickbooks_xsd_fields.txt").read_text()
    parents: dict[str, str] = {}
    own: Schema = {}
    for name, parent, listed in re.findall(r"^## (\w+) \(extends (\w+)\)\n(.*)$", text, re.MULTILINE):
        parents[name] = parent
        own[name] = dict(one.split(":", 1) for one in listed.split(", ") if one)
    return {name: dict(_inherited(name, parents, own)) for name in own}


@pytest.mark.parametrize("declared", ENTITIES, ids=lambda one: one.name)
def test_nested_types_are_declared_with_every_field_and_a_type_that_holds_it(declared: Entity, schema: Schema) -> None:
    assert list(_differences(declared.members, declared.response_key, declared.name, schema)) == []


def test_every_kind_of_line_in_the_schema_is_known_to_some_form(schema: Schema) -> None:
    documented = {name for name in schema["Line"] if A_LINE_OF_A_FORM_KNOWS_SOME_KINDS.fullmatch(name)}
    derived = [table for one in ENTITIES for table in tables(one)]
    paths = {path for table in derived for column in table.columns for path in column.paths}
    paths |= {path for table in derived for path in table.array_path}
    assert documented - {key for path in paths for key in path} == set()


@pytest.mark.parametrize("form", RECURRING_FORMS, ids=lambda one: one.name)
def test_a_template_keeps_every_value_of_the_form_it_makes(form: Entity) -> None:
    assert _values(form) - _values(entity("RecurringTransaction")) == set()


def _inherited(name: str, parents: dict[str, str], own: Schema) -> Iterator[tuple[str, str]]:
    while name in own:
        yield from own[name].items()
        name = parents[name]


def _differences(declared: tuple[Member, ...], type_name: str, path: str, schema: Schema) -> Iterator[str]:
    members = {member.name: member for member in declared}
    for name, kind in schema[type_name].items():
        here, member, kind = f"{path}.{name}", members.get(name), kind.removesuffix("[]")
        if member is None:
            if type_name == "Line" and (
                A_LINE_OF_A_FORM_KNOWS_SOME_KINDS.fullmatch(name)
                or (path.endswith(".TaxLine") and name in NOT_ON_TAX_LINES)
            ):
                continue
            yield f"{here} is not declared"
        elif kind in STORED_AS and not (isinstance(member, Field) and member.type in STORED_AS[kind]):
            yield f"{here} is {kind} in the schema"
        elif kind == "ReferenceType" and not isinstance(member, Reference | Array):
            yield f"{here} is a reference in the schema"
        elif kind in schema and isinstance(member, Object | Array):
            yield from _differences(member.members, kind, here, schema)


def _values(declared: Entity) -> set[tuple[object, ...]]:
    return {
        (table.array_path, path, column.type)
        for table in tables(declared)
        for column in table.columns
        for path in column.paths
    }

"""Parents become columns: five levels, and lists that no one expects."""

from __future__ import annotations

import pytest

from qbo_pipeline_tests.finance.marts.books import Books


def _class(books: Books, id_: str, parent: str | None = None) -> None:
    books.insert("class", id=id_, name=id_.upper(), parent_id=parent, active=True)


@pytest.fixture
def company(books: Books) -> Books:
    books.company()
    return books


def test_five_levels_are_five_columns(company: Books) -> None:
    for id_, parent in zip("abcde", [None, *"abcd"], strict=True):
        _class(company, id_, parent)
    company.make("dim_class")
    assert company.rows(
        "SELECT path, depth, level1, level2, level3, level4, level5, root_class_id "
        "FROM finance.dim_class WHERE class_id = 'e'"
    ) == [("A:B:C:D:E", 5, "A", "B", "C", "D", "E", "a")]


def test_a_way_up_that_ends_is_no_circle(company: Books) -> None:
    _class(company, "a")
    _class(company, "b", "a")
    company.make("dim_class")
    assert company.rows("SELECT DISTINCT in_cycle FROM finance.hierarchy") == [(False,)]


def test_levels_below_a_member_are_empty(company: Books) -> None:
    _class(company, "a")
    _class(company, "b", "a")
    company.make("dim_class")
    assert company.rows("SELECT level1, level2, level3 FROM finance.dim_class WHERE class_id = 'b'") == [
        ("A", "B", None)
    ]


def test_a_sixth_level_stays_in_the_path(company: Books) -> None:
    for id_, parent in zip("abcdef", [None, *"abcde"], strict=True):
        _class(company, id_, parent)
    company.make("dim_class")
    assert company.rows("SELECT path, depth, level5 FROM finance.dim_class WHERE class_id = 'f'") == [
        ("A:B:C:D:E:F", 6, "E")
    ]


def test_a_circle_ends_and_is_marked(company: Books) -> None:
    _class(company, "a", "b")
    _class(company, "b", "a")
    _class(company, "c")
    company.make("dim_class")
    assert company.rows("SELECT id, depth, in_cycle FROM finance.hierarchy WHERE list = 'class' ORDER BY id") == [
        ("a", 2, True), ("b", 2, True), ("c", 1, False),
    ]  # fmt: skip
    assert company.one("SELECT count(*) FROM finance.dim_class WHERE class_id <> '-1'") == 3


def test_its_own_parent_is_a_circle(company: Books) -> None:
    _class(company, "a", "a")
    company.make("dim_class")
    assert company.rows("SELECT depth, in_cycle FROM finance.hierarchy") == [(1, True)]


def test_a_member_whose_parent_is_missing_is_a_root(company: Books) -> None:
    _class(company, "b", "gone")
    company.make("dim_class")
    assert company.rows("SELECT root_id, depth, in_cycle FROM finance.hierarchy") == [("b", 1, False)]


def test_the_same_id_in_another_company_is_another_member(company: Books) -> None:
    company.company("2")
    _class(company, "a")
    company.insert("class", "2", id="a", name="Other", active=True)
    company.make("dim_class")
    assert company.rows("SELECT class_key, path FROM finance.dim_class WHERE class_id = 'a' ORDER BY 1") == [
        ("1|a", "A"), ("2|a", "Other"),
    ]  # fmt: skip


def test_jobs_of_jobs_know_their_topmost_customer(company: Books) -> None:
    for id_, parent in (("c", None), ("job", "c"), ("phase", "job")):
        company.insert("customer", id=id_, display_name=id_, parent_id=parent, job=parent is not None, active=True)
    company.make("dim_customer")
    assert company.rows(
        "SELECT customer_id, root_customer_id, is_job, path FROM finance.dim_customer WHERE depth = 3"
    ) == [("phase", "c", True, "c:job:phase")]


def test_every_dimension_has_a_member_for_what_is_not_specified(company: Books) -> None:
    names = ("account", "customer", "vendor", "item", "class", "department", "employee", "term", "payment_method")
    company.make(*(f"dim_{name}" for name in names))
    for name in names:
        assert company.rows(f"SELECT {name}_key, name FROM finance.dim_{name}") == [("1|-1", "Not specified")]


def test_deleted_members_stay_and_are_marked(company: Books) -> None:
    company.insert("vendor", id="v", display_name="Gone Ltd.", active=True, deleted=True)
    company.make("dim_vendor")
    assert company.rows("SELECT name, is_active, is_deleted FROM finance.dim_vendor WHERE vendor_id = 'v'") == [
        ("Gone Ltd.", False, True)
    ]  # fmt: skip


def test_a_bundle_is_made_of_its_components(company: Books) -> None:
    company.insert("item_group_line", item_id="set", group_line_number=1, component_id="bolt", quantity=4)
    company.make("bridge_item_bundle")
    assert company.rows("SELECT bundle_item_key, component_item_key, quantity::INTEGER "
            "FROM finance.bridge_item_bundle") == [
        ("1|set", "1|bolt", 4)
    ]  # fmt: skip

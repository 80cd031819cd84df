"""Pages are kept as they were answered, and never longer than they are true."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.answered_pages import ENTRY_BYTES, AnsweredPages
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Caller

TWO_PAGES = 2 * (len(b"a of 0") + ENTRY_BYTES)


class Data:
    """Something that changes, and counts what is asked of it."""

    def __init__(self) -> None:
        self.version = 0
        self.asked = 0

    def answer(self, key: str) -> Callable[[], str]:
        def made() -> str:
            self.asked += 1
            return f"{key} of {self.version}"

        return made


def test_a_page_is_made_once_while_nothing_changes() -> None:
    data = Data()
    pages = AnsweredPages(lambda: data.version)

    assert [pages.get(("a",), data.answer("a")) for _ in range(3)] == [b"a of 0"] * 3
    assert data.asked == 1


def test_the_page_not_asked_for_longest_gives_way() -> None:
    data = Data()
    pages = AnsweredPages(lambda: data.version, kept_bytes=TWO_PAGES)
    for key in ("a", "b", "a", "c", "a", "b"):
        pages.get((key,), data.answer(key))

    assert data.asked == 4


def test_a_page_that_was_read_while_something_changed_is_not_kept() -> None:
    data = Data()
    pages = AnsweredPages(lambda: data.version)

    def overtaken() -> str:
        data.version += 1
        pages.get(("b",), data.answer("b"))  # somebody else was answered already
        return "of before"

    assert pages.get(("a",), overtaken) == b"of before"
    assert pages.get(("a",), data.answer("a")) == b"a of 1"


@given(st.lists(st.sampled_from(["a", "b", "c", "write"]), max_size=30))
def test_every_answer_is_of_the_moment_it_is_asked_in(steps: list[str]) -> None:
    data = Data()
    pages = AnsweredPages(lambda: data.version, kept_bytes=TWO_PAGES)
    for step in steps:
        if step == "write":
            data.version += 1
        else:
            assert pages.get((step,), data.answer(step)).decode() == f"{step} of {data.version}"


def test_a_write_shows_in_the_next_answer_to_the_same_statement(service: LocalQuickBooks, caller: Caller) -> None:
    statement = "SELECT * FROM Customer WHERE Id = '2'"
    assert caller.query(statement) == caller.query(statement)
    service.writer.touch(REALM, "Customer", "2", CompanyName="Amy & Co")

    assert caller.query(statement)["Customer"][0]["CompanyName"] == "Amy & Co"


def test_a_switch_shows_in_the_next_answer_to_the_same_statement(service: LocalQuickBooks, caller: Caller) -> None:
    statement = "SELECT * FROM Invoice ORDERBY Id"
    assert caller.fault(statement)[0] == 400
    caller.http.post(f"{service.url}/control/switches", json={"id_order": "sort"})
    found = caller.ids(statement, "Invoice")
    caller.http.post(f"{service.url}/control/switches", json={"id_order": "reject"})

    assert found == ["11", "12", "13", "14"]
    assert caller.fault(statement)[0] == 400

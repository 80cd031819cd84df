"""Whatever is edited: what can be applied is applied over HTTP, and what is exported then is the edited file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbo_pipeline.command_line.connect import REDIRECT_URI
from qbo_pipeline.ingestion import Session
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.client import QuickBooksClient
from qbo_pipeline.reference.applying import Applying
from qbo_pipeline.reference.folder import Record
from qbo_pipeline.reference.lists import CLASSES, NAME, PARENT
from qbo_pipeline.reference.plan import Change
from qbo_pipeline.reference.requests import value_of
from qbo_pipeline.reference.results import Outcome
from qbo_pipeline.state.reference_changes import ReferenceChanges
from qbo_pipeline.state.store import StateStore
from qbo_pipeline_tests.reference.conftest import UNLIMITED, Company, ReferenceBooks
from qbo_pipeline_tests.reference.conftest import record as in_quickbooks
from qbo_pipeline_tests.reference.editing import Sheet

pytestmark = pytest.mark.end_to_end

NAMES = st.sampled_from(["East", "West", "0100", "'s", "=A1", "Ü; \"quoted\", 'twice'", "May 5", "true", "a\\b & <c>"])
CELLS = st.fixed_dictionaries(
    {NAME: NAMES}, optional={PARENT: st.sampled_from(["", "1", "2", "3"]), "active": st.sampled_from(["yes", "no"])}
)
REALM = "9341458000000001"
THREE_CLASSES = [
    ("CompanyInfo", in_quickbooks("1", "Small", CompanyName="Small")),
    *(("Class", in_quickbooks(key, f"Class {key}", SubClass=False)) for key in ("1", "2", "3")),
]


@pytest.fixture
def small(running: LocalQuickBooks, session: Session) -> Company:
    """A connected company; each example makes it anew."""
    running.add_company(ReferenceBooks(REALM, records=THREE_CLASSES))
    session.connect(REALM, running.oauth.authorize(REALM, REDIRECT_URI), REDIRECT_URI)
    return Company(running, REALM)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(st.tuples(st.sampled_from(["1", "2", "3", "new"]), CELLS), min_size=1, max_size=4))
def test_what_is_applied_is_what_the_file_says(
    small: Company, session: Session, tmp_path: Path, edits: list[tuple[str, dict[str, str]]]
) -> None:
    small.quickbooks.add_company(ReferenceBooks(REALM, records=THREE_CLASSES))
    sheet = Sheet(CLASSES, classes_of(small), tmp_path)
    for key, cells in edits:
        if key == "new":
            sheet.add(**{**cells, "active": "yes"})
        else:
            sheet.set(key, **cells)
    plan = sheet.plan()

    outcomes = asyncio.run(applied(session, plan.changes))

    assert set(outcomes) <= {Outcome.APPLIED}
    in_the_way = {one.line for one in plan.problems}
    asked = [row for line, row in enumerate(sheet.rows, 2) if line not in in_the_way]
    now = [{"id": one.id, **one.values} for one in classes_of(small)]
    for row in asked:
        assert [one for one in now if is_as_asked(one, row)], row
    assert sheet.plan(classes_of(small)).changes == ()


def is_as_asked(record: dict[str, str], row: dict[str, str]) -> bool:
    own = {name: row[name] for name in (NAME, PARENT, "active")}
    return row["id"] in ("", record["id"]) and all(record[name] == text for name, text in own.items())


async def applied(session: Session, changes: Sequence[Change]) -> list[Outcome]:
    with StateStore(session.settings.state_url) as state:
        async with QuickBooksClient(session.settings, state, limits=UNLIMITED) as client:
            writer, journal = client.reference_writer(REALM), ReferenceChanges(state)
            results = await Applying(client.company(REALM), writer, journal, "test").apply(changes)
            journal.loaded(one.request_id for one in results)
            return [one.outcome for one in results]


def classes_of(company: Company) -> list[Record]:
    """The classes as QuickBooks has them."""
    texts = company.quickbooks.store.records(company.realm_id, "Class")
    found: list[dict[str, Any]] = [json.loads(text) for text in texts]
    return [
        Record(one["Id"], one["SyncToken"], {column.name: value_of(column, one) for column in CLASSES.columns})
        for one in sorted(found, key=lambda one: int(one["Id"]))
    ]

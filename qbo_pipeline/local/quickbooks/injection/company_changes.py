"""Somebody works in the company while it is read."""

from __future__ import annotations

from qbo_pipeline.local.quickbooks.entities import TRANSACTIONS
from qbo_pipeline.local.quickbooks.injection.schedule import Injection
from qbo_pipeline.local.quickbooks.writes import Writer

CHANGING = frozenset({"edit", "delete", "create"})
"""Kinds that change records after an answer."""


def change_company(failure: Injection, writer: Writer, realm: str) -> None:
    """What an `edit`, `delete` or `create` does, to the oldest record of its entity."""
    if failure.action is not None:
        failure.action()
        return
    entity = failure.settings["entity"]
    try:
        oldest = writer.oldest(realm, entity)
    except IndexError:  # The company has none.
        return
    match failure.kind:
        case "edit":
            note = {"PrivateNote": "Edited between pages"} if entity in TRANSACTIONS else {}
            writer.touch(realm, entity, oldest, **note)
        case "delete":
            writer.remove(realm, entity, oldest)
        case "create":
            writer.duplicate(realm, entity, oldest)

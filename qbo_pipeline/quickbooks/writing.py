"""The one operation that changes QuickBooks: creating and updating accounts, classes and departments.

Everything else reads. A write goes the way of every request (limits, tokens, retries, typed faults), which repeats it
when no answer arrives. That is safe, because each carries a `requestid`: Intuit answers one that it has seen as it did
the first time (Intuit, "Request ID update for QuickBooks Online integration", 2015-04-06). Somebody saw that fail
(github.com/intuit/QuickBooks-V3-DotNET-SDK/issues/352, 2025-04); then a repeated update meets a stale SyncToken and a
repeated creation its own name, so that nothing is done twice, and the caller has to look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.envelopes import split_object
from qbo_pipeline.quickbooks.errors import QuickBooksError
from qbo_pipeline.quickbooks.requests import ApiRequest, RequestSender

WRITABLE = frozenset({"Account", "Class", "Department"})
"""Entities that can be written: reference data, no transaction."""

LONGEST_REQUEST_ID = 50


class NotWritableError(QuickBooksError):
    """A write that the product does not make."""


class WritingNotAllowedError(QuickBooksError):
    """Nobody said that this installation may write."""

    def __init__(self) -> None:
        super().__init__(
            "QuickBooks is only read here. To let reference data be written: QBO_ALLOW_REFERENCE_WRITE=true"
        )


@dataclass(frozen=True, slots=True)
class Written:
    """What QuickBooks answered to a write."""

    record: Mapping[str, Any]
    """The record as it is now, with its Id and SyncToken."""
    intuit_tid: str | None


class ReferenceWriter:
    """Writes reference data of one company."""

    def __init__(self, realm_id: str, sender: RequestSender) -> None:
        self.realm_id = realm_id
        self._sender = sender

    async def save(self, entity: Entity, record: Mapping[str, Any], request_id: str) -> Written:
        """Create a record, or replace the one whose Id and SyncToken it has; what it leaves out is emptied.

        Account, Class and Department are updated in full: Intuit documents no sparse update of them, and a sparse one
        of an account is refused (github.com/intuit/quickbooks-online-mcp-server/pull/79, 2026-06: fault 2020).

        Args:
            entity: Account, Class or Department.
            record: what is sent, as JSON values; values of a record as read may be `msgspec.Raw`.
            request_id: names this very change; the same one again is answered, and not done, again.

        Raises:
            NotWritableError: another entity. Nothing is sent.
            StaleObjectError: the record was changed since it was read.
            RequestError: QuickBooks refused it, or no answer came; then nobody knows whether it was done.
            OAuthError: no access token is to be had.
        """
        if entity.name not in WRITABLE:
            raise NotWritableError(f"{entity.name} is only read; what can be written: {', '.join(sorted(WRITABLE))}.")
        if not 0 < len(request_id) <= LONGEST_REQUEST_ID:
            raise ValueError(f"a requestid has 1 to {LONGEST_REQUEST_ID} characters, this one {len(request_id)}")
        request = ApiRequest(
            self.realm_id,
            entity.name.lower(),
            (("requestid", request_id),),
            method="POST",
            content=msgspec.json.encode(record).decode(),
            content_type="application/json",
            entity=entity.name,
        )
        answer = await self._sender.send(request, lambda body: split_object(body, entity.response_key))
        return Written(msgspec.json.decode(answer.value.records[0], type=dict[str, Any]), answer.intuit_tid)

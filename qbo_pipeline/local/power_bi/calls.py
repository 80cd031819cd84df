"""Requests as the API sees them: who asks, what, with which body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from qbo_pipeline.local.power_bi import errors
from qbo_pipeline.local.power_bi.endpoints import Endpoint
from qbo_pipeline.local.power_bi.faults import Fault
from qbo_pipeline.local.quickbooks.json_text import loads


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose token is good."""

    method: str
    path: tuple[str, ...]
    """The segments of the address behind the workspace, decoded."""
    workspace: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base: str
    """The address of the API, for what answers link to."""
    endpoint: Endpoint
    client: str
    request_id: str
    faults: tuple[Fault, ...] = ()

    def json(self, target: str) -> Any:
        """The body, decimals exact.

        Raises:
            PowerBIAnswerError: it is no JSON.
        """
        try:
            return loads(self.body)
        except msgspec.DecodeError as error:
            raise errors.bad_request(f"The body is no JSON: {error}", target) from error

    def object(self, target: str, *, optional: bool = False) -> dict[str, Any]:
        """The body, which is an object; where it is optional, nothing is an empty one.

        Raises:
            PowerBIAnswerError: it is none.
        """
        if optional and not self.body.strip():
            return {}
        body = self.json(target)
        if not isinstance(body, dict):
            raise errors.bad_request("The body is no object.", target)
        return body

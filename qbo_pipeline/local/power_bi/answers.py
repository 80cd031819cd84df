"""Answers over HTTP: JSON as the service writes it, errors, and the headers that every answer has."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from qbo_pipeline.local.power_bi.errors import PowerBIAnswerError
from qbo_pipeline.local.quickbooks.json_text import dumps

JSON = "application/json; charset=utf-8"


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A body of JSON; decimals keep their digits."""
    return Response(dumps(body), status, headers, media_type=JSON)


def error_response(error: PowerBIAnswerError) -> Response:
    """An error as an answer."""
    if error.body is None:
        return Response(status_code=error.status, headers=error.headers)
    return json_response(error.body, error.status, error.headers)


def listed(base: str, kind: str, values: list[Any]) -> dict[str, Any]:
    """A list with its OData context."""
    return {"@odata.context": f"{base}$metadata#{kind}", "value": values}

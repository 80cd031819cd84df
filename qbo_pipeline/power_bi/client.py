"""The Power BI client: the endpoints of a workspace that are used, with typed answers.

Always the endpoints of a group (workspace): service principals have no My workspace. One request at a time.
Source of the paths and bodies: microsoft/PowerBI-CSharp, swagger.json (2024-10-15).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from qbo_pipeline.power_bi.answers import error_words
from qbo_pipeline.power_bi.errors import NotFoundError, QueryError, RefusedError, ServerError
from qbo_pipeline.power_bi.requests import Answer, Patience, RequestSender, open_http
from qbo_pipeline.power_bi.tokens import AccessTokens
from qbo_pipeline.settings import PowerBISettings

SEQUENCE_HEADER = "X-PowerBI-PushData-SequenceNumber"
"""Source: Power BI blog 2016, "New features for the Power BI Dataset API"; not in the swagger."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset (semantic model) of the workspace."""

    id: str
    name: str
    takes_rows: bool
    """Whether it is a push dataset."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report of the workspace and the dataset it is bound to."""

    id: str
    name: str
    dataset_id: str


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh as its detail or the history shows it."""

    request_id: str
    status: str
    """`Unknown` (it runs), `Completed`, `Failed`, `Disabled` or `Cancelled`."""
    started_at: datetime | None
    ended_at: datetime | None
    told: str | None
    """What Power BI says about a failure."""

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.status in {"Unknown", "NotStarted", "InProgress"}


class PowerBIClient:
    """A workspace. Use it as a context manager; `http` is for tests."""

    def __init__(
        self,
        settings: PowerBISettings,
        *,
        http: httpx.Client | None = None,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http or open_http()
        self.client_id = settings.client_id
        """The application that rows are sent as; sequence numbers are kept for each."""
        tokens = AccessTokens(settings, self._http)
        base = f"{settings.api_base_url}/groups/{settings.workspace_id}"
        self._sender = RequestSender(base, self._http, tokens, patience, sleep)

    def datasets(self) -> list[Dataset]:
        """All datasets of the workspace. Names are not unique."""
        return [_dataset(one) for one in self._listed("datasets")]

    def dataset(self, dataset_id: str) -> Dataset | None:
        """One dataset; None where there is none of this id."""
        try:
            return _dataset(self._sender.send("GET", f"datasets/{quote(dataset_id)}").json())
        except NotFoundError:
            return None

    def create(self, request: Mapping[str, Any]) -> str | None:
        """Create a push dataset that keeps all its rows; its id, or None where the answer (202) has none.

        Not to be repeated: every call makes a dataset. A `RequestError` that is ambiguous may have made one.
        """
        answer = self._sender.send(
            "POST",
            "datasets",
            params={"defaultRetentionPolicy": "None"},
            content=msgspec.json.encode(request),
            repeatable=False,
        )
        identity = answer.json().get("id")
        return str(identity) if identity else None

    def delete(self, dataset_id: str) -> None:
        """Delete a dataset; nothing happens when it is gone."""
        try:
            self._sender.send("DELETE", f"datasets/{quote(dataset_id)}")
        except NotFoundError:
            return

    def tables(self, dataset_id: str) -> list[str]:
        """Names of the tables of a push dataset; more of the schema is not to be had."""
        return [str(one.get("name")) for one in self._listed(f"datasets/{quote(dataset_id)}/tables")]

    def put_table(self, dataset_id: str, table: Mapping[str, Any]) -> None:
        """Give a table its whole schema: every column and measure. A table that is not there is not made."""
        self._sender.send("PUT", _table(dataset_id, str(table["name"])), content=msgspec.json.encode(table))

    def post_rows(self, dataset_id: str, table: str, body: bytes, sequence: int | None = None) -> Answer:
        """Add rows: a blind append. Never repeated here; ambiguous errors leave it open whether they were added."""
        headers = None if sequence is None else {SEQUENCE_HEADER: str(sequence)}
        path = f"{_table(dataset_id, table)}/rows"
        return self._sender.send("POST", path, content=body, headers=headers, repeatable=False)

    def delete_rows(self, dataset_id: str, table: str) -> Answer:
        """Delete all rows of a table; there is no filter. Not repeated here, so that each attempt is written down."""
        return self._sender.send("DELETE", f"{_table(dataset_id, table)}/rows", repeatable=False)

    def sequence_number(self, dataset_id: str, table: str) -> int | None:
        """The number of the last rows of this application that were added; None where there is none to be had."""
        try:
            listed = self._listed(f"{_table(dataset_id, table)}/sequenceNumbers")
        except (RefusedError, ServerError):
            return None
        mine = [
            int(one["sequenceNumber"])
            for one in listed
            if str(one.get("clientId", "")).lower() == self.client_id.lower() and "sequenceNumber" in one
        ]
        return max(mine, default=None)

    def query(self, dataset_id: str, dax: str) -> list[dict[str, Any]]:
        """The rows of one DAX query, by column name (`Table[Column]` or `[Name]`); blanks are None, decimals exact.

        Raises:
            QueryError: the query fails. NotAuthorizedError: no right to build, or the tenant setting is off.
        """
        body = {"queries": [{"query": dax}], "serializerSettings": {"includeNulls": True}}
        answer = self._sender.send(
            "POST", f"datasets/{quote(dataset_id)}/executeQueries", content=msgspec.json.encode(body)
        )
        found = answer.json()
        results = found.get("results") or [{}]
        # A query may fail within an answer of success.
        if (error := found.get("error") or results[0].get("error")) is not None:
            raise QueryError(answer.context, error_words(error))
        tables = results[0].get("tables") or [{}]
        return [dict(row) for row in tables[0].get("rows") or []]

    def reports(self) -> list[Report]:
        """All reports of the workspace."""
        return [
            Report(str(one["id"]), str(one.get("name", "")), str(one.get("datasetId", "")))
            for one in self._listed("reports")
        ]

    def rebind(self, report_id: str, dataset_id: str) -> None:
        """Bind a report to another dataset."""
        body = msgspec.json.encode({"datasetId": dataset_id})
        self._sender.send("POST", f"reports/{quote(report_id)}/Rebind", content=body)

    def start_refresh(self, dataset_id: str, body: Mapping[str, Any]) -> str | None:
        """Start a refresh; its request id, where the answer has one. Not repeated: each call counts."""
        answer = self._sender.send(
            "POST", f"datasets/{quote(dataset_id)}/refreshes", content=msgspec.json.encode(body), repeatable=False
        )
        location = answer.headers.get("location", "")
        return location.rstrip("/").rpartition("/")[2] or answer.headers.get("x-ms-request-id") or answer.request_id

    def refreshes(self, dataset_id: str, top: int = 60) -> list[Refresh]:
        """The latest refreshes, newest first."""
        path = f"datasets/{quote(dataset_id)}/refreshes"
        return [_refresh(one) for one in self._sender.send("GET", path, params={"$top": str(top)}).json()["value"]]

    def refresh(self, dataset_id: str, request_id: str) -> Refresh:
        """One enhanced refresh."""
        answer = self._sender.send("GET", f"datasets/{quote(dataset_id)}/refreshes/{quote(request_id)}")
        return _refresh({"requestId": request_id, **answer.json()})

    def _listed(self, path: str) -> list[dict[str, Any]]:
        found = self._sender.send("GET", path).json().get("value")
        return list(found) if isinstance(found, list) else []

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> PowerBIClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _table(dataset_id: str, table: str) -> str:
    return f"datasets/{quote(dataset_id)}/tables/{quote(table, safe='')}"


def _dataset(found: dict[str, Any]) -> Dataset:
    return Dataset(str(found["id"]), str(found.get("name", "")), bool(found.get("addRowsAPIEnabled", True)))


def _refresh(found: dict[str, Any]) -> Refresh:
    messages = found.get("messages") or []
    told = "; ".join(str(one.get("message")) for one in messages if isinstance(one, dict) and one.get("message"))
    return Refresh(
        str(found.get("requestId", "")),
        str(found.get("extendedStatus") or found.get("status") or "Unknown"),
        _instant(found.get("startTime")),
        _instant(found.get("endTime")),
        told or found.get("serviceExceptionJson") or None,
    )


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text).replace("Z", "+00:00")) if text else None

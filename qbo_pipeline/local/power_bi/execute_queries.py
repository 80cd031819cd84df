"""executeQueries: DAX in, rows out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from qbo_pipeline.local.power_bi import errors
from qbo_pipeline.local.power_bi.answers import JSON, json_response
from qbo_pipeline.local.power_bi.calls import Call
from qbo_pipeline.local.power_bi.datasets import Dataset
from qbo_pipeline.local.power_bi.dax import DaxError, Model, ModelTable, Result, evaluate
from qbo_pipeline.local.power_bi.rows import PushedRows
from qbo_pipeline.local.power_bi.store import Store
from qbo_pipeline.local.power_bi.switches import Switches
from qbo_pipeline.local.power_bi.windows import Windows


class Queries:
    """Evaluates queries over what is pushed."""

    def __init__(
        self,
        store: Store,
        rows: PushedRows,
        windows: Windows,
        switches: Callable[[], Switches],
        now: Callable[[], float],
    ) -> None:
        self._store = store
        self._rows = rows
        self._windows = windows
        self._switches = switches
        self._now = now

    def answer(self, call: Call, dataset: Dataset) -> Response:
        """The rows of the one query of a call.

        Raises:
            PowerBIAnswerError: the tenant does not allow it, too many were asked, or the query does not run.
        """
        switches = self._switches()
        if not switches.execute_queries:
            raise errors.not_authorized()
        self._windows.query(call.client)
        query, nulls = _asked(call)
        try:
            result = self.evaluate(dataset, query)
        except DaxError as error:
            raise errors.dax_failed(str(error)) from error
        most = min(switches.query_rows, switches.query_values // max(1, len(result.columns)))
        rows = [_row(result.columns, one, nulls=nulls) for one in result.rows[:most]]
        table: dict[str, Any] = {"rows": rows}
        if len(result.rows) > most:
            told = f"The result has {len(result.rows)} rows; {most} are the most that a query is answered with."
            table["error"] = {"code": "ResultSetTruncated", "message": told}
        response = json_response({"results": [{"tables": [table]}]})
        if len(response.body) > switches.query_bytes:
            raise errors.dax_failed(f"The result is larger than {switches.query_bytes} bytes.")
        response.headers["content-type"] = JSON
        return response

    def evaluate(self, dataset: Dataset, query: str) -> Result:
        """A query over a dataset as it stands.

        Raises:
            DaxError: it does not parse or does not run.
        """
        with self._store.reading() as connection:
            # One moment for all tables, whatever is pushed meanwhile.
            connection.execute("BEGIN TRANSACTION")
            now = datetime.fromtimestamp(self._now(), UTC).replace(tzinfo=None)
            return evaluate(query, self.model(dataset), connection, now)

    def model(self, dataset: Dataset) -> Model:
        """The dataset as queries see it: without rows that are not seen yet."""
        unseen = self._rows.unseen(dataset)
        tables = [
            ModelTable(
                table.name,
                table.physical,
                {column.name: (column.physical, column.type.name) for column in table.columns},
                {one["name"]: one["expression"] for one in table.measures},
                tuple(unseen.get(table.name, ())),
            )
            for table in dataset.tables
        ]
        return Model(tables, dataset.relationships)


def _asked(call: Call) -> tuple[str, bool]:
    """The query, and whether blanks are to be told."""
    body = call.object("requestMessage")
    match body:
        case {"queries": [{"query": str(query)}]}:
            settings = body.get("serializerSettings") or {}
            return query, bool(settings.get("includeNulls", False))
        case {"queries": [_, _, *_]}:
            raise errors.invalid_request("Only one query can be executed per request.")
    raise errors.bad_request("The property 'queries' is missing, or no list of queries.", "requestMessage")


def _row(columns: list[str], values: tuple[Any, ...], *, nulls: bool) -> dict[str, Any]:
    told = zip(columns, map(_value, values), strict=True)
    return {name: value for name, value in told if nulls or value is not None}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return value

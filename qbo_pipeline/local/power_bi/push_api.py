"""The group endpoints of datasets, tables, rows, refreshes, queries and reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from qbo_pipeline.local.power_bi import errors
from qbo_pipeline.local.power_bi.answers import json_response, listed
from qbo_pipeline.local.power_bi.calls import Call
from qbo_pipeline.local.power_bi.datasets import Dataset, Datasets, find_table
from qbo_pipeline.local.power_bi.execute_queries import Queries
from qbo_pipeline.local.power_bi.faults.over_http import named
from qbo_pipeline.local.power_bi.refreshes import HISTORY, Refreshes
from qbo_pipeline.local.power_bi.reports import Reports
from qbo_pipeline.local.power_bi.rows import Push, PushedRows
from qbo_pipeline.local.power_bi.schema import checked_dataset, checked_table
from qbo_pipeline.local.power_bi.switches import Switches
from qbo_pipeline.local.power_bi.windows import Windows

SEQUENCE_HEADER = "x-powerbi-pushdata-sequencenumber"
RETENTIONS = {"none": "None", "basicfifo": "basicFIFO"}


class PushApi:
    """Answers calls whose tokens were found good."""

    def __init__(
        self,
        datasets: Datasets,
        rows: PushedRows,
        refreshes: Refreshes,
        reports: Reports,
        queries: Queries,
        windows: Windows,
        switches: Callable[[], Switches],
        now: Callable[[], float],
    ) -> None:
        self._datasets = datasets
        self._rows = rows
        self._refreshes = refreshes
        self._reports = reports
        self._queries = queries
        self._windows = windows
        self._switches = switches
        self._now = now

    def answer(self, call: Call) -> Response:
        """The answer.

        Raises:
            PowerBIAnswerError: it is an error.
        """
        match (call.method, *call.path):
            case "GET", "datasets":
                shown = [self._shown(one) for one in self._datasets.all(call.workspace)]
                return json_response(listed(call.base, "datasets", shown))
            case "POST", "datasets":
                return self._create(call)
            case "GET", "datasets", dataset:
                found = self._shown(self._datasets.get(call.workspace, dataset))
                return json_response({"@odata.context": f"{call.base}$metadata#datasets/$entity", **found})
            case "DELETE", "datasets", dataset:
                self._datasets.delete(self._datasets.get(call.workspace, dataset))
                return Response()
            case _, "datasets", dataset, "tables", *rest:
                return self._tables(call, self._datasets.push(call.workspace, dataset), tuple(rest))
            case "POST", "datasets", dataset, "executeQueries":
                return self._queries.answer(call, self._datasets.get(call.workspace, dataset))
            case _, "datasets", dataset, "refreshes", *rest:
                return self._refresh(call, self._datasets.get(call.workspace, dataset), tuple(rest))
            case "GET", "reports":
                return json_response(listed(call.base, "reports", self._reports.all(call.workspace)))
            case "POST", "reports", report, "Rebind":
                asked = call.object("requestParameters").get("datasetId")
                if not isinstance(asked, str):
                    raise errors.bad_request("The property 'datasetId' is missing.", "requestParameters")
                self._reports.rebind(call.workspace, report, self._datasets.get(call.workspace, asked))
                return Response()
        raise errors.item_not_found(f"No HTTP resource was found for {call.method} {'/'.join(call.path)}.")

    def _create(self, call: Call) -> Response:
        switches = self._switches()
        asked = call.parameters.get("defaultRetentionPolicy", "None")
        retention = RETENTIONS.get(asked.lower())
        if retention is None:
            raise errors.bad_request(f"'{asked}' is no retention policy.", "defaultRetentionPolicy")
        body = checked_dataset(call.object("dataset"), switches)
        if switches.creation_retired:
            raise errors.creation_retired(switches.creation_retired_status)
        made = self._datasets.create(call.workspace, body, retention, self._now())
        if named(call.faults, "created_twice"):
            self._datasets.create(call.workspace, body, retention, self._now())
        told = {"id": made.id, "name": made.name, "defaultRetentionPolicy": retention}
        status = 202 if named(call.faults, "accepted") else switches.creation_status
        return json_response({"@odata.context": f"{call.base}$metadata#datasets/$entity", **told}, status)

    def _tables(self, call: Call, dataset: Dataset, path: tuple[str, ...]) -> Response:
        switches = self._switches()
        if (call.method, path) == ("GET", ()):
            names = [{"name": table.name} for table in dataset.tables]
            return json_response(listed(call.base, "tables", names))
        if not path:
            raise errors.item_not_found("Tables are listed with GET.")
        table = find_table(dataset, path[0], any_case=switches.table_names == "any_case")
        match (call.method, *path[1:]):
            case ("PUT",):
                body = checked_table(
                    call.object("requestMessage"), switches, streaming="streaming" in dataset.mode.lower()
                )
                self._datasets.alter(dataset, table, body)
                context = f"{call.base}$metadata#tables/$entity"
                return json_response({"@odata.context": context, "name": table.name})
            case "DELETE", "rows":
                self._rows.delete(table)
                return Response()
            case "POST", "rows":
                return self._push(call, dataset, table.name)
            case "GET", "sequenceNumbers" if switches.sequence_endpoint:
                numbers = self._rows.sequence_numbers(dataset, table)
                values = [{"clientId": client, "sequenceNumber": number} for client, number in numbers]
                return json_response(listed(call.base, "sequenceNumbers", values))
        raise errors.item_not_found(f"No HTTP resource was found for {call.method} {'/'.join(call.path)}.")

    def _push(self, call: Call, dataset: Dataset, name: str) -> Response:
        switches = self._switches()
        body = call.object("requestMessage")
        unknown = next((one for one in body if one != "rows"), None)
        if unknown is not None:
            raise errors.unknown_property(unknown, "PostRowsRequest", "requestMessage")
        rows = body.get("rows")
        if not isinstance(rows, list):
            raise errors.bad_request("The property 'rows' is missing, or no list.", "requestMessage")
        if len(rows) > switches.rows_per_post:
            raise errors.too_large()
        late = named(call.faults, "late_rows")
        push = Push(
            rows, len(call.body), call.client, call.request_id, _sequence(call),
            float(late.settings["seconds"]) if late is not None else 0.0,
        )  # fmt: skip

        def largest() -> int:
            return max(self._rows.count(table) for table in dataset.tables)

        with self._windows.posting(dataset.id, len(rows), largest):
            # Described anew since, perhaps: the table as it is now.
            current = self._datasets.push(call.workspace, dataset.id)
            self._rows.push(current, find_table(current, name, any_case=False), push)
        return Response()

    def _refresh(self, call: Call, dataset: Dataset, path: tuple[str, ...]) -> Response:
        match (call.method, *path):
            case ("POST",):
                outcome = "Failed" if named(call.faults, "refresh_fails") else "Completed"
                asked = self._refreshes.ask(dataset, call.object("datasetRefreshRequest", optional=True), outcome)
                headers = {"RequestId": asked.id}
                if asked.enhanced:
                    location = f"{call.base}groups/{call.workspace}/datasets/{dataset.id}/refreshes/{asked.id}"
                    headers |= {"x-ms-request-id": asked.id, "Location": location}
                return Response(status_code=202, headers=headers)
            case ("GET",):
                top = call.parameters.get("$top", str(HISTORY))
                if not top.isdecimal():
                    raise errors.bad_request(f"'{top}' is no number of entries.", "$top")
                return json_response(listed(call.base, "refreshes", self._refreshes.history(dataset, int(top))))
            case "GET", identity:
                refresh = self._refreshes.get(dataset, identity)
                running = refresh.is_running(self._now())
                return json_response(self._refreshes.detail(refresh), 202 if running else 200)
            case "DELETE", identity:
                self._refreshes.cancel(dataset, identity)
                return Response()
        raise errors.item_not_found(f"No HTTP resource was found for {call.method} {'/'.join(call.path)}.")

    def _shown(self, dataset: Dataset) -> dict[str, Any]:
        created = datetime.fromtimestamp(dataset.created, UTC).isoformat(timespec="milliseconds")
        link = f"https://app.powerbi.com/groups/{dataset.workspace}/datasets/{dataset.id}"
        return {
            "id": dataset.id,
            "name": dataset.name,
            "webUrl": link,
            "addRowsAPIEnabled": dataset.takes_rows,
            "configuredBy": "local",
            "isRefreshable": not dataset.takes_rows,
            "isEffectiveIdentityRequired": False,
            "isEffectiveIdentityRolesRequired": False,
            "isOnPremGatewayRequired": False,
            "targetStorageMode": "Abf",
            "createdDate": created.replace("+00:00", "Z"),
            "users": [],
        }


def _sequence(call: Call) -> int | None:
    sent = call.headers.get(SEQUENCE_HEADER)
    if sent is None:
        return None
    try:
        number = int(sent)
    except ValueError:
        number = -1
    if not 0 <= number < 2**63:
        raise errors.bad_request(f"'{sent}' is no sequence number.", SEQUENCE_HEADER)
    return number

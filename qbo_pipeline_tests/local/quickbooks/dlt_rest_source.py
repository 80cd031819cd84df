"""dlt's REST API source reads a company into DuckDB; runs in an environment that has dlt, apart from the tests'.

`python dlt_rest_source.py URL REALM TOKEN FOLDER Entity…` prints `{"entity": rows, …}`.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import dlt
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from dlt.sources.rest_api import rest_api_source

PAGE = 50


class StatementPaginator(BasePaginator):  # type: ignore[misc]  # of a library that the tests do not have
    """QuickBooks pages inside the statement: the next starts where the page ended."""

    def __init__(self, entity: str) -> None:
        super().__init__()
        self._entity = entity
        self._start = 1

    def init_request(self, request: Any) -> None:
        self._has_next_page = True
        self._start = 1
        self.update_request(request)

    def update_state(self, response: Any, data: list[Any] | None = None) -> None:
        self._has_next_page = len(data or []) == PAGE
        self._start += PAGE

    def update_request(self, request: Any) -> None:
        request.params = {
            **(request.params or {}),
            "query": f"SELECT * FROM {self._entity} ORDERBY MetaData.CreateTime "
            f"STARTPOSITION {self._start} MAXRESULTS {PAGE}",
        }


def main(url: str, realm: str, token: str, folder: str, *entities: str) -> None:
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{url}/v3/company/{realm}/",
                "auth": {"type": "bearer", "token": token},
                "headers": {"Accept": "application/json"},
            },
            "resources": [
                {
                    "name": entity.lower(),
                    "primary_key": "Id",
                    "write_disposition": "merge",
                    "endpoint": {
                        "path": "query",
                        "params": {"minorversion": "75"},
                        "data_selector": f"QueryResponse.{entity}",
                        "paginator": StatementPaginator(entity),
                    },
                }
                for entity in entities
            ],
        }
    )
    pipeline = dlt.pipeline(
        "quickbooks",
        pipelines_dir=f"{folder}/pipelines",
        destination=dlt.destinations.duckdb(f"{folder}/read.duckdb"),
        dataset_name="quickbooks",
    )
    pipeline.run(source).raise_on_failed_jobs()
    with pipeline.sql_client() as client:
        told = {}
        for entity in entities:
            rows = client.execute_sql(f"SELECT count(*) FROM {entity.lower()}")
            told[entity] = rows[0][0]
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

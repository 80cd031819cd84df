"""dlt loading a company's records into DuckDB, as its documentation has it; runs in an environment of its own.

The resource is a generator over pages, the destination DuckDB, the loader Parquet instead of its default, statements of
INSERT. No retries, limits, changes or deletions: what dlt leaves to its user.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import requests

PAGE = 1000


def pages(url: str, entity: str) -> Iterator[list[dict[str, Any]]]:
    """The records of an entity, page by page."""
    with requests.Session() as session:
        start = 1
        while True:
            query = f"SELECT * FROM {entity} ORDERBY MetaData.CreateTime STARTPOSITION {start} MAXRESULTS {PAGE}"
            answer = session.get(
                f"{url}/v3/company/1000/query",
                params={"query": query, "minorversion": "75"},
                headers={"Authorization": "Bearer stand-in", "Accept": "application/json"},
                timeout=125,
            )
            answer.raise_for_status()
            records = answer.json()["QueryResponse"].get(entity, [])
            if records:
                yield records
            if len(records) < PAGE:
                return
            start += PAGE


def main() -> None:
    """`python peer.py --url http://127.0.0.1:8000 --data /tmp/data Invoice Payment`"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("entities", nargs="+")
    arguments = parser.parse_args()
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    arguments.data.mkdir(parents=True, exist_ok=True)
    pipeline = dlt.pipeline(
        pipeline_name="quickbooks",
        pipelines_dir=str(arguments.data / "pipelines"),
        destination=dlt.destinations.duckdb(str(arguments.data / "peer.duckdb")),
        dataset_name="quickbooks",
    )
    resources = [
        dlt.resource(pages(arguments.url, entity), name=entity, primary_key="Id", write_disposition="append")
        for entity in arguments.entities
    ]
    pipeline.run(resources, loader_file_format="parquet").raise_on_failed_jobs()


if __name__ == "__main__":
    main()

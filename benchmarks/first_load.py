"""The first load of a push dataset, beside the least time that Power BI's limits leave for it.

`python -m benchmarks.first_load FOLDER URL` publishes once, in a process of its own, and prints what it sent.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import httpx

from benchmarks.measure import Cost, measured
from benchmarks.processes import answers, running, wait_until
from qbo_pipeline.power_bi.publish import publish
from qbo_pipeline.settings import load_settings
from qbo_pipeline_tests.ports import free_port
from qbo_pipeline_tests.power_bi.books import MODEL

POSTS_A_MINUTE = 120
"""Source: learn.microsoft.com, push semantic model limitations."""
_OTHER_ROWS = 201
"""Rows of the company and its accounts; more than a million rows an hour are not taken."""
_WAREHOUSE = """
CREATE SCHEMA finance;
CREATE TABLE finance.company AS SELECT '9341452000000001' AS realm_id, 'Harbour' AS name;
CREATE TABLE finance.account AS
SELECT '9341452000000001|' || i AS account_key, '9341452000000001' AS realm_id, 'Account ' || i AS name
FROM range(200) AS numbers (i);
CREATE TABLE finance.line AS
SELECT
    '9341452000000001|Invoice|' || i || '|1' AS line_key, '9341452000000001' AS realm_id,
    '9341452000000001|' || hash(i) % 200 AS account_key, DATE '2021-01-01' + (hash(i, 1) % 2000)::INTEGER AS line_date,
    CASE WHEN i % 3 > 0 THEN 'Memo of document ' || hash(i, 2) % 1000000 END AS memo,
    ((hash(i, 5) % 1000) / 8)::DECIMAL(28, 10) AS quantity,
    (((hash(i, 3) % 100000000)::BIGINT - 50000000) * 0.01)::DECIMAL(28, 8) AS amount, 1 AS line_count
FROM range($rows) AS numbers (i);
"""


@dataclass(frozen=True, slots=True)
class FirstLoad:
    """What it took."""

    cost: Cost
    seconds: float
    """From the first thought to the compared totals, as `publish` has it."""
    posts: int
    waited: float
    """Seconds that the client's own limits held it up."""
    refused: int
    """Requests that the service refused for a limit."""

    @property
    def allowed(self) -> float:
        """The least seconds that so many requests may take."""
        return 60 * self.posts / POSTS_A_MINUTE


class WrongDatasetError(Exception):
    """The dataset does not hold what the warehouse does."""


def first_load(folder: Path, rows: int) -> FirstLoad:
    """Publish so many rows, ledger lines but for a few, for the first time to a local Power BI that keeps every limit.

    Raises:
        WrongDatasetError: rows or totals differ afterwards.
    """
    warehouse = folder / "data" / "warehouse.duckdb"
    warehouse.parent.mkdir(parents=True)
    with duckdb.connect(str(warehouse)) as connection:
        for statement in _WAREHOUSE.split(";\n"):
            connection.execute(statement, {"rows": rows - _OTHER_ROWS} if "$rows" in statement else None)
    with _power_bi(folder) as url:
        cost, told = measured([sys.executable, "-m", "benchmarks.first_load", str(folder / "data"), url])
        refused = [one for one in httpx.get(f"{url}/control/requests").json()["requests"] if one["status"] == 429]
    found = json.loads(told)
    if found["differ"] or found["rows"] != rows:
        raise WrongDatasetError(told)
    return FirstLoad(cost, found["seconds"], found["posts"], found["waited"], len(refused))


@contextmanager
def _power_bi(folder: Path) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "qbo_pipeline.local.power_bi", "--port", str(port)]
    with running([*command, "--data", str(folder / "power_bi.duckdb")], os.environ, folder / "power_bi.log"):
        wait_until(lambda: answers(f"{url}/control/health"))
        yield url


def main(data: Path, url: str) -> None:
    """Publish, and print what was done."""
    settings = load_settings(
        data_dir=data, power_bi_workspace_id=None, power_bi_api_base_url_override=f"{url}/v1.0/myorg",
        power_bi_authority_url_override=url, _env_file=None,
    )  # fmt: skip
    began = time.monotonic()
    done = publish(settings, model=MODEL)
    differ = [one.measure for one in done.totals if not one.equal or not one.asked]
    told = {
        "seconds": time.monotonic() - began, "rows": done.rows, "posts": done.posts, "differ": differ,
        "waited": sum(one.waited for one in done.tables),
    }  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

from __future__ import annotations

import pytest

from qbo_pipeline_tests.command_line.conftest import REALM, Run


@pytest.mark.usefixtures("warehouse")
def test_status_counts_living_deleted_and_quarantined_and_tells_the_last_run(run: Run) -> None:
    entities = {one["entity"]: one for one in run("status", "--json").json}

    assert entities["Invoice"] == {
        "realm_id": REALM,
        "company": "Larkspur [Advisory]",
        "entity": "Invoice",
        "rows": 6,
        "deleted": 4,
        "rejected": 0,
        "newest_change": "2026-11-01T17:00:00Z",
        "last_run": "2026-11-03T04:05:00Z",
        "last_source": "cdc",
        "last_calls": 2,
        "all_calls": 7,
    }
    assert entities["Bill"]["rejected"] == 1
    assert list(entities) == ["CompanyInfo", "Invoice", "Bill"]


@pytest.mark.usefixtures("warehouse")
def test_status_is_a_table_a_company_with_totals(run: Run) -> None:
    output = run("status").output

    assert f"Larkspur [Advisory] ({REALM})" in output
    assert "2026-11-03 04:05" in output
    total = next(line for line in output.splitlines() if line.strip().startswith("total"))
    assert total.split()[1:4] == ["7", "4", "1"]


def test_status_of_nothing_says_how_to_begin(run: Run) -> None:
    answer = run("status")

    assert answer.exit_code == 1
    assert "qbo-pipeline backfill" in answer.told

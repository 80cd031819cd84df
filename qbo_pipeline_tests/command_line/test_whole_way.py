"""The commands one after the other, as a person would use them, against the local QuickBooks."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qbo_pipeline.local.companies import GeneratedCompany, generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.command_line.conftest import Run, join
from qbo_pipeline_tests.patience import PATIENCE_SECONDS

ENTITIES = ("--entity", "CompanyInfo", "--entity", "Customer", "--entity", "Invoice", "--entity", "Term")


@pytest.fixture(scope="module")
def company() -> GeneratedCompany:
    return generate("larkspur", scale=0.02)


@pytest.fixture
def larkspur(quickbooks: LocalQuickBooks, company: GeneratedCompany) -> LocalQuickBooks:
    """The demo company, connected."""
    quickbooks.add_company(company)
    join(quickbooks, company.realm_id)
    return quickbooks


@pytest.mark.end_to_end
def test_load_look_change_and_load_again(run: Run, larkspur: LocalQuickBooks, company: GeneratedCompany) -> None:
    realm = company.realm_id
    assert [one["name"] for one in run("companies", "--json").json] == [company.name]

    loaded = run("backfill", *ENTITIES)
    assert loaded.exit_code == 0, loaded.told
    held = larkspur.store.counts(realm)
    status = {one["entity"]: one for one in run("status", "--json").json["entities"]}
    assert {name: status[name]["rows"] for name in ("Customer", "Invoice", "Term")} == {
        name: held[name] for name in ("Customer", "Invoice", "Term")
    }

    [gone] = run("sql", "--format", "json", "SELECT min(id) AS id FROM quickbooks.invoice").json
    larkspur.store.delete(realm, "Invoice", gone["id"], larkspur.clock.now())
    synced = run("sync", "--json", *ENTITIES)
    assert synced.exit_code == 0, synced.told
    assert {one["entity"]: one["deleted"] for one in synced.json if one["deleted"]} == {"Invoice": 1}
    assert run("sync", *ENTITIES).output.startswith(f"{company.name} ({realm}): nothing new")

    healthy = run("doctor", "--json")
    assert healthy.exit_code == 0, healthy.output
    assert f"answers as {company.name}" in [one["told"] for one in healthy.json]


@pytest.mark.end_to_end
def test_a_revoked_connection_fails_with_the_way_back(run: Run, larkspur: LocalQuickBooks) -> None:
    larkspur.store.rows("DELETE FROM access_token")
    larkspur.store.rows("UPDATE refresh_token SET state = 'revoked'")

    answer = run("backfill", "--entity", "Term")

    assert answer.exit_code == 1
    assert "access was revoked" in answer.told
    assert "qbo-pipeline connect" in answer.told
    assert [one["status"] for one in run("companies", "--json").json] == ["revoked"]
    assert "company" in next(one["part"] for one in run("doctor", "--json").json if one["level"] == "fail")


@pytest.mark.end_to_end
@pytest.mark.usefixtures("interruptible")
def test_a_load_that_is_interrupted_ends_without_noise(run: Run, larkspur: LocalQuickBooks) -> None:
    larkspur.slow_down(1.0)
    already = len(larkspur.requests)
    command = [str(Path(sys.executable).with_name("qbo-pipeline")), "backfill", *ENTITIES]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as load:
        while len(larkspur.requests) == already:
            assert load.poll() is None
            time.sleep(0.05)
        load.send_signal(signal.SIGINT)
        told = load.communicate(timeout=PATIENCE_SECONDS)[0]

    assert load.returncode == 130
    assert told == ""
    larkspur.heal()
    assert run("backfill", *ENTITIES).exit_code == 0

"""dlt's REST API source, as its documentation has it, reads a company: only the URL is another."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from qbo_pipeline.local.companies import generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.local.quickbooks.small_books import connect

DLT_PYTHON = Path(__file__).parents[3] / ".venv" / "peer" / "bin" / "python"
SCRIPT = Path(__file__).parent / "dlt_rest_source.py"
ENTITIES = ("Invoice", "Bill", "JournalEntry", "Payment")
SECONDS = 120

pytestmark = pytest.mark.skipif(
    not DLT_PYTHON.exists(), reason="dlt has an environment of its own, .venv/peer: make test and make bench set it up"
)


def test_it_reads_every_record(tmp_path: Path) -> None:
    company = generate("larkspur", scale=0.05)
    with LocalQuickBooks(tmp_path / "quickbooks.sqlite") as service:
        service.add_company(company)
        token = connect(service, company.realm_id)["access_token"]
        command = [str(DLT_PYTHON), str(SCRIPT), service.url, company.realm_id, token, str(tmp_path), *ENTITIES]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        held = service.store.counts(company.realm_id)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {entity: held[entity] for entity in ENTITIES}

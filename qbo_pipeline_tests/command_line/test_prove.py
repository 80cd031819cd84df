from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from qbo_pipeline.ingestion.reports.pulls import ReportPulls
from qbo_pipeline_tests.command_line.conftest import Run, on_terminal
from qbo_pipeline_tests.finance.proof.books import REALM, Books


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of a small company whose books tie."""
    path = tmp_path_factory.mktemp("books") / "warehouse.duckdb"
    Books(str(path)).connection.close()
    return path


@pytest.fixture
def small(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, of one's own, in force as the data folder of the commands."""
    monkeypatch.setenv("QBO_PIPELINE_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return Path(shutil.copy(written, tmp_path / "data"))


@pytest.mark.usefixtures("small")
def test_the_proof_tells_what_ties_what_was_patched_and_each_invariant(run: Run) -> None:
    answer = run("prove", "--offline")
    lines = [line.split() for line in answer.output.splitlines()]

    assert answer.exit_code == 0, answer.output
    assert "Fjord Outfitters (1), books of 2026-03-31" in answer.output
    assert ["Accrual", "profit", "and", "loss", "3", "of", "3"] in [line[:7] for line in lines]
    assert "cost of goods sold and stock: QuickBooks costs what is sold" in answer.output
    assert ["1", "debits", "equal", "credits", "yes"] in lines
    assert "Proven: every account-month of Fjord Outfitters is QuickBooks' own to the cent" in answer.output


def test_what_is_wrong_is_named_and_the_command_fails(run: Run, small: Path) -> None:
    with duckdb.connect(str(small)) as connection:
        connection.execute("UPDATE quickbooks.invoice SET balance = balance + 0.01 WHERE id = '101'")

    answer = run("prove", "--offline", "--company", "fjord outfitters")

    assert answer.exit_code == 1
    assert "9 open balances are what is unpaid: Not so in 1 cases." in answer.output
    assert "114.01" in answer.output
    assert "Not proven: 1 invariants do not hold." in answer.output


@pytest.mark.parametrize("columns", [40, 80])
def test_what_is_wrong_is_told_whole_on_a_narrow_terminal(small: Path, columns: int) -> None:
    with duckdb.connect(str(small)) as connection:
        connection.execute("UPDATE quickbooks.invoice SET balance = balance + 1234567890000 WHERE id = '101'")

    shown = on_terminal("prove", "--offline", columns=columns)

    assert "1234567890114" in shown.replace(",", "")
    assert re.search(r"\d\N{HORIZONTAL ELLIPSIS}", shown) is None


@pytest.mark.usefixtures("small")
def test_scripts_get_the_proof_as_json(run: Run) -> None:
    [company] = run("prove", "--offline", "--json").json["companies"]

    assert (company["realm_id"], company["proven"], company["unexplained"]) == (REALM, True, 0)
    assert company["percent_from_entities_of_what_they_show"] == 100
    assert company["patched"][0]["reason"] == "cogs"
    assert all(one["verdict"]["holds"] for one in company["judged"])
    assert {one["tied"] == one["account_months"] for one in company["tie_outs"]} == {True}


@pytest.mark.usefixtures("small")
def test_reports_that_cannot_be_pulled_leave_the_proof_of_before_and_a_failure(
    run: Run, connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("the connection failed")

    connected(REALM, "Fjord Outfitters", environment="local")
    monkeypatch.setattr(ReportPulls, "pull", fail)

    answer = run("prove")

    assert answer.exit_code == 1
    assert "Proven: every account-month" in answer.output
    assert "Fjord Outfitters: proven against the reports of before." in answer.told


@pytest.mark.usefixtures("small")
def test_a_company_that_is_not_there_is_misuse(run: Run) -> None:
    answer = run("prove", "--offline", "--company", "Nobody Ltd")

    assert answer.exit_code == 2
    assert "1 (Fjord Outfitters)" in answer.told


def test_without_a_warehouse_it_says_how_to_begin(run: Run) -> None:
    answer = run("prove", "--offline")

    assert answer.exit_code == 1
    assert "qbo-pipeline backfill" in answer.told


@pytest.mark.usefixtures("warehouse")
def test_a_warehouse_without_books_says_how_to_make_them(run: Run) -> None:
    answer = run("prove", "--offline")

    assert answer.exit_code == 1
    assert "qbo-pipeline rebuild" in answer.told

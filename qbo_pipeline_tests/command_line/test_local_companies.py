from __future__ import annotations

import json
from pathlib import Path

import pytest

from qbo_pipeline.local.companies import generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.command_line.conftest import REALM, Run


@pytest.fixture
def exported(run: Run, tmp_path: Path) -> Path:
    """The files of a small company, in the folder of its realm."""
    state = tmp_path / "quickbooks.sqlite"
    with LocalQuickBooks(state) as service:
        service.add_company(generate("larkspur", scale=0.02))
        answer = run("local", "export", str(tmp_path / "books"), "--realm", REALM, "--state", str(state))
    assert answer.exit_code == 0, answer.told
    assert "Larkspur Advisory" in answer.output
    return tmp_path / "books" / REALM


def test_a_company_is_exported_and_imported(run: Run, exported: Path, tmp_path: Path) -> None:
    answer = run("local", "import", str(exported), "--state", str(tmp_path / "other.sqlite"), "--json")

    assert (answer.exit_code, answer.json["realm_id"], answer.json["unplaced"]) == (0, REALM, [])
    assert answer.json["records"]["Invoice"] == sum(
        "status" not in one for one in json.loads((exported / "Invoice.json").read_text())
    )


def test_what_found_no_place_is_named_and_the_code_is_1(run: Run, exported: Path, tmp_path: Path) -> None:
    (exported / "Vendor.json").write_text("[3]")
    answer = run("local", "import", str(exported), "--state", str(tmp_path / "other.sqlite"))

    assert answer.exit_code == 1
    assert "Not placed: Vendor.json, record 1: not an object but a number" in answer.told


def test_a_company_that_is_there_is_replaced_only_if_asked(run: Run, exported: Path, tmp_path: Path) -> None:
    arguments = ("local", "import", str(exported), "--state", str(tmp_path / "quickbooks.sqlite"))
    refused = run(*arguments)

    assert (refused.exit_code, "has the realm id" in refused.told) == (1, True)
    assert run(*arguments, "--replace").exit_code == 0


def test_a_running_service_is_not_imported_into(run: Run, exported: Path, tmp_path: Path) -> None:
    state = tmp_path / "quickbooks.sqlite"
    with LocalQuickBooks(state):
        refused = run("local", "import", str(exported), "--state", str(state), "--replace")

    assert (refused.exit_code, "Stop the local QuickBooks" in refused.told) == (1, True)


def test_a_folder_that_is_called_by_no_realm_id_needs_one(run: Run, tmp_path: Path) -> None:
    assert run("local", "import", str(tmp_path / "downloads")).exit_code == 2
    assert run("local", "import", str(tmp_path / "downloads"), "--realm", "12").exit_code == 1


def test_a_trial_balance_is_compared_with_the_books(run: Run, exported: Path, tmp_path: Path) -> None:
    path = tmp_path / "trial-balance.csv"
    path.write_text("account,debit,credit\nChecking,1.50,\n")
    arguments = ("local", "import", str(exported), "--state", str(tmp_path / "other.sqlite"), "--replace")
    told = run(*arguments, "--trial-balance", str(path), "--as-of", "2026-10-31", "--json")
    differing = {one["account"]: one for one in told.json["differences"]}

    assert (told.exit_code, told.json["as_of"], differing["Checking"]["theirs"]) == (1, "2026-10-31", 1.5)
    assert "Differences on 2026-10-31" in run(*arguments, "--trial-balance", str(path), "--as-of", "2026-10-31").output

    # As the books say it, so that nothing differs.
    lines = [f"{name},{one['ours']},\n" for name, one in differing.items()]
    path.write_text("account,debit,credit\n" + "".join(lines))
    agrees = run(*arguments, "--trial-balance", str(path), "--as-of", "2026-10-31")
    assert (agrees.exit_code, "The trial balance of 2026-10-31 agrees." in agrees.output) == (0, True)


def test_what_is_no_trial_balance_is_refused_before_anything_is_loaded(
    run: Run, exported: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes.csv").write_text("a,b\n")
    other = tmp_path / "other.sqlite"
    answer = run(
        "local", "import", str(exported), "--state", str(other), "--trial-balance", str(tmp_path / "notes.csv")
    )

    assert (answer.exit_code, "no column account" in answer.told, other.exists()) == (1, True, False)


def test_a_day_that_is_none_is_misuse(run: Run, exported: Path) -> None:
    assert run("local", "import", str(exported), "--as-of", "31.10.2026").exit_code == 2


def test_a_realm_id_that_is_none_is_named(run: Run, tmp_path: Path) -> None:
    answer = run("local", "import", str(tmp_path), "--realm", "larkspur")

    assert answer.exit_code == 2
    assert "'larkspur' is no realm id" in " ".join(answer.told.replace("│", " ").split())

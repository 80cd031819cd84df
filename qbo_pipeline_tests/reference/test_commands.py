"""`qbo-pipeline reference` as a person uses it."""

from __future__ import annotations

import getpass
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qbo_pipeline.cli import app
from qbo_pipeline.ingestion import Session
from qbo_pipeline_tests.reference.conftest import NAME, Company, Folder

pytestmark = pytest.mark.end_to_end


class Terminal:
    def __init__(self) -> None:
        self._runner = CliRunner()

    def run(self, *arguments: str, typed: str | None = None) -> Result:
        result = self._runner.invoke(app, ["reference", *arguments], input=typed)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result


@pytest.fixture
def terminal(session: Session, company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    """Commands with the settings of the session, in which only the company of this test is worked on."""
    settings = session.settings
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    for name, value in {
        "QBO_PIPELINE_DATA_DIR": str(settings.data_dir),
        "QBO_API_BASE_URL": settings.api_base_url,
        "QBO_TOKEN_URL": settings.token_url,
        "QBO_PIPELINE_ENCRYPTION_KEY": settings.encryption_key.get_secret_value() if settings.encryption_key else "",
        "QBO_COMPANIES": company.realm_id,
        "QBO_ALLOW_REFERENCE_WRITE": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return Terminal()


def test_export_edit_plan_apply(terminal: Terminal, company: Company, session: Session) -> None:
    exported = terminal.run("export", "--to", "books")
    assert exported.exit_code == 0, exported.output
    assert "books/accounts.csv: 4 rows" in exported.stdout
    books = Path("books")
    content = (books / "classes.csv").read_bytes().replace(b"East,,yes", b"West,,yes")
    (books / "classes.csv").write_bytes(content + b",,North,,,\r\n")

    planned = terminal.run("plan", "books")
    assert planned.exit_code == 0
    assert "2 changes (1 update, 1 create)." in planned.stdout
    assert company.writes() == 0

    assert terminal.run("apply", "books", typed="n\n").exit_code == 1
    assert company.writes() == 0

    applied = terminal.run("apply", "books", typed="y\n")
    assert applied.exit_code == 0, applied.output
    assert f"Send 2 changes (1 update, 1 create) to {NAME} (local)?" in applied.stderr
    assert "applied: update Class East (id 21)" in applied.stdout
    assert company.record("Class", "21")["Name"] == "West"
    assert "nothing to change" in terminal.run("plan", "books").stdout


def test_a_plan_is_told_as_a_table_with_what_stands_in_the_way(
    terminal: Terminal, exported: Folder, company: Company, session: Session
) -> None:
    company.touch("Account", "13", Name="Theirs")
    exported.edit("accounts.csv", "13", name="Mine").apply()  # brings the warehouse up to date
    exported.edit("accounts.csv", "11", name="Office: small").edit("classes.csv", "22", active="no")

    plan = terminal.run("plan", str(exported.path))

    assert plan.exit_code == 1
    cells = [[cell.strip() for cell in line.split("│")] for line in plan.stdout.splitlines() if "│" in line]
    assert ["", "classes.csv:3", "Class", "deactivate", "East:Coast", "active", "yes", "no", ""] in cells
    assert ["", "accounts.csv:2", "Account", "Cash", "name", "Cash", "Theirs", "Mine", ""] in cells
    assert "accounts.csv:3 Office: name contains ':'." in plan.stdout
    assert "to do: QuickBooks does not take that there." in plan.stdout
    assert "1 change (1 deactivate). Not to be sent: 1 row with a problem, 1 conflict." in plan.stdout


def test_scripts_get_json(terminal: Terminal, exported: Folder, company: Company) -> None:
    exported.edit("accounts.csv", "11", name="Rent").edit("accounts.csv", "12", name="")

    plan = json.loads(terminal.run("plan", str(exported.path), "--json").stdout)
    assert plan["changes"][0]["what"] == "update"
    assert plan["changes"][0]["differences"] == [{"field": "name", "before": "Office", "after": "Rent"}]
    assert plan["problems"][0]["what"] == "name is empty"

    applied = terminal.run("apply", str(exported.path), "--yes", "--json")
    [result] = json.loads(applied.stdout)["results"]
    assert applied.exit_code == 1, "a row had a problem"
    assert (result["outcome"], result["id"], result["change"]["line"]) == ("applied", "11", 3)


def test_what_was_not_applied_is_told_with_theirs_and_yours(
    terminal: Terminal, exported: Folder, company: Company
) -> None:
    company.touch("Account", "11", Name="Theirs")
    exported.edit("accounts.csv", "11", name="Mine").add("classes.csv", name="North")

    applied = terminal.run("apply", str(exported.path), "--yes")

    assert applied.exit_code == 1
    assert "conflict: update Account Office (id 11): somebody changed it since the export" in applied.stdout
    assert "name: exported Office, theirs Theirs, yours Mine" in applied.stdout
    assert "applied: create Class North" in applied.stdout
    assert "1 conflict, 1 applied. All of it is in audit.reference_change." in applied.stdout


def test_the_life_of_a_record_tells_who_asked_for_what(terminal: Terminal, exported: Folder, company: Company) -> None:
    exported.edit("departments.csv", "31", name="Bonn").apply()

    life = CliRunner().invoke(app, ["audit", "Department", "31", "--company", company.realm_id, "--json"])

    told = {one["what"]: one["detail"] for one in json.loads(life.stdout)}
    assert told[f"{getpass.getuser()} asked QuickBooks to update it"] == "name: Berlin → Bonn"
    assert "requestid" in told["to update it: applied"]
    assert "received by reference, shown now" in told


def test_nothing_is_applied_without_the_setting(
    terminal: Terminal, exported: Folder, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBO_ALLOW_REFERENCE_WRITE", "false")
    exported.edit("classes.csv", "21", name="West")

    applied = terminal.run("apply", str(exported.path), "--yes")

    assert applied.exit_code == 1
    assert "QBO_ALLOW_REFERENCE_WRITE=true" in applied.stderr
    assert company.writes() == 0


def test_a_folder_without_an_export_is_told_how_to_get_one(terminal: Terminal) -> None:
    plan = terminal.run("plan", "nowhere")

    assert plan.exit_code == 1
    assert "nowhere holds no export" in plan.stderr
    assert "qbo-pipeline reference export" in plan.stderr


def test_a_damaged_manifest_and_a_foreign_file_are_named(terminal: Terminal, exported: Folder) -> None:
    (exported.path / "classes.csv").write_text("Name;Klasse\nEast;1\n", encoding="utf-8")
    plan = terminal.run("plan", str(exported.path))
    assert plan.exit_code == 1
    assert "does not have the column 'klasse'" in plan.stderr

    (exported.path / "export.json").write_text("{", encoding="utf-8")
    assert "export.json is damaged" in terminal.run("plan", str(exported.path)).stderr


def test_a_folder_of_another_company_or_environment_is_not_applied(
    terminal: Terminal, exported: Folder, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported.edit("classes.csv", "21", name="West")
    manifest = exported.path / "export.json"
    shutil.copy(manifest, exported.path / "kept")
    manifest.write_text(manifest.read_text().replace('"local"', '"production"'), encoding="utf-8")
    assert "in the environment production; this is local" in terminal.run("apply", str(exported.path), "--yes").stderr

    shutil.copy(exported.path / "kept", manifest)
    monkeypatch.setenv("QBO_COMPANIES", "1")
    assert "is not connected" in terminal.run("apply", str(exported.path), "--yes").stderr
    assert company.writes() == 0


def test_a_warehouse_without_the_company_is_told_to_be_loaded(
    terminal: Terminal, exported: Folder, session: Session
) -> None:
    manifest = exported.path / "export.json"
    manifest.write_text(manifest.read_text().replace(exported.realm_id, "404"), encoding="utf-8")

    plan = terminal.run("plan", str(exported.path))

    assert plan.exit_code == 1
    assert "The warehouse has no accounts, classes or departments of" in plan.stderr

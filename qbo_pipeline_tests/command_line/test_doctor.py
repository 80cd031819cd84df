from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet

from qbo_pipeline.command_line import doctor_connections, doctor_machine
from qbo_pipeline.ingestion.publishing import publish
from qbo_pipeline.settings import Settings
from qbo_pipeline.state import EncryptionKeys, store
from qbo_pipeline.warehouse.warehouse import open_warehouse
from qbo_pipeline_tests.command_line.conftest import REALM, Run
from qbo_pipeline_tests.quickbooks.stub_service import Reply, StubService


@pytest.fixture
def key_in_a_file(only_our_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is where nobody set a key and there is no keyring."""
    monkeypatch.delenv("QBO_PIPELINE_ENCRYPTION_KEY")


def findings(run: Run, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    answer = run("doctor", "--json", *arguments)
    return answer.exit_code, answer.json


def of(found: list[dict[str, Any]], level: str) -> list[dict[str, Any]]:
    return [one for one in found if one["level"] == level]


def test_a_fresh_installation_is_sound_and_doctor_makes_nothing(run: Run, tmp_path: Path) -> None:
    code, found = findings(run, "--offline")

    assert code == 0
    assert of(found, "fail") == []
    assert [one["part"] for one in of(found, "warn") if not one["part"].startswith("port")] == ["companies"]
    assert not (tmp_path / "data").exists()


def test_every_finding_that_is_not_ok_says_how_to_mend_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_COMPANIES", "1")
    code, found = findings(run)

    assert code == 1
    assert of(found, "fail") != []
    assert all(one["mend"] for one in found if one["level"] != "ok")


def test_settings_that_cannot_be_read_are_a_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_ENVIRONMENT", "staging")
    code, [finding] = findings(run)

    assert code == 1
    assert "QBO_ENVIRONMENT" in finding["told"]


def test_secrets_are_only_said_to_be_set(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_CLIENT_SECRET", "hunter2-hunter2")
    monkeypatch.setenv("QBO_STATE_URL", "postgresql://user:hunter2-hunter2@127.0.0.1:9/db")
    answer = run("doctor", "--offline")

    assert "QBO_CLIENT_SECRET=(set)" in answer.output
    assert "hunter2" not in answer.output + answer.told


def test_local_keys_outside_the_local_environment_fail(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_ENVIRONMENT", "sandbox")
    code, found = findings(run, "--offline")

    assert code == 1
    assert "QBO_CLIENT_ID and QBO_CLIENT_SECRET" in of(found, "fail")[0]["told"]


def test_tokens_over_plain_http_fail(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_TOKEN_URL", "http://gateway.example/token")

    assert [one["part"] for one in of(findings(run, "--offline")[1], "fail")] == ["QBO_TOKEN_URL"]


def test_a_key_file_open_to_others_fails_with_the_command_that_closes_it(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QBO_PIPELINE_ENCRYPTION_KEY")
    path = settings.data.state / "encryption.key"
    path.parent.mkdir(parents=True)
    path.write_text("x")
    path.chmod(0o644)

    [failure] = of(findings(run, "--offline")[1], "fail")

    assert failure["mend"].startswith(f"chmod 600 {path},")


@pytest.mark.usefixtures("key_in_a_file")
def test_what_is_open_to_others_is_closed_on_request(
    run: Run, connected: Callable[..., None], settings: Settings, tmp_path: Path
) -> None:
    connected()
    environment = tmp_path / ".env"
    environment.touch()
    modes = {
        settings.data.root: 0o777,
        settings.data.state: 0o755,
        settings.data.state / "state.sqlite": 0o664,
        settings.data.state / "encryption.key": 0o640,
        environment: 0o644,
    }
    for path, mode in modes.items():
        path.chmod(mode)
    _, found = findings(run, "--offline")
    assert sum("--mend" in (one["mend"] or "") for one in found) == len(modes)

    code, found = findings(run, "--offline", "--mend")

    assert code == 0, of(found, "fail")
    assert {path: path.stat().st_mode & 0o777 for path in modes} == dict(
        zip(modes, (0o775, 0o700, 0o600, 0o600, 0o600), strict=True)
    )
    assert not any("--mend" in (one["mend"] or "") for one in findings(run, "--offline")[1])


@pytest.mark.usefixtures("key_in_a_file")
def test_the_store_and_the_key_are_made_for_their_owner_alone(
    connected: Callable[..., None], settings: Settings
) -> None:
    before = os.umask(0)
    try:
        connected()
    finally:
        os.umask(before)

    for path in (settings.data.state, *settings.data.state.iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.usefixtures("key_in_a_file")
def test_an_interrupted_key_rotation_is_a_warning_with_the_command_that_finishes_it(
    run: Run, connected: Callable[..., None], settings: Settings
) -> None:
    connected()
    keys = EncryptionKeys(None, settings.data.state / "encryption.key")
    in_use = keys.cipher()
    assert in_use is not None
    keys.keep([Fernet.generate_key().decode(), *in_use.keys])

    [warning] = [one for one in of(findings(run, "--offline")[1], "warn") if one["part"] == "encryption key"]
    assert "vault rotate-key" in warning["mend"]

    assert run("vault", "rotate-key", "--json").json == {"place": str(keys.key_file), "rows": 1}
    assert not [one for one in of(findings(run, "--offline")[1], "warn") if one["part"] == "encryption key"]


def test_a_key_that_does_not_open_what_is_stored_fails_and_names_the_companies(
    run: Run, connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected()
    monkeypatch.setenv("QBO_PIPELINE_ENCRYPTION_KEY", Fernet.generate_key().decode())

    [failure] = of(findings(run, "--offline")[1], "fail")

    assert f"Larkspur Advisory ({REALM})" in failure["told"]


def test_a_malformed_key_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_PIPELINE_ENCRYPTION_KEY", "short")
    found = of(findings(run, "--offline")[1], "fail")

    assert "is not a Fernet key" in found[0]["told"]
    assert "short" not in str(found)


def test_a_connection_about_to_end_is_a_warning_and_an_ended_one_a_failure(
    run: Run, connected: Callable[..., None]
) -> None:
    connected(ends_in=timedelta(days=9))
    connected("2", "Ended", ends_in=timedelta(days=-1))

    code, found = findings(run, "--offline")

    assert code == 1
    assert any(REALM in one["part"] and "refresh token ends" in one["told"] for one in of(found, "warn"))
    assert any("Ended" in one["part"] for one in of(found, "fail"))


def test_a_company_in_force_that_is_not_connected_fails(
    run: Run, connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected()
    monkeypatch.setenv("QBO_COMPANIES", f"{REALM},77")

    assert [one["part"] for one in of(findings(run, "--offline")[1], "fail")] == ["company 77"]


def test_a_service_that_answers_and_its_company_are_asked(
    run: Run, connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected()
    with StubService(lambda _: Reply({"CompanyInfo": {"Id": "1", "CompanyName": "Larkspur"}})) as service:
        # The stub has no HEAD; any answer proves that somebody is there.
        monkeypatch.setenv("QBO_API_BASE_URL", service.url)
        monkeypatch.setenv("QBO_TOKEN_URL", service.url)
        code, found = findings(run)

    assert code == 0, of(found, "fail")
    assert any(one["told"] == "answers as Larkspur" for one in found)


def test_a_company_that_quickbooks_lets_wait_is_told_as_that_and_waited_for_no_longer(
    run: Run, connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected()
    answers = iter([Reply(_THROTTLED, 429, {"Retry-After": "6"})])
    answer = Reply({"CompanyInfo": {"Id": "1", "CompanyName": "Larkspur"}})
    monkeypatch.setattr(doctor_connections, "_COMPANY_SECONDS", 2.0)
    with StubService(lambda asked: next(answers, answer) if "companyinfo" in asked.path else answer) as service:
        monkeypatch.setenv("QBO_API_BASE_URL", service.url)
        monkeypatch.setenv("QBO_TOKEN_URL", service.url)
        code, found = findings(run)

    assert code == 1
    [failed] = of(found, "fail")
    assert failed["part"] == f"company {REALM}"
    assert failed["told"] == "gave no answer within 2 seconds, or QuickBooks lets requests wait"
    assert "another program uses this company's request limit" in failed["mend"]


_THROTTLED = {
    "Fault": {
        "Error": [{"Message": "message=ThrottleExceeded; errorCode=003001; statusCode=429", "code": "3001"}],
        "type": "SystemFault",
    }
}


def test_an_unreachable_local_service_says_how_to_start_it_and_no_company_is_asked(
    run: Run, connected: Callable[..., None]
) -> None:
    connected()
    code, found = findings(run)

    assert code == 1
    assert [one["mend"] for one in of(found, "fail")] == [
        "Start the local QuickBooks: qbo-pipeline local serve quickbooks"
    ]


def test_a_proxy_variable_that_is_of_no_use_is_a_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    code, found = findings(run)

    assert code == 1
    assert ["ALL_PROXY" in one["mend"] for one in of(found, "fail") if one["part"] == "API"] == [True]


@pytest.mark.usefixtures("warehouse")
def test_quarantine_is_a_warning_with_the_query_that_shows_it(run: Run) -> None:
    [warning] = [one for one in of(findings(run, "--offline")[1], "warn") if one["part"] == "quarantine"]

    assert warning["told"].startswith("1 records")
    assert "audit.rejected_record" in warning["mend"]


def test_finance_models_that_another_version_made_are_a_warning(
    run: Run, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Path(shutil.copytree(published, tmp_path / "own"))
    monkeypatch.setenv("QBO_PIPELINE_DATA_DIR", str(own))

    def level() -> str:
        found = findings(run, "--offline")[1]
        return next(str(one["level"]) for one in found if one["part"] == "finance models")

    assert level() == "warn"  # none were made so far

    data = Settings(data_dir=own).data
    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        publish(warehouse)
    assert level() == "ok"

    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        warehouse.rows("UPDATE audit.model_build SET digest = 'earlier' WHERE model = 'finance.dim_company'")
        warehouse.publish()
    assert level() == "warn"


def test_a_broken_warehouse_fails_with_rebuild(run: Run, settings: Settings) -> None:
    settings.data.root.mkdir()
    settings.data.warehouse.write_bytes(b"not a database")

    [failure] = of(findings(run, "--offline")[1], "fail")

    assert "qbo-pipeline rebuild" in failure["mend"]


@contextmanager
def opened_in_a_shell(file: Path) -> Iterator[None]:
    """By another process, for writing."""
    holding = "import duckdb, sys\nheld = duckdb.connect(sys.argv[1])\nprint('open', flush=True)\nsys.stdin.read()\n"
    command = [sys.executable, "-c", holding, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdout is not None
        assert shell.stdout.readline() == "open\n"
        yield
        shell.communicate()


@pytest.mark.skipif(os.name == "nt", reason="there the file could not be replaced either")
def test_a_warehouse_that_somebody_opened_for_writing_is_no_broken_one(run: Run, settings: Settings) -> None:
    """DuckDB's shell opens files so unless told otherwise. What was advised was to make it anew, or nothing."""
    settings.data.root.mkdir()
    with opened_in_a_shell(settings.data.warehouse):
        [failure] = of(findings(run, "--offline")[1], "fail")
        asked = run("status")

    assert "duckdb -readonly" in failure["mend"]
    assert asked.exit_code == 1
    assert "duckdb -readonly" in " ".join(asked.told.split())


@pytest.mark.skipif(os.name == "nt", reason="there the file could not be replaced either")
def test_what_was_written_into_a_state_that_is_replaced_by_now_is_told_as_that(run: Run, settings: Settings) -> None:
    """DuckDB puts it into a log beside the newer state, and speaks of checkpoints."""
    data = settings.data
    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        warehouse.rows("INSERT INTO audit.pruning SELECT 'api_call', now()::TIMESTAMP, NULL, 0")
        warehouse.publish()
    writing = (
        "import duckdb, sys\nheld = duckdb.connect(sys.argv[1])\nprint('open', flush=True)\nsys.stdin.readline()\n"
        "held.execute('CREATE TABLE mine AS SELECT 1')\nprint('written', flush=True)\nsys.stdin.read()\n"
    )
    command = [sys.executable, "-c", writing, str(data.warehouse)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdin is not None
        assert shell.stdout is not None
        assert shell.stdout.readline() == "open\n"
        with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
            warehouse.rows("CREATE TABLE audit.newer AS SELECT 1")
            warehouse.publish()
        shell.stdin.write("\n")
        shell.stdin.flush()
        assert shell.stdout.readline() == "written\n"
        shell.kill()

    [failure] = of(findings(run, "--offline")[1], "fail")
    asked = run("sql", "SELECT 1")
    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        warehouse.publish()  # as rebuild does

    assert "Close it there" in failure["mend"]
    assert "qbo-pipeline rebuild" in " ".join(asked.told.split())
    assert run("sql", "SELECT 1").exit_code == 0


@pytest.mark.skipif(os.name == "nt", reason="there the error is another one")
def test_a_build_database_that_somebody_opened_is_no_broken_one(run: Run, settings: Settings) -> None:
    """It is not to be made anew: it is to be closed."""
    settings.data.build.parent.mkdir(parents=True)
    with opened_in_a_shell(settings.data.build):
        [failure] = of(findings(run, "--offline")[1], "fail")

    assert failure["part"] == "build database"
    assert "Close it there" in failure["mend"]
    assert "rebuild" not in failure["mend"]


def test_a_broken_build_database_fails_with_rebuild(run: Run, settings: Settings) -> None:
    """Readers see nothing of it, and every load ends with it: it was said that the next one mends what is missing."""
    settings.data.build.parent.mkdir(parents=True)
    settings.data.build.write_bytes(b"not a database")

    [failure] = of(findings(run, "--offline")[1], "fail")

    assert failure["part"] == "build database"
    assert "qbo-pipeline rebuild" in failure["mend"]


def test_what_is_being_written_is_no_broken_build_database(run: Run, settings: Settings) -> None:
    data = settings.data
    with open_warehouse(data.build, data.warehouse, data.lake):
        assert of(findings(run, "--offline")[1], "fail") == []


def test_batches_that_never_reached_the_warehouse_are_a_warning(run: Run, settings: Settings) -> None:
    (settings.data.lake / REALM / "invoice" / "215000000000").mkdir(parents=True)

    assert any("1 batches are not in the warehouse" in one["told"] for one in of(findings(run, "--offline")[1], "warn"))


def test_a_file_that_cannot_be_read_is_named(
    run: Run, connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was said that the message names what to mend, and the message was "Permission denied"."""
    connected()

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "data/state/state.sqlite")

    monkeypatch.setattr(store, "StateStore", denied)
    assert "state store: Permission denied: data/state/state.sqlite" in run("doctor", "--offline").output


def test_little_room_is_a_warning_and_none_a_failure(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def level(free: int) -> str:
        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
        return next(one.level for one in doctor_machine.data_folder(settings) if one.part == "disk space")

    assert [level(free) for free in (100 << 30, 2 << 30, 100 << 20)] == ["ok", "warn", "fail"]


def test_an_occupied_port_is_seen() -> None:
    with socket.socket() as occupied:
        occupied.bind(("127.0.0.1", 0))
        occupied.listen()
        port = occupied.getsockname()[1]
        assert not doctor_machine.is_free(port)
    assert doctor_machine.is_free(port)


def test_what_dead_processes_left_half_written_is_told(run: Run, settings: Settings) -> None:
    batches = ((".making/1", 2), (".making/2", 0), ("_reports/.making/3", 2))
    for name, hours in batches:  # the younger one may be somebody's work
        folder = settings.data.lake / name
        folder.mkdir(parents=True)
        then = time.time() - hours * 3600
        os.utime(folder, (then, then))

    _, found = findings(run, "--offline")

    [told] = [one["told"] for one in of(found, "warn") if one["part"] == "lake"]
    assert told.startswith("2 half-written batches")


def test_parameters_of_the_state_store_among_which_a_password_may_be_are_not_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QBO_STATE_URL", f"sqlite:///{tmp_path / 'elsewhere.sqlite'}?cached_statements=64")
    output = run("doctor", "--offline").output
    assert "elsewhere.sqlite answers" in output
    assert "cached_statements" not in output

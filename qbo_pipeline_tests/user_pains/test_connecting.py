"""What users of other pipelines suffered between Connect and the first row; each test says what happens here instead.

Reported in: airbytehq/airbyte#49842, #45911, #7296; intuit/oauth-jsclient#128, #138; mcohen01/node-quickbooks#171,
#192; intuit/QuickBooks-V3-PHP-SDK#324; intuit/QuickBooks-V3-DotNET-SDK#342; ej2/python-quickbooks#282, #369.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from qbo_pipeline.cli import app
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.oauth import OAuthError
from qbo_pipeline.quickbooks.client import QuickBooksClient, open_vault
from qbo_pipeline.quickbooks.errors import NotAdmittedError, TokenEndpointError
from qbo_pipeline.settings import load_settings
from qbo_pipeline.state import StateStore
from qbo_pipeline_tests.command_line.conftest import REALM, Answer, Books, join
from qbo_pipeline_tests.patience import PATIENCE_SECONDS

NAME = "Larkspur Advisory"


@dataclass(frozen=True)
class Installation:
    """The product as it is installed, one company connected to the QuickBooks that it talks to."""

    quickbooks: LocalQuickBooks

    def run(self, *arguments: str, typed: str | None = None) -> Answer:
        """A command as a person types it, in a process of its own as far as tokens are concerned."""
        result = CliRunner().invoke(app, arguments, input=typed)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    def company(self) -> dict[str, Any]:
        """The company as `companies` lists it."""
        [company] = self.run("companies", "--json").json
        found: dict[str, Any] = company
        return found

    def stored_refresh_token(self) -> str:
        settings = load_settings()
        with StateStore(settings.state_url) as store:
            grant = open_vault(settings, store).grant(REALM)
        assert grant is not None
        return grant.refresh_token

    def issued(self) -> tuple[int, int]:
        """How many access tokens and how many refresh tokens QuickBooks ever gave out."""
        count = self.quickbooks.store.rows
        return count("SELECT count(*) FROM access_token")[0][0], count("SELECT count(*) FROM refresh_token")[0][0]

    def a_day_passes(self) -> None:
        """The access token expires, and the next refresh changes the refresh token."""
        self.quickbooks.oauth.expire_access_tokens()
        self.quickbooks.oauth.rotate_now()

    def talk(self) -> subprocess.Popen[str]:
        """Another process that asks QuickBooks for the company's name, once it is told to."""
        pipe = subprocess.PIPE
        return subprocess.Popen([sys.executable, "-c", TALK], stdin=pipe, stdout=pipe, stderr=pipe, text=True)


TALK = """
import asyncio, sys
from qbo_pipeline.quickbooks.client import QuickBooksClient
from qbo_pipeline.settings import load_settings
from qbo_pipeline.state import StateStore

async def main():
    settings = load_settings()
    with StateStore(settings.state_url) as state:
        async with QuickBooksClient(settings, state) as client:
            print("ready", flush=True)
            if "kill" in sys.stdin.readline():
                import os, signal
                from qbo_pipeline.state.vault import Vault
                Vault.refreshed = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
            print((await client.company("9341452000000001").company_info())["CompanyName"])

asyncio.run(main())
"""


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    for name in os.environ:
        if name.startswith("QBO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QBO_PIPELINE_ENCRYPTION_KEY", Fernet.generate_key().decode())
    with LocalQuickBooks(tmp_path / "quickbooks.sqlite") as quickbooks:
        for variable, path in (
            ("QBO_API_BASE_URL", ""),
            ("QBO_TOKEN_URL", "/oauth2/v1/tokens/bearer"),
            ("QBO_AUTHORIZE_URL", "/connect/oauth2"),
            ("QBO_REVOKE_URL", "/v2/oauth2/tokens/revoke"),
        ):
            monkeypatch.setenv(variable, quickbooks.url + path)
        quickbooks.add_company(Books(REALM, NAME, (("CompanyInfo", {"Id": "1", "CompanyName": NAME}),)))
        join(quickbooks, REALM)
        yield Installation(quickbooks)


def ended(process: subprocess.Popen[str], told: str) -> tuple[int, str, str]:
    output, errors = process.communicate(told, timeout=PATIENCE_SECONDS)
    return process.returncode, output, errors


def test_pain_1_a_refresh_token_that_changes_every_day_ends_no_connection(installation: Installation) -> None:
    held = [installation.stored_refresh_token()]
    for _ in range(5):
        installation.a_day_passes()
        assert installation.run("doctor", "--json").exit_code == 0
        held.append(installation.stored_refresh_token())

    assert len(set(held)) == 6
    with pytest.raises(OAuthError, match="invalid_grant"):  # whoever kept the one before would be dead by now
        installation.quickbooks.oauth.token(
            {"grant_type": "refresh_token", "refresh_token": held[-2]} | CLIENT, None, hard_expiry=False
        )


CLIENT = {"client_id": "local-client-id", "client_secret": "local-client-secret"}


def test_pain_1_ten_processes_that_need_a_token_at_once_do_not_spend_each_others_refresh_token(
    installation: Installation,
) -> None:
    installation.a_day_passes()
    before = installation.issued()
    installation.quickbooks.inject("timeout", endpoint=["token"], seconds=0.3, times=10)
    processes = [installation.talk() for _ in range(10)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=PATIENCE_SECONDS) for process in processes]

    assert [answer for answer, _ in answers] == [f"{NAME}\n"] * 10, answers
    assert installation.issued() == (before[0] + 1, before[1] + 1)


def test_pain_2_an_answer_lost_while_the_refresh_token_changed_is_told_as_that_and_as_nobodys_revocation(
    installation: Installation,
) -> None:
    installation.a_day_passes()
    installation.quickbooks.inject("lost_rotation")

    loaded = installation.run("sync", "--entity", "Term")

    assert loaded.exit_code == 1
    assert "got no answer that could be stored" in loaded.told
    assert "nobody revoked the connection" in loaded.told
    assert "qbo-pipeline connect" in loaded.told
    company = installation.company()
    assert company["status"] == "rotation_lost"
    assert "nobody revoked the connection" in company["to_do"][0]

    join(installation.quickbooks, REALM)
    assert installation.company()["status"] == "connected"
    assert installation.run("doctor").exit_code == 0


def test_pain_2_killed_between_the_answer_and_its_writing_is_told_first_as_a_doubt_and_then_as_what_it_was(
    installation: Installation,
) -> None:
    installation.a_day_passes()
    code, output, errors = ended(installation.talk(), "go, and be killed\n")
    assert (code, output) == (-9, "ready\n"), errors

    # For all that others know, it may still get its answer.
    assert "got no answer" not in " ".join(installation.company()["to_do"])
    with StateStore(load_settings().state_url) as store, store.transaction() as transaction:
        transaction.exec_driver_sql("UPDATE connection SET unanswered_refresh_at = unanswered_refresh_at - 75")
    doubt = installation.company()
    assert doubt["status"] == "connected"
    assert "got no answer" in doubt["to_do"][0]
    assert "qbo-pipeline sync: it finds out" in doubt["to_do"][0]

    # The lease of the dead process runs out by itself, in 75 seconds; here nobody waits for that.
    with StateStore(load_settings().state_url) as store, store.transaction() as transaction:
        transaction.exec_driver_sql("DELETE FROM lease")
    told = [one for one in installation.run("doctor", "--json").json if one["level"] == "fail"]
    assert "nobody revoked the connection" in told[0]["told"]
    assert "qbo-pipeline connect" in told[0]["mend"]
    assert installation.company()["status"] == "rotation_lost"


def test_pain_2_killed_at_the_same_moment_of_a_day_on_which_the_refresh_token_stayed_nothing_is_lost(
    installation: Installation,
) -> None:
    installation.quickbooks.oauth.expire_access_tokens()
    assert ended(installation.talk(), "go, and be killed\n")[0] == -9
    with StateStore(load_settings().state_url) as store, store.transaction() as transaction:
        transaction.exec_driver_sql("DELETE FROM lease")

    assert ended(installation.talk(), "go\n")[:2] == (0, f"ready\n{NAME}\n")
    company = installation.company()
    assert company["status"] == "connected"
    assert "got no answer" not in " ".join(company["to_do"])


def test_pain_3_invalid_grant_is_no_success_and_overwrites_no_token(installation: Installation) -> None:
    before = installation.stored_refresh_token()
    installation.quickbooks.store.rows("UPDATE refresh_token SET state = 'revoked'")
    installation.quickbooks.oauth.expire_access_tokens()

    [told] = [one for one in installation.run("doctor", "--json").json if one["level"] == "fail"]

    assert "access was revoked in QuickBooks or the refresh token expired" in told["told"]
    assert "invalid_grant" in told["told"]
    assert installation.stored_refresh_token() == before
    assert installation.company()["status"] == "revoked"


async def test_pain_3_half_an_answer_is_no_success_and_overwrites_no_token(installation: Installation) -> None:
    before = installation.stored_refresh_token()
    installation.quickbooks.oauth.expire_access_tokens()
    installation.quickbooks.inject("truncated", endpoint=["token"], times=None)
    settings = load_settings()

    with StateStore(settings.state_url) as state:
        async with QuickBooksClient(settings, state, backoff_seconds=0.001) as client:
            with pytest.raises(TokenEndpointError, match="holds no tokens"):
                await client.company(REALM).company_info()
            assert installation.stored_refresh_token() == before
            installation.quickbooks.heal()
            assert (await client.company(REALM).company_info())["CompanyName"] == NAME


def test_the_pain_of_mixed_up_environments_is_spared_tokens_of_one_are_never_tried_on_another(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = len(installation.quickbooks.requests)
    monkeypatch.setenv("QBO_ENVIRONMENT", "production")
    for variable, value in (("QBO_CLIENT_ID", "AB1"), ("QBO_CLIENT_SECRET", "secret")):
        monkeypatch.setenv(variable, value)

    told = " ".join(one["told"] for one in installation.run("doctor", "--json").json)

    assert "connected with QBO_ENVIRONMENT=local, so it is left alone now" in told
    assert "of QBO_ENVIRONMENT=local" in installation.run("companies").output
    assert installation.company()["worked_on"] is False
    assert len(installation.quickbooks.requests) == asked


def test_the_pain_of_mixed_up_environments_is_spared_keys_of_one_that_open_nothing_in_another_connect_nothing(
    installation: Installation,
) -> None:
    installation.quickbooks.inject("unauthorized", times=10)

    with pytest.raises(NotAdmittedError, match=r"in the environment local.*development keys open sandbox companies"):
        join(installation.quickbooks, REALM)

    assert installation.company()["status"] == "connected"  # as it was before

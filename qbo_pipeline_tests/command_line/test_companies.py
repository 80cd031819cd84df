from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from qbo_pipeline_tests.command_line.conftest import REALM, Run


def test_without_a_connection_nothing_is_made(run: Run, tmp_path: Path) -> None:
    assert "qbo-pipeline connect" in run("companies").output
    assert run("companies", "--json").json == []
    assert not (tmp_path / "data").exists()


def test_companies_are_listed_with_the_end_of_their_connection(run: Run, connected: Callable[..., None]) -> None:
    connected(ends_in=timedelta(days=40))

    [company] = run("companies", "--json").json

    assert (company["realm_id"], company["name"], company["status"]) == (REALM, "Larkspur Advisory", "connected")
    assert company["reconnect_by"] > company["connected_at"]
    assert "Larkspur Advisory" in run("companies").output


def test_tokens_are_never_shown(run: Run, connected: Callable[..., None]) -> None:
    connected()

    for arguments in (("companies",), ("companies", "--json"), ("doctor", "--offline", "--json")):
        answer = run(*arguments)
        assert "access" not in answer.output.replace("write access", "")


def test_a_company_that_is_not_worked_on_says_so(
    run: Run, connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected()
    monkeypatch.setenv("QBO_COMPANIES", "1")

    assert "not in QBO_COMPANIES" in run("companies").output

"""Proxies of the environment are for what is elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys

import httpx
import pytest

from qbo_pipeline.loopback import reach_this_machine_directly
from qbo_pipeline_tests.patience import PATIENCE_SECONDS
from qbo_pipeline_tests.quickbooks.stub_service import Reply, StubService

NOBODY = "http://127.0.0.1:9"


def test_local_services_are_reached_where_a_proxy_is_set_and_nothing_is_left_out_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`make demo` waited for services that ran, and asked whether their ports were taken."""
    monkeypatch.setenv("HTTP_PROXY", NOBODY)
    reach_this_machine_directly()
    with StubService(lambda _: Reply({})) as service:
        assert httpx.get(service.url).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://quickbooks.invalid")


@pytest.mark.parametrize(
    ("spared", "then"),
    [
        ("", "localhost,127.0.0.1"),
        (".example.com, 127.0.0.1", ".example.com,127.0.0.1,localhost"),
        ("*", "*"),
    ],
)
def test_what_was_left_out_before_stays_so(monkeypatch: pytest.MonkeyPatch, spared: str, then: str) -> None:
    monkeypatch.setenv("https_proxy", NOBODY)
    monkeypatch.setenv("no_proxy", spared)
    reach_this_machine_directly()
    assert os.environ["no_proxy"] == then


def test_without_proxies_in_the_environment_those_of_the_system_stay_in_force() -> None:
    reach_this_machine_directly()
    assert "no_proxy" not in os.environ


def test_commands_and_what_dagster_loads_do_so() -> None:
    told = "import os; print(os.environ['no_proxy'])"
    for entrance in (
        "from qbo_pipeline import definitions",
        "from qbo_pipeline.cli import app; app(['companies', '--json'], standalone_mode=False)",
    ):
        process = subprocess.run(
            [sys.executable, "-c", f"{entrance}\n{told}"],
            env=os.environ | {"HTTP_PROXY": NOBODY},
            capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True,
        )  # fmt: skip
        assert process.stdout.splitlines()[-1] == "localhost,127.0.0.1"

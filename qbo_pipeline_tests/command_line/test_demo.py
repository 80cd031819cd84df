"""`qbo-pipeline demo`: what it starts and publishes to. Loading and proving have tests of their own."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.demo import run as demo
from qbo_pipeline.demo.dashboards import publishers
from qbo_pipeline.demo.services import local_services
from qbo_pipeline.settings import load_settings


class StartedError(Exception):
    """The demo has begun."""


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object, **__: object) -> None:
        raise StartedError

    monkeypatch.setattr(demo, "running", start)


def run_demo() -> None:
    demo.run_demo(Console(file=StringIO()), serve=False, seed=7, scale=0.01)


def test_where_nothing_is_published_it_goes_without_dashboards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERBI_WORKSPACE_ID", "off")
    monkeypatch.setenv("TABLEAU_SERVER_URL", "off")

    with pytest.raises(StartedError):
        run_demo()
    console = Console(file=StringIO())
    assert [one.name for one in local_services(console, load_settings(), 7, 0.01)] == ["QuickBooks"]
    with publishers(load_settings()) as destinations:
        assert list(destinations) == []


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"TABLEAU_SERVER_URL": "https://10ax.online.tableau.com"}, "a real site"),
        (
            {f"POWERBI_{name}": "x" for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET", "WORKSPACE_ID")},
            "a real workspace",
        ),
    ],
)
def test_it_publishes_to_nothing_real(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], told: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CommandError, match=told):
        run_demo()

"""What `power-bi status` and `tableau status` say before there is anything to show."""

from __future__ import annotations

import pytest

from qbo_pipeline_tests.command_line.conftest import Run


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Destinations at which nobody listens."""
    monkeypatch.delenv("POWERBI_WORKSPACE_ID", raising=False)
    for variable in ("POWERBI_API_BASE_URL", "POWERBI_AUTHORITY_URL", "TABLEAU_SERVER_URL"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")


@pytest.mark.parametrize("destination", ["power-bi", "tableau"])
def test_who_published_before_anything_was_loaded_is_not_told_that_the_latest_is_shown(
    run: Run, destination: str
) -> None:
    assert run(destination, "publish").exit_code == 1

    answer = run(destination, "status")
    assert "Last publication:" in answer.output
    assert "failed" in answer.output
    assert "the latest" not in answer.output
    assert run(destination, "status", "--json").json["shows_latest"] is False

"""Getting ready never fails, whatever the machine lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from qbo_pipeline_tests import prerequisites


def test_without_apt_it_says_that_browser_tests_are_skipped_and_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)

    assert prerequisites.main() == 0

    said = capsys.readouterr().out
    assert "skipped" in said
    assert "no apt-get" in said


def test_an_apt_that_breaks_is_quoted_and_forgiven(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("apt-get", "sudo"):
        (tmp_path / name).write_text("#!/bin/sh\n[ \"$2\" = true ] && exit 0\necho 'E: no network' >&2\nexit 100\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(prerequisites, "CHROMIUM_NAMES", ("no-such-browser",))

    assert prerequisites.main() == 0
    assert "E: no network" in capsys.readouterr().out


def test_a_browser_that_is_named_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/opt/browser")

    assert prerequisites.chromium() == "/opt/browser"

"""hyperd tells nobody anything, leaves nothing behind, and does not start where it could only hang."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline.tableau.errors import ExtractError, NotInstalledError
from qbo_pipeline.tableau.extract import hyperd as module
from qbo_pipeline.tableau.extract.hyperd import database, hyperd


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="there is no /proc to look at processes")
def test_no_usage_data_is_sent_to_tableau() -> None:
    with hyperd():
        [command] = [line for line in _commands() if "hyperd" in line]

    # With usage data on, an argument ending in -in=… stands before this one.
    assert "-in=" not in command
    assert "--listen-connection" in command


def test_no_log_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with hyperd() as process, database(process, tmp_path / "a.hyper", create=True):
        pass

    assert [path.name for path in tmp_path.iterdir()] == ["a.hyper"]


def test_a_forked_process_is_told_that_it_cannot_start_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with hyperd():
        pass
    monkeypatch.setattr(os, "getpid", lambda: -1)

    with pytest.raises(ExtractError, match="spawn or forkserver"), hyperd():
        pass
    assert -1 not in module._started_in


def test_without_the_library_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = builtins.__import__

    def without_hyper(name: str, *more: Any) -> Any:
        if name == "tableauhyperapi":
            raise ImportError(name)
        return found(name, *more)

    monkeypatch.setattr(builtins, "__import__", without_hyper)
    with pytest.raises(NotInstalledError, match=r"qbo-pipeline\[tableau\]"), hyperd():
        pass


def _commands() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if f"\nPPid:\t{os.getpid()}\n" in (path / "status").read_text():
                found.append((path / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found

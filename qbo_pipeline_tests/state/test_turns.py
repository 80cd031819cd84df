"""Turns: one at a time, and nobody waits for the dead of their own folder."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from qbo_pipeline.state import Leases, StateStore
from qbo_pipeline.state.turns import Turns

KILLED_WITHIN_ITS_TURN = """
import os, signal, sys
from pathlib import Path
from qbo_pipeline.state import Leases, StateStore
from qbo_pipeline.state.turns import Turns
with Turns(Leases(StateStore(sys.argv[1])), Path(sys.argv[2]), "lock").turn("sign in", 60.0) as mine:
    assert mine
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.sqlite'}"


@pytest.fixture
def leases(url: str) -> Iterator[Leases]:
    with StateStore(url) as store:
        yield Leases(store)


def is_free(leases: Leases, folder: Path) -> bool:
    with Turns(leases, folder, "lock").turn("sign in", 60.0) as mine:
        return mine


def test_one_at_a_time_has_a_turn_in_a_folder_and_in_all_others(leases: Leases, tmp_path: Path) -> None:
    with Turns(leases, tmp_path / "here", "lock").turn("sign in", 60.0) as mine:
        assert mine
        assert not is_free(leases, tmp_path / "here")
        assert not is_free(leases, tmp_path / "there")
    assert is_free(leases, tmp_path / "here")
    assert is_free(leases, tmp_path / "there")


def test_a_turn_that_somebody_else_has_is_not_ended_by_who_asked(leases: Leases, tmp_path: Path) -> None:
    with Turns(leases, tmp_path / "here", "lock").turn("sign in", 60.0):
        assert not is_free(leases, tmp_path / "here")
        assert not is_free(leases, tmp_path / "there")
        assert not is_free(leases, tmp_path / "there")


def test_the_turn_of_a_killed_process_is_over_at_once_in_its_folder_and_in_others_when_its_time_is(
    url: str, leases: Leases, tmp_path: Path
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WITHIN_ITS_TURN, url, str(tmp_path / "here")], check=False, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    assert not is_free(leases, tmp_path / "there")
    assert is_free(leases, tmp_path / "here")
    assert is_free(leases, tmp_path / "there")

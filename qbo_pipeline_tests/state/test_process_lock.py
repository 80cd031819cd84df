"""Locks between processes, where the file system has them and where it has none."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import pytest

from qbo_pipeline.state.process_lock import held, is_held


def test_what_another_holds_is_not_held(tmp_path: Path) -> None:
    with held(tmp_path / "lock") as first, held(tmp_path / "lock", wait_seconds=0.1) as second:
        assert first is not None
        assert second is None
        assert is_held(tmp_path / "lock")
    assert not is_held(tmp_path / "lock")


@pytest.mark.skipif(sys.platform == "win32", reason="there are always locks")
def test_a_file_system_without_locks_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be waited for a process that is not there, and told that it is writing."""

    def refused(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refused)
    with pytest.raises(OSError, match="file system with locks") as raised, held(tmp_path / "lock", wait_seconds=60):
        pytest.fail("it was not locked")
    assert raised.value.filename == str(tmp_path / "lock")

"""What is being made leaves nothing behind, however its maker ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qbo_pipeline.publishing.scratch import PREFIX, scratch_folder

KILLED = """
import os, signal
from qbo_pipeline.publishing.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "extract.hyper").write_bytes(bytes(1000))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def folders(temporary: Path) -> list[Path]:
    return list(temporary.glob(f"{PREFIX}*"))


def test_a_folder_goes_with_its_block(temporary: Path) -> None:
    with scratch_folder() as folder:
        (folder / "extract.hyper").write_bytes(b"rows")
        assert folders(temporary) == [folder]
    assert folders(temporary) == []


def test_a_folder_of_a_process_that_was_killed_goes_with_the_next_one(temporary: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(folders(temporary)) == 1
    with scratch_folder() as folder:
        assert folders(temporary) == [folder]


def test_a_folder_in_use_stays(temporary: Path) -> None:
    with scratch_folder() as one, scratch_folder() as other:
        assert sorted(folders(temporary)) == sorted([one, other])


def test_folders_that_are_made_at_once_are_all_there(temporary: Path) -> None:
    def used(number: int) -> bool:
        with scratch_folder() as folder:
            (folder / "extract.hyper").write_text(str(number))
            return (folder / "extract.hyper").read_text() == str(number)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(used, range(200)))
    assert folders(temporary) == []

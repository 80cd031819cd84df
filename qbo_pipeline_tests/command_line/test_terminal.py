"""Output that knows fewer characters than Unicode has: terminals of old, and pipes of Windows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

NAME = "Łódź → Brøndby"


def answer(path: Path, *arguments: str) -> CompletedProcess[bytes]:
    """What a command does whose standard output is Latin-1."""
    environment = {**os.environ, "QBO_PIPELINE_DATA_DIR": str(path), "PYTHONIOENCODING": "latin-1"}
    command = [sys.executable, "-c", "from qbo_pipeline.cli import app; app()", *arguments]
    return subprocess.run(command, env=environment, cwd=path, capture_output=True, check=False)


def test_people_get_a_question_mark_for_what_there_is_no_character_of(warehouse: Path) -> None:
    done = answer(warehouse.parent, "sql", f"SELECT '{NAME}' AS name")

    assert done.returncode == 0, done.stderr.decode()
    assert "?ód? ? Brøndby" in done.stdout.decode("latin-1")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_programs_get_nothing_that_is_not_so(warehouse: Path, form: str) -> None:
    done = answer(warehouse.parent, "sql", "--format", form, f"SELECT '{NAME}' AS name")

    assert done.returncode == 1
    assert "?" not in done.stdout.decode("latin-1")
    assert "PYTHONIOENCODING=utf-8" in done.stderr.decode()

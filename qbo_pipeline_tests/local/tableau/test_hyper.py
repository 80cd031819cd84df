"""The hyperd of the service: silent, alone, and no reader of what is no Hyper file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from qbo_pipeline.local.tableau import hyper
from qbo_pipeline_tests.local.tableau.caller import LINES, hyper_file

PROCESSES = Path("/proc")


def command_lines() -> list[str]:
    """Of the processes that this one started."""
    found = []
    for path in PROCESSES.glob("[0-9]*"):
        try:
            status = (path / "status").read_text()
            if f"PPid:\t{os.getpid()}\n" in status:
                found.append((path / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.mark.skipif(not PROCESSES.is_dir(), reason="processes are looked up in /proc")
def test_nothing_is_sent_to_tableau_and_nothing_is_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with hyper.hyperd():
        [line] = [one for one in command_lines() if "hyperd" in one]

    assert "-in=" not in line, "with the opt-in this argument is there"
    assert list(tmp_path.iterdir()) == []


def test_there_is_one_at_a_time(tmp_path: Path) -> None:
    entered = threading.Event()

    def second() -> None:
        with hyper.hyperd():
            entered.set()

    with hyper.hyperd():
        waiting = threading.Thread(target=second)
        waiting.start()
        assert not entered.wait(0.5)
    waiting.join()
    assert entered.is_set()


def test_a_file_tells_its_tables_columns_and_rows(tmp_path: Path) -> None:
    [table] = hyper.tables(hyper_file(tmp_path / "a.hyper", LINES))

    assert (table.schema, table.name, table.rows) == ("Extract", "Lines", 2)
    assert [(one.name, one.type, one.nullable) for one in table.columns] == [
        ("Key", "text", True), ("Amount", "numeric(18,4)", True), ("On", "date", True),
    ]  # fmt: skip


def test_what_is_no_hyper_file_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "a.hyper"
    path.write_bytes(b"Hyper and nothing else")

    with pytest.raises(hyper.HyperFileError):
        hyper.tables(path)

"""Killed, or with a full disk: what is published stays whole."""

from __future__ import annotations

import errno
import shutil
import signal
import subprocess
import sys
from typing import Any

import duckdb
import pytest

from qbo_pipeline.warehouse import publish as publish_module
from qbo_pipeline_tests.warehouse.publishing.books import SUMS, Books, linux


@linux
def test_a_full_disk_leaves_what_is_published_alone(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    books.insert(30_000)
    books.publish()
    books.publish()
    before = books.target.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    books.insert(30_000, seed=7)
    with monkeypatch.context() as patched:
        patched.setattr(publish_module, "_write", full)
        patched.setattr(shutil, "copyfile", full)
        for _ in range(2):
            with pytest.raises(OSError, match="No space left"):
                books.publish()
    assert books.target.read_bytes() == before
    assert list(books.folder.glob(".*.making")) == []
    books.publish()
    assert books.target.read_bytes() == books.build.read_bytes()


KILLED = """
import os, signal, sys
from itertools import pairwise
from pathlib import Path
from qbo_pipeline.warehouse import publish, spare, publications
from qbo_pipeline_tests.warehouse.publishing.books import Books

publish._clone = lambda *_: False

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(module, name, calls=1):
    original, left = getattr(module, name), [calls]
    def wrapped(*arguments, **named):
        done = original(*arguments, **named)
        left[0] -= 1
        if not left[0]:
            die()
        return done
    setattr(module, name, wrapped)

books = Books(Path(sys.argv[1]))
exec(sys.argv[2])
books.insert(50_000, seed=77)
books.connection.execute("UPDATE held SET number = number + 1 WHERE number % 2 = 0")
books.publish()
books.close()
"""

MOMENTS = {
    "before anything": "publish.take_spare = die",
    "with the spare taken": "after(publish, 'take_spare')",
    "with the spare half written": "after(publish, '_write', 3)",
    "with the next state made, not durable": "publish.sync = die",
    "with the next state durable": "after(publish, 'sync')",
    "while the published file has two names": "after(os, 'link')",
    "with the next state published, the folder not durable": "after(publish, 'put_in_place')",
    "with everything published, nothing noted": "after(publish, 'publish'); books.publish = die",
    "before the note": "publications.Publications.save = die",
    "with half a note": "publications.os.replace = die",
}


@linux
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda one: one)
def test_killed_at_any_moment_readers_see_the_old_state_or_the_new(books: Books, moment: str) -> None:
    for turn in range(3):
        books.insert(30_000, seed=turn)
        books.publish()
    before = books.sums()
    books.close()
    with duckdb.connect(str(books.target), read_only=True) as reader:
        killed = subprocess.run([sys.executable, "-c", KILLED, str(books.folder), MOMENTS[moment]], check=False)
        assert killed.returncode == -signal.SIGKILL
        assert reader.execute(SUMS).fetchall() == before
        books.open()
        with duckdb.connect(f"{books.target.parent}/../books/{books.target.name}", read_only=True) as later:
            assert later.execute(SUMS).fetchall() in (before, books.sums())
        for turn in range(3):
            books.insert(10, seed=turn)
            books.publish()
            assert books.target.read_bytes() == books.build.read_bytes()
            assert reader.execute(SUMS).fetchall() == before
    assert sorted(path.name for path in books.folder.glob(".*") if "making" in path.name) == []

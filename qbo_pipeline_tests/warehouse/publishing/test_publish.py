"""Publishing costs what changed, and no reader ever sees anything but the one state it opened."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qbo_pipeline.warehouse import publish as publish_module
from qbo_pipeline.warehouse import spare
from qbo_pipeline.warehouse.publications import Publications
from qbo_pipeline.warehouse.publish import publish
from qbo_pipeline.warehouse.written import writes
from qbo_pipeline_tests.warehouse.publishing.books import SUMS, Books, linux


@contextmanager
def reader_in_another_process(file: Path) -> Iterator[Any]:
    """Opens the file, and answers its sums as often as it is asked."""
    script = (
        "import duckdb, sys\n"
        "held = duckdb.connect(sys.argv[1], read_only=True)\n"
        "held.execute(\"SET memory_limit = '10MB'\")\n"  # so that it reads from the file again and again
        "print('open', flush=True)\n"
        f"for _ in sys.stdin: print(held.execute({SUMS!r}).fetchall(), flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None
    assert stdout is not None
    assert stdout.readline() == "open\n"

    def ask() -> str:
        stdin.write("\n")
        stdin.flush()
        return stdout.readline().strip()

    yield ask
    stdin.close()
    assert process.wait(60) == 0
    stdout.close()


@contextmanager
def copied_bytes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many bytes each write into a former copy has; a copy of everything counts with all of it."""
    counted: list[int] = []
    write, copy = publish_module._write, shutil.copyfile

    def counting_write(descriptor: int, content: bytes, offset: int) -> None:
        counted.append(len(content))
        write(descriptor, content, offset)

    def counting_copy(source: Path, target: Path) -> None:
        counted.append(source.stat().st_size)
        copy(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(publish_module, "_write", counting_write)
        patched.setattr(shutil, "copyfile", counting_copy)
        yield counted


@linux
def test_publishing_again_copies_what_was_written_and_no_more(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    books.insert(600_000)
    for turn in range(3):
        books.insert(10, seed=turn)
        books.publish()
    size = books.build.stat().st_size
    assert size > 10_000_000

    with copied_bytes(monkeypatch) as copied:
        books.connection.execute("UPDATE held SET number = -1 WHERE text = md5('5')")
        books.publish()

    assert 0 < sum(copied) < size / 5
    assert books.target.read_bytes() == books.build.read_bytes()


@linux
def test_the_next_process_goes_on_where_the_last_one_ended(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    books.insert(600_000)
    for turn in range(3):
        books.insert(10, seed=turn)
        books.publish()
        books.close()
        books.open()

    with copied_bytes(monkeypatch) as copied:
        books.insert(10, seed=99)
        books.publish()

    assert 0 < sum(copied) < books.build.stat().st_size / 5
    assert books.target.read_bytes() == books.build.read_bytes()


@linux
def test_readers_here_and_elsewhere_keep_their_state_over_many_publications(books: Books) -> None:
    books.insert(100_000)
    books.publish()
    states = [str(books.sums())]
    with reader_in_another_process(books.target) as ask, duckdb.connect(str(books.target), read_only=True) as here:
        here.execute("SET memory_limit = '10MB'")
        for turn in range(1, 5):
            books.insert(50_000, seed=turn)
            books.connection.execute(f"DELETE FROM held WHERE number % 7 = {turn}")
            books.publish()
            states.append(str(books.sums()))
            assert ask() == str(here.execute(SUMS).fetchall()) == states[0]
    assert len(set(states)) == 5
    with duckdb.connect(str(books.target), read_only=True) as now:
        assert str(now.execute(SUMS).fetchall()) == states[-1]


@linux
@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_a_file_that_is_read_is_never_written(books: Books, where: str) -> None:
    books.insert(1000)
    books.publish()
    books.publish()
    if where == "here":
        with duckdb.connect(str(books.spare), read_only=True):
            assert not spare.take_spare(books.target)
    else:
        with reader_in_another_process(books.spare):
            assert not spare.take_spare(books.target)
    books.publish()
    books.publish()
    assert spare.take_spare(books.target)


@pytest.mark.skipif(os.name == "nt", reason="making a link takes rights there")
def test_a_link_to_a_file_elsewhere_leads_to_every_new_state(books: Books) -> None:
    """As to a larger disk; who opens that file by its own name must not be left with an old state, or half of one."""
    other_disk = books.folder / "other disk"
    other_disk.mkdir()
    books.target.symlink_to(other_disk / "books.duckdb")
    for turn in range(4):
        books.insert(1000, seed=turn)
        books.publish()

        assert books.target.is_symlink()
        with duckdb.connect(str(other_disk / "books.duckdb"), read_only=True) as read:
            assert read.execute(SUMS).fetchall() == books.sums()


@linux
def test_a_file_that_somebody_linked_is_never_written(books: Books) -> None:
    books.insert(1000)
    books.publish()
    snapshot = books.folder / "snapshot.duckdb"
    os.link(books.target, snapshot)
    kept = snapshot.read_bytes()
    for turn in range(3):
        books.insert(1000, seed=turn)
        books.publish()
    assert snapshot.read_bytes() == kept


@linux
def test_where_other_machines_can_read_there_is_no_spare(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = books.folder / "mountinfo"
    device = books.folder.stat().st_dev
    mounts.write_text(f"27 1 {os.major(device)}:{os.minor(device)} / / rw,relatime - nfs4 server:/books rw\n")
    monkeypatch.setattr(spare, "_MOUNTS", mounts)
    books.insert(1000)
    books.publish()
    books.publish()
    assert not books.spare.exists()
    assert books.target.read_bytes() == books.build.read_bytes()


@linux
def test_a_published_file_that_somebody_wrote_is_put_right(books: Books) -> None:
    books.insert(200_000)
    books.publish()
    with duckdb.connect(str(books.target)) as meddler:
        meddler.execute("UPDATE held SET number = 0 WHERE number % 3 = 0")
    for turn in range(2):
        books.insert(10, seed=turn)
        books.publish()
        assert books.target.read_bytes() == books.build.read_bytes()


def test_the_log_of_a_killed_writer_keeps_nobody_from_opening_the_next_state(books: Books) -> None:
    """DuckDB's own shell opens files for writing unless told otherwise, and terminals are closed without goodbye."""
    books.insert(1000)
    books.publish()
    meddling = (
        "import duckdb, os, sys\n"
        "opened = duckdb.connect(sys.argv[1])\n"
        "opened.execute('CREATE TABLE notes AS SELECT 1 AS own')\n"
        "os._exit(1)\n"
    )
    subprocess.run([sys.executable, "-c", meddling, str(books.target)], check=False, timeout=60)
    assert books.target.with_name("warehouse.duckdb.wal").exists()

    books.insert(10, seed=1)
    books.publish()

    with duckdb.connect(str(books.target), read_only=True) as read:
        assert read.execute(SUMS).fetchall() == books.sums()


@linux
def test_a_write_that_nobody_noted_is_noticed(books: Books) -> None:
    books.insert(200_000)
    books.publish()
    books.publish()
    books.connection.execute("UPDATE held SET number = 0 WHERE number % 3 = 0")
    books.connection.execute("CHECKPOINT")
    writes(books.connection, books.build)
    books.publish()
    assert books.target.read_bytes() == books.build.read_bytes()


@linux
def test_words_that_changed_places_are_seen_though_the_checksum_stays(tmp_path: Path) -> None:
    """DuckDB's checksum of a block is a XOR over its words: whoever compares checksums alone publishes a mixture."""
    build, target, known = tmp_path / "build.duckdb", tmp_path / "warehouse.duckdb", Publications()
    before = os.urandom(3 * 4096 + 262_144)
    after = before[:20_000] + before[20_008:20_016] + before[20_000:20_008] + before[20_016:]
    for content, ranges in ((before, ()), (before, ()), (after, ((12_288, 274_432),))):
        build.write_bytes(content)
        known.written(ranges)
        publish(build, target, known)
    assert target.read_bytes() == after
    build.write_bytes(before)
    publish(build, target, Publications())
    assert target.read_bytes() == before


@linux
def test_who_may_read_the_published_file_stays_as_its_owner_said(books: Books) -> None:
    books.publish()
    for mode in (0o640, 0o600):
        books.target.chmod(mode)
        for _ in range(3):
            books.publish()
            assert books.target.stat().st_mode & 0o777 == mode

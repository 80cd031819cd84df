"""Publishing costs what changed, and no reader ever sees anything but the one state it opened."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbo_pipeline.warehouse import publish as publish_module
from qbo_pipeline.warehouse import spare
from qbo_pipeline.warehouse.publications import Publications, file_state, take_publications
from qbo_pipeline.warehouse.publish import publish
from qbo_pipeline.warehouse.written import united, writes
from qbo_pipeline_tests.warehouse.publishing import SUMS, Books

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere everything is copied")


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    one = Books(tmp_path / "books")
    yield one
    one.connection.close()


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


@pytest.fixture(autouse=True)
def _without_clones(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested here is for file systems that do not share blocks between files."""
    monkeypatch.setattr(publish_module, "_clone", lambda *_: False)


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


actions = st.lists(
    st.sampled_from(
        ["insert", "insert much", "update", "delete", "drop", "checkpoint", "publish", "publish", "open a reader",
         "close a reader", "close", "close without a note"]
    ),
    min_size=4, max_size=25,
)  # fmt: skip


@linux
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions, st.randoms(use_true_random=False))
def test_whatever_happens_in_between_what_is_published_is_what_was_built(
    tmp_path: Path, steps: list[str], chance: random.Random
) -> None:
    shutil.rmtree(tmp_path / "books", ignore_errors=True)
    books = Books(tmp_path / "books")
    readers: list[tuple[duckdb.DuckDBPyConnection, Any]] = []
    for step in [*steps, "publish"]:
        held = books.connection.execute
        if step.startswith("insert"):
            books.insert(60_000 if step == "insert much" else 50, seed=chance.randrange(10**6))
        elif step == "update":
            held(f"UPDATE held SET number = number + 1 WHERE number % 5 = {chance.randrange(5)}")
        elif step == "delete":
            held(f"DELETE FROM held WHERE number % 3 = {chance.randrange(3)}")
        elif step == "drop":
            held("CREATE OR REPLACE TABLE held AS SELECT * FROM held WHERE number % 2 = 0 ORDER BY text")
        elif step == "checkpoint":
            books.checkpoint()
        elif step == "open a reader" and books.target.exists():
            # A link is another path to DuckDB, which would share the state of a reader that has the same path open.
            path = books.folder / f"reader {len(readers)}.duckdb"
            path.symlink_to(books.target.name)
            reader = duckdb.connect(str(path), read_only=True)
            readers.append((reader, reader.execute(SUMS).fetchall()))
        elif step == "close a reader" and readers:
            readers[chance.randrange(len(readers))][0].close()
        elif step.startswith("close"):
            books.close(in_good_order=step == "close")
            books.open()
        elif step == "publish":
            books.publish()
            assert books.target.read_bytes() == books.build.read_bytes()
            for reader, seen in readers:
                if not _is_closed(reader):
                    assert reader.execute(SUMS).fetchall() == seen
    books.connection.close()
    for reader, _ in readers:
        reader.close()


def _is_closed(connection: duckdb.DuckDBPyConnection) -> bool:
    try:
        connection.execute("SELECT 1")
    except duckdb.ConnectionException:
        return True
    return False


KILLED = """
import os, signal, sys
from itertools import pairwise
from pathlib import Path
from qbo_pipeline.warehouse import publish, spare, publications
from qbo_pipeline_tests.warehouse.publishing import Books

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


def test_a_note_holds_for_the_file_it_was_made_for_alone(books: Books) -> None:
    books.publish()
    books.close()
    other = books.folder / "other.duckdb"
    shutil.copyfile(books.build, other)
    os.replace(other, books.build)
    assert take_publications(books.build).differing(file_state(books.target)) is None
    books.open()


def test_a_note_is_read_once(books: Books) -> None:
    books.publish()
    books.close()
    published = file_state(books.target)
    assert take_publications(books.build).differing(published) == ()
    assert take_publications(books.build).differing(published) is None
    books.open()


@given(st.lists(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=6), max_size=4))
def test_united_ranges_hold_every_byte_once_and_in_order(several: list[list[tuple[int, int]]]) -> None:
    ranges = [[(start, start + length) for start, length in one] for one in several]
    joined = united(*ranges)
    due = {byte for one in ranges for start, end in one for byte in range(start, end)}
    assert [byte for start, end in joined for byte in range(start, end)] == sorted(due)
    assert all(first[1] < second[0] for first, second in pairwise(joined))

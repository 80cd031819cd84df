"""Files that take the place of others in one step, or not at all."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from qbo_pipeline.publishing.replacing import beside, put_in_place


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "books"
    path.write_text("older")
    with beside(path) as making:
        making.write_text("newer")
        assert path.read_text() == "older"
        put_in_place(making, path)

    assert path.read_text() == "newer"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_finished_leaves_the_one_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "books"
    path.write_text("older")
    with suppress(ZeroDivisionError), beside(path) as making:
        making.write_text("new")
        raise ZeroDivisionError

    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_left_is_not_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "books"
    with beside(path) as making:
        left = making
    left.write_text("half")
    with beside(path) as making:
        assert making == left
        assert not making.exists()

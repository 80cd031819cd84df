"""The files in data/tableau: whoever writes them writes them alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qbo_pipeline.settings import Settings
from qbo_pipeline.tableau.errors import FilesBusyError
from qbo_pipeline.tableau.extract.compare import sums_of
from qbo_pipeline.tableau.files import TableauFiles, write_books, writing_files
from qbo_pipeline_tests.tableau.books import HARBOUR, MODEL, Books, lines, starter
from qbo_pipeline_tests.tableau.conftest import Publish, settings_of


@pytest.fixture
def alone(tmp_path: Path, books: Books) -> Settings:
    """A data folder with books, and no Tableau."""
    settings = settings_of(tmp_path / "data", "http://127.0.0.1:1")
    books.put(*lines(HARBOUR, 500))
    books.write(settings.data.warehouse)
    return settings


def test_several_may_write_them_at_once(alone: Settings, books: Books) -> None:
    def write(_: int) -> TableauFiles:
        return write_books(alone, MODEL, starter)

    with ThreadPoolExecutor(2) as threads:
        written = list(threads.map(write, range(4)))

    assert {one.paths for one in written} == {written[0].paths}
    for path in written[0].paths:
        assert sums_of(path, MODEL)["Ledger Lines"].rows == len(books.lines)


def test_a_whole_publication_waits_for_who_writes_them(settings: Settings, publishing: Publish, books: Books) -> None:
    books.put(*lines(HARBOUR, 5))

    with writing_files(settings), pytest.raises(FilesBusyError, match="Run it again"):
        publishing()

    assert publishing().rows > 0

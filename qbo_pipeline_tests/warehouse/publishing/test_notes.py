"""What was published is noted for the file it was made from, and read once."""

from __future__ import annotations

import os
import shutil

from qbo_pipeline.warehouse.publications import file_state, take_publications
from qbo_pipeline_tests.warehouse.publishing.books import Books


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

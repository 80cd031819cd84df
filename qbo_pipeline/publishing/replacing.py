"""Files that take the place of others in one step."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A file to write, in the same folder so that it can take the place of `path`; gone afterwards."""
    making = path.with_name(f".{path.name}.making")
    making.unlink(missing_ok=True)
    try:
        yield making
    finally:
        making.unlink(missing_ok=True)


def put_in_place(making: Path, path: Path) -> None:
    """Give a file its name, its content being on the disk before."""
    descriptor = os.open(making, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(making, path)

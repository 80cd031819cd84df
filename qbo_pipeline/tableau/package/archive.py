"""Packages: a zip of a document and the extract it is over, the same bytes for the same content."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

_NO_TIME = (1980, 1, 1, 0, 0, 0)
"""What a zip begins to count at: a package has no time of its own."""
_LEVEL = 1
"""Hyper compresses its columns itself."""


def write(target: Path, documents: dict[str, bytes], files: dict[str, Path]) -> None:
    """Write a package in one step.

    Args:
        target: of the package; replaced when all is written.
        documents: content by path in the package.
        files: files to take in by path in the package.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    making = target.with_name(f".{target.name}.making")
    try:
        with making.open("wb") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as package:
                for path, content in documents.items():
                    package.writestr(_entry(path, len(content)), content)
                for path, file in files.items():
                    with file.open("rb") as source, package.open(_entry(path, file.stat().st_size), "w") as part:
                        shutil.copyfileobj(source, part, 1 << 20)
            raw.flush()
            os.fsync(raw.fileno())
        os.replace(making, target)
    finally:
        making.unlink(missing_ok=True)


def _entry(path: str, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, _NO_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    entry.file_size = size
    return entry

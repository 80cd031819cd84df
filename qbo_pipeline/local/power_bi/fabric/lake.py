"""Files and folders of OneLake, in the service's file: written piece by piece, seen when flushed, renamed at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from qbo_pipeline.local.power_bi.fabric.refusals import lake_error, path_not_found
from qbo_pipeline.local.power_bi.store import Store


@dataclass(frozen=True, slots=True)
class LakePath:
    """A file or a folder; `path` begins with the workspace. `modified` in seconds since 1970."""

    path: str
    is_directory: bool
    size: int
    modified: float
    etag: str

    @property
    def name(self) -> str:
        """Its last part."""
        return self.path.rpartition("/")[2]


class Lake:
    """All of them."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now

    def find(self, path: str) -> LakePath | None:
        """What is at a path."""
        return next(iter(self._select("path = ?", [path])), None)

    def sought(self, path: str) -> LakePath:
        """What is at a path.

        Raises:
            PowerBIAnswerError: 404.
        """
        found = self.find(path)
        if found is None:
            raise path_not_found(path)
        return found

    def below(self, folder: str, *, recursive: bool) -> list[LakePath]:
        """What is in a folder, by path."""
        found = self._select("starts_with(path, ?)", [f"{folder}/"])
        return [one for one in found if recursive or "/" not in one.path[len(folder) + 1 :]]

    def content(self, path: str) -> bytes:
        """What a file holds, as far as it was flushed.

        Raises:
            PowerBIAnswerError: 404.
        """
        if self.sought(path).is_directory:
            raise lake_error(409, "InvalidResourceType", "The resource is a directory.")
        [(content,)] = self._store.rows("SELECT content FROM onelake_path WHERE path = ?", [path])
        return bytes(content)

    def create(self, path: str, *, directory: bool, new_only: bool = False) -> None:
        """An empty file, or a folder; with the folders above it.

        Raises:
            PowerBIAnswerError: it is there already, where it has to be new.
        """
        with self._store.transaction() as connection:
            found = self.find(path)
            if found is not None and new_only:
                raise lake_error(409, "PathAlreadyExists", f"The specified path already exists: {path}")
            if found is not None and directory and found.is_directory:
                return
            parts = path.split("/")
            for place in range(1, len(parts)):
                above = "/".join(parts[:place])
                if self.find(above) is None:
                    self._insert(above, directory=True)
            connection.execute("DELETE FROM onelake_path WHERE path = ?", [path])
            self._insert(path, directory=directory)

    def append(self, path: str, position: int, piece: bytes) -> None:
        """Bytes behind those that were appended before.

        Raises:
            PowerBIAnswerError: 404, or they belong elsewhere.
        """
        with self._store.transaction() as connection:
            size = self._pending_size(path)
            if position != size:
                told = f"The append position {position} does not match the length of the file, which is {size}."
                raise lake_error(400, "InvalidAppendPosition", told)
            connection.execute("UPDATE onelake_path SET pending = pending || ?::BLOB WHERE path = ?", [piece, path])

    def flush(self, path: str, position: int) -> None:
        """What was appended is there.

        Raises:
            PowerBIAnswerError: 404, or not so many bytes were appended.
        """
        with self._store.transaction() as connection:
            size = self._pending_size(path)
            if position != size:
                told = f"The uploaded data is not contiguous or the position {position} is not the length {size}."
                raise lake_error(400, "InvalidFlushPosition", told)
            connection.execute(
                "UPDATE onelake_path SET content = content || pending, pending = ''::BLOB, modified = ?, etag = ? "
                "WHERE path = ?",
                [self._now(), _etag(), path],
            )

    def rename(self, source: str, path: str, *, new_only: bool = False) -> None:
        """A file or folder under another path, in place of what is there.

        Raises:
            PowerBIAnswerError: there is nothing to rename, or what is there has to stay.
        """
        with self._store.transaction() as connection:
            if self.find(source) is None:
                raise lake_error(404, "SourcePathNotFound", "The source path for a rename operation does not exist.")
            if new_only and self.find(path) is not None:
                raise lake_error(409, "PathAlreadyExists", f"The specified path already exists: {path}")
            self.create(path, directory=True)
            connection.execute("DELETE FROM onelake_path WHERE path = ? OR starts_with(path, ?)", [path, f"{path}/"])
            connection.execute(
                "UPDATE onelake_path SET path = ? || substr(path, ?) WHERE path = ? OR starts_with(path, ?)",
                [path, len(source) + 1, source, f"{source}/"],
            )
            connection.execute(
                "UPDATE onelake_path SET modified = ?, etag = ? WHERE path = ?", [self._now(), _etag(), path]
            )

    def delete(self, path: str, *, recursive: bool) -> None:
        """Remove a file, or a folder with all in it.

        Raises:
            PowerBIAnswerError: 404, or a folder is not empty.
        """
        with self._store.transaction() as connection:
            self.sought(path)
            if not recursive and self.below(path, recursive=False):
                raise lake_error(
                    409, "DirectoryNotEmpty", "The recursive query parameter value must be true to delete."
                )
            connection.execute("DELETE FROM onelake_path WHERE path = ? OR starts_with(path, ?)", [path, f"{path}/"])

    def _pending_size(self, path: str) -> int:
        if self.sought(path).is_directory:
            raise lake_error(409, "InvalidResourceType", "The resource is a directory.")
        [(size,)] = self._store.rows(
            "SELECT octet_length(content) + octet_length(pending) FROM onelake_path WHERE path = ?", [path]
        )
        return int(size)

    def _insert(self, path: str, *, directory: bool) -> None:
        with self._store.transaction() as connection:
            connection.execute(
                "INSERT INTO onelake_path VALUES (?, ?, ''::BLOB, ''::BLOB, ?, ?)",
                [path, directory, self._now(), _etag()],
            )

    def _select(self, where: str, parameters: list[str]) -> list[LakePath]:
        return [
            LakePath(*one)
            for one in self._store.rows(
                f"SELECT path, directory, octet_length(content), modified, etag FROM onelake_path WHERE {where} "
                "ORDER BY path",
                parameters,
            )
        ]


def _etag() -> str:
    return f'"0x{uuid4().hex[:15].upper()}"'

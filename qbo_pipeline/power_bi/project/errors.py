"""What can be wrong with a Power BI project.

ProjectError
├── TmdlError             a file of the semantic model is not what Power BI reads
├── FieldError            a visual shows a field that is not in the model
└── ProjectEditedError    files were changed since they were written
"""

from __future__ import annotations

from collections.abc import Sequence


class ProjectError(Exception):
    """A Power BI project cannot be written."""


class TmdlError(ProjectError):
    """A file of the semantic model is not what Power BI reads: file, line, and what is wrong."""

    def __init__(self, path: str, line: int, message: str) -> None:
        self.path, self.line = path, line
        super().__init__(f"{path}:{line}: {message}")


class FieldError(ProjectError):
    """Visuals show fields that are not in the model."""


class ProjectEditedError(ProjectError):
    """Files of the project were changed since they were written, as Power BI Desktop does when it saves."""

    def __init__(self, folder: str, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        shown = ", ".join(self.paths[:5]) + (f" and {len(self.paths) - 5} more" if len(self.paths) > 5 else "")
        super().__init__(
            f"Files in {folder} were changed since they were written: {shown}. Nothing was overwritten. Keep your "
            "changes by writing the project to another folder, or have it overwritten."
        )

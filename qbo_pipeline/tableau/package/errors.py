"""What can be wrong with a data source or workbook: it is found before a file is written."""

from __future__ import annotations

from collections.abc import Sequence


class PackageError(Exception):
    """A data source or workbook of Tableau would not be whole: all that is wrong, a line each."""

    def __init__(self, what: str, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        shown = "\n".join(self.problems[:20]) + (
            f"\nand {len(self.problems) - 20} more" if len(self.problems) > 20 else ""
        )
        super().__init__(f"{what} cannot be written:\n{shown}")

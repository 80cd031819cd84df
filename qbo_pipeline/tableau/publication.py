"""What a publication to Tableau did: of each table, and of all that hangs on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from qbo_pipeline.state.deliveries import QuarantinedRow
from qbo_pipeline.tableau.downstream.outcomes import Refresh
from qbo_pipeline.tableau.files import TableauFiles
from qbo_pipeline.tableau.workbook import WorkbookOutcome

if TYPE_CHECKING:
    from qbo_pipeline.tableau.verify import Verification


class Kind(StrEnum):
    """What a publication sent."""

    NOTHING = "nothing"
    UPDATE = "update"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class TablePublication:
    """A table of a publication."""

    table: str
    rows: int
    """That it has now."""
    added: int
    changed: int
    removed: int
    left_out: int
    """Rows that do not fit."""
    shown: tuple[QuarantinedRow, ...]
    """The first of them, with reasons."""
    compared: int
    """Counts and sums of money of what was written that were compared with the warehouse's: all are equal, or nothing
    is published."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publication did."""

    data_source: str
    project: str
    luid: str
    url: str | None
    kind: Kind
    started_at: datetime
    seconds: float
    warehouse: str
    """The state of the warehouse that it shows."""
    rows: int
    """Rows sent: of an update those that changed, else all."""
    bytes: int
    """Sent, the workbook included."""
    job: str | None
    """The last job."""
    tables: tuple[TablePublication, ...]
    workbook: WorkbookOutcome
    files: TableauFiles | None
    """Extract, data source and workbook on this disk, where they were written."""
    refreshes: tuple[Refresh, ...]
    """What became of refreshing what hangs on the data source."""
    verification: Verification | None = None
    """What came of comparing what is published with the warehouse, where that was asked for."""

    @property
    def totals(self) -> int:
        """Counts and sums that were compared, and equal."""
        return sum(one.compared for one in self.tables)

    @property
    def left_out(self) -> int:
        """Rows that do not fit."""
        return sum(one.left_out for one in self.tables)

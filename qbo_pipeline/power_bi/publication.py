"""What a publication to Power BI did: to each table, and to all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from qbo_pipeline.power_bi.plan import SchemaPlan
from qbo_pipeline.power_bi.verify import Total
from qbo_pipeline.state.deliveries import Kind, QuarantinedRow


@dataclass(frozen=True, slots=True)
class TablePublication:
    """What a publication did to a table."""

    table: str
    kind: Kind | None
    """How the change was sent; None where there was none."""
    added: int
    changed: int
    removed: int
    quarantined: int
    """Rows that do not fit the deployed table and were left out."""
    quarantine: tuple[QuarantinedRow, ...]
    """The first of them, with reasons."""
    rows: int
    """Rows that were sent and arrived, those that an earlier process had left included."""
    batches: int
    posts: int
    refused: int
    """Batches that Power BI does not take; they wait for `replay` or the next publish."""
    replaced: int
    """Full replacements that it took to come out right."""
    seconds: float
    waited: float
    """Seconds of these that limits held it up."""
    as_asked: bool | None
    """Whether Power BI, asked afterwards, had every batch; None where it was not asked or nobody may."""
    companies: frozenset[str] | None = None
    """Realm ids of those whose rows differed; None where all may have, or the rows are nobody's."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publication did."""

    dataset: str
    dataset_id: str
    started_at: datetime
    seconds: float
    schema: SchemaPlan
    tables: tuple[TablePublication, ...]
    totals: tuple[Total, ...]

    @property
    def rows(self) -> int:
        """Rows sent."""
        return sum(one.rows for one in self.tables)

    @property
    def batches(self) -> int:
        """Batches sent."""
        return sum(one.batches for one in self.tables)

    @property
    def posts(self) -> int:
        """Requests that added rows."""
        return sum(one.posts for one in self.tables)

    @property
    def quarantined(self) -> int:
        """Rows left out."""
        return sum(one.quarantined for one in self.tables)

    @property
    def refused(self) -> int:
        """Batches that Power BI does not take."""
        return sum(one.refused for one in self.tables)

    @property
    def equal(self) -> bool:
        """Whether every total is the same in the warehouse, in Power BI and, where there is one, in the report."""
        return all(one.equal for one in self.totals)

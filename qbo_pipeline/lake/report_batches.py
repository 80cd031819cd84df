"""Reports in the lake: what QuickBooks answered, and the rows typed from it.

    <lake>/_reports/<realm_id>/<report>/<batch number>/
        answer.parquet          every answer as received, with what was asked and when it was made
        rows.parquet            the rows, as the table of the schema `reports` has them
        manifest.json           what is in it, and which months it covers

A batch covers whole months, or a day for reports as of a day; it takes as many answers as that took. It comes to be all
at once, as batches of records do. Where an answer could not be used, it is kept with the reason, and there are no rows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from qbo_pipeline.lake.arrow_types import TIMESTAMP
from qbo_pipeline.lake.layout import BatchFolder, DamagedBatchError, read_manifest
from qbo_pipeline.lake.waiting import BatchName

_FOLDER = "_reports"

ANSWER_SCHEMA = pa.schema(
    [
        ("endpoint", pa.string()),
        ("parameters", pa.string()),
        ("received_at", TIMESTAMP),
        ("server_time", TIMESTAMP),
        ("intuit_tid", pa.string()),
        ("problem", pa.string()),
        ("raw", pa.large_string()),
    ]
)
"""`parameters` is JSON; `problem` says why an answer was not used."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as received."""

    endpoint: str
    parameters: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    received_at: datetime
    """UTC, by our clock."""
    server_time: datetime | None
    """UTC, by QuickBooks' clock."""
    intuit_tid: str | None
    problem: str | None = None
    """Why it was not used: it was cut, and its days were asked for in parts."""


@dataclass(frozen=True, slots=True)
class MonthOfLegs:
    """What a batch of legs has of a month."""

    month: str
    """First day, ISO 8601."""
    digest: str
    """Of the figures of that month when its legs were asked for."""
    legs: int
    debit: str
    """Sum, home currency."""
    credit: str


@dataclass(frozen=True, slots=True)
class ReportManifest:
    """What a batch holds. Days and instants are ISO 8601, instants in UTC."""

    batch: int
    realm_id: str
    report: str
    basis: str | None
    first_day: str
    """Of the first month; of reports as of a day, that day."""
    last_day: str
    pulled_at: str
    """By QuickBooks' clock: what was changed until then is in it."""
    run_id: str
    received_at: str
    """When its last answer was received, by our clock."""
    answers: int
    rows: int
    months: list[MonthOfLegs] = field(default_factory=list)
    error: str | None = None
    """Why nothing was taken from it."""


@dataclass(frozen=True, slots=True)
class ReportBatch:
    """A committed batch."""

    folder: Path
    manifest: ReportManifest

    @property
    def rows(self) -> Path:
        """The typed rows; there where the manifest counts any."""
        return self.folder / "rows.parquet"


def report_lake(lake: Path) -> Path:
    """Where the reports of a lake are."""
    return lake / _FOLDER


class ReportBatchWriter:
    """A batch in the making; `number` is its pull. Ends with `commit` or `discard`."""

    def __init__(self, lake: Path, realm_id: str, report: str) -> None:
        report_lake(lake).mkdir(parents=True, exist_ok=True)
        self._folder = BatchFolder(report_lake(lake), realm_id, report)
        self.number = self._folder.number

    def keep(self, answers: Sequence[KeptAnswer]) -> None:
        """Write the answers as received."""
        rows = [
            {
                "endpoint": one.endpoint,
                "parameters": json.dumps(dict(one.parameters)),
                "received_at": _naive(one.received_at),
                "server_time": one.server_time and _naive(one.server_time),
                "intuit_tid": one.intuit_tid,
                "problem": one.problem,
                "raw": one.body.decode(),
            }
            for one in answers
        ]
        table = pa.Table.from_pylist(rows, schema=ANSWER_SCHEMA)
        pq.write_table(table, self._folder.path / "answer.parquet", compression="zstd", use_dictionary=False)

    def write(self, rows: pa.Table) -> None:
        """Write the typed rows."""
        if rows.num_rows:
            pq.write_table(rows, self._folder.path / "rows.parquet", compression="snappy")

    def commit(self, manifest: ReportManifest) -> ReportBatch:
        """Make it durable, all at once."""
        return ReportBatch(self._folder.place(manifest.realm_id, asdict(manifest)), manifest)

    def discard(self) -> None:
        """Remove what was written."""
        self._folder.discard()


def read_report_batch(folder: Path) -> ReportBatch:
    """The committed batch in a folder.

    Raises:
        FileNotFoundError: there is none.
        DamagedBatchError: what it holds cannot be read.
    """
    try:
        read = read_manifest(folder)
    except ValueError:
        raise DamagedBatchError(folder, "qbo-pipeline prove") from None
    read["months"] = [MonthOfLegs(**one) for one in read["months"]]
    return ReportBatch(folder, ReportManifest(**read))


def batch_name(batch: ReportBatch) -> BatchName:
    """Where a batch lies in `report_lake`."""
    return BatchName(batch.manifest.batch, batch.manifest.realm_id, batch.manifest.report)


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)

"""What changed as a Hyper file with actions: the body of an update of a data source's data.

The rows that are there are upserted, those that are gone are deleted, both by key; so a payload may be applied any
number of times. Source: Tableau REST API, Update Data in Hyper Data Source: actions `upsert` and `delete`, condition
`eq` of a source and a target column; the table of a deletion has the columns of its condition and no other.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qbo_pipeline.model.definition import Table
from qbo_pipeline.model.rows import quoted
from qbo_pipeline.publishing.parquet import write_parquet
from qbo_pipeline.publishing.replacing import beside, put_in_place
from qbo_pipeline.tableau.extract.build import Extract
from qbo_pipeline.tableau.extract.columns import SCHEMA, TAKES
from qbo_pipeline.tableau.extract.hyper_file import FilledTable, new_hyper
from qbo_pipeline.tableau.extract.hyperd import hyperd
from qbo_pipeline.tableau.extract.record import Differences, PublishedRecord, differing_rows
from qbo_pipeline.warehouse.schema import literal

_VERBS = _UPSERT, _DELETE = "upsert", "delete"


@dataclass(frozen=True, slots=True)
class Payload:
    """What is sent."""

    path: Path
    """The .hyper file."""
    actions: list[dict[str, Any]]
    """Of all tables, in the order in which they are done."""
    rows: int
    """Upserts and deletions."""
    bytes: int
    """Size of the .hyper file."""
    digest: str
    """SHA-256 of the .hyper file, which is another one each time it is made."""


def write_payload(record: PublishedRecord, differences: Differences, extract: Extract, target: Path) -> Payload:
    """Write what differs as a Hyper file, in one step, and say what is to be done with it.

    Args:
        record: in which the extract was compared last.
        differences: what came of that; there are some, and they are comparable.
        extract: which was compared.
        target: the .hyper file to write.

    Raises:
        ExtractError: Hyper fails, or a table did not come out as it should.
        NotInstalledError: the library for Hyper is not there.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="qbo-pipeline-payload-") as folder:
        for verb in _VERBS:
            (Path(folder) / verb).mkdir()
        filled = [
            one
            for table in differences.tables
            if table.rows
            for one in _filled(record, extract.model.by_name[table.name], extract, Path(folder))
        ]
        with beside(target) as making:
            with hyperd() as process, new_hyper(process, making) as hyper:
                for one in filled:
                    hyper.add(one)
            put_in_place(making, target)
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    rows = sum(one.rows for one in filled)
    return Payload(target, [_action(one) for one in filled], rows, target.stat().st_size, digest)


def _filled(record: PublishedRecord, table: Table, extract: Extract, folder: Path) -> Iterator[FilledTable]:
    """The tables of a payload for a table of the model: rows to upsert, keys to delete."""
    key, differing = quoted(table.key), differing_rows(table.name)
    parquet = literal(str(extract.parquet[table.name]))
    upserts = (
        f"SELECT wanted.* FROM read_parquet({parquet}) AS wanted JOIN {differing} AS difference "
        f"ON CAST(wanted.{key} AS VARCHAR) = difference.row_key WHERE difference.fingerprint IS NOT NULL ORDER BY {key}"
    )
    deletions = (
        f"SELECT CAST(row_key AS {TAKES[table.by_name[table.key].type].type}) AS {key} FROM {differing} "
        f"WHERE fingerprint IS NULL ORDER BY 1"
    )
    for verb, sql in zip(_VERBS, (upserts, deletions), strict=True):
        written = write_parquet(record.connection, table, sql, folder / verb)
        if written.rows:
            yield FilledTable(f"{verb} {table.name}", table, written.path, written.rows, keys_only=verb == _DELETE)


def _action(filled: FilledTable) -> dict[str, Any]:
    key = filled.of.key
    return {
        "action": _DELETE if filled.keys_only else _UPSERT,
        "source-schema": SCHEMA,
        "source-table": filled.name,
        "target-schema": SCHEMA,
        "target-table": filled.of.name,
        "condition": {"op": "eq", "source-col": key, "target-col": key},
    }

"""What changed as a Hyper file with actions: the body of an update of a data source's data.

The rows that are there are upserted, those that are gone are deleted, both by key; so a payload may be applied any
number of times. Source: Tableau REST API, Update Data in Hyper Data Source: actions `upsert` and `delete`, condition
`eq` of a source and a target column; the table of a deletion has the columns of its condition and no other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qbo_pipeline.model.definition import SemanticModel, Table
from qbo_pipeline.model.rows import quoted
from qbo_pipeline.publishing.parquet import write_parquet
from qbo_pipeline.publishing.replacing import beside, put_in_place
from qbo_pipeline.publishing.scratch import scratch_folder
from qbo_pipeline.tableau.errors import UnequalExtractError
from qbo_pipeline.tableau.extract.columns import SCHEMA, TAKES
from qbo_pipeline.tableau.extract.compare import TableFigures, figures, figures_query, unequal
from qbo_pipeline.tableau.extract.hyper_file import FilledTable, new_hyper
from qbo_pipeline.tableau.extract.hyperd import hyperd
from qbo_pipeline.tableau.extract.record import Differences, PublishedRecord, differing_rows, looked_into

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
    compared: Mapping[str, int]
    """Table → counts and sums of money of the rows to upsert that are equal to the warehouse's."""


def write_payload(
    record: PublishedRecord, differences: Differences, model: SemanticModel, target: Path
) -> Payload:  # fmt: skip
    """Write what differs as a Hyper file, in one step, and say what is to be done with it.

    Args:
        record: in which the warehouse was compared last.
        differences: what came of that; there are some, and they are comparable.
        model: which was compared.
        target: the .hyper file to write.

    Raises:
        UnequalExtractError: rows or sums of money in the file are not those of the warehouse; there is no file.
        ExtractError: Hyper fails.
        NotInstalledError: the library for Hyper is not there.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with scratch_folder() as folder:
        for verb in _VERBS:
            (folder / verb).mkdir()
        changed = [model.by_name[table.name] for table in differences.tables if table.rows]
        filled = [one for table in changed for one in _filled(record, table, folder)]
        meant = {one.name: figures for one, figures in filled if figures is not None}
        with beside(target) as making:
            with hyperd() as process, new_hyper(process, making) as hyper:
                for one, _ in filled:
                    hyper.add(one)
                found = {one.name: hyper.figures(one) for one, figures in filled if figures is not None}
            if told := unequal(meant, found):
                raise UnequalExtractError(told)
            put_in_place(making, target)
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Payload(
        target, [_action(one) for one, _ in filled], sum(one.rows for one, _ in filled), target.stat().st_size, digest,
        {one.of.name: figures.compared for one, figures in filled if figures is not None},
    )  # fmt: skip


def _filled(record: PublishedRecord, table: Table, folder: Path) -> Iterator[tuple[FilledTable, TableFigures | None]]:
    """The tables of a payload for a table of the model: rows to upsert with what they add up to, keys to delete."""
    connection, key, differing = record.connection, quoted(table.key), differing_rows(table.name)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE upserted AS SELECT * FROM {looked_into(table.name)} AS row "
        f"SEMI JOIN {differing} AS difference "
        f"ON difference.row_key = CAST(row.{key} AS VARCHAR) AND difference.fingerprint IS NOT NULL"
    )
    upserted = figures(table, connection.execute(figures_query(table, "upserted")).fetchall())
    deletions = (
        f"SELECT CAST(row_key AS {TAKES[table.by_name[table.key].type].type}) AS {key} FROM {differing} "
        f"WHERE fingerprint IS NULL ORDER BY 1"
    )
    for verb, sql in ((_UPSERT, f"FROM upserted ORDER BY {key}"), (_DELETE, deletions)):
        written = write_parquet(connection, table, sql, folder / verb)
        if written.rows:
            is_deletion = verb == _DELETE
            one = FilledTable(f"{verb} {table.name}", table, written.path, written.rows, keys_only=is_deletion)
            yield one, None if is_deletion else upserted


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

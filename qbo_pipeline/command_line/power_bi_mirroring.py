"""`qbo-pipeline power-bi mirror` and `move`: the books in Fabric by open mirroring, and moving over to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.terminal import messages, print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.power_bi.mirroring.publish import Mirroring, TableMirroring
    from qbo_pipeline.settings import Settings


def mirror_books(
    settings: Settings,
    *,
    tables: Sequence[str],
    companies: Sequence[str],
    database: str | None,
    take_over: bool,
    as_json: bool,
) -> int:
    """Send what changed and compare row counts; 0 where every row is sent and Fabric replicates every table, else 1."""
    from qbo_pipeline.command_line.power_bi import realm_ids
    from qbo_pipeline.power_bi.mirroring.publish import mirror

    with messages().status("Mirroring to Fabric ...") as status:

        def tell(one: TableMirroring) -> None:
            status.update(f"Mirroring to Fabric: {one.table} done, {one.rows:,} rows ...")

        done = mirror(
            settings,
            list(tables) or None,
            realm_ids(settings, companies),
            database=database,
            take_over=take_over,
            tell=tell,
        )
    if as_json:
        print_json(done)
    else:
        _tell_mirroring(done)
    return 1 if done.failed or done.left_out else 0


def move_books(settings: Settings, *, drop_push: bool, database: str | None, as_json: bool) -> int:
    """Load everything into the mirrored database and say what is left to do; 0 where Fabric has every row, else 1."""
    from qbo_pipeline.power_bi.mirroring.move import move

    with messages().status("Moving to a mirrored database ...") as status:

        def tell(one: TableMirroring) -> None:
            status.update(f"Moving to a mirrored database: {one.table} done, {one.rows:,} rows ...")

        done = move(settings, drop_push=drop_push, database=database, tell=tell)
    if as_json:
        print_json({"move": done, "steps": done.steps})
    else:
        _tell_mirroring(done.mirroring)
        for dataset_id in done.dropped:
            results().print(f"The push dataset {done.dataset} ({dataset_id}) is deleted.", markup=False)
        for number, step in enumerate(done.steps, start=1):
            results().print(f"{number}. {step}", markup=False)
    return 0 if done.counted and not done.mirroring.left_out else 1


def _tell_mirroring(done: Mirroring) -> None:
    """What was sent, a line for each table that changed or that Fabric does not have whole."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(
        title=escape(f"Fabric, mirrored database {done.database}"), title_justify="left", title_style="bold", box=None
    )
    for place, heading in enumerate(("table", "sent as", "rows", "left out", "in Fabric", "seconds")):
        table.add_column(heading, justify="left" if place < 2 else "right")
    for one in done.tables:
        found = one.replication
        if one.number is None and not one.left_out and found.complete:
            continue
        how = "unchanged" if one.number is None else "all of it" if one.loaded else "changes"
        whole = "whole" if found.complete else found.status or "not yet"
        style = "red" if found.failed else None if found.complete and not one.left_out else "yellow"
        table.add_row(one.table, how, f"{one.rows:,}", f"{one.left_out:,}", whole, f"{one.seconds:.1f}", style=style)
    if table.row_count:
        results(whole=True).print(table)
    for one in done.tables:
        for row in one.shown:
            messages().print(f"{row.table}, {row.key}: {row.reason}", style="yellow", markup=False)
        if one.replication.failed:
            told = one.replication.told or "Fabric does not say why"
            messages().print(f"{one.table}: replication stopped: {told}", style="red", markup=False)
    for name in done.dropped:
        results().print(f"{name}: dropped, the model has no such table any more.", markup=False)
    complete = sum(one.replication.complete for one in done.tables)
    results().print(
        f"{done.rows:,} rows in {done.files:,} files, {done.seconds:.1f} s. Fabric has processed every row of "
        f"{complete:,} of {len(done.tables):,} tables."
    )

"""`qbo-pipeline tableau downstream` and `refresh`: what hangs on the data source, and refreshing it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbo_pipeline.command_line.terminal import messages, print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings


def show_downstream(settings: Settings, *, as_json: bool) -> int:
    """List the workbooks that hang on the data source; 0."""
    from rich.markup import escape
    from rich.table import Table

    from qbo_pipeline.tableau.downstream.by_hand import list_downstream

    found = list_downstream(settings)
    if as_json:
        print_json(found)
        return 0
    table = Table("workbook", "id", "refreshed by", "failed in a row", title="Workbooks on the data source")
    for one in found:
        how = "nothing to refresh" if one.nothing_to_refresh else "its task" if one.task else "the workbook itself"
        table.add_row(
            escape(one.name), one.luid, how, str(one.failures or ""), style="yellow" if one.failures else None
        )
    if found:
        results().print(table)
    else:
        messages().print("No workbook of the site hangs on the data source.", markup=False)
    return 0


def refresh_downstream_now(settings: Settings, *, wait_seconds: float, as_json: bool) -> int:
    """Refresh what hangs on the data source and wait; 0, or 1 where one failed."""
    from rich.markup import escape
    from rich.table import Table

    from qbo_pipeline.tableau.downstream.by_hand import refresh_now
    from qbo_pipeline.tableau.downstream.outcomes import RefreshOutcome

    with messages().status("Refreshing at Tableau ..."):
        done = refresh_now(settings, wait_seconds=wait_seconds)
    failed = [one for one in done if one.outcome is RefreshOutcome.FAILED]
    if as_json:
        print_json(done)
        return 1 if failed else 0
    table = Table("workbook", "came of it", "job", "", title="Refreshes at Tableau")
    for one in done:
        style = "red" if one in failed else None
        table.add_row(escape(one.name), one.outcome.value, one.job or "", escape(one.told or ""), style=style)
    if done:
        results().print(table)
    else:
        messages().print("Nothing was to be refreshed, or another process does it.", markup=False)
    return 1 if failed else 0

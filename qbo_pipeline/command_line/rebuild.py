"""`qbo-pipeline rebuild`: the warehouse made anew from the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.finance_models import warn_of_stale_models
from qbo_pipeline.command_line.terminal import messages, print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings


def show_rebuild(settings: Settings, *, as_json: bool) -> int:
    """Rebuild and tell what came of it; returns the exit code: 1 where the finance models cannot be built.

    Raises:
        CommandError: the lake is empty, as where its disk is not mounted: the warehouse stays what it is.
        WarehouseBusyError: another process kept writing.
    """
    from rich.progress import Progress

    from qbo_pipeline.ingestion.publishing import publish
    from qbo_pipeline.lake.waiting import committed
    from qbo_pipeline.warehouse.rebuild import rebuild

    data, console = settings.data, messages()
    if not committed(data.lake):
        raise CommandError(
            f"There is nothing to rebuild from: no batch is in {data.lake}.",
            "If it is on a disk of its own, see that it is there. Load a company with: qbo-pipeline backfill",
        )
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("Merging the lake", total=None)
        done = rebuild(
            data.build,
            data.warehouse,
            data.lake,
            lambda merged, of: bar.update(task, completed=merged, total=of),
            publish,
        )
    if as_json:
        print_json(done)
        return warn_of_stale_models(settings)
    results().print(
        f"Rebuilt {data.warehouse} from {done.batches:,} batches ({done.records:,} record versions) in "
        f"{done.seconds:.1f} s, without a request.",
        markup=False,
    )
    if done.retyped:
        results().print(f"{done.retyped:,} batches were typed anew, as their entities are declared today.")
    if done.resolved:
        results().print(f"{done.resolved:,} records left the quarantine: they fit what is declared today.")
    if not done.audit_kept:
        messages().print("[yellow]The trail of earlier runs and requests could not be read and starts anew.[/]")
    return warn_of_stale_models(settings)

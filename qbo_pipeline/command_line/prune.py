"""`qbo-pipeline prune`: what is older than the settings keep is removed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.terminal import instant, print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.ingestion.retention import Pruned
    from qbo_pipeline.settings import Settings


def show_prune(settings: Settings, *, dry_run: bool, as_json: bool) -> None:
    """Prune and tell what went, or would go.

    Raises:
        WarehouseBusyError: another process kept writing.
        OSError: webhook files cannot be removed.
    """
    from qbo_pipeline.ingestion.retention import prune_now

    pruned = prune_now(settings, datetime.now(UTC), dry_run=dry_run)
    if as_json:
        print_json(pruned)
        return
    for line in _lines(pruned, "would be removed" if dry_run else "removed"):
        results().print(line, markup=False)


def _lines(pruned: Pruned, done: str) -> list[str]:
    trail = "The audit trail is kept for ever (QBO_AUDIT_RETENTION_DAYS=0)."
    if pruned.trail_before is not None:
        counts = ", ".join(f"{count:,} of audit.{table}" for table, count in pruned.rows.items()) or "none"
        trail = f"Rows from before {instant(pruned.trail_before)} UTC {done}: {counts}."
    files = "Webhook files are kept for ever (QBO_WEBHOOK_RETENTION_DAYS=0)."
    if pruned.webhooks_before is not None:
        days = ", ".join(pruned.webhook_days) or "none"
        files = f"Days of webhook files from before {instant(pruned.webhooks_before)} UTC {done}: {days}."
    return [trail, files]

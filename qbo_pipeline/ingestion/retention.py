"""What is kept for how long, as the settings say: the audit trail, and the webhook files that were applied."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from qbo_pipeline.settings import Settings
from qbo_pipeline.warehouse.retention import last_pruned, old_rows, prune_trail
from qbo_pipeline.warehouse.warehouse import Warehouse, open_warehouse
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.retention import over, prune

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed, or would be."""

    trail_before: datetime | None
    """Rows of the audit trail from before then; None: they are kept for ever."""
    rows: dict[str, int]
    """Table of the schema audit → rows."""
    webhooks_before: datetime | None
    """Webhook files that were processed on days before then; None: they are kept for ever."""
    webhook_days: tuple[str, ...]
    """Those days, as `2026-11-21`."""


def prune_now(settings: Settings, now: datetime, *, dry_run: bool) -> Pruned:
    """Remove what is older than the settings keep, or find out what that would be.

    Raises:
        WarehouseBusyError: another process kept writing.
        OSError: webhook files cannot be removed.
    """
    data, limits = settings.data, _limits(settings, now)
    rows: dict[str, int] = {}
    if limits.trail is not None and data.build.exists():
        with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
            if dry_run:
                rows = old_rows(warehouse, limits.trail)
            else:
                rows = prune_trail(warehouse, limits.trail, now)
                warehouse.publish()
    days: set[str] = set()
    if limits.webhooks is not None:
        for folders in _webhook_folders(settings):
            days.update(over(folders, limits.webhooks) if dry_run else prune(folders, limits.webhooks))
    return Pruned(limits.trail, rows, limits.webhooks, tuple(sorted(days)))


def prune_once_a_day(settings: Settings, warehouse: Warehouse, now: datetime) -> None:
    """Do so with the first write of a day, before it is published. On every other it costs one small query.

    Files that cannot be removed hold up no load: the next day tries again.
    """
    if last_pruned(warehouse) == now.date():
        return
    limits = _limits(settings, now)
    prune_trail(warehouse, limits.trail, now)
    if limits.webhooks is not None:
        try:
            for folders in _webhook_folders(settings):
                prune(folders, limits.webhooks)
        except OSError as error:
            logger.warning("Webhook files that were processed cannot be removed: %s", error)


def _webhook_folders(settings: Settings) -> tuple[WebhookFolders, WebhookFolders]:
    """Those of QuickBooks and of Tableau."""
    folders = WebhookFolders(settings.data.webhooks)
    return folders, folders.tableau


@dataclass(frozen=True, slots=True)
class _Limits:
    trail: datetime | None
    webhooks: datetime | None


def _limits(settings: Settings, now: datetime) -> _Limits:
    def ago(days: int) -> datetime | None:
        return now - timedelta(days=days) if days else None

    return _Limits(ago(settings.audit_retention_days), ago(settings.webhook_retention_days))

"""What `doctor` looks at of webhooks: whether they can be received, and whether those that were are applied."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.findings import Finding, Level
from qbo_pipeline.state.process_lock import is_held
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox_files import named_instant

if TYPE_CHECKING:
    from pathlib import Path

    from qbo_pipeline.settings import Settings

_LATE = timedelta(minutes=5)
"""The sensor starts a run within seconds, and a delivery that cannot be applied now is tried again for a long time."""


def webhooks(settings: Settings) -> Iterator[Finding]:
    """The verifier token, what waits, and what was of no use."""
    if not settings.webhook_verifier_tokens:
        yield Finding(
            Level.OK, "webhooks", "not set up: changes are found by asking, every "
            f"{settings.cdc_interval_seconds:.0f} seconds"
        )  # fmt: skip
        return
    folders = WebhookFolders(settings.data.webhooks)
    waiting, rejected = _files(folders.inbox), _files(folders.rejected)
    listener = "a listener runs" if is_held(settings.data.listener_lock) else "no listener runs"
    yield Finding(Level.OK, "webhooks", f"{folders.inbox}, {len(waiting):,} wait, {listener}")
    oldest = next((at for name in waiting if (at := named_instant(name)) is not None), None)
    if oldest is not None and datetime.now(UTC) - oldest > _LATE:
        yield Finding(
            Level.WARN, "webhooks", f"{len(waiting):,} wait, the first since {oldest:%Y-%m-%d %H:%M} UTC",
            "Run Dagster with its daemon (make dev) or qbo-pipeline listen. If one runs, the log of its last run of "
            "apply_webhooks says what fails.",
        )  # fmt: skip
    if rejected:
        reason = _reason(folders.rejected / rejected[-1])
        yield Finding(
            Level.WARN, "webhooks", f"{len(rejected):,} files were of no use: {reason}",
            f"Each has its reason beside it in {folders.rejected}; move it back to {folders.inbox.name}/ when that is "
            "mended, else remove it.",
        )  # fmt: skip


def _files(folder: Path) -> list[str]:
    with suppress(FileNotFoundError):
        return sorted(name for name in os.listdir(folder) if not name.startswith(".") and not name.endswith(".reason"))
    return []


def _reason(path: Path) -> str:
    with suppress(OSError):
        return path.with_name(f"{path.name}.reason").read_text(encoding="utf-8").strip()
    return "no reason is noted"

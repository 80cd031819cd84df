"""The folder that everything lives in."""

from __future__ import annotations

from pathlib import Path


class DataFolder:
    """Where everything the pipeline makes lives, below one root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lake = root / "lake"
        self.warehouse = root / "warehouse.duckdb"
        """What users open; replaced atomically, never written in place."""
        self.build = root / "build" / "warehouse.duckdb"
        """The writer's private database."""
        self.webhooks = root / "webhooks"
        """Webhook files: inbox, processing, processed, rejected."""
        self.listener_lock = root / "webhooks" / "listener.lock"
        """Held by `qbo-pipeline listen` while it lives."""
        self.applying_lock = root / "webhooks" / "applying.lock"
        """Held by a run while it takes from the inbox what arrives."""
        self.power_bi_project = root / "power_bi" / "project"
        """Where the demo writes the Power BI project."""
        self.tableau = root / "tableau"
        """Extract, data source and workbook, for Tableau Desktop as for a server."""
        self.state = root / "state"
        self.dagster_home = root / "dagster"
        self.local = root / "local"
        """State of the local services."""

    def publisher_lock(self, destination: str) -> Path:
        """Held by the part of `qbo-pipeline listen` that publishes to a destination, while it lives."""
        return self.root / "build" / f"publisher-{destination}.lock"

    def turn_lock(self, destination: str) -> Path:
        """Held by the run whose turn it is to publish to a destination."""
        return self.root / "build" / f"turn-{destination}.lock"

"""Where webhook files live. All four folders are of one file system, so that a file moves between them by a rename."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WebhookFolders:
    """The folders below `data/webhooks`."""

    root: Path

    @property
    def inbox(self) -> Path:
        """Deliveries nobody has read. Names that begin with a dot are being written."""
        return self.root / "inbox"

    @property
    def processing(self) -> Path:
        """A folder for each process that reads deliveries, with those it has claimed."""
        return self.root / "processing"

    @property
    def processed(self) -> Path:
        """Deliveries that were applied, in a folder for each day (UTC)."""
        return self.root / "processed"

    @property
    def rejected(self) -> Path:
        """Deliveries nobody can use, each with the reason in a file beside it."""
        return self.root / "rejected"

    @property
    def tableau(self) -> WebhookFolders:
        """Folders of the same kind for the events of Tableau, which are nobody else's."""
        return WebhookFolders(self.root / "tableau")

    def make(self) -> None:
        """Make the folders that are missing. Bodies name companies and their records: nobody else may read them.

        Raises:
            OSError: they cannot be made.
        """
        for folder in (self.root, self.inbox, self.processing, self.processed, self.rejected):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

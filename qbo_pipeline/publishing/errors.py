"""What keeps every destination from publishing.

```
PublishingError
├── NoWarehouseError       nothing was loaded yet
└── WarehouseBehindError   the warehouse lacks a relation or column of the model
```
"""

from __future__ import annotations

from pathlib import Path


class PublishingError(Exception):
    """The warehouse cannot be published."""


class NoWarehouseError(PublishingError):
    """There is no warehouse yet."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"There is no {path}: load a company first (qbo-pipeline backfill).")


class WarehouseBehindError(PublishingError):
    """The warehouse was built by a version that did not have a relation or column of the model."""

    def __init__(self, table: str, relation: str, told: str) -> None:
        self.table = table
        super().__init__(
            f"Table {table}: {relation} in the warehouse is not as this version makes it ({told}). Load what changed, "
            "which builds it anew: qbo-pipeline sync."
        )

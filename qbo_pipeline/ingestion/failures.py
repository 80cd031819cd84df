"""Loads of which a part failed: what could be had is in the warehouse, and the error names what could not."""

from __future__ import annotations

from collections.abc import Sequence

from qbo_pipeline.ingestion.reading import Reading
from qbo_pipeline.ingestion.results import EntityLoad


class LoadError(Exception):
    """Some entities could not be loaded; those that could are in the warehouse."""

    def __init__(self, realm_id: str, failures: dict[str, Exception], loads: list[EntityLoad]) -> None:
        self.realm_id = realm_id
        self.failures = failures
        """Entity → what went wrong."""
        self.loads = loads
        """What was loaded nevertheless."""
        told = "\n".join(f"  {name}: {error}" for name, error in failures.items())
        super().__init__(f"company {realm_id}: {len(failures)} entities could not be loaded:\n{told}")


class NoAnswerYetError(Exception):
    """QuickBooks took longer to answer than whoever asked could wait."""

    def __init__(self, realm_id: str, seconds: float) -> None:
        super().__init__(
            f"company {realm_id}: QuickBooks gave no answer within {seconds:.0f} seconds, or lets requests wait. It is "
            "asked again later."
        )


def all_or_error(realm_id: str, readings: Sequence[Reading], loads: list[EntityLoad]) -> list[EntityLoad]:
    """The loads, once every entity of a company could be read.

    Raises:
        LoadError: some could not.
    """
    failures = {reading.entity.name: reading.error for reading in readings if reading.error is not None}
    if failures:
        raise LoadError(realm_id, failures, loads)
    return loads

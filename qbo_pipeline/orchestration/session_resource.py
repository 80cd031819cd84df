"""The one ingestion session of a process, as a Dagster resource.

All entities of a run share it: one connection pool, one limiter, one token vault. It opens on first use, so that
loading definitions costs nothing, and closes with the process.
"""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from qbo_pipeline.ingestion.results import EntityLoad, Period
from qbo_pipeline.quickbooks.catalogue.model import Entity

if TYPE_CHECKING:
    from qbo_pipeline.ingestion import Session
    from qbo_pipeline.ingestion.webhook_files import WebhookFiles


class QuickBooksBooks:
    """Access to the books: QuickBooks on one side, the warehouse on the other."""

    def __init__(self) -> None:
        self._loads: dict[str, list[tuple[Period | None, EntityLoad]]] = {}

    def session(self) -> Session:
        """The session of this process."""
        return _session()

    def webhooks(self) -> WebhookFiles:
        """The webhooks that wait; whoever gets them closes them.

        Raises:
            NoVerifierTokenError: none could be told from a forgery.
        """
        from qbo_pipeline.ingestion.webhook_files import WebhookFiles

        return WebhookFiles(self.session())

    def remember(self, run_id: str, period: Period | None, loads: Sequence[EntityLoad]) -> None:
        """Keep what a run loaded, so that its checks need not ask QuickBooks again.

        It takes the place of what an earlier try of the step loaded: QuickBooks may count otherwise by now.
        """
        anew = {(period, load.realm_id, load.entity): (period, load) for load in loads}
        kept = [
            (before, load)
            for before, load in self._loads.get(run_id, [])
            if (before, load.realm_id, load.entity) not in anew
        ]
        self._loads[run_id] = [*kept, *anew.values()]

    def loads(self, run_id: str, entity: Entity) -> list[tuple[Period | None, EntityLoad]]:
        """What this run has loaded of an entity in this process, with the period that was asked for."""
        return [(period, load) for period, load in self._loads.get(run_id, []) if load.entity == entity.name]


@cache
def _session() -> Session:
    from qbo_pipeline.ingestion import open_session

    session = open_session()
    atexit.register(session.close)
    return session

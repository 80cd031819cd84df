"""Sending again what failed or was left behind, from the outbox alone: no call to QuickBooks, no warehouse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.delivery import Tally
from qbo_pipeline.power_bi.publisher import Manner, open_publisher
from qbo_pipeline.settings import PowerBISettings, Settings


@dataclass(frozen=True, slots=True)
class TableReplay:
    """What was sent of a table."""

    dataset_id: str
    table: str
    batches: int
    rows: int
    refused: int
    """Batches that Power BI still does not take."""
    replaced: int
    as_asked: bool | None
    """Whether Power BI, asked afterwards, had every batch; None where nobody may ask."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay did."""

    tables: tuple[TableReplay, ...]
    """Those of which anything was sent or refused."""
    in_doubt: tuple[str, ...]
    """Tables that hold nobody knows what; the next publish replaces them."""

    @property
    def refused(self) -> int:
        """Batches that wait still."""
        return sum(one.refused for one in self.tables)


def replay(
    settings: Settings,
    *,
    model: SemanticModel = SEMANTIC_MODEL,
    manner: Manner | None = None,
    client: Callable[[PowerBISettings], PowerBIClient] = PowerBIClient,
) -> Replay:
    """Send every batch that was refused or that a killed process left behind.

    Batches whose rows a later publish sent are not among them.

    Raises:
        NotConfiguredError, PublisherBusyError: nothing was done.
        DeliveryInterruptedError: Power BI takes no more; the rest stays written down.
    """
    tables, in_doubt = [], []
    with open_publisher(settings, model, manner, client) as publisher:
        for deployed in publisher.deployer.existing():
            publisher.deliveries.retry(deployed.dataset_id)
            with publisher.delivered(deployed) as delivered:
                deliverer = publisher.deliverer(deployed, delivered)
                for table in deployed.schema.tables:
                    deliverer.tally = tally = Tally()
                    deliverer.drain(table)
                    sent = bool(tally.posts or tally.rows or tally.replaced)
                    as_asked = deliverer.make_sure(table) if sent else None
                    if sent or tally.refused:
                        tables.append(
                            TableReplay(
                                deployed.dataset_id, table.name, tally.batches, tally.rows, tally.refused,
                                tally.replaced, as_asked,
                            )
                        )  # fmt: skip
                    if not delivered.state(table.name).known:
                        in_doubt.append(table.name)
    return Replay(tuple(tables), tuple(in_doubt))

"""One publisher of one dataset: its lock, its records and its dataset, opened together and closed together."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.power_bi.apply import Deployed, Deployer
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.compile import compiled
from qbo_pipeline.power_bi.delivered import Delivered
from qbo_pipeline.power_bi.delivery import Deliverer
from qbo_pipeline.power_bi.errors import NotConfiguredError, PublisherBusyError
from qbo_pipeline.power_bi.limits import LIMITS, PushLimits, PushWindows
from qbo_pipeline.power_bi.outbox import Outbox
from qbo_pipeline.power_bi.payloads import MOST_BYTES, MOST_ROWS
from qbo_pipeline.power_bi.push_schema import PushSchema
from qbo_pipeline.power_bi.timing import PATIENT, Timing
from qbo_pipeline.settings import PowerBISettings, Settings
from qbo_pipeline.state.deliveries import Deliveries
from qbo_pipeline.state.deployments import Deployments
from qbo_pipeline.state.process_lock import held
from qbo_pipeline.state.publishers import Publishers, place_of
from qbo_pipeline.state.store import StateStore

DESTINATION = "power_bi"
_REMEMBERED_SECONDS = 90 * 86_400.0
"""How long the outbox tells of batches that arrived."""
_CLAIM_SECONDS = 900.0
"""Longer than any request or pause between two renewals."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is published; the defaults are Power BI's limits and the patience of production."""

    timing: Timing = PATIENT
    limits: PushLimits = LIMITS
    most_rows: int = MOST_ROWS
    """Rows of a batch."""
    most_bytes: int = MOST_BYTES
    """Bytes of a request."""
    lock_wait_seconds: float = 600.0
    """How long to wait for another publisher of this data folder."""
    sleep: Callable[[float], None] = time.sleep
    may_wait: Callable[[float], None] = lambda _: None
    """Asked before limits are waited for, which is slept in parts; raises `PatienceError` where it is too long."""
    clock: Callable[[], float] = time.time


class Publisher:
    """What publishes to one dataset. Made by `open_publisher`, which holds the lock."""

    def __init__(
        self, settings: Settings, configured: PowerBISettings, model: SemanticModel, state: StateStore,
        client: PowerBIClient, manner: Manner, claim: Callable[[], None],
    ) -> None:  # fmt: skip
        self.settings = settings
        self.model = model
        self.name = configured.dataset
        self.client = client
        self.manner = manner
        self.deliveries = Deliveries(state, DESTINATION)
        timing = manner.timing
        self.deployer = Deployer(
            client, Deployments(state, DESTINATION), configured.workspace_id, configured.dataset,
            forget=self.forget, visible_within=timing.visible_within, every=timing.ask_every, sleep=manner.sleep,
        )  # fmt: skip
        self._windows = PushWindows(state, manner.limits, manner.clock)
        self._claim = claim

    def wanted(self, token: str) -> PushSchema:
        """The schema of the model, for a deployment."""
        return compiled(self.model, self.name, token)

    def delivered(self, deployed: Deployed) -> Delivered:
        """The record of a dataset."""
        return Delivered(self._record(deployed.dataset_id))

    def deliverer(self, deployed: Deployed, delivered: Delivered) -> Deliverer:
        """What delivers to a dataset; files that belong to nothing are taken away first."""
        self.deliveries.forget(time.time() - _REMEMBERED_SECONDS)
        outbox = self._outbox(deployed.dataset_id)
        outbox.clean()
        return Deliverer(
            self.client, deployed.dataset_id, outbox, delivered, self._windows, claim=self._claim,
            timing=self.manner.timing, sleep=self.manner.sleep, may_wait=self.manner.may_wait,
        )  # fmt: skip

    def forget(self, dataset_id: str) -> None:
        """The dataset is gone: nothing is sent to it any more, and what it held does not matter."""
        self._outbox(dataset_id).remove()
        record = self._record(dataset_id)
        for file in (record, record.with_name(f"{record.name}.wal")):
            file.unlink(missing_ok=True)

    def _outbox(self, dataset_id: str) -> Outbox:
        manner = self.manner
        return Outbox(
            outbox_folder(self.settings), self.deliveries, dataset_id, most_rows=manner.most_rows,
            most_bytes=manner.most_bytes,
        )  # fmt: skip

    def _record(self, dataset_id: str) -> Path:
        return records_folder(self.settings) / f"{dataset_id}.duckdb"


def outbox_folder(settings: Settings) -> Path:
    """Where payloads wait."""
    return settings.data.root / "outbox"


def records_folder(settings: Settings) -> Path:
    """Where the records of datasets are."""
    return settings.data.build.parent / "power_bi"


@contextmanager
def open_publisher(
    settings: Settings,
    model: SemanticModel,
    manner: Manner | None = None,
    client: Callable[[PowerBISettings], PowerBIClient] = PowerBIClient,
) -> Iterator[Publisher]:
    """The publisher of the configured dataset, alone with it as long as the block runs.

    Raises:
        NotConfiguredError: Power BI is switched off.
        PublisherBusyError: another process publishes to the dataset, and went on for as long as was waited.
    """
    manner = manner or Manner()
    configured = settings.power_bi
    if configured is None:
        raise NotConfiguredError
    dataset = configured.place
    folder = records_folder(settings)
    lock = folder / f"{hashlib.sha256(dataset.encode()).hexdigest()[:16]}.lock"
    with ExitStack() as stack:
        file = stack.enter_context(held(lock, manner.lock_wait_seconds))
        if file is None:
            raise PublisherBusyError(configured.dataset, "another process of this data folder")
        state = stack.enter_context(StateStore(settings.state_url))
        publishers = Publishers(state, place_of(folder), f"{socket.gethostname()}, process {os.getpid()}")

        def claim() -> None:
            if (holder := publishers.claim(dataset, _CLAIM_SECONDS)) is not None:
                raise PublisherBusyError(configured.dataset, holder)

        claim()
        stack.callback(publishers.release, dataset)
        opened = stack.enter_context(client(configured))
        yield Publisher(settings, configured, model, state, opened, manner, claim)

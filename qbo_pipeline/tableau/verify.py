"""The proof of what is published: the data source is downloaded, opened and added up, and compared with DuckDB."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.publishing.scratch import scratch_folder
from qbo_pipeline.publishing.snapshot import open_snapshot
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.publications import Publications
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.tableau.errors import NotConfiguredError, NotFoundError, RequestContext
from qbo_pipeline.tableau.manner import Manner
from qbo_pipeline.tableau.publisher import DESTINATION, open_client

if TYPE_CHECKING:
    from qbo_pipeline.tableau.extract.build import Extract


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of comparing the published data source with the warehouse."""

    data_source: str
    luid: str
    url: str | None
    rows: int
    """Of the warehouse, those left out not counted."""
    compared: int
    """Counts and sums of money, by company."""
    differences: tuple[str, ...]
    """In words; nothing where all are equal, to the last decimal."""
    behind: bool
    """Whether the warehouse has a state that is not published yet: then differences are to be expected."""
    bytes: int
    """Of the download."""
    seconds: float

    @property
    def equal(self) -> bool:
        """Whether every count and sum is the same."""
        return not self.differences


def verify(
    settings: Settings,
    *,
    extract: Extract | None = None,
    shown: str | None = None,
    model: SemanticModel = SEMANTIC_MODEL,
    manner: Manner | None = None,
) -> Verification:
    """Download the data source and compare rows and sums of money per company with the warehouse; changes nothing.

    Args:
        settings: which warehouse, which site.
        extract: one that was built of the warehouse, if there is one; else one is built for this.
        shown: the state of the warehouse that is published, where that is not written down yet.
        model: the semantic model.
        manner: patience and limits.

    Raises:
        NotConfiguredError, NotInstalledError, NoWarehouseError: nothing could be compared.
        NotFoundError: nothing is published. ExtractError: what was downloaded cannot be read.
        RequestError, SignInError: Tableau could not be asked.
    """
    from qbo_pipeline.tableau.extract.build import build_extract
    from qbo_pipeline.tableau.extract.compare import sums_of, unequal

    began = time.monotonic()
    configured = settings.tableau
    if configured is None:
        raise NotConfiguredError
    with (
        StateStore(settings.state_url) as store,
        open_client(settings, configured, store, manner) as client,
        scratch_folder() as folder,
    ):
        project_id = client.project(configured.project)
        there = None if project_id is None else client.find_data_source(configured.data_source, project_id)
        if there is None:
            told = f"project {configured.project}, data source {configured.data_source}"
            raise NotFoundError(RequestContext(told), "nothing is published; run qbo-pipeline tableau publish")
        content, work = folder / "published.tdsx", folder / "rows"
        client.download_data_source(there.luid, content)
        if extract is None:
            with open_snapshot(settings.data.warehouse) as warehouse:
                extract = build_extract(warehouse, model, folder / "warehouse.hyper", work)
        behind = extract.state != (shown or Publications(store, DESTINATION, place=configured.place).shown())
        differences = unequal(extract.figures, sums_of(content, model))
        compared = sum(one.figures.compared for one in extract.tables)
        return Verification(
            there.name, there.luid, there.url, extract.rows, compared, differences, behind, content.stat().st_size,
            time.monotonic() - began,
        )  # fmt: skip

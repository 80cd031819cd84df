"""The workbook beside the data source: published when what it is made of changed, left alone once people edit it."""

from __future__ import annotations

import hashlib
import logging
import zipfile
from enum import StrEnum
from pathlib import Path

from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.state.deliveries import Kind as Sent
from qbo_pipeline.tableau.answers import Content
from qbo_pipeline.tableau.delivery import Deliverer
from qbo_pipeline.tableau.files import WriteWorkbook
from qbo_pipeline.tableau.outbox import WORKBOOK
from qbo_pipeline.tableau.publisher import TableauPublisher

logger = logging.getLogger(__name__)


class WorkbookOutcome(StrEnum):
    """What was done with the workbook."""

    UNCHANGED = "unchanged"
    PUBLISHED = "published"
    KEPT = "kept"
    """People changed it on the site, or made one of the name: it is theirs. Delete it there to get this one again."""


def publish_workbook(
    publisher: TableauPublisher,
    deliverer: Deliverer,
    project_id: str,
    model: SemanticModel,
    source: Content,
    write: WriteWorkbook,
    work: Path,
) -> WorkbookOutcome:
    """Publish the workbook, connected to the published data source, if it is another than the one that is there.

    Raises:
        JobFailedError, RefusedError: Tableau does not take it; the data source is published all the same.
        DeliveryInterruptedError: it is written down. RequestError, SignInError: Tableau could not be asked.
    """
    from qbo_pipeline.tableau.package import PublishedSource

    configured = publisher.configured
    published = PublishedSource(configured.server_url, configured.site, source.content_url, source.name)
    made = work / "published.twbx"
    write(model, made, publisher.name, None, published)
    digest = digest_of_contents(made)
    publisher.outbox.give_up(WORKBOOK)
    there = publisher.client.find_workbook(publisher.name, project_id)
    noted = publisher.contents.get("workbook")
    if there is not None:
        if noted is None or (there.luid, there.updated_at) != (noted.luid, noted.updated_at):
            logger.info("Workbook %s was changed on the site and is left as it is.", publisher.name)
            return WorkbookOutcome.KEPT
        if noted.digest == digest:
            return WorkbookOutcome.UNCHANGED
    batch, path = publisher.outbox.new(".twbx")
    publisher.outbox.keep(made, path)
    deliverer.see_through(publisher.outbox.plan(batch, Sent.PUBLISH, path, 0, table=WORKBOOK, digest=digest))
    return WorkbookOutcome.PUBLISHED


def digest_of_contents(path: Path) -> str:
    """SHA-256 of the names and contents of a packaged file's parts; when they were packed does not count."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            digest.update(f"{name}\0".encode())
            digest.update(hashlib.sha256(archive.read(name)).digest())
    return digest.hexdigest()

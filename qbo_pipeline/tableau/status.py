"""Where publishing to Tableau stands, told from what is written down: nobody is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from qbo_pipeline.publishing.standing import unpublished
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.deliveries import OUTSTANDING, Deliveries, Entry, QuarantinedRow, Status
from qbo_pipeline.state.publications import PublicationRecord, Publications
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_contents import PublishedContent, TableauContents
from qbo_pipeline.tableau import session
from qbo_pipeline.tableau.errors import NotConfiguredError
from qbo_pipeline.tableau.limits import Limited, SiteWindows, Usage
from qbo_pipeline.tableau.manner import PAYLOAD_LIMIT
from qbo_pipeline.tableau.outbox import left_out_of, noted_as
from qbo_pipeline.tableau.publisher import DESTINATION


@dataclass(frozen=True, slots=True)
class TableauStatus:
    """What is published where, and what waits."""

    server_url: str
    site: str
    project: str
    data_source: str
    published: PublishedContent | None
    """The data source as it was left; None where it was not published from here."""
    workbook: PublishedContent | None
    sign_in: session.SignInStatus
    last: PublicationRecord | None
    shows_latest: bool
    """Whether the data source shows the latest state of the warehouse."""
    waiting: tuple[Entry, ...]
    """What is written down and not settled."""
    failed: tuple[Entry, ...]
    """What Tableau refused; `replay` sends it again."""
    left_out: tuple[QuarantinedRow, ...]
    """Rows that do not fit."""
    usage: Mapping[str, Usage]
    """What is used of the site's limits."""
    payload_limit: int
    """Bytes that an update may have."""
    files: tuple[Path, ...]
    """What is in data/tableau."""


def status(settings: Settings) -> TableauStatus:
    """Where publishing stands.

    Raises:
        NotConfiguredError: Tableau is switched off.
    """
    configured = settings.tableau
    if configured is None:
        raise NotConfiguredError
    with StateStore(settings.state_url) as store:
        deliveries = Deliveries(store, DESTINATION)
        contents = TableauContents(store, configured.place)
        # One of the name may be at another place, too, whose deliveries are not ours to see through.
        entries = [
            one for one in deliveries.entries(noted_as(configured.data_source))
            if one.payload is None or configured.place in one.payload
        ]  # fmt: skip
        published = contents.get("data_source")
        windows = SiteWindows(store, configured.server_url, configured.site)
        return TableauStatus(
            configured.server_url, configured.site, configured.project, configured.data_source,
            published, contents.get("workbook"),
            session.status(configured, session.open_sessions(settings, store)),
            Publications(store, DESTINATION, place=configured.place).last(),
            published is not None and unpublished(settings, DESTINATION) is None,
            tuple(one for one in entries if one.status in OUTSTANDING),
            tuple(one for one in entries if one.status is Status.FAILED),
            tuple(deliveries.quarantined(*left_out_of(configured))),
            {kind.value: windows.usage(kind) for kind in Limited},
            contents.payload_limit("data_source") or PAYLOAD_LIMIT,
            tuple(sorted(settings.data.tableau.glob(f"{escape(configured.data_source)}.*"))),
        )  # fmt: skip

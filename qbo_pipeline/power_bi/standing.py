"""What the dataset shows of the warehouse, from what is written down: Power BI is not asked."""

from __future__ import annotations

from enum import StrEnum

from qbo_pipeline.power_bi.publisher import DESTINATION
from qbo_pipeline.publishing.standing import last_publication, unpublished
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.deliveries import Deliveries, Entry
from qbo_pipeline.state.deployments import Deployments
from qbo_pipeline.state.store import StateStore


class Shows(StrEnum):
    """A state of the warehouse, in words."""

    NONE = "no"
    OLDER = "an older"
    LATEST = "the latest"


def shows(settings: Settings) -> Shows:
    """Which one the dataset shows; none where nothing was published, or what was is deleted."""
    if last_publication(settings, DESTINATION, succeeded=True) is None or is_deleted(settings):
        return Shows.NONE
    return Shows.LATEST if unpublished(settings, DESTINATION) is None else Shows.OLDER


def is_deleted(settings: Settings) -> bool:
    """Whether the dataset that was published last was deleted since, by us or as far as we saw, and none made anew."""
    last = last_publication(settings, DESTINATION, succeeded=True)
    if last is None or last.dataset is None:
        return False
    with StateStore(settings.state_url) as store:
        return Deployments(store, DESTINATION).is_gone(last.dataset)


def refused(settings: Settings) -> list[Entry]:
    """Batches of the dataset that was published last which Power BI does not take."""
    last = last_publication(settings, DESTINATION, succeeded=True)
    if last is None or last.dataset is None:
        return []
    with StateStore(settings.state_url) as store:
        return Deliveries(store, DESTINATION).failed(last.dataset)

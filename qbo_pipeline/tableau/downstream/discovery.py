"""Which workbooks of the site hang on our data source, known between publications so that looking costs few requests.

The site is listed anew after a while; only workbooks that changed since are asked for their connections.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from qbo_pipeline.state.tableau_downstream import DownstreamWorkbook, DownstreamWorkbooks, FoundWorkbook
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.downstream.endpoints import ListedWorkbook, connects_to, refresh_tasks, workbooks
from qbo_pipeline.tableau.errors import ForbiddenError, NotFoundError

logger = logging.getLogger(__name__)

LOOK_SECONDS = 900.0
"""How long what was found is believed. An event of a workbook that was published or changed ends that at once."""


def discovered(
    client: TableauClient, downstream: DownstreamWorkbooks, data_source: str, now: float
) -> Mapping[str, DownstreamWorkbook]:
    """LUID → the workbooks of the site and what is known of them, asked for where that is not known lately.

    Args:
        client: of the site.
        downstream: what was found before; what is found is noted there.
        data_source: LUID of ours.
        now: epoch seconds.

    Raises:
        RequestError, SignInError: Tableau cannot be asked; what was known stays.
    """
    known = downstream.known()
    if now - downstream.looked_at() < LOOK_SECONDS:
        return known
    tasks = refresh_tasks(client)
    found, asked = [], 0
    for one in workbooks(client):
        before = known.get(one.luid)
        if before is not None and before.updated_at is not None and before.updated_at == one.updated_at:
            hangs = before.hangs
        else:
            hangs = _hangs(client, one, data_source)
            asked += 1
        found.append(FoundWorkbook(one.luid, one.name, one.updated_at, hangs, tasks.get(one.luid)))
    downstream.note(found)
    logger.info(
        "The site has %d workbooks, of which %d hang on data source %s; %d were asked for their connections.",
        len(found), sum(one.hangs for one in found), data_source, asked,
    )  # fmt: skip
    return downstream.known()


def _hangs(client: TableauClient, workbook: ListedWorkbook, data_source: str) -> bool:
    try:
        return connects_to(client, workbook.luid, data_source)
    except (NotFoundError, ForbiddenError):
        return False  # deleted since, or its owner shows its connections to nobody

"""A refresh that failed: tried again a few times, ever later, and told to people each time."""

from __future__ import annotations

from collections.abc import Sequence

from qbo_pipeline.state.tableau_alerts import RefreshAlert, TableauAlerts
from qbo_pipeline.tableau.downstream.orders import RefreshOrders

PAUSES_SECONDS = (300.0, 1_800.0, 7_200.0)
"""Before a refresh is tried again, by how many failed in a row."""
GIVEN_UP_SECONDS = 21_600.0
"""After one more failure the workbook is left alone for so long, and then refreshed after a publication only."""


def pause_after(failures: int) -> tuple[float, bool]:
    """Failures in a row → seconds of pause, and whether it is tried again by itself after them."""
    if failures <= len(PAUSES_SECONDS):
        return PAUSES_SECONDS[failures - 1], True
    return GIVEN_UP_SECONDS, False


def refresh_failed(
    alerts: TableauAlerts, orders: RefreshOrders, data_source: str, workbook: str, job: str, notes: Sequence[str]
) -> RefreshAlert | None:
    """Count a job that failed, raise the alert and order it again within limits; a second time it changes nothing.

    Args:
        alerts: where it is counted.
        orders: where it is ordered.
        data_source: LUID of ours.
        workbook: LUID of the one that was to be refreshed.
        job: that failed.
        notes: what Tableau says of it.

    Returns:
        The alert; None where the workbook is not known any more.
    """
    told = "; ".join(notes) or "Tableau gives no reason"
    alert = alerts.raise_for(data_source, workbook, job, told, pause_after)
    if alert is not None and alert.again_at is not None:
        orders.again(workbook, job)
    return alert


def in_words(alert: RefreshAlert) -> str:
    """`Workbook Margins: the refresh of its extract failed (job …): …`, and what happens next."""
    if alert.again_at is not None:
        then = f"It is tried again after {alert.again_at:%Y-%m-%d %H:%M} UTC"
    else:
        then = (
            f"It failed {alert.failures} times in a row and is not tried again by itself: mend it, then run "
            "qbo-pipeline tableau refresh"
        )
    return (
        f"Workbook {alert.name} ({alert.workbook}): the refresh of its extract failed, job {alert.job}: {alert.told}. "
        f"{then}."
    )

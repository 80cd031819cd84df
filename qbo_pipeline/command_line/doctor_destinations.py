"""What `doctor` looks at of Power BI and Tableau, from what is written down: neither is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.findings import Finding, Level
from qbo_pipeline.publishing.standing import last_publication, unpublished

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings

_ENDS_SOON = timedelta(days=14)
_UNUSED_SOON = timedelta(days=5)


def power_bi(settings: Settings) -> Iterator[Finding]:
    """The last publication."""
    if settings.power_bi is None:
        yield Finding(Level.OK, "power bi", "not configured: nothing is published to it")
        return
    from qbo_pipeline.power_bi.standing import is_deleted, refused

    found = _published(settings, "power bi", "power_bi", "qbo-pipeline power-bi publish")
    if found.level is not Level.WARN and is_deleted(settings):
        found = Finding(
            Level.WARN, "power bi", "shows no state of the warehouse: the dataset was deleted",
            "The next load makes it anew, as qbo-pipeline power-bi publish does. Where it is not to be: "
            "POWERBI_DATASET=off.",
        )  # fmt: skip
    elif found.level is Level.OK and (batches := refused(settings)):
        found = Finding(
            Level.WARN, "power bi", f"{len(batches):,} batches are refused; their rows are missing in Power BI",
            "qbo-pipeline power-bi status says which, and why. Once that is mended: qbo-pipeline power-bi publish",
        )  # fmt: skip
    yield found


def tableau(settings: Settings) -> Iterator[Finding]:
    """The last publication, and how long token and session last."""
    from qbo_pipeline.tableau.installed import is_installed, unpublished_because

    if (reason := unpublished_because(settings)) is not None:
        level = Level.OK if is_installed() else Level.WARN
        yield Finding(level, "tableau", reason, "" if is_installed() else "pip install 'qbo-pipeline[tableau]'")
        return
    yield _published(settings, "tableau", "tableau", "qbo-pipeline tableau publish")
    yield from _sign_in(settings)


def _published(settings: Settings, part: str, destination: str, command: str) -> Finding:
    last = last_publication(settings, destination)
    if last is None:
        return Finding(Level.OK, part, f"nothing was published yet: {command}")
    at = f"{last.finished_at:%Y-%m-%d %H:%M} UTC"
    if not last.succeeded:
        return Finding(Level.WARN, part, f"the publication of {at} failed: {last.told}", f"Then: {command}")
    compared = last_publication(settings, destination, compared=True)
    if compared is not None and compared.unequal:
        told = f"{len(compared.unequal):,} totals differ: {compared.unequal[0]}"
        return Finding(Level.FAIL, part, told, f"{command}; if it stays, what it says of them is to be looked into.")
    shows = "shows an older state" if unpublished(settings, destination) is not None else "shows the latest state"
    return Finding(Level.OK, part, f"{shows} of the warehouse, published {at}")


def _sign_in(settings: Settings) -> Iterator[Finding]:
    from qbo_pipeline.state.store import StateStore
    from qbo_pipeline.tableau import session

    configured = settings.tableau
    if configured is None:
        return
    with StateStore(settings.state_url) as store:
        found = session.status(configured, session.open_sessions(settings, store))
    if found.refused is not None:
        yield Finding(
            Level.FAIL, "tableau sign-in", f"the last one was refused: {found.refused}",
            "Make another token (My Account Settings, Personal Access Tokens) and set TABLEAU_PAT_NAME and "
            "TABLEAU_PAT_VALUE, or mend the connected app.",
        )  # fmt: skip
        return
    now = datetime.now(UTC)
    for ends, soon, why in (
        (found.token_ends_by, _ENDS_SOON, "a year after it was first used here"),
        (found.unused_ends_at, _UNUSED_SOON, "because nothing used it"),
    ):
        if ends is not None and ends - now < soon:
            yield Finding(
                Level.WARN, "tableau sign-in", f"the token ends by {ends:%Y-%m-%d}, {why}",
                "Make another token before, and set TABLEAU_PAT_NAME and TABLEAU_PAT_VALUE.",
            )  # fmt: skip
            return
    ends_by = "" if found.token_ends_by is None else f"; the token ends by {found.token_ends_by:%Y-%m-%d} or earlier"
    yield Finding(Level.OK, "tableau sign-in", f"{found.told.rpartition(', ')[2]}{ends_by}")

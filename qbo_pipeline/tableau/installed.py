"""Whether Tableau's libraries are there: they are an extra, and there is no wheel of Hyper for every machine."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from qbo_pipeline.settings import Settings

NOT_CONFIGURED = (
    "Tableau is not configured: set TABLEAU_SERVER_URL, TABLEAU_SITE, TABLEAU_PAT_NAME, TABLEAU_PAT_VALUE to publish."
)
NOT_INSTALLED = (
    "Tableau's libraries are not installed: pip install 'qbo-pipeline[tableau]' to write and publish extracts."
)


@cache
def is_installed() -> bool:
    """Whether extracts can be written and sites be asked."""
    return all(find_spec(name) is not None for name in ("tableauhyperapi", "tableauserverclient"))


def unpublished_because(settings: Settings) -> str | None:
    """Why nothing is published to Tableau, in a sentence; None where it is."""
    if not is_installed():
        return NOT_INSTALLED
    return NOT_CONFIGURED if settings.tableau is None else None

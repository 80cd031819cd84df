"""The page on the root of the service: what a person wants to see of it."""

from qbo_pipeline.local.tableau.page.endpoint import PageEndpoint

__all__ = ["PageEndpoint"]

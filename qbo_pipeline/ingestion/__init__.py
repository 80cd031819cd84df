"""The one path of every record: QuickBooks to the lake to the warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qbo_pipeline.ingestion.session import Company, Session, open_session

__all__ = ["Company", "Session", "open_session"]


def __getattr__(name: str) -> Any:
    """Import the session when it is asked for: whoever only loads definitions need not pay for it."""
    if name in __all__:
        from qbo_pipeline.ingestion import session

        return getattr(session, name)
    raise AttributeError(name)

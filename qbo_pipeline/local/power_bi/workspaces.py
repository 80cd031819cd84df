"""Workspaces (groups) that the service principal is a member of."""

from __future__ import annotations

from typing import Any

from qbo_pipeline.local.power_bi import errors
from qbo_pipeline.local.power_bi.answers import listed
from qbo_pipeline.local.power_bi.store import Store

LOCAL_WORKSPACE = "11111111-2222-4333-8444-555555555555"


class Workspaces:
    """All of them, by id; there is always the local one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names: dict[str, str] = {LOCAL_WORKSPACE: "Local workspace", **store.kept("workspaces", {})}

    def add(self, identity: str, name: str) -> None:
        """One more."""
        self._names = {**self._names, identity.lower(): name}
        self._store.keep("workspaces", self._names)

    def all(self) -> dict[str, str]:
        """Id and name."""
        return dict(self._names)

    def check(self, identity: str) -> None:
        """Whether there is one.

        Raises:
            PowerBIAnswerError: 404; the body is a guess.
        """
        if identity.lower() not in self._names:
            raise errors.workspace_not_found(identity)

    def listed(self, base: str) -> dict[str, Any]:
        """What GET /groups lists."""
        shown = [
            {"id": identity, "name": name, "isReadOnly": False, "isOnDedicatedCapacity": True, "type": "Workspace"}
            for identity, name in self._names.items()
        ]
        return listed(base, "groups", shown)

"""Files in OneLake, over its DFS endpoint: the verbs of Azure Data Lake Storage Gen2 that a landing zone needs.

Every request here may be repeated but the rename. Source: learn.microsoft.com, Azure Data Lake Storage Gen2 REST, Path.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from qbo_pipeline.power_bi.errors import NotFoundError
from qbo_pipeline.power_bi.mirroring.errors import lake_failure
from qbo_pipeline.power_bi.requests import Answer, Patience, RequestSender
from qbo_pipeline.power_bi.tokens import STORAGE_SCOPE, AccessTokens
from qbo_pipeline.settings import PowerBISettings

_VERSION = {"x-ms-version": "2020-06-12"}
_BYTES = {**_VERSION, "Content-Type": "application/octet-stream"}


@dataclass(frozen=True, slots=True)
class LakePath:
    """A file or folder; `name` is its last part."""

    name: str
    is_directory: bool
    size: int


class OneLake:
    """The files of one item of the workspace; paths are below the item (`Files/LandingZone/…`)."""

    def __init__(
        self,
        settings: PowerBISettings,
        item: str,
        http: httpx.Client,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._workspace = settings.workspace_id
        self._item = item
        tokens = AccessTokens(settings, http, STORAGE_SCOPE)
        self._sender = RequestSender(
            settings.onelake_url, http, tokens, patience, sleep, service="OneLake", failure=lake_failure
        )

    def create_directory(self, path: str) -> None:
        """Make a folder with those above it; nothing happens when it is there."""
        self._sender.send("PUT", self._at(path), params={"resource": "directory"}, headers=_VERSION)

    def create_file(self, path: str) -> None:
        """An empty file, in the place of one that is there."""
        self._sender.send("PUT", self._at(path), params={"resource": "file"}, headers=_VERSION)

    def append(self, path: str, position: int, data: bytes) -> None:
        """Send bytes of a file; they are in it when it is flushed."""
        asked = {"action": "append", "position": str(position)}
        self._sender.send("PATCH", self._at(path), params=asked, content=data, headers=_BYTES)

    def flush(self, path: str, length: int) -> None:
        """The file has this length, and what was appended."""
        asked = {"action": "flush", "position": str(length)}
        self._sender.send("PATCH", self._at(path), params=asked, headers=_VERSION)

    def rename(self, source: str, target: str, *, replace: bool = False) -> Answer:
        """Give a file its place in one step, that of another one only if told so.

        Not repeated: the second time finds no source.

        Raises:
            NotFoundError: there is no source. PathExistsError: there is a target.
        """
        headers = {**_VERSION, "x-ms-rename-source": f"/{self._at(source)}"}
        if not replace:
            headers["If-None-Match"] = "*"
        return self._sender.send("PUT", self._at(target), headers=headers, repeatable=False)

    def paths(self, directory: str) -> list[LakePath] | None:
        """What is in a folder, not in those below it; None where there is no such folder."""
        found: list[LakePath] = []
        asked = {"resource": "filesystem", "directory": f"{self._item}/{directory}", "recursive": "false"}
        while True:
            try:
                answer = self._sender.send("GET", quote(self._workspace), params=asked, headers=_VERSION)
            except NotFoundError:
                return None
            for one in answer.json().get("paths") or []:
                name = str(one.get("name", "")).rstrip("/").rpartition("/")[2]
                is_directory = str(one.get("isDirectory", "false")).lower() == "true"
                found.append(LakePath(name, is_directory, int(one.get("contentLength") or 0)))
            more = answer.headers.get("x-ms-continuation")
            if not more:
                return found
            asked["continuation"] = more

    def read(self, path: str) -> bytes | None:
        """All of a file; None where there is none."""
        try:
            return self._sender.send("GET", self._at(path), headers=_VERSION).body
        except NotFoundError:
            return None

    def delete(self, path: str, *, recursive: bool = False) -> None:
        """Delete a file, or a folder with what is in it; nothing happens when it is gone."""
        asked = {"recursive": "true"} if recursive else None
        try:
            self._sender.send("DELETE", self._at(path), params=asked, headers=_VERSION)
        except NotFoundError:
            return

    def _at(self, path: str) -> str:
        return quote(f"{self._workspace}/{self._item}/{path}")

"""OneLake over HTTP: the verbs of Azure Data Lake Storage (DFS) that a writer of a landing zone needs."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from starlette.responses import Response

from qbo_pipeline.local.power_bi.answers import json_response
from qbo_pipeline.local.power_bi.calls import Call
from qbo_pipeline.local.power_bi.fabric.databases import MirroredDatabases
from qbo_pipeline.local.power_bi.fabric.lake import Lake, LakePath
from qbo_pipeline.local.power_bi.fabric.refusals import lake_error
from qbo_pipeline.local.quickbooks.responses import http_date

MOST_RESULTS = 5000


class OneLakeApi:
    """Answers calls whose tokens were found good. `changed` is told whenever files are other ones."""

    def __init__(self, lake: Lake, databases: MirroredDatabases, changed: Callable[[], None]) -> None:
        self._lake = lake
        self._databases = databases
        self._changed = changed

    def answer(self, call: Call) -> Response:
        """The answer.

        Raises:
            PowerBIAnswerError: it is an error.
        """
        asked = call.parameters
        if call.method == "GET" and asked.get("resource") == "filesystem":
            return self._listed(call)
        path = self._own(call.workspace, "/".join(call.path))
        match call.method:
            case "PUT":
                return self._put(call, path)
            case "PATCH" if asked.get("action") == "append":
                self._lake.append(path, _number(asked.get("position"), "position"), call.body)
                return Response(status_code=202)
            case "PATCH" if asked.get("action") == "flush":
                self._lake.flush(path, _number(asked.get("position"), "position"))
                headers = _headers(self._lake.sought(path), length=False)
                self._changed()
                return Response(headers=headers)
            case "HEAD":
                found = self._lake.sought(path)
                kind = "directory" if found.is_directory else "file"
                return Response(headers={**_headers(found), "x-ms-resource-type": kind})
            case "GET":
                headers = _headers(self._lake.sought(path), length=False)
                return Response(self._lake.content(path), headers=headers, media_type="application/octet-stream")
            case "DELETE":
                self._lake.delete(path, recursive=asked.get("recursive") == "true")
                self._changed()
                return Response()
        raise lake_error(400, "InvalidQueryParameterValue", f"{call.method} with {dict(asked)} isn't served here.")

    def _put(self, call: Call, path: str) -> Response:
        new_only = call.headers.get("if-none-match") == "*"
        source = call.headers.get("x-ms-rename-source")
        kind = call.parameters.get("resource")
        if source is not None:
            workspace, _, rest = unquote(urlsplit(source).path).removeprefix("/onelake").lstrip("/").partition("/")
            self._lake.rename(self._own(workspace, rest), path, new_only=new_only)
        elif kind in ("directory", "file"):
            self._lake.create(path, directory=kind == "directory", new_only=new_only)
        else:
            raise lake_error(400, "MissingRequiredQueryParameter", "resource is directory or file.")
        # A file that is replicated at once may be moved away.
        headers = _headers(self._lake.sought(path), length=False)
        self._changed()
        return Response(status_code=201, headers=headers)

    def _listed(self, call: Call) -> Response:
        asked = call.parameters
        folder = self._own(call.workspace, asked.get("directory", "").strip("/"))
        self._lake.sought(folder)
        found = self._lake.below(folder, recursive=asked.get("recursive") == "true")
        most = min(MOST_RESULTS, _number(asked.get("maxResults", str(MOST_RESULTS)), "maxResults"))
        start = _number(asked.get("continuation", "0"), "continuation")
        shown = [_entry(one) for one in found[start : start + most]]
        more = {"x-ms-continuation": str(start + most)} if start + most < len(found) else {}
        return json_response({"paths": shown}, headers=more)

    def _own(self, workspace: str, path: str) -> str:
        """A path as it is kept: the workspace, the id of the database, what follows; folders end without a slash."""
        item, _, rest = path.strip("/").partition("/")
        if not item:
            raise lake_error(400, "InvalidUri", "A path in OneLake names an item of the workspace.")
        database = self._databases.get(workspace.lower(), item)
        return "/".join([workspace.lower(), database.id, *filter(None, rest.split("/"))])


def _headers(found: LakePath, *, length: bool = True) -> dict[str, str]:
    size = {"Content-Length": str(found.size)} if length else {}
    return {"ETag": found.etag, "Last-Modified": http_date(found.modified), **size}


def _entry(found: LakePath) -> dict[str, str]:
    kind = {"isDirectory": "true"} if found.is_directory else {}
    return {
        "name": found.path.partition("/")[2],
        **kind,
        "contentLength": str(found.size),
        "lastModified": http_date(found.modified),
        "etag": found.etag,
    }


def _number(text: str | None, name: str) -> int:
    if text is None or not text.isdecimal():
        raise lake_error(400, "InvalidQueryParameterValue", f"{name} is a number.")
    return int(text)

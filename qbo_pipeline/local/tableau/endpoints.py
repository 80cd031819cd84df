"""The parts of the REST API that faults strike, told by method and path; and the scopes that a connected app needs."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Endpoint = Literal[
    "server_info", "sign_in", "sign_out", "sites", "projects", "create_project", "start_upload", "upload", "publish",
    "data_sources", "download", "update_data", "refresh", "delete", "publish_workbook", "workbooks", "jobs", "tasks",
    "run_task", "schedules", "webhooks",
]  # fmt: skip


class _Pattern(NamedTuple):
    method: str
    pattern: str
    endpoint: Endpoint
    scope: str = ""


_SITE = r"/api/[^/]+/sites/[^/]+"
_PATTERNS = (
    _Pattern("GET", r"/api/[^/]+/serverinfo", "server_info"),
    _Pattern("POST", r"/api/[^/]+/auth/signin", "sign_in"),
    _Pattern("POST", r"/api/[^/]+/auth/signout", "sign_out"),
    _Pattern("POST", rf"{_SITE}/projects", "create_project", "tableau:projects:create"),
    _Pattern("GET", rf"{_SITE}/projects", "projects", "tableau:content:read"),
    _Pattern("", rf"{_SITE}/projects/[^/]+", "projects", "tableau:projects:update"),
    _Pattern("POST", rf"{_SITE}/fileuploads", "start_upload", "tableau:file_uploads:create"),
    _Pattern("PUT", rf"{_SITE}/fileuploads/[^/]+", "upload", "tableau:file_uploads:create"),
    _Pattern("POST", rf"{_SITE}/datasources", "publish", "tableau:datasources:create"),
    _Pattern("GET", rf"{_SITE}/datasources/[^/]+/content", "download", "tableau:datasources:download"),
    _Pattern("PATCH", rf"{_SITE}/datasources/[^/]+(/connections/[^/]+)?/data", "update_data",
             "tableau:datasources:update"),
    _Pattern("POST", rf"{_SITE}/(datasources|workbooks)/[^/]+/refresh", "refresh", "tableau:tasks:run"),
    _Pattern("DELETE", rf"{_SITE}/datasources/[^/]+", "delete", "tableau:datasources:delete"),
    _Pattern("PUT", rf"{_SITE}/datasources/[^/]+", "data_sources", "tableau:datasources:update"),
    _Pattern("", rf"{_SITE}/datasources(/.*)?", "data_sources", "tableau:content:read"),
    _Pattern("POST", rf"{_SITE}/workbooks", "publish_workbook", "tableau:workbooks:create"),
    _Pattern("GET", rf"{_SITE}/workbooks/[^/]+/content", "download", "tableau:workbooks:download"),
    _Pattern("DELETE", rf"{_SITE}/workbooks/[^/]+", "delete", "tableau:workbooks:delete"),
    _Pattern("", rf"{_SITE}/workbooks(/.*)?", "workbooks", "tableau:content:read"),
    _Pattern("PUT", rf"{_SITE}/jobs/[^/]+", "jobs", "tableau:jobs:cancel"),
    _Pattern("", rf"{_SITE}/jobs(/[^/]+)?", "jobs", "tableau:jobs:read"),
    _Pattern("POST", rf"{_SITE}/tasks/extractrefreshes/[^/]+/runnow", "run_task", "tableau:tasks:run"),
    _Pattern("GET", rf"{_SITE}/tasks(/.*)?", "tasks", "tableau:tasks:read"),
    _Pattern("DELETE", rf"{_SITE}/tasks(/.*)?", "tasks", "tableau:tasks:delete"),
    _Pattern("", rf"{_SITE}/tasks(/.*)?", "tasks", "tableau:tasks:write"),
    _Pattern("", rf"{_SITE}/schedules(/.*)?", "schedules", "tableau:tasks:write"),
    _Pattern("", r"/api/[^/]+/schedules(/.*)?", "schedules", "tableau:schedules:update"),
    _Pattern("GET", rf"{_SITE}/webhooks(/.*)?", "webhooks", "tableau:webhooks:read"),
    _Pattern("", rf"{_SITE}/webhooks(/.*)?", "webhooks", "tableau:webhooks:update"),
    _Pattern("", rf"{_SITE}", "sites", "tableau:sites:read"),
    _Pattern("", r"/api/[^/]+/sites", "sites", "tableau:sites:read"),
)  # fmt: skip
_COMPILED = tuple((one, re.compile(one.pattern, re.IGNORECASE)) for one in _PATTERNS)


def endpoint_of(method: str, path: str) -> tuple[Endpoint, str] | None:
    """The endpoint of a request and the scope that it needs; None for what is no part of the REST API."""
    for one, pattern in _COMPILED:
        if one.method in ("", method) and pattern.fullmatch(path):
            return one.endpoint, one.scope
    return None


def allows(scopes: list[str] | None, needed: str) -> bool:
    """Whether scopes of a connected app cover one; `tableau:datasources:*` covers all of data sources."""
    if scopes is None or not needed:
        return True
    return any(one == needed or (one.endswith(":*") and needed.startswith(one[:-1])) for one in scopes)

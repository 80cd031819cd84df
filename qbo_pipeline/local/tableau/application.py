"""The service over HTTP: what it consists of, and its routes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any, get_args, get_type_hints
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.connections import Connections
from qbo_pipeline.local.quickbooks.responses import DatedAnswers
from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.calls import NOTHING, Answer, Call, answer
from qbo_pipeline.local.tableau.content import Content
from qbo_pipeline.local.tableau.control import Control
from qbo_pipeline.local.tableau.data_sources import DataSources
from qbo_pipeline.local.tableau.faults import KINDS, Faults
from qbo_pipeline.local.tableau.file_uploads import FileUploads
from qbo_pipeline.local.tableau.gateway import Gateway, SeenRequest
from qbo_pipeline.local.tableau.job_api import JobApi
from qbo_pipeline.local.tableau.jobs import Jobs
from qbo_pipeline.local.tableau.kept_rows import find_table, kept_rows
from qbo_pipeline.local.tableau.limits import Limits
from qbo_pipeline.local.tableau.names import content_url
from qbo_pipeline.local.tableau.page import PageEndpoint
from qbo_pipeline.local.tableau.projects import Projects
from qbo_pipeline.local.tableau.records import DataSource, FileUpload, Workbook, WorkbookConnection
from qbo_pipeline.local.tableau.refreshes import Refreshes
from qbo_pipeline.local.tableau.schedules import Schedules
from qbo_pipeline.local.tableau.sessions import Sessions
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline.local.tableau.switches import DEFAULTS, Switches
from qbo_pipeline.local.tableau.webhooks import Courier, Webhooks
from qbo_pipeline.local.tableau.workbooks import Workbooks
from qbo_pipeline.local.tableau.xml_text import element, with_text

REMEMBERED_REQUESTS = 100_000
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]

Answerer = Callable[[Call], Answer]


class Service:
    """Everything a running service consists of."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Clock(float(store.kept("clock_ahead", 0.0)), partial(store.keep, "clock_ahead"))
        self.switches = _switched(DEFAULTS, store.kept("switches", {}))
        self.faults = Faults(KINDS)
        self.connections = Connections()
        self.requests: deque[SeenRequest] = deque(maxlen=REMEMBERED_REQUESTS)
        now, current = self.clock.now, self._current
        self.projects = Projects(store, current, now)
        self.sessions = Sessions(store, current, now)
        self.uploads = FileUploads(store, current)
        self.limits = Limits(store, current, now)
        self.jobs = Jobs(store, current, now)
        self.webhooks = Webhooks(store, current, now)
        self.courier = Courier(store, current, self.webhooks)
        self._notify = self.webhooks.notify
        self.content = Content(store, current, now, self._notify)
        self.data_sources = DataSources(
            store, self.content, self.projects, self.uploads, self.jobs, self.limits, current, now, self._notify
        )
        self.workbooks = Workbooks(
            store, self.projects, self.uploads, self.jobs, self.limits, current, now, self._notify
        )
        self.refreshes = Refreshes(store, self.jobs, self.limits, current, now, self._notify)
        self.schedules = Schedules(store, self.refreshes, self.jobs, current, now)
        for works in (self.content.works(), self.workbooks.works(), self.refreshes.works()):
            self.jobs.does(works)
        store.sweep(self._named_files())

    def start(self) -> None:
        """Carry out jobs from now on."""
        self.jobs.start()
        self.courier.start()

    def stop(self) -> None:
        """Carry out nothing any more, and close the store."""
        self.jobs.stop()
        self.courier.stop()
        self.store.close()

    def application(self) -> ASGIApp:
        """The ASGI application."""
        gateway = Gateway(
            self.sessions, self.uploads, self.faults, self.connections, self.clock.now, self._current, self.requests
        )

        async def rest(request: Request) -> Response:
            return await gateway.answer(request, self._open_answer, self._answer)

        routes = [
            Route("/api/{path:path}", rest, methods=METHODS),
            *Control(self).routes(),
            *PageEndpoint(self).routes(),
        ]
        return DatedAnswers(Starlette(routes=routes), self.clock.now)

    def advance(self, seconds: float) -> None:
        """Move the clock on."""
        self.clock.advance(seconds)
        self.jobs.wake()

    def switch(self, asked: dict[str, Any]) -> None:
        """Change switches by name, for good.

        Raises:
            ValueError: no such switch, or a value that it cannot have.
        """
        self.switches = _switched(self.switches, asked)
        default = asdict(DEFAULTS)
        changed = {name: one for name, one in asdict(self.switches).items() if one != default[name]}
        self.store.keep("switches", changed)

    def reset_switches(self) -> None:
        """All as they were at first."""
        self.switches = DEFAULTS
        self.store.keep("switches", {})

    def reset(self) -> None:
        """Nothing is there any more, nothing goes wrong, and it is now."""
        self.faults.clear()
        self.reset_switches()
        self.clock.ahead = 0.0
        with self.jobs.exclusive, self.store.transaction():
            self.jobs.forget()
            self.store.clear()
            self.projects.found()
            self.sessions.found()
            self.schedules.found()
        self.store.sweep(set())
        self.limits.refused = 0
        self.requests.clear()

    def add_data_source(self, site: str, name: str, project: str | None = None, kind: str = "sqlserver") -> DataSource:
        """Somebody else's data source: an extract of a database, from which it can be refreshed."""
        now, found = self.clock.now(), project or self.projects.default(site).id
        taken = {one.content_url for one in self.data_sources.of(site)}
        made = DataSource(
            id=str(uuid4()), site=site, project=found, name=name, content_url=content_url(name, taken), type=kind,
            created=now, updated=now, connection=str(uuid4()), hyper=None, live=False, upstream=True, has_extracts=True,
        )  # fmt: skip
        with self.store.transaction():
            self.store.put(made)
        return made

    def add_workbook(
        self, site: str, name: str, data_sources: Sequence[str] = (), *, extract: bool = False
    ) -> Workbook:
        """Somebody else's workbook: connected to published data sources, with an extract of its own or without."""
        now = self.clock.now()
        sources = [self.data_sources.get(site, identity) for identity in data_sources]
        connections = [WorkbookConnection(str(uuid4()), "sqlproxy", "localhost", one.id, one.name) for one in sources]
        if extract:
            connections.append(WorkbookConnection(str(uuid4()), "dataengine", "", None, name))
        taken = {one.content_url for one in self.workbooks.of(site)}
        made = Workbook(
            id=str(uuid4()), site=site, project=self.projects.default(site).id, name=name,
            content_url=content_url(name, taken), created=now, updated=now, file=None, connections=connections,
            views=["Sheet 1"], has_extracts=extract,
        )  # fmt: skip
        with self.store.transaction():
            self.store.put(made)
        return made

    def kept_rows(
        self, identity: str, table: str, limit: int = 100, offset: int = 0, schema: str | None = None
    ) -> dict[str, Any]:
        """Rows of a table of a data source, in the order of its file.

        Raises:
            TableauAnswerError: there is no such data source or table.
        """
        with self.jobs.exclusive:
            source = self.store.get(DataSource, identity)
            if source is None:
                raise errors.not_found("datasource", identity)
            return kept_rows(self.store, source, find_table(source, table, schema), limit, offset)

    def _open_answer(self, call: Call) -> Answer:
        """What needs no session."""
        if call.path[0].lower() == "serverinfo":
            product = with_text("productVersion", self.switches.product_version)
            product.set("build", f"{self.switches.product_version}.26.0701.1200")
            version = with_text("restApiVersion", self.switches.rest_api_version)
            return answer(element("serverInfo", {}, product, version))
        return answer(*self.sessions.sign_in(call.xml(), self.projects.sites()))

    def _answer(self, call: Call) -> Answer:
        """What needs one."""
        first = call.path[0].lower() if call.path else ""
        if first == "auth":
            self.sessions.sign_out(call.session)
            return NOTHING
        if first in ("", "sites"):
            return self.projects.answer_sites(call)
        served: dict[str, Answerer] = {
            "projects": self.projects.answer,
            "fileuploads": self.uploads.answer,
            "datasources": self.data_sources.answer,
            "workbooks": self.workbooks.answer,
            "jobs": JobApi(self.jobs, self._current).answer,
            "tasks": self.schedules.answer_tasks,
            "schedules": self.schedules.answer_schedules,
            "webhooks": self.webhooks.answer,
        }
        if first in ("datasources", "workbooks") and call.path[2:] == ("refresh",):
            return self.refreshes.answer(call)
        if first not in served:
            raise errors.unknown_resource("/".join(call.path))
        return served[first](call)

    def _named_files(self) -> set[str]:
        named = {one.file for one in self.store.all(FileUpload)} | self.jobs.running()
        for source in self.store.all(DataSource):
            named |= {file for file in (source.hyper, source.definition) if file}
        return named | {book.file for book in self.store.all(Workbook) if book.file}

    def _current(self) -> Switches:
        return self.switches


def _switched(before: Switches, asked: dict[str, Any]) -> Switches:
    """Switches with other values, each of which fits the type of its default."""
    types = get_type_hints(Switches)
    for name, value in asked.items():
        if name not in types:
            raise ValueError(f"there is no switch {name!r}; there are {', '.join(types)}")
        choices = get_args(types[name])
        number = isinstance(value, int | float) and not isinstance(value, bool)
        fits = value in choices if choices else (number if types[name] in (int, float) else type(value) is types[name])
        if not fits:
            allowed = f"one of {', '.join(map(str, choices))}" if choices else f"a {types[name].__name__}"
            raise ValueError(f"{name} is {allowed}, not {value!r}")
    return replace(before, **asked)

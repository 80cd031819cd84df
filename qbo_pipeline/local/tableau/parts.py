"""What a running service consists of."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.connections import Connections
from qbo_pipeline.local.switching import Switched
from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.content import Content
from qbo_pipeline.local.tableau.data_sources import DataSources
from qbo_pipeline.local.tableau.faults import KINDS, Faults
from qbo_pipeline.local.tableau.file_uploads import FileUploads
from qbo_pipeline.local.tableau.gateway import SeenRequest
from qbo_pipeline.local.tableau.jobs import Jobs
from qbo_pipeline.local.tableau.kept_rows import find_table, kept_rows
from qbo_pipeline.local.tableau.limits import Limits
from qbo_pipeline.local.tableau.names import content_url
from qbo_pipeline.local.tableau.projects import Projects
from qbo_pipeline.local.tableau.records import DataSource, FileUpload, Workbook, WorkbookConnection
from qbo_pipeline.local.tableau.refreshes import Refreshes
from qbo_pipeline.local.tableau.schedules import Schedules
from qbo_pipeline.local.tableau.sessions import Sessions
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline.local.tableau.switches import DEFAULTS, Switches
from qbo_pipeline.local.tableau.webhooks import Courier, Webhooks
from qbo_pipeline.local.tableau.workbooks import Workbooks

REMEMBERED_REQUESTS = 100_000


class Service(Switched[Switches]):
    """Everything a running service consists of."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, DEFAULTS)
        self.store = store
        self.clock = Clock(float(store.kept("clock_ahead", 0.0)), partial(store.keep, "clock_ahead"))
        self.faults = Faults(KINDS)
        self.connections = Connections()
        self.requests: deque[SeenRequest] = deque(maxlen=REMEMBERED_REQUESTS)
        now, current = self.clock.now, self.current
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

    def advance(self, seconds: float) -> None:
        """Move the clock on."""
        self.clock.advance(seconds)
        self.jobs.wake()

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

    def _named_files(self) -> set[str]:
        named = {one.file for one in self.store.all(FileUpload)} | self.jobs.running()
        for source in self.store.all(DataSource):
            named |= {file for file in (source.hyper, source.definition) if file}
        return named | {book.file for book in self.store.all(Workbook) if book.file}

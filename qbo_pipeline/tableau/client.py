"""The Tableau client: what is used of a site, with typed answers and typed errors, over tableauserverclient.

| answer | a request that may be repeated | a request that may not (publish, refresh) |
|---|---|---|
| no connection, or an upload cut off | up to 5 attempts, backing off | the same: nothing was done |
| no answer, 5xx | the same | at once the error: whoever sent it asks what came of it |
| 429 | waits as long as Tableau says, in every process, else backs off | the same: it was not carried out |
| 401 | once more with another session | the same |
| any other 4xx | at once the typed error | the same |

One request at a time. Source: help.tableau.com, Tableau REST API reference.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from qbo_pipeline.settings import TableauSettings
from qbo_pipeline.tableau.errors import (
    AlreadyThereError,
    NotFoundError,
    RequestContext,
    RequestError,
    ThrottledError,
)
from qbo_pipeline.tableau.limits import Limited, SiteWindows
from qbo_pipeline.tableau.session import TableauSession, library

if TYPE_CHECKING:
    import tableauserverclient as TSC  # noqa: N812

logger = logging.getLogger(__name__)

T = TypeVar("T")
UPDATES_SINCE = (3, 13)
"""REST API from which on rows of a data source can be updated."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the client goes on before it gives a request up. Tests have less of it."""

    attempts: int = 5
    backoff_seconds: float = 0.5
    throttles: int = 5
    """How often Tableau may ask to wait before that is an error."""
    longest_wait: float = 3_900.0
    """A 429 that asks for more is an error at once."""


@dataclass(frozen=True, slots=True)
class Content:
    """A published data source or workbook."""

    luid: str
    name: str
    project_id: str
    content_url: str
    """How its URL and connections to it name it."""
    updated_at: str | None
    """ISO 8601, UTC, as Tableau tells it."""
    url: str | None
    """Where people see it."""
    description: str


@dataclass(frozen=True, slots=True)
class Job:
    """An asynchronous job. It ended when `completed_at` is there, and only then; `finish_code` means nothing before."""

    id: str
    kind: str
    completed_at: datetime | None
    finish_code: int
    """0 and 3: it did what it was to do; 1: it failed; 2: it was cancelled."""
    notes: tuple[str, ...]
    progress: int | None
    about: tuple[str, ...]
    """LUID and name of the data source or workbook it is about, where Tableau says so."""

    @property
    def succeeded(self) -> bool:
        """Whether it ended well."""
        return self.completed_at is not None and self.finish_code in (0, 3)

    @property
    def cancelled(self) -> bool:
        """Whether somebody cancelled it."""
        return self.completed_at is not None and self.finish_code == 2


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job in the list of a site's jobs."""

    id: str
    kind: str
    """`PublishDatasource`, `publish_datasource` …: spelled as the version likes."""
    status: str
    created_at: datetime | None
    title: str | None

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.status.lower() in {"pending", "inprogress", "in_progress"}


class TableauClient:
    """A site of Tableau. Use it as a context manager."""

    def __init__(
        self,
        settings: TableauSettings,
        session: TableauSession,
        windows: SiteWindows,
        *,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        self.windows = windows
        self._session = session
        self._patience = patience or Patience()
        self._sleep = sleep
        self._wire = library()
        self._server, self._http = self._wire.open_server(settings.server_url)

    def call(
        self,
        told: str,
        do: Callable[[TSC.Server], T],
        *,
        counts: Limited | None = None,
        repeatable: bool = True,
        waits: bool = True,
    ) -> T:
        """Call the library, signed in; see the table above.

        Args:
            told: what is asked for, in words, for errors.
            do: the call.
            counts: the limit of the site that it counts to.
            repeatable: whether it may be sent again where nobody knows what came of it.
            waits: whether limits of the site are waited for; else they are a `ThrottledError` at once.

        Raises:
            RequestError: its subclass says what. SignInError: no session is to be had. TableauTooOldError.
        """
        attempt = throttles = 0
        rejected = False
        while True:
            attempt += 1
            if counts is not None and not waits and (spent := self.windows.wait(counts)) > 0:
                context = RequestContext(told, attempt)
                raise ThrottledError(context, "the limits of the site are reached", spent)
            if counts is not None and (wait := self.windows.grant(counts)) > 0:
                logger.info("Tableau, %s: the limits of the site hold it up for %.0f s.", told, wait)
                self._sleep(wait)
            session = self._session.current()
            self._server.version = session.api_version
            self._server._set_auth(session.site_id, session.user_id, session.token, self.settings.site)
            try:
                return do(self._server)
            except Exception as error:
                if self._wire.is_unauthorized(error):
                    if rejected:
                        raise self._session.lost(str(getattr(error, "detail", "") or "not accepted")) from None
                    self._session.renewed(session)
                    rejected = True
                    attempt -= 1
                    continue
                found = self._wire.failure(RequestContext(told, attempt), error, self._http.exchange)
                if found is None:
                    raise
                if not isinstance(found, RequestError):
                    raise found from None
                throttles += isinstance(found, ThrottledError)
                wait_seconds = self._wait(found, attempt, throttles, counts, repeatable=repeatable)
                if wait_seconds is None or (isinstance(found, ThrottledError) and not waits):
                    raise found from None
                logger.warning("%s Trying again in %.1f s.", found, wait_seconds)
                self._sleep(wait_seconds)

    def _wait(
        self, error: RequestError, attempt: int, throttles: int, counts: Limited | None, *, repeatable: bool
    ) -> float | None:
        """Seconds before the next attempt; None where there is none."""
        backoff: float = min(self._patience.backoff_seconds * 2 ** (attempt - 1), 60.0)
        if isinstance(error, ThrottledError):
            wait: float = max(backoff, 1.0) if error.retry_after is None else error.retry_after
            if counts is not None:
                self.windows.close(counts, wait)
            return wait if throttles <= self._patience.throttles and wait <= self._patience.longest_wait else None
        if attempt >= self._patience.attempts or not error.retryable or (error.ambiguous and not repeatable):
            return None
        return backoff

    @property
    def takes_updates(self) -> bool:
        """Whether the server is recent enough for updates of rows. Errors: see `call`."""
        version = self._session.current().api_version.split(".")
        return tuple(int(part) for part in version[:2] if part.isdigit()) >= UPDATES_SINCE

    def project(self, name: str) -> str | None:
        """LUID of the project of a name, one at the top before one within another; None where there is none."""
        found = [one for one in self._named("project", name, lambda server: server.projects) if one.name == name]
        found.sort(key=lambda one: (one.parent_id is not None, str(one.id)))
        return str(found[0].id) if found else None

    def make_project(self, name: str, description: str) -> str:
        """Make a project at the top; LUID. One that is there meanwhile does."""

        def make(server: TSC.Server) -> str:
            item = self._wire.TSC.ProjectItem(name, description)
            return str(server.projects.create(item).id)

        try:
            return self.call(f"make project {name}", make)
        except AlreadyThereError:
            found = self.project(name)
            if found is None:
                raise
            return found

    def find_data_source(self, name: str, project_id: str) -> Content | None:
        """The data source of a name in a project; None where there is none."""
        return self._found("data source", name, project_id, lambda server: server.datasources)

    def find_workbook(self, name: str, project_id: str) -> Content | None:
        """The workbook of a name in a project; None where there is none."""
        return self._found("workbook", name, project_id, lambda server: server.workbooks)

    def data_source(self, luid: str) -> Content | None:
        """A data source; None where there is none."""
        try:
            return _content(self.call(f"look at data source {luid}", lambda server: server.datasources.get_by_id(luid)))
        except NotFoundError:
            return None

    def publish_data_source(self, path: Path, name: str, project_id: str, description: str) -> str:
        """Publish a file over what is there, as an asynchronous job, in chunks where it is large; the job's id.

        Not repeated: an ambiguous `RequestError` leaves it open whether a job came of it.
        """

        def publish(server: TSC.Server) -> str:
            item = self._wire.TSC.DatasourceItem(project_id, name=name)
            item.description = description
            mode = server.PublishMode.Overwrite
            return str(server.datasources.publish(item, str(path), mode, as_job=True).id)

        told = f"publish data source {name}"
        return self.call(told, publish, counts=Limited.PUBLISH, repeatable=False)

    def publish_workbook(self, path: Path, name: str, project_id: str, description: str) -> str:
        """Publish a workbook over what is there, as an asynchronous job; the job's id. Not repeated."""

        def publish(server: TSC.Server) -> str:
            item = self._wire.TSC.WorkbookItem(project_id, name=name, show_tabs=True)
            item.description = description
            mode = server.PublishMode.Overwrite
            job = server.workbooks.publish(item, str(path), mode, None, as_job=True, skip_connection_check=True)
            return str(job.id)

        return self.call(f"publish workbook {name}", publish, counts=Limited.PUBLISH, repeatable=False)

    def update_data(
        self, luid: str, request_id: str, actions: Sequence[Mapping[str, Any]], payload: Path | None
    ) -> str:  # fmt: skip
        """Change rows of a data source that is a Hyper file; the job's id.

        What has the same `request_id` is carried out once, so it may be sent again whatever came of it.
        """

        def update(server: TSC.Server) -> str:
            changed: Any = [dict(one) for one in actions]
            job = server.datasources.update_hyper_data(
                luid, request_id=request_id, actions=changed, payload=None if payload is None else str(payload)
            )
            return str(job.id)

        return self.call(f"update data source {luid}", update, counts=Limited.PUBLISH)

    def job(self, job_id: str) -> Job:
        """What a job has come to.

        Raises:
            NotFoundError: Tableau does not know it any more.
        """
        told = f"ask after job {job_id}"
        return _job(self.call(told, lambda server: server.jobs.get_by_id(job_id), counts=Limited.JOB_STATUS))

    def jobs_since(self, instant: datetime) -> list[ListedJob]:
        """Jobs of the site that were made since an instant, by Tableau's clock. Only administrators see others'."""

        def listed(server: TSC.Server) -> list[TSC.BackgroundJobItem]:
            options = self._wire.TSC.RequestOptions(pagesize=1000)
            field, operator = self._wire.TSC.RequestOptions.Field, self._wire.TSC.RequestOptions.Operator
            day = instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            options.filter.add(self._wire.TSC.Filter(field.CreatedAt, operator.GreaterThanOrEqual, day))
            return list(self._wire.TSC.Pager(server.jobs.get, options))

        found = self.call("list jobs", listed, counts=Limited.JOB_STATUS)
        return [
            ListedJob(str(one.id), str(one.type or ""), str(one.status or ""), one.created_at, one.title)
            for one in found
        ]

    def download_data_source(self, luid: str, target: Path) -> None:
        """Download a data source with its data, as a .tdsx, in the place of `target`."""

        def download(server: TSC.Server) -> None:
            with tempfile.TemporaryDirectory(prefix="download-", dir=target.parent) as folder:
                with open(Path(folder) / "content", "wb") as file:
                    server.datasources.download(luid, file, include_extract=True)
                shutil.move(Path(folder) / "content", target)

        target.parent.mkdir(parents=True, exist_ok=True)
        self.call(f"download data source {luid}", download)

    def _found(
        self, what: str, name: str, project_id: str, endpoint: Callable[[TSC.Server], Any]
    ) -> Content | None:  # fmt: skip
        for one in self._named(what, name, endpoint):
            if one.name == name and one.project_id == project_id:
                return _content(one)
        return None

    def _named(self, what: str, name: str, endpoint: Callable[[TSC.Server], Any]) -> list[Any]:
        """All of a name on the site; Tableau compares without case."""

        def listed(server: TSC.Server) -> list[Any]:
            options = self._wire.TSC.RequestOptions(pagesize=100)
            field, operator = self._wire.TSC.RequestOptions.Field, self._wire.TSC.RequestOptions.Operator
            options.filter.add(self._wire.TSC.Filter(field.Name, operator.Equals, name))
            return list(self._wire.TSC.Pager(endpoint(server).get, options))

        return self.call(f"look for {what} {name}", listed)

    def close(self) -> None:
        """Close the connections. The session stays open: other processes use it."""
        self._http.close()

    def __enter__(self) -> TableauClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _content(item: Any) -> Content:
    updated: datetime | None = item.updated_at
    return Content(
        str(item.id),
        str(item.name),
        str(item.project_id or ""),
        str(item.content_url or ""),
        None if updated is None else updated.astimezone(UTC).isoformat(),
        item.webpage_url,
        str(item.description or ""),
    )


def _job(item: Any) -> Job:
    notes = [str(one).strip() for one in item.notes or () if one]
    notes += [str(one.get("text")) for one in getattr(item, "status_notes", None) or () if one.get("text")]
    progress = str(item.progress or "")
    return Job(
        str(item.id),
        str(item.type or ""),
        item.completed_at,
        int(item.finish_code),
        tuple(dict.fromkeys(notes)),
        int(progress) if progress.isdigit() else None,
        tuple(
            str(one)
            for one in (item.datasource_id, item.datasource_name, item.workbook_id, item.workbook_name)
            if one is not None
        ),
    )

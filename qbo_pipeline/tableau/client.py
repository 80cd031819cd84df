"""The Tableau client: what is used of a site, with typed answers and typed errors.

Source: help.tableau.com, Tableau REST API reference.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qbo_pipeline.tableau.answers import Content, Job, ListedJob, content, job, listed_job
from qbo_pipeline.tableau.errors import AlreadyThereError, NotFoundError
from qbo_pipeline.tableau.limits import Limited
from qbo_pipeline.tableau.requests import SiteRequests

if TYPE_CHECKING:
    import tableauserverclient as TSC  # noqa: N812

UPDATES_SINCE = (3, 13)
"""REST API from which on rows of a data source can be updated."""
NO_FILTER_HAS = frozenset(",&:[]")
"""What separates parts of a filter, encoded or not. Source: help.tableau.com, filtering and sorting; its client says so
of the last three."""


class TableauClient(SiteRequests):
    """A site of Tableau, and what is done with it. Errors of every request: see `SiteRequests.call`."""

    @property
    def takes_updates(self) -> bool:
        """Whether the server is recent enough for updates of rows. Errors: see `call`."""
        version = self._session.current().api_version.split(".")
        return tuple(int(part) for part in version[:2] if part.isdigit()) >= UPDATES_SINCE

    def project(self, name: str) -> str | None:
        """LUID of the project of a name, one at the top before one within another; None where there is none."""
        found = self._named("project", name, lambda server: server.projects)
        found.sort(key=lambda one: (one.name != name, one.parent_id is not None, str(one.id)))
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
            return content(self.call(f"look at data source {luid}", lambda server: server.datasources.get_by_id(luid)))
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
        return job(self.call(told, lambda server: server.jobs.get_by_id(job_id), counts=Limited.JOB_STATUS))

    def jobs_since(self, instant: datetime) -> list[ListedJob]:
        """Jobs of the site that were made since an instant, by Tableau's clock. Only administrators see others'."""

        def listed(server: TSC.Server) -> list[TSC.BackgroundJobItem]:
            options = self._wire.TSC.RequestOptions(pagesize=1000)
            field, operator = self._wire.TSC.RequestOptions.Field, self._wire.TSC.RequestOptions.Operator
            day = instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            options.filter.add(self._wire.TSC.Filter(field.CreatedAt, operator.GreaterThanOrEqual, day))
            return list(self._wire.TSC.Pager(server.jobs.get, options))

        found = self.call("list jobs", listed, counts=Limited.JOB_STATUS)
        return [listed_job(one) for one in found]

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
        found = [one for one in self._named(what, name, endpoint) if one.project_id == project_id]
        found.sort(key=lambda one: one.name != name)
        return content(found[0]) if found else None

    def _named(self, what: str, name: str, endpoint: Callable[[TSC.Server], Any]) -> list[Any]:
        """All of a name on the site; some names cannot be asked for, and then all are listed.

        Tableau compares names without case: what is published as `Books` takes the place of what is called `books`. So
        that one has to be found, too, or somebody else's work would be overwritten unseen.
        """

        def listed(server: TSC.Server) -> list[Any]:
            options = self._wire.TSC.RequestOptions(pagesize=1000)
            field, operator = self._wire.TSC.RequestOptions.Field, self._wire.TSC.RequestOptions.Operator
            if NO_FILTER_HAS.isdisjoint(name):
                options.filter.add(self._wire.TSC.Filter(field.Name, operator.Equals, name))
            return list(self._wire.TSC.Pager(endpoint(server).get, options))

        return [one for one in self.call(f"look for {what} {name}", listed) if one.name.lower() == name.lower()]

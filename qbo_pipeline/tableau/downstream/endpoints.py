"""What is asked of the REST API about workbooks, their connections, extract refresh tasks and refreshes.

Source: help.tableau.com, Tableau REST API: Workbooks and Views methods, and Jobs, Tasks, and Schedules methods.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from qbo_pipeline.tableau.answers import Job, ListedJob
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.errors import ForbiddenError, NotFoundError, RefreshQueuedError
from qbo_pipeline.tableau.limits import Limited

if TYPE_CHECKING:
    import tableauserverclient as TSC  # noqa: N812

_PAGE = 1000
"""The largest there is."""
_CLOCKS_APART = timedelta(seconds=30)
"""How far Tableau's clock may be behind ours. More, and a refresh that began before would be taken for ours."""
_ASKED_AT_MOST = 50
_REFRESHES = ("refreshextract", "incrementextract")
"""How kinds of jobs begin that refresh an extract: `RefreshExtract`, `refresh_extracts`, `increment_extracts`."""


@dataclass(frozen=True, slots=True)
class ListedWorkbook:
    """A workbook of the site."""

    luid: str
    name: str
    updated_at: str | None
    """ISO 8601, UTC."""


def workbooks(client: TableauClient) -> list[ListedWorkbook]:
    """All workbooks of the site that the user sees; a request for each thousand. Errors: `TableauClient.call`."""

    def listed(server: TSC.Server) -> list[Any]:
        return list(_library().Pager(server.workbooks.get, _library().RequestOptions(pagesize=_PAGE)))

    return [
        ListedWorkbook(str(one.id), str(one.name), None if one.updated_at is None else _utc(one.updated_at))
        for one in client.call("list workbooks", listed)
    ]


def connects_to(client: TableauClient, workbook: str, data_source: str) -> bool:
    """Whether a connection of a workbook names a published data source, by their LUIDs.

    Raises:
        NotFoundError: the workbook is gone. Others: `TableauClient.call`.
    """

    def connections(server: TSC.Server) -> list[Any]:
        item = _library().WorkbookItem()
        item._id = workbook
        server.workbooks.populate_connections(item)
        return list(item.connections)

    return any(
        one.datasource_id == data_source
        for one in client.call(f"ask for the connections of workbook {workbook}", connections)
    )


def refresh_tasks(client: TableauClient) -> dict[str, str]:
    """LUID of a workbook → a task of the site that refreshes its whole extract.

    Tasks that refresh by increments are left out: rows that changed or went would stay in the extract as they were. So
    are those of a schedule that is suspended, which somebody did on purpose.
    """

    def listed(server: TSC.Server) -> list[Any]:
        return list(_library().Pager(server.tasks.get, _library().RequestOptions(pagesize=_PAGE)))

    try:
        found = client.call("list extract refresh tasks", listed)
    except ForbiddenError:
        return {}
    return {
        str(one.target.id): str(one.id)
        for one in found
        if one.target is not None and one.target.type == "workbook" and _is_whole(one) and _is_active(one)
    }


def start_refresh(client: TableauClient, workbook: str, name: str, task: str | None) -> str | None:
    """Start the refresh of a workbook's extracts; the job's id, None where the same refresh waits or runs already.

    It counts to the refreshes of the site, is not waited for where they are spent, and not repeated.

    Args:
        client: of the site.
        workbook: its LUID.
        name: for errors.
        task: run this task of it; without one, the workbook is refreshed directly.

    Raises:
        RefreshNotAllowedError: nothing in it can be refreshed. NotFoundError: it, or the task, is gone.
        ThrottledError: the site's limits are reached. Others: `TableauClient.call`.
    """

    def run(server: TSC.Server) -> str | None:
        if task is None:
            job = server.workbooks.refresh(workbook)
            return None if job is None else str(job.id)
        answer = server.tasks.run(_library().TaskItem(task, "extractRefresh", 0))
        return str(_library().JobItem.from_response(answer, server.namespace)[0].id)

    told = f"refresh workbook {name} ({workbook})"
    try:
        return client.call(told, run, counts=Limited.REFRESH, repeatable=False, waits=False)
    except RefreshQueuedError:
        return None


def refresh_jobs(
    client: TableauClient, workbook: str, names: Collection[str], since: datetime, known: Collection[str]
) -> list[Job]:
    """Jobs that refresh a workbook and were made since an instant, the latest first.

    Args:
        client: of the site.
        workbook: its LUID.
        names: that it has or had, by which jobs of others are passed over where the list tells names.
        since: by our clock.
        known: ids of jobs that are not meant.

    Raises:
        ForbiddenError: jobs may not be listed. Others: `TableauClient.call`.
    """
    listed = [
        one
        for one in client.jobs_since(since - _CLOCKS_APART)
        if _refreshes(one) and one.id not in known and (not one.title or one.title in names)
    ]
    listed.sort(key=lambda one: one.created_at or datetime.min.replace(tzinfo=UTC), reverse=True)
    found = []
    for one in listed[:_ASKED_AT_MOST]:
        try:
            job = client.job(one.id)
        except (NotFoundError, ForbiddenError):
            continue
        if workbook in job.about:
            found.append(job)
    return found


def waits_already(client: TableauClient, workbook: str, since: datetime) -> bool:
    """Whether a refresh of a workbook that was asked for since an instant waits to begin; one that runs does not.

    Who may not list jobs does not know of any. Errors: see `TableauClient.call`.
    """
    try:
        waiting = [one for one in client.jobs_since(since) if _refreshes(one) and one.status.lower() == "pending"]
        return any(workbook in client.job(one.id).about for one in waiting[:_ASKED_AT_MOST])
    except (ForbiddenError, NotFoundError):
        return False


def _refreshes(job: ListedJob) -> bool:
    return job.kind.lower().replace("_", "").startswith(_REFRESHES)


def _is_whole(task: Any) -> bool:
    return "increment" not in str(task.task_type).lower()


def _is_active(task: Any) -> bool:
    schedule = task.schedule_item
    return schedule is None or schedule.state in (None, "Active")


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def _library() -> Any:
    import tableauserverclient

    return tableauserverclient

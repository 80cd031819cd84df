"""Refreshes of extracts: of data sources and workbooks, at once or by their tasks."""

from __future__ import annotations

from collections.abc import Callable

from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.calls import Answer, Call, answer
from qbo_pipeline.local.tableau.content import Notify
from qbo_pipeline.local.tableau.jobs import JobFailedError, Jobs, Work
from qbo_pipeline.local.tableau.limits import Limits
from qbo_pipeline.local.tableau.records import DataSource, Job, RefreshTask, Workbook
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline.local.tableau.switches import Switches

_NAMES = {"datasource": "Datasource", "workbook": "Workbook"}


class Refreshes:
    """Starts them, and says what they do."""

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        limits: Limits,
        switches: Callable[[], Switches],
        now: Callable[[], float],
        notify: Notify,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._limits = limits
        self._switches = switches
        self._now = now
        self._notify = notify

    def works(self) -> dict[str, Work]:
        """What the jobs do."""
        return {"RefreshExtract": Work(self._found, self._refreshed, failed=self._failed)}

    def answer(self, call: Call) -> Answer:
        """POST …/datasources/{id}/refresh and …/workbooks/{id}/refresh."""
        if call.method != "POST":
            raise errors.wrong_method(call.method)
        asked = call.xml(optional=True).find("extractRefresh")
        incremental = asked is not None and asked.get("incremental", "false").lower() == "true"
        kind = call.path[0].lower().removesuffix("s")
        job = self.start(call, kind, call.path[1], incremental=incremental)
        return answer(self._jobs.shown(job, first_answer=True), status=202)

    def start(self, call: Call, kind: str, identity: str, *, incremental: bool, task: str | None = None) -> Job:
        """One more refresh.

        Raises:
            TableauAnswerError: there is no such target, none that can be refreshed, it is queued already, or the site
                has started too many in this hour.
        """
        target = self.target(call.site, kind, identity)
        if not self._is_possible(target):
            raise errors.refresh_not_allowed(target.name)
        if self._jobs.refresh_of(identity) is not None:
            raise errors.refresh_queued(target.name)
        self._limits.check_refresh(call.site)
        with self._store.transaction():
            self._limits.note(call.site, "refresh")
            job = self._jobs.add(
                "RefreshExtract", call.site, call.faults, target_kind=kind, target=identity, target_name=target.name,
                work={"incremental": incremental}, task=task,
            )  # fmt: skip
            self._tell(job, "RefreshStarted")
        return job

    def target(self, site: str, kind: str, identity: str) -> DataSource | Workbook:
        """What is to be refreshed.

        Raises:
            TableauAnswerError: there is none.
        """
        found: DataSource | Workbook | None = (
            self._store.get(DataSource, identity) if kind == "datasource" else self._store.get(Workbook, identity)
        )
        if found is None or found.site != site:
            raise errors.not_found(kind, identity)
        return found

    def _is_possible(self, target: DataSource | Workbook) -> bool:
        switches = self._switches()
        if isinstance(target, DataSource):
            return target.upstream or switches.own_extract_refresh == "job"
        return target.has_extracts or switches.live_workbook_refresh == "job"

    def _found(self, job: Job) -> DataSource | Workbook:
        try:
            return self.target(job.site, job.target_kind, job.target or "")
        except errors.TableauAnswerError as error:
            raise JobFailedError(error.detail) from error

    def _refreshed(self, job: Job, target: DataSource | Workbook) -> None:
        if isinstance(target, Workbook):
            target.refreshed = self._now()
        else:
            target.updated = self._now()
        self._store.put(target)
        self._run(job, failed=False)
        if not job.fails:
            self._tell(job, "RefreshSucceeded")

    def _failed(self, job: Job) -> None:
        self._run(job, failed=True)
        self._tell(job, "RefreshFailed")

    def _run(self, job: Job, *, failed: bool) -> None:
        task = self._store.get(RefreshTask, job.task) if job.task else None
        if task is not None:
            task.last_run, task.failed = self._now(), task.failed + 1 if failed else 0
            self._store.put(task)

    def _tell(self, job: Job, what: str) -> None:
        event = f"{_NAMES[job.target_kind]}{what}"
        self._notify(event, job.site, "EXTRACTS", job.target or "", job.target_name)

"""Jobs: written down before they are answered, carried out one after the other in the background, ended by the clock.

What a job does and that it is completed are one transaction, so that a job that a kill interrupts is done again whole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4
from xml.etree.ElementTree import Element

from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.faults import Fault
from qbo_pipeline.local.tableau.records import Job
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline.local.tableau.switches import Switches
from qbo_pipeline.local.tableau.xml_text import element, moment, with_text

POLL_SECONDS = 0.02
SUCCEEDED, FAILED, CANCELLED = 0, 1, 2
_OUTCOMES = {SUCCEEDED: "Success", FAILED: "Failed", CANCELLED: "Cancelled"}
_REFRESH = "RefreshExtract"
_DETAILS = {
    "UpdateUploadedFile": "updateUploadedFileJob",
    "RefreshExtract": "extractRefreshJob",
}
_LISTED = {
    "PublishDatasource": "publish_datasource",
    "PublishWorkbook": "publish_workbook",
    "UpdateUploadedFile": "update_uploaded_file",
    "RefreshExtract": "refresh_extracts",
}


class JobFailedError(Exception):
    """A job cannot do its work; the notes say why."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a kind of job does. `prepare` takes its time and changes nothing that is kept; what it gives is committed
    together with the job's completion, in one transaction. `dropped` removes what a job that does nothing leaves."""

    prepare: Callable[[Job], Any]
    commit: Callable[[Job, Any], None]
    failed: Callable[[Job], None] = lambda job: None
    dropped: Callable[[Job], None] = lambda job: None


class Jobs:
    """All jobs of all sites."""

    def __init__(self, store: Store, switches: Callable[[], Switches], now: Callable[[], float]) -> None:
        self._store = store
        self._switches = switches
        self._now = now
        self._work: dict[str, Work] = {}
        self._open = {job.id: job for job in store.all(Job) if job.completed is None}
        self._lock = store.lock
        self.exclusive = threading.RLock()
        """Held while published content is made and taken over: by a job, or by a request that waits for it."""
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="local-tableau-jobs", daemon=True)

    def does(self, work: Mapping[str, Work]) -> None:
        """Say what each type of job does."""
        self._work.update(work)

    def start(self) -> None:
        """Carry out what is open, and what comes."""
        self._thread.start()

    def stop(self) -> None:
        """Carry out nothing any more."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(30.0)

    def wake(self) -> None:
        """The clock has moved."""
        self._wake.set()

    def add(self, job_type: str, site: str, faults: Iterable[Fault] = (), **what: Any) -> Job:
        """One more job; what faults say of it happens to it."""
        now, struck = self._now(), {fault.kind: fault.settings for fault in faults}
        slow, failing = struck.get("slow_job"), struck.get("failing_job")
        job = Job(
            id=str(uuid4()),
            site=site,
            type=job_type,
            created=now,
            started=now,
            due=now + (float(slow["seconds"]) if slow else self._switches().job_seconds),
            stuck="stuck_job" in struck,
            fails=failing is not None,
            silent=failing is not None and not failing["notes"],
            done_nevertheless=failing is None or bool(failing["done"]),
            notes=str(failing["text"]) if failing else "",
            **what,
        )
        with self._lock, self._store.transaction():
            self._store.put(job)
            self._open[job.id] = job
        self._wake.set()
        return job

    def get(self, site: str, identity: str) -> Job:
        """One of them.

        Raises:
            TableauAnswerError: there is none.
        """
        job = self._store.get(Job, identity)
        if job is None or job.site != site:
            raise errors.not_found("job", identity)
        return job

    def of(self, site: str) -> list[Job]:
        """Of a site, the newest first."""
        return [job for job in self._store.all(Job) if job.site == site][::-1]

    def refresh_of(self, target: str) -> Job | None:
        """The refresh of a target that waits or runs."""
        with self._lock:
            return next((one for one in self._open.values() if (one.target, one.type) == (target, _REFRESH)), None)

    def cancel(self, site: str, identity: str) -> Job:
        """End a refresh.

        Raises:
            TableauAnswerError: there is none, it is done, or it is none that can be cancelled.
        """
        with self._lock, self._store.transaction():
            job = self.get(site, identity)
            if job.completed is not None:
                raise errors.job_query(f"Job '{identity}' is completed.")
            if job.type != _REFRESH:
                raise errors.job_query(f"Jobs of the type {job.type} cannot be cancelled.")
            self._complete(job, CANCELLED, "")
        return job

    def forget(self) -> None:
        """There are no jobs."""
        with self._lock:
            self._open.clear()

    def wait(self, seconds: float = 30.0) -> bool:
        """Until nothing is open but what is stuck; for tests."""
        waited = threading.Event()
        for _ in range(int(seconds / POLL_SECONDS)):
            with self._lock:
                if all(job.stuck for job in self._open.values()):
                    return True
            waited.wait(POLL_SECONDS)
        return False

    def running(self) -> set[str]:
        """Files that open jobs need."""
        with self._lock:
            return {
                str(job.work[name]) for job in self._open.values() for name in ("file", "payload") if name in job.work
            }

    def shown(self, job: Job, *, first_answer: bool = False) -> Element:
        """As an answer shows it."""
        progress = 100 if job.completed is not None else 0
        early = self._switches().early_finish_code
        is_early = job.type.startswith("Publish") and (
            early == "until_completed" or (first_answer and early != "never")
        )
        code = job.finish_code if job.completed is not None else (FAILED if is_early else None)
        made = element(
            "job",
            {
                "id": job.id,
                "mode": "Asynchronous",
                "type": job.type,
                "progress": progress,
                "createdAt": moment(job.created),
                "startedAt": None if first_answer else moment(job.started),
                "updatedAt": None if first_answer else moment(job.completed or job.started),
                "completedAt": moment(job.completed),
                "finishCode": code,
            },
        )
        detail = _DETAILS.get(job.type)
        if detail is not None:
            inner = element(detail, {}, element(job.target_kind, {"id": job.target, "name": job.target_name}))
            if job.connection is not None:
                inner.append(with_text("connectionLuid", job.connection))
            if job.completed is not None and job.notes:
                inner.append(with_text("notes", job.notes))
            made.append(inner)
        elif job.completed is not None and job.notes:
            note = {"type": "ErrorMessage", "value": "1", "text": job.notes}
            made.append(element("statusNotes", {}, element("statusNote", note)))
        return made

    def listed(self, job: Job) -> Element:
        """As a query lists it."""
        return element(
            "backgroundJob",
            {
                "id": job.id,
                "status": status(job),
                "createdAt": moment(job.created),
                "startedAt": moment(job.started),
                "endedAt": moment(job.completed),
                "priority": 50,
                "jobType": listed_type(job),
                "title": job.target_name,
            },
        )

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(POLL_SECONDS if self._has_open() else None)
            self._wake.clear()
            while (job := self._next()) is not None and not self._stop.is_set():
                self._carry_out(job)

    def _has_open(self) -> bool:
        with self._lock:
            return any(not job.stuck for job in self._open.values())

    def _next(self) -> Job | None:
        """The oldest job that is due, and before which none of its target waits."""
        now, waiting = self._now(), set()
        with self._lock:
            for job in self._open.values():
                if job.stuck:
                    continue
                target = job.target or job.target_name
                if job.due <= now and target not in waiting:
                    return job
                waiting.add(target)
        return None

    def _carry_out(self, job: Job) -> None:
        with self.exclusive:
            self._carried_out(job, self._work[job.type])

    def _carried_out(self, job: Job, work: Work) -> None:
        if not job.done_nevertheless:
            with self._lock, self._store.transaction():
                self._complete(job, FAILED, job.notes)
                work.failed(job)
            work.dropped(job)
            return
        try:
            prepared = work.prepare(job)
            with self._lock, self._store.transaction():
                if job.id in self._open:
                    work.commit(job, prepared)
                    self._complete(job, FAILED if job.fails else SUCCEEDED, job.notes)
                    if job.fails:
                        work.failed(job)
        except Exception as error:
            with self._lock, self._store.transaction():
                if job.id in self._open:
                    self._complete(job, FAILED, str(error) or type(error).__name__)
                    work.failed(job)
        work.dropped(job)

    def _complete(self, job: Job, code: int, notes: str) -> None:
        job.completed, job.finish_code = max(self._now(), job.started), code
        job.notes = "" if job.silent or not self._switches().failure_notes else notes
        self._store.put(job)
        self._open.pop(job.id, None)


def status(job: Job) -> str:
    """As queries list it."""
    return "InProgress" if job.completed is None else _OUTCOMES[job.finish_code or SUCCEEDED]


def listed_type(job: Job) -> str:
    """As queries list it."""
    return "increment_extracts" if job.work.get("incremental") else _LISTED[job.type]

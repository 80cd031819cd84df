"""Seeing through what is written down, so that it is done once, whatever happens on the way.

What an earlier process left open is settled first: see `settling`.

| what happens | what is done |
|---|---|
| a job, ended well | it arrived; the record takes its rows over, once |
| no connection, an upload cut off | nothing was done; again, backing off |
| no answer to an update, or this process was killed | sent again with the same request id: it is carried out once |
| no answer to a publication | its job is looked for; where there is none, or several may be it, it is sent again |
| the same, and its job cannot be looked for | the next publication looks for it |
| this process was killed before it had the answer | the same, but jobs found later may be others': it is sent again |
| the job of a publication failed | sent once more, then it waits for `replay` or the next publish |
| the job of an update failed, or it is refused | whoever planned it publishes everything instead |
| the job does not end in time | it is asked after the next time |
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from qbo_pipeline.state.deliveries import Entry, Kind, Status
from qbo_pipeline.state.tableau_contents import PublishedContent
from qbo_pipeline.tableau.answers import Content, Job
from qbo_pipeline.tableau.downstream.refresh import owe_refreshes
from qbo_pipeline.tableau.errors import (
    DeliveryError,
    DeliveryInterruptedError,
    ForbiddenError,
    JobFailedError,
    NotFoundError,
    RefusedError,
    RequestError,
    TableauError,
    ThrottledError,
)
from qbo_pipeline.tableau.errors import RequestContext as Context
from qbo_pipeline.tableau.jobs import lost_jobs, wait_for_job
from qbo_pipeline.tableau.outbox import DATA_SOURCE, WORKBOOK, FileLostError, request_id
from qbo_pipeline.tableau.publisher import TableauPublisher

logger = logging.getLogger(__name__)

MARK = "Published by qbo-pipeline"
"""How descriptions begin: what bears it came from an installation of this pipeline."""
DESCRIPTION = (
    f"{MARK} from QuickBooks Online: the books of all connected companies, ready to be analysed. It is overwritten "
    "by every publication; build on it in workbooks of your own."
)
_SECONDS_TOLD = timedelta(seconds=1)
"""Tableau tells instants by the second."""
_FAILED_JOBS = 2
"""How often a publication whose job fails is tried in a row."""
_SOON = timedelta(minutes=10)
"""Within which a request that left made its job: an answer is waited for five minutes, and clocks are as far apart."""
_LOOKED_FOR = 3
"""How often a job whose answer got lost is looked for before it is certain that there is none."""


@dataclass(slots=True)
class Tally:
    """What was sent."""

    bytes: int = 0
    job: str | None = None
    """The last one that ended well."""


class Deliverer:
    """Delivers the batches of one data source and its workbook. Whoever makes it holds the data source's lock."""

    def __init__(
        self, publisher: TableauPublisher, project_id: str, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self._publisher = publisher
        self._client = publisher.client
        self._outbox = publisher.outbox
        self._entries = publisher.outbox.deliveries
        self._record = publisher.record
        self._manner = publisher.manner
        self._project_id = project_id
        self._tell = tell
        self.tally = Tally()

    def see_through(self, entry: Entry) -> Content:
        """See one batch through; what it published, as it is on the site now.

        Raises:
            JobFailedError, RefusedError: it is refused for good; the entry says so, and its file stays.
            FileLostError: its file is gone. DeliveryInterruptedError: it is written down, and nothing more for now.
            PublisherBusyError, PatienceError: the same.
        """
        job = None
        if entry.status is not Status.CONFIRMED:
            job = self._arrives(entry)
            self._entries.confirmed(entry.batch, job.id)
            self.tally.job = job.id
            self.tally.bytes += entry.bytes
        try:
            job = job or self._client.job(str(entry.request_id))
            there = self._after(entry)
        except (DeliveryError, NotFoundError):
            raise
        except TableauError as error:
            raise DeliveryInterruptedError(self._told(entry), error) from error
        if entry.table == DATA_SOURCE:
            # First: once the record has its rows nobody looks at the entry again. A second time it orders nothing.
            place = self._publisher.configured.place
            owe_refreshes(self._publisher.store, self._publisher.name, entry.batch, place)
        if _is_left_by(job, there):
            self._note(entry, there)
        else:
            logger.warning("%s: somebody changed it right afterwards, at %s.", self._told(entry), there.updated_at)
            if entry.table == DATA_SOURCE:
                self._record.doubt()
        self._entries.done(entry.batch)
        self._outbox.drop(entry)
        return there

    def until_ended(self, entry: Entry) -> None:
        """Wait for the jobs that an earlier process's request may have made."""
        try:
            self._lost(entry, at_once=False)
        except DeliveryError:
            raise
        except TableauError as error:
            raise DeliveryInterruptedError(self._told(entry), error) from error

    def asked_after(self, entry: Entry) -> Entry:
        """What is known now of a workbook's publication that an earlier process sent and had no answer to.

        People may have saved the workbook since: what came soon after the request had left is taken for ours, and no
        more.
        """
        until = (entry.sent_at or entry.planned_at) + _SOON
        try:
            job_id = self._job_of(entry, until=until)
        except ForbiddenError:
            there = self._found(entry)
            if there is not None and there.updated_at and datetime.fromisoformat(there.updated_at) <= until:
                return entry
            job_id = None
        except DeliveryError:
            raise
        except TableauError as error:
            raise DeliveryInterruptedError(self._told(entry), error) from error
        if job_id is None:
            self._entries.not_sent(entry.batch, "no answer came; Tableau has no job of it")
        else:
            self._entries.taken(entry.batch, job_id)
        return self._entries.entry(entry.batch) or entry

    def as_it_is(self, entry: Entry) -> Content | None:
        """The data source of the record, as it is now."""
        try:
            return None if self._record.luid is None else self._client.data_source(self._record.luid)
        except DeliveryError:
            raise
        except TableauError as error:
            raise DeliveryInterruptedError(self._told(entry), error) from error

    def is_theirs(self, entry: Entry) -> bool:
        """Whether what an entry would be published over is somebody else's, or was made theirs since we left it."""
        try:
            there = self._found(entry)
        except DeliveryError:
            raise
        except TableauError as error:
            raise DeliveryInterruptedError(self._told(entry), error) from error
        if there is None:
            return False
        if entry.table == DATA_SOURCE:
            return there.luid != self._record.luid and not there.description.startswith(MARK)
        noted = self._publisher.contents.get("workbook")
        return noted is None or (there.luid, there.updated_at) != (noted.luid, noted.updated_at)

    def _note(self, entry: Entry, there: Content) -> None:
        contents, kind = self._publisher.contents, "workbook" if entry.table == WORKBOOK else "data_source"
        before = contents.get(kind) if entry.kind is Kind.UPDATE else None
        digest = entry.digest if entry.kind is Kind.PUBLISH else None if before is None else before.digest
        contents.note(kind, PublishedContent(there.luid, there.updated_at, digest, there.url))
        if entry.table == WORKBOOK:
            return
        self._record.note(there.luid, there.updated_at)
        self._record.in_place(entry.batch)

    def _arrives(self, entry: Entry) -> Job:
        """Send a batch until a job of it has ended well."""
        whole = entry.kind is Kind.PUBLISH
        job_id = entry.request_id if entry.status is Status.SENDING else None
        unknown = whole and entry.status is Status.SENDING and job_id is None
        attempts = failed_jobs = 0
        cause: TableauError
        while True:
            try:
                if unknown:
                    job_id, unknown = self._lost(entry), False
                    if job_id is None:
                        self._entries.not_sent(entry.batch, "no answer came; Tableau has no job of it")
                    else:
                        self._entries.taken(entry.batch, job_id)
                if job_id is None:
                    attempts += 1
                    job_id = self._send(entry)
                    self._entries.taken(entry.batch, job_id)
                return self._wait(entry, job_id)
            except JobFailedError as error:
                failed_jobs += 1
                if not whole or error.cancelled or failed_jobs >= _FAILED_JOBS:
                    self._refused(entry, error, job_id)
                    raise
                logger.warning("%s", error)
                self._entries.not_sent(entry.batch, str(error))
                job_id, cause = None, error
            except NotFoundError as error:
                if job_id is None or not whole:
                    self._refused(entry, error, job_id)
                    raise
                # Tableau forgets jobs in time; what came of this one is made certain by publishing again.
                self._entries.not_sent(entry.batch, str(error))
                job_id, cause = None, error
            except RefusedError as error:
                if job_id is not None:
                    raise DeliveryInterruptedError(self._told(entry), error) from error
                self._refused(entry, error, None)
                raise
            except DeliveryError:
                raise
            except RequestError as error:
                spent = isinstance(error, ThrottledError) or attempts >= self._manner.attempts
                # Where its job cannot be looked for either, `unknown` still holds: it is not sent before that is known.
                if job_id is not None or not whole or unknown or spent:
                    raise DeliveryInterruptedError(self._told(entry), error) from error
                unknown, cause = error.ambiguous, error
                logger.warning("%s: %s", self._told(entry), error)
            except TableauError as error:
                raise DeliveryInterruptedError(self._told(entry), error) from error
            if attempts >= self._manner.attempts:
                raise DeliveryInterruptedError(self._told(entry), cause)
            self._publisher.sleep(self._manner.backoff * 2 ** max(0, attempts - 1))

    def _send(self, entry: Entry) -> str:
        """One attempt, on record before it leaves; the job's id."""
        self._publisher.claim()
        file = self._outbox.file(entry)
        name = self._publisher.name
        if entry.kind is Kind.UPDATE:
            luid, actions = self._record.luid, self._outbox.actions(entry)
            if luid is None:
                raise FileLostError("nobody knows which data source it updates")
            self._tell(f"Sending {entry.rows:,} changed rows, {_megabytes(entry.bytes)}")
            self._entries.begin(entry.batch)
            return self._client.update_data(luid, request_id(entry.batch), actions, file)
        self._tell(f"Uploading {'the workbook' if entry.table else 'the data source'}, {_megabytes(entry.bytes)}")
        publish = self._client.publish_workbook if entry.table == WORKBOOK else self._client.publish_data_source
        self._entries.begin(entry.batch)
        try:
            return publish(file, name, self._project_id, DESCRIPTION)
        except RequestError as error:
            if not error.ambiguous:
                self._entries.not_sent(entry.batch, error.reason)
            raise
        except TableauError as error:
            self._entries.not_sent(entry.batch, str(error))
            raise

    def _wait(self, entry: Entry, job_id: str) -> Job:
        def told(job: Job) -> None:
            self._publisher.claim()
            percent = f", {job.progress} %" if job.progress else ""
            self._tell(f"Waiting for Tableau to take it over{percent}")

        return wait_for_job(
            self._client, job_id, self._told(entry), self._manner.jobs, sleep=self._publisher.sleep, tell=told
        )

    def _lost(self, entry: Entry, *, at_once: bool = True) -> str | None:
        """The job of a publication whose answer got lost; None where there is none, or nobody can tell.

        Those that may be it are waited for, so that none of them ends after what is published instead. Unless it is
        asked `at_once`, somebody else may have published meanwhile, and no job is taken for ours.
        """
        try:
            return self._job_of(entry, at_once=at_once)
        except ForbiddenError:
            logger.info("%s: jobs of the site may not be listed.", self._told(entry))
            self._until_changed(entry)
        return None

    def _job_of(self, entry: Entry, *, at_once: bool = True, until: datetime | None = None) -> str | None:
        """The same, of jobs that were made until an instant. Raises `ForbiddenError` where they may not be listed."""
        kind = "PublishWorkbook" if entry.table == WORKBOOK else "PublishDatasource"
        luid = None if entry.table == WORKBOOK else self._record.luid
        sent_at = entry.sent_at or entry.planned_at
        for _ in range(_LOOKED_FOR):
            known = self._outbox.job_ids()
            ours, unsure = lost_jobs(self._client, kind, sent_at, known, luid, self._publisher.name, until)
            if len(ours) == 1 and at_once:
                return ours[0]
            for job_id in (*ours, *unsure):
                self._ended(entry, job_id)
            self._publisher.sleep(self._manner.backoff)
        return None

    def _ended(self, entry: Entry, job_id: str) -> None:
        try:
            self._wait(entry, job_id)
        except (JobFailedError, NotFoundError):
            return

    def _until_changed(self, entry: Entry) -> None:
        """Wait for what was sent to show, where nobody may ask after its job."""
        waited = 0.0
        while waited < self._manner.unlisted_within:
            there = self._found(entry)
            before = self._record.updated_at if entry.table == DATA_SOURCE else None
            if there is not None and there.updated_at != before:
                return
            pause = max(self._manner.ask_every, 0.05)
            self._publisher.sleep(pause)
            waited += pause

    def _after(self, entry: Entry) -> Content:
        """What was published, once the site shows it by its name."""
        waited = 0.0
        while True:
            luid = self._record.luid if entry.kind is Kind.UPDATE else None
            there = self._found(entry) if luid is None else self._client.data_source(luid)
            if there is not None:
                return there
            if waited >= self._manner.visible_within:
                context = Context(self._told(entry))
                raise NotFoundError(context, f"its job ended well, and after {waited:.0f} s it is not there")
            pause = max(self._manner.ask_every, 0.05)
            self._publisher.sleep(pause)
            waited += pause

    def _found(self, entry: Entry) -> Content | None:
        find = self._client.find_workbook if entry.table == WORKBOOK else self._client.find_data_source
        return find(self._publisher.name, self._project_id)

    def _refused(self, entry: Entry, error: TableauError, job_id: str | None) -> None:
        logger.error("%s: %s", self._told(entry), error)
        self._entries.refused(entry.batch, str(error), job_id)

    def _told(self, entry: Entry) -> str:
        what = "workbook" if entry.table == WORKBOOK else "data source"
        how = "update of" if entry.kind is Kind.UPDATE else "publication of"
        return f"{how.capitalize()} {what} {self._publisher.name}"


def _is_left_by(job: Job, there: Content) -> bool:
    """Whether a job is the last thing that changed something: whatever did later is somebody else's."""
    if there.updated_at is None or job.completed_at is None:
        return True
    return datetime.fromisoformat(there.updated_at) <= job.completed_at + _SECONDS_TOLD


def _megabytes(size: int) -> str:
    return f"{size / 1_048_576:.1f} MB"

"""Jobs over REST: query, get, cancel."""

from __future__ import annotations

from collections.abc import Callable

from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.calls import Answer, Call, answer
from qbo_pipeline.local.tableau.jobs import Jobs, listed_type, status
from qbo_pipeline.local.tableau.paging import Fields, page
from qbo_pipeline.local.tableau.records import Job
from qbo_pipeline.local.tableau.switches import Switches
from qbo_pipeline.local.tableau.xml_text import element, moment

_FIELDS: Fields[Job] = {
    "jobType": listed_type,
    "status": status,
    "title": lambda job: job.target_name,
    "subtitle": lambda job: "",
    "notes": lambda job: job.notes,
    "args": lambda job: [job.target or ""],
    "priority": lambda job: 50,
    "progress": lambda job: 100 if job.completed is not None else 0,
    "createdAt": lambda job: moment(job.created),
    "startedAt": lambda job: moment(job.started),
    "completedAt": lambda job: moment(job.completed),
}


class JobApi:
    """Anything of …/jobs."""

    def __init__(self, jobs: Jobs, switches: Callable[[], Switches]) -> None:
        self._jobs = jobs
        self._switches = switches

    def answer(self, call: Call) -> Answer:
        """Query, get or cancel."""
        match call.method, call.path[1:]:
            case "GET", ():
                rows, told = page(self._jobs.of(call.site), _FIELDS, call.parameters, self._switches().page_size)
                return answer(told, element("backgroundJobs", {}, *map(self._jobs.listed, rows)))
            case "GET", (identity,):
                return answer(self._jobs.shown(self._jobs.get(call.site, identity)))
            case "PUT", (identity,):
                return answer(self._jobs.shown(self._jobs.cancel(call.site, identity)))
        raise errors.wrong_method(call.method)

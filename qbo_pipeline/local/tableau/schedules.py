"""Extract refresh tasks, and the schedules of a Tableau Server that they hang on.

On Cloud a task has a schedule of its own; on Server it is put on one of the server's. What the other kind is answered
is a guess. Nothing runs by itself: tasks run when they are told to.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4
from xml.etree.ElementTree import Element

from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.calls import NOTHING, Answer, Call, answer
from qbo_pipeline.local.tableau.frequencies import Frequency
from qbo_pipeline.local.tableau.jobs import Jobs
from qbo_pipeline.local.tableau.paging import Fields, page
from qbo_pipeline.local.tableau.records import RefreshTask, Schedule
from qbo_pipeline.local.tableau.refreshes import Refreshes
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline.local.tableau.switches import Switches
from qbo_pipeline.local.tableau.xml_text import attribute, child, element, moment

_TYPES = {"FullRefresh": "RefreshExtractTask", "IncrementalRefresh": "IncrementExtractTask"}
_FIELDS: Fields[Schedule] = {"name": lambda one: one.name, "type": lambda one: one.type}
_FIRST = "Weekday early mornings"
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


class Schedules:
    """Schedules and tasks."""

    def __init__(
        self,
        store: Store,
        refreshes: Refreshes,
        jobs: Jobs,
        switches: Callable[[], Switches],
        now: Callable[[], float],
    ) -> None:
        self._store = store
        self._refreshes = refreshes
        self._jobs = jobs
        self._switches = switches
        self._now = now
        self.found()

    def found(self) -> None:
        """Make the schedule that a server comes with."""
        if not self._store.all(Schedule):
            weekdays = [("weekDay", day) for day in _WEEKDAYS]
            with self._store.transaction():
                self._store.put(
                    self._schedule(_FIRST, "Extract", "50", Frequency("Weekly", "04:00:00", None, tuple(weekdays)))
                )

    def answer_schedules(self, call: Call) -> Answer:
        """Anything of /schedules, and of …/sites/{id}/schedules."""
        self._need("server", "Schedules")
        match call.method, call.path[1:]:
            case "GET", ():
                rows, told = page(self._store.all(Schedule), _FIELDS, call.parameters, self._switches().page_size)
                return answer(told, element("schedules", {}, *map(self.shown, rows)))
            case "POST", ():
                return answer(self.shown(self._create(call)), status=201)
            case "GET", (identity,):
                return answer(self.shown(self._get(identity)))
            case "PUT", (identity,):
                return answer(self.shown(self._update(call, identity)))
            case "DELETE", (identity,):
                with self._store.transaction():
                    self._store.remove(self._get(identity))
                return NOTHING
            case "PUT", (identity, ("datasources" | "workbooks") as kinds):
                return self._added(call, identity, kinds.removesuffix("s"))
            case "GET", (identity, "extracts"):
                tasks = [one for one in self.of(call.site) if one.schedule == self._get(identity).id]
                shown = (
                    element("extract", {"id": one.id, "priority": one.priority, "type": one.type}, _target(one))
                    for one in tasks
                )
                return answer(element("extracts", {}, *shown))
        raise errors.wrong_method(call.method)

    def answer_tasks(self, call: Call) -> Answer:
        """Anything of …/tasks/extractRefreshes."""
        if len(call.path) < 2 or call.path[1].lower() != "extractrefreshes":
            raise errors.unknown_resource("/".join(call.path))
        match call.method, call.path[2:]:
            case "GET", ():
                return answer(
                    element("tasks", {}, *(element("task", {}, self.shown_task(one)) for one in self.of(call.site)))
                )
            case "POST", ():
                return answer(*self._created(call, None))
            case "GET", (identity,):
                return answer(element("task", {}, self.shown_task(self.task(call.site, identity))))
            case "POST", (identity,):
                return answer(*self._created(call, self.task(call.site, identity)))
            case "DELETE", (identity,):
                with self._store.transaction():
                    self._store.remove(self.task(call.site, identity))
                return NOTHING
            case "POST", (identity, run) if run.lower() == "runnow":
                task = self.task(call.site, identity)
                incremental = task.type == "IncrementalRefresh"
                job = self._refreshes.start(call, task.target_kind, task.target, incremental=incremental, task=task.id)
                return answer(self._jobs.shown(job, first_answer=True))
        raise errors.wrong_method(call.method)

    def of(self, site: str) -> list[RefreshTask]:
        """The tasks of a site."""
        return [one for one in self._store.all(RefreshTask) if one.site == site]

    def task(self, site: str, identity: str) -> RefreshTask:
        """One of a site.

        Raises:
            TableauAnswerError: there is none.
        """
        found = self._store.get(RefreshTask, identity)
        if found is None or found.site != site:
            raise errors.not_found("task", identity)
        return found

    def shown(self, one: Schedule) -> Element:
        """A schedule as an answer shows it."""
        return element("schedule", self._told(one), _frequency(one).shown())

    def shown_task(self, one: RefreshTask) -> Element:
        """A task as an answer shows it."""
        told = {"id": one.id, "priority": one.priority, "consecutiveFailedCount": one.failed, "type": _TYPES[one.type]}
        made = element("extractRefresh", told)
        schedule = self._store.get(Schedule, one.schedule) if one.schedule else None
        if schedule is not None:
            made.append(element("schedule", self._told(schedule)))
        elif one.frequency is not None:
            made.append(self._own_schedule(one))
        made.append(_target(one))
        if one.last_run is not None:
            ran = element("lastRunAt")
            ran.text = moment(one.last_run)
            made.append(ran)
        return made

    def _told(self, one: Schedule) -> dict[str, object]:
        return {
            "id": one.id,
            "name": one.name,
            "state": one.state,
            "priority": one.priority,
            "createdAt": moment(one.created),
            "updatedAt": moment(one.updated),
            "type": one.type,
            "frequency": one.frequency,
            "nextRunAt": moment(_frequency(one).next_run(self._now())),
            "executionOrder": one.execution_order,
        }

    def _own_schedule(self, one: RefreshTask) -> Element:
        frequency = Frequency(one.frequency or "", one.start or "", one.end, tuple(one.intervals))
        told = {"frequency": one.frequency, "nextRunAt": moment(frequency.next_run(self._now()))}
        return element("schedule", told, frequency.shown())

    def _get(self, identity: str) -> Schedule:
        found = self._store.get(Schedule, identity)
        if found is None:
            raise errors.not_found("schedule", identity)
        return found

    def _create(self, call: Call) -> Schedule:
        asked = child(call.xml(), "schedule")
        frequency = Frequency.of(asked)
        frequency.check()
        made = self._schedule(
            attribute(asked, "name"), attribute(asked, "type"), asked.get("priority", "50"), frequency
        )
        made.execution_order = asked.get("executionOrder", "Parallel")
        with self._store.transaction():
            if any(one.name.lower() == made.name.lower() for one in self._store.all(Schedule)):
                raise errors.TableauAnswerError("409021", "Resource Conflict", f"A schedule '{made.name}' exists.")
            self._store.put(made)
        return made

    def _update(self, call: Call, identity: str) -> Schedule:
        asked, found = child(call.xml(), "schedule"), self._get(identity)
        found.name, found.state = asked.get("name", found.name), asked.get("state", found.state)
        found.priority = int(asked.get("priority", str(found.priority)))
        if asked.find("frequencyDetails") is not None:
            frequency = Frequency.of(asked)
            frequency.check()
            found.frequency, found.start, found.end = frequency.frequency, frequency.start, frequency.end
            found.intervals = list(frequency.intervals)
        found.updated = self._now()
        with self._store.transaction():
            self._store.put(found)
        return found

    def _schedule(self, name: str, kind: str, priority: str, frequency: Frequency) -> Schedule:
        now = self._now()
        return Schedule(
            id=str(uuid4()), name=name, type=kind, priority=int(priority) if priority.isdecimal() else 50,
            execution_order="Parallel", frequency=frequency.frequency, start=frequency.start, end=frequency.end,
            intervals=list(frequency.intervals), created=now, updated=now,
        )  # fmt: skip

    def _added(self, call: Call, identity: str, kind: str) -> Answer:
        schedule, asked = self._get(identity), child(call.xml(), "task/extractRefresh")
        target = self._refreshes.target(call.site, kind, attribute(child(asked, kind), "id"))
        now = self._now()
        task = RefreshTask(
            id=str(uuid4()), site=call.site, type=asked.get("type", "FullRefresh"), target_kind=kind, target=target.id,
            schedule=schedule.id, created=now, updated=now,
        )  # fmt: skip
        with self._store.transaction():
            self._store.put(task)
        shown = element("extractRefresh", {"id": task.id}, element("schedule", {"id": schedule.id}), _target(task))
        return answer(element("task", {}, shown))

    def _created(self, call: Call, task: RefreshTask | None) -> tuple[Element, Element]:
        """A task on Cloud, new or with another schedule."""
        self._need("cloud", "Extract refresh tasks of their own")
        request = call.xml()
        asked, now = child(request, "extractRefresh"), self._now()
        kind = asked.get("type", task.type if task else "")
        if kind not in _TYPES:
            raise errors.bad_request(f"The type of an extract refresh is one of {', '.join(_TYPES)}, not '{kind}'.")
        frequency = Frequency.of(child(request, "schedule"))
        frequency.check_cloud()
        target = next((one for one in asked if one.tag in ("datasource", "workbook")), None)
        if task is None:
            if target is None:
                raise errors.bad_request("The extract refresh has no datasource and no workbook.")
            found = self._refreshes.target(call.site, target.tag, attribute(target, "id"))
            task = RefreshTask(
                id=str(uuid4()), site=call.site, type=kind, target_kind=target.tag, target=found.id, schedule=None,
                created=now, updated=now,
            )  # fmt: skip
        task.type, task.frequency, task.start, task.end = kind, frequency.frequency, frequency.start, frequency.end
        task.intervals, task.updated = list(frequency.intervals), now
        with self._store.transaction():
            self._store.put(task)
        shown = self._own_schedule(task)
        shown.set("createdAt", moment(task.created) or "")
        shown.set("updatedAt", moment(task.updated) or "")
        return element("extractRefresh", {"id": task.id, "type": task.type}, _target(task)), shown

    def _need(self, flavour: str, what: str) -> None:
        if self._switches().flavour != flavour:
            raise errors.TableauAnswerError("403157", "Forbidden", f"{what} are not available on this site.")


def _target(task: RefreshTask) -> Element:
    return element(task.target_kind, {"id": task.target})


def _frequency(one: Schedule) -> Frequency:
    return Frequency(one.frequency, one.start, one.end, tuple(one.intervals))

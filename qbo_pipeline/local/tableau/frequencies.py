"""How often a schedule runs: what can be, and when it is next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from xml.etree.ElementTree import Element

from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.xml_text import attribute, child, element

Intervals = Sequence[tuple[str, str]]

FREQUENCIES = ("Hourly", "Daily", "Weekly", "Monthly")
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_KINDS = ("hours", "minutes", "weekDay", "monthDay")


@dataclass(frozen=True, slots=True)
class Frequency:
    """Hourly to Monthly, from when to when, and which hours, days of the week or of the month."""

    frequency: str
    start: str
    end: str | None
    intervals: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, schedule: Element) -> Frequency:
        """Of a `schedule` element.

        Raises:
            TableauAnswerError: it cannot be read.
        """
        details = child(schedule, "frequencyDetails")
        found = [
            (kind, one.get(kind, ""))
            for one in details.findall("intervals/interval")
            for kind in _KINDS
            if one.get(kind)
        ]
        return cls(attribute(schedule, "frequency"), attribute(details, "start"), details.get("end"), tuple(found))

    def check(self) -> None:
        """Whether it can be at all.

        Raises:
            TableauAnswerError: 409004.
        """
        if self.frequency not in FREQUENCIES:
            raise errors.invalid_schedule(f"There is no frequency '{self.frequency}'.")
        for name, moment in (("start", self.start), ("end", self.end)):
            if moment is not None and _time(moment) is None:
                raise errors.invalid_schedule(f"The {name} '{moment}' is no time.")
        wrong = [day for day in self.days("weekDay") if day not in _WEEK]
        if wrong:
            raise errors.invalid_schedule(f"There is no weekday '{wrong[0]}'.")
        if self.frequency == "Weekly" and not self.days("weekDay"):
            raise errors.invalid_schedule("A weekly schedule has at least one weekDay.")
        if self.frequency == "Monthly" and not self.days("monthDay"):
            raise errors.invalid_schedule("A monthly schedule has at least one monthDay.")

    def check_cloud(self) -> None:
        """Whether Tableau Cloud takes it: on boundaries of five minutes, and on named days (tableau-mcp).

        Raises:
            TableauAnswerError: 409004.
        """
        self.check()
        for moment in (self.start, self.end):
            at = None if moment is None else _time(moment)
            if at is not None and (at.minute % 5 or at.second):
                raise errors.invalid_schedule(f"The time '{moment}' is not on a boundary of five minutes.")
        if self.frequency in ("Hourly", "Daily") and not self.days("weekDay"):
            raise errors.invalid_schedule(f"A schedule that runs {self.frequency} has at least one weekDay.")
        if self.frequency == "Hourly" and self.end is None:
            raise errors.invalid_schedule("An hourly schedule has an end.")

    def days(self, kind: str) -> list[str]:
        """Days that it names."""
        return [value for name, value in self.intervals if name == kind]

    def next_run(self, now: float) -> float:
        """When it is next, in UTC."""
        moment, at = datetime.fromtimestamp(now, UTC), _time(self.start) or time()
        for ahead in range(62):
            day = (moment + timedelta(days=ahead)).date()
            for hour in self._hours(at):
                run = datetime.combine(day, at.replace(hour=hour), UTC)
                if run > moment and self._is_on(run):
                    return run.timestamp()
        return now

    def shown(self) -> Element:
        """As an answer shows it."""
        intervals = [element("interval", {kind: value}) for kind, value in self.intervals]
        listed = element("intervals", {}, *intervals) if intervals else None
        return element("frequencyDetails", {"start": self.start, "end": self.end}, listed)

    def _hours(self, at: time) -> list[int]:
        if self.frequency != "Hourly":
            return [at.hour]
        step = next((int(value) for kind, value in self.intervals if kind == "hours" and value.isdecimal()), 1)
        last = (_time(self.end) if self.end else None) or time(23, 59)
        return [hour for hour in range(at.hour, 24, max(1, step)) if at.replace(hour=hour) <= last]

    def _is_on(self, run: datetime) -> bool:
        weekdays, days = self.days("weekDay"), self.days("monthDay")
        last_day = (run + timedelta(days=1)).day == 1
        on_day = not days or str(run.day) in days or ("LastDay" in days and last_day)
        return on_day and (not weekdays or _WEEK[run.weekday()] in weekdays)


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None

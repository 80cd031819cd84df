"""Instants as QuickBooks writes them: Pacific wall clock with its offset, whole seconds, whatever the company's zone.

Internally an instant is an integer of Unix seconds. The daylight-saving rule is the United States' since 2007:
from the second Sunday of March to the first Sunday of November, changing at 2:00 local time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_HOUR = 3600
_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=64)
def _daylight_time(year: int) -> tuple[int, int]:
    """First and one-past-last Unix second of daylight time in a year."""
    march, november = date(year, 3, 8), date(year, 11, 1)
    start = march + timedelta(days=(6 - march.weekday()) % 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    return (start.toordinal() - _EPOCH) * _DAY + 10 * _HOUR, (end.toordinal() - _EPOCH) * _DAY + 9 * _HOUR


def offset_seconds(instant: int) -> int:
    """Pacific offset from UTC at an instant: -25200 in daylight time, else -28800."""
    year = datetime.fromtimestamp(instant - 8 * _HOUR, UTC).year
    start, end = _daylight_time(year)
    return -7 * _HOUR if start <= instant < end else -8 * _HOUR


def instant(day: date, second_of_day: int) -> int:
    """The Unix second of a Pacific wall-clock time.

    A time skipped in March reads as standard time, one that occurs twice in November as its second occurrence.
    """
    standard = (day.toordinal() - _EPOCH) * _DAY + second_of_day + 8 * _HOUR
    start, end = _daylight_time(day.year)
    return standard - _HOUR if start <= standard - _HOUR < end - _HOUR else standard


def stamp(instant: int) -> str:
    """`2026-05-05T03:20:37-07:00`."""
    offset = offset_seconds(instant)
    wall = datetime.fromtimestamp(instant + offset, UTC)
    return f"{wall.isoformat()[:19]}-0{-offset // _HOUR}:00"

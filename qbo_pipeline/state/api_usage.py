"""What was spent of the month's API calls, by company and purpose."""

from __future__ import annotations

from datetime import UTC, date, datetime

import sqlalchemy as sa

from qbo_pipeline.state.schema import api_usage
from qbo_pipeline.state.store import StateStore


class ApiUsage:
    """The meter, shared by every process."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    def add(self, realm_id: str, purpose: str, calls: int, at: datetime | None = None) -> None:
        """Count calls. What a process spent and did not count because it was killed is lost."""
        if calls:
            day = (at or datetime.now(UTC)).astimezone(UTC).date().isoformat()
            with self._store.transaction(durable=False) as connection:
                connection.execute(_ADD, {"realm": realm_id, "day": day, "purpose": purpose, "calls": calls})

    def of_month(self, day: date) -> dict[tuple[str, str], int]:
        """Realm id and purpose → calls in the month of a day (UTC)."""
        query = (
            sa.select(api_usage.c.realm_id, api_usage.c.purpose, sa.func.sum(api_usage.c.calls))
            .where(api_usage.c.day.startswith(f"{day:%Y-%m}-"))
            .group_by(api_usage.c.realm_id, api_usage.c.purpose)
        )
        with self._store.transaction(durable=False) as connection:
            return {(realm_id, purpose): int(calls) for realm_id, purpose, calls in connection.execute(query)}

    def by_day(self, first: date) -> dict[tuple[str, date, str], int]:
        """Realm id, day (UTC) and purpose → calls, from a day on."""
        query = sa.select(api_usage.c.realm_id, api_usage.c.day, api_usage.c.purpose, api_usage.c.calls).where(
            api_usage.c.day >= first.isoformat()
        )
        with self._store.transaction(durable=False) as connection:
            rows = connection.execute(query).all()
        return {(realm_id, date.fromisoformat(day), purpose): int(calls) for realm_id, day, purpose, calls in rows}


_ADD = sa.text(
    """
    INSERT INTO api_usage (realm_id, day, purpose, calls) VALUES (:realm, :day, :purpose, :calls)
    ON CONFLICT (realm_id, day, purpose) DO UPDATE SET calls = api_usage.calls + excluded.calls
    """
)

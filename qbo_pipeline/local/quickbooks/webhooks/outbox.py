"""Subscriptions and what each has still to be told, in the service's SQLite file: it survives restarts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qbo_pipeline.local.quickbooks.store import Store
from qbo_pipeline.local.quickbooks.webhooks.bodies import Shape
from qbo_pipeline.local.quickbooks.webhooks.event import Event

_EVENT = "event.number, event.id, realm, entity, identity, operation, deleted_id, at"
_PENDING = "webhook_pending AS pending JOIN webhook_event AS event ON event.number = pending.event"


@dataclass(frozen=True, slots=True)
class Subscription:
    """An endpoint that is told of changes, and how far it got."""

    number: int
    url: str
    token: str
    """The verifier token: the key of signatures."""
    shape: Shape
    delivered: int
    """Events acknowledged."""
    attempts: int
    """Failed attempts of the delivery that is blocking; 0 when none is."""
    due: float
    """Seconds since 1970 before which nothing is sent."""
    answer: str
    """What the endpoint answered last: a status, or why there was none."""
    pending: int
    """Events that wait, those of a blocking delivery included."""


class Outbox:
    """The queue of every subscription."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def version(self) -> int:
        """Another number after every write."""
        return self._store.version

    def subscribe(self, url: str, token: str, shape: Shape = "cloudevents") -> Subscription:
        """Tell `url` of everything that changes from now on; a known one gets the new token and shape."""
        [(number,)] = self._store.rows(
            "INSERT INTO webhook_subscription (url, token, shape) VALUES (?, ?, ?) ON CONFLICT (url) "
            "DO UPDATE SET token = excluded.token, shape = excluded.shape RETURNING number",
            [url, token, shape],
        )
        return next(one for one in self.subscriptions() if one.number == number)

    def unsubscribe(self, url: str) -> None:
        """Tell it nothing any more."""
        with self._store.transaction():
            of = "(SELECT number FROM webhook_subscription WHERE url = ?)"
            self._store.rows(f"DELETE FROM webhook_pending WHERE subscription IN {of}", [url])
            self._store.rows("DELETE FROM webhook_subscription WHERE url = ?", [url])

    def subscriptions(self) -> list[Subscription]:
        """All, the oldest first."""
        rows = self._store.rows(
            "SELECT number, url, token, shape, delivered, attempts, due, answer, "
            "(SELECT count(*) FROM webhook_pending WHERE subscription = number) FROM webhook_subscription ORDER BY 1"
        )
        return [Subscription(*row) for row in rows]

    def in_delivery(self, subscription: int) -> list[Event]:
        """The events of the delivery that has not been acknowledged yet."""
        return self._events("subscription = ? AND in_delivery > 0 ORDER BY in_delivery", [subscription])

    def waiting(self, subscription: int, most: int, *, linked: bool) -> list[Event]:
        """The oldest events that no delivery holds; without `linked` what other records' changes brought is dropped."""
        if not linked:
            self._store.rows(
                "DELETE FROM webhook_pending WHERE subscription = ? AND in_delivery = 0 "
                "AND event IN (SELECT number FROM webhook_event WHERE linked = 1)",
                [subscription],
            )
        return self._events("subscription = ? AND in_delivery = 0 ORDER BY event LIMIT ?", [subscription, most])

    def begin(self, subscription: int, events: Sequence[Event]) -> None:
        """Make a delivery of these events, in this order."""
        with self._store.transaction():
            for place, event in enumerate(events, start=1):
                self._store.rows(
                    "UPDATE webhook_pending SET in_delivery = ? WHERE subscription = ? AND event = ?",
                    [place, subscription, event.number],
                )

    def drop(self, subscription: int, events: Sequence[Event]) -> None:
        """Forget events without telling them."""
        with self._store.transaction():
            for event in events:
                self._store.rows(
                    "DELETE FROM webhook_pending WHERE subscription = ? AND event = ?", [subscription, event.number]
                )

    def acknowledged(self, subscription: int, answer: str) -> None:
        """The delivery arrived; the next may go."""
        with self._store.transaction():
            self._store.rows(
                "UPDATE webhook_subscription SET attempts = 0, due = 0, answer = ?, delivered = delivered + "
                "(SELECT count(*) FROM webhook_pending WHERE subscription = number AND in_delivery > 0) "
                "WHERE number = ?",
                [answer, subscription],
            )
            self._store.rows("DELETE FROM webhook_pending WHERE subscription = ? AND in_delivery > 0", [subscription])

    def failed(self, subscription: int, answer: str, attempts: int, due: float) -> None:
        """The delivery did not arrive; it is tried again at `due`, and nothing else is told until it did."""
        self._store.rows(
            "UPDATE webhook_subscription SET attempts = ?, due = ?, answer = ? WHERE number = ?",
            [attempts, due, answer, subscription],
        )

    def _events(self, condition: str, parameters: Sequence[int]) -> list[Event]:
        rows = self._store.rows(f"SELECT {_EVENT} FROM {_PENDING} WHERE {condition}", parameters)
        return [Event(*row) for row in rows]

"""The thread that carries deliveries to their endpoints.

A delivery that is not acknowledged is tried again, later and later, and holds back everything after it: "you may not
receive subsequent events until you correctly acknowledge the first event" (Intuit, 2025-10-14).
"""

from __future__ import annotations

import threading
from functools import cache
from random import Random

import httpx

from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.webhooks.bodies import cloud_events, legacy, signature
from qbo_pipeline.local.quickbooks.webhooks.event import Event
from qbo_pipeline.local.quickbooks.webhooks.outbox import Outbox, Subscription
from qbo_pipeline.local.quickbooks.webhooks.settings import EVENTS_IN_A_DELIVERY, DeliverySettings

_LOOK_SECONDS = 0.02
_REORDERED_AMONG = 5 * EVENTS_IN_A_DELIVERY
_tls_context = cache(httpx.create_ssl_context)
"""Once a process: reading the certificates takes longer than a service takes to start."""


class Courier:
    """Delivers while it is entered as a context manager."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._settings = DeliverySettings()
        self._chance = Random(0)  # noqa: S311 - no secret hangs on it
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="local-quickbooks-webhooks", daemon=True)

    def __enter__(self) -> Courier:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(2 * self._settings.answer_seconds)

    @property
    def settings(self) -> DeliverySettings:
        """How deliveries go now. Setting it starts the seed's sequence anew."""
        return self._settings

    @settings.setter
    def settings(self, settings: DeliverySettings) -> None:
        self._settings, self._chance = settings, Random(settings.seed)  # noqa: S311

    def _run(self) -> None:
        looked_at, subscriptions = -1, list[Subscription]()
        with httpx.Client(verify=_tls_context()) as http:
            while not self._stop.wait(_LOOK_SECONDS):
                version = self._outbox.version
                if version != looked_at:
                    looked_at, subscriptions = version, self._outbox.subscriptions()
                now = self._clock.now()
                for subscription in subscriptions:
                    if subscription.pending and subscription.due <= now:
                        self._deliver(http, subscription)

    def _deliver(self, http: httpx.Client, subscription: Subscription) -> None:
        """The next attempt of the delivery under way, or the first of a new one."""
        settings = self._settings
        events = self._outbox.in_delivery(subscription.number) or self._next(subscription)
        if not events:
            return
        answer = self._send(http, subscription, events)
        if answer != "200":
            attempts = subscription.attempts + 1
            self._outbox.failed(
                subscription.number, answer, attempts, self._clock.now() + settings.wait_after(attempts)
            )
            return
        if self._chance.random() < settings.duplicate:
            self._send(http, subscription, events)
        self._outbox.acknowledged(subscription.number, answer)

    def _next(self, subscription: Subscription) -> list[Event]:
        """A new delivery: the oldest events, where nothing goes wrong."""
        settings, chance = self._settings, self._chance
        if settings.aggregate_seconds or settings.delay:
            self._stop.wait(settings.aggregate_seconds + chance.random() * settings.delay)
        reordered = chance.random() < settings.reorder
        most = _REORDERED_AMONG if reordered else EVENTS_IN_A_DELIVERY
        found = self._outbox.waiting(subscription.number, most, linked=settings.linked_updates)
        lost = {event.number for event in found if chance.random() < settings.drop}
        self._outbox.drop(subscription.number, [event for event in found if event.number in lost])
        events = [event for event in found if event.number not in lost]
        if reordered:
            chance.shuffle(events)
        events = events[:EVENTS_IN_A_DELIVERY]
        self._outbox.begin(subscription.number, events)
        return events

    def _send(self, http: httpx.Client, subscription: Subscription, events: list[Event]) -> str:
        """The status that was answered, or why there is none."""
        settings = self._settings
        if subscription.shape == "legacy":
            body, media_type = legacy(events), "application/json"
        else:
            body = cloud_events(events, merges_tell=settings.merges_tell)
            media_type = settings.content_type
        headers = {"Content-Type": media_type, "intuit-signature": signature(body, subscription.token)}
        try:
            answer = http.post(subscription.url, content=body, headers=headers, timeout=settings.answer_seconds)
        except httpx.HTTPError as error:
            return type(error).__name__
        return str(answer.status_code)

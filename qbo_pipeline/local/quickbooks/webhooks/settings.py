"""How deliveries go, and go wrong."""

from __future__ import annotations

from dataclasses import dataclass

from qbo_pipeline.local.quickbooks.webhooks.bodies import MediaType

RETRY_WAITS = (10.0, 20.0, 30.0, 300.0, 1_200.0, 7_200.0, 14_400.0, 21_600.0)
"""Seconds between attempts; the last one goes on for ever (Intuit, enhanced webhooks monitoring, 2025-10-14)."""

EVENTS_IN_A_DELIVERY = 100
"""At most (Intuit, webinar on webhooks)."""

ANSWER_SECONDS = 3.0
"""What an endpoint has to answer 200 within (Intuit, webhooks)."""


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """Switches of all subscriptions. Rates are probabilities from 0 to 1."""

    retry_scale: float = 1.0
    """Factor of the waits between attempts, so that tests need not wait for hours."""
    answer_seconds: float = ANSWER_SECONDS
    aggregate_seconds: float = 0.0
    """How long changes are gathered for a delivery: none in sandboxes, up to five minutes in production."""
    delay: float = 0.0
    """Seconds that a delivery is late at most."""
    duplicate: float = 0.0
    """Rate of deliveries that come a second time although they were acknowledged."""
    reorder: float = 0.0
    """Rate of deliveries whose events come in any order, later ones before earlier ones."""
    drop: float = 0.0
    """Rate of events that are never told."""
    content_type: MediaType = "application/cloudevents+json"
    """Of CloudEvents; the legacy shape is always application/json."""
    linked_updates: bool = True
    """Whether a payment tells of the invoices it pays, too. Not documented."""
    merges_tell: bool = False
    """Whether a CloudEvent of a merge names the record that went. Not documented."""
    seed: int = 0

    def wait_after(self, attempts: int) -> float:
        """Seconds until the next attempt, after so many."""
        return RETRY_WAITS[min(attempts, len(RETRY_WAITS)) - 1] * self.retry_scale

"""Outgoing webhooks: what changed, told to whoever subscribed, signed, in order, again until it is acknowledged."""

from __future__ import annotations

from qbo_pipeline.local.quickbooks.webhooks.bodies import Shape, cloud_events, legacy, signature
from qbo_pipeline.local.quickbooks.webhooks.courier import Courier
from qbo_pipeline.local.quickbooks.webhooks.endpoint import WebhooksEndpoint
from qbo_pipeline.local.quickbooks.webhooks.event import Event
from qbo_pipeline.local.quickbooks.webhooks.outbox import Outbox, Subscription
from qbo_pipeline.local.quickbooks.webhooks.settings import DeliverySettings

__all__ = [
    "Courier",
    "DeliverySettings",
    "Event",
    "Outbox",
    "Shape",
    "Subscription",
    "WebhooksEndpoint",
    "cloud_events",
    "legacy",
    "signature",
]

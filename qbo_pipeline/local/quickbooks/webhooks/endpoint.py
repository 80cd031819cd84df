"""Subscriptions and switches over HTTP, in place of the app's page at developer.intuit.com. No part of QuickBooks.

GET    /control/webhooks            {"subscriptions": [{"url", "shape", "delivered", "pending", "attempts", …}]}
POST   /control/webhooks            {"url": "http://…", "verifier_token": "…", "shape": "cloudevents" | "legacy"}
DELETE /control/webhooks            {"url": "http://…"}
POST   /control/webhooks/delivery   {"retry_scale": 0.001, "duplicate": 0.1} (`DeliverySettings`); GET, DELETE
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, get_args

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.quickbooks.clock import pacific
from qbo_pipeline.local.quickbooks.webhooks.bodies import Shape
from qbo_pipeline.local.quickbooks.webhooks.courier import Courier
from qbo_pipeline.local.quickbooks.webhooks.outbox import Outbox, Subscription
from qbo_pipeline.local.quickbooks.webhooks.settings import DeliverySettings

_SETTINGS = {one.name for one in fields(DeliverySettings)}


class WebhooksEndpoint:
    """Routes beside those of QuickBooks."""

    def __init__(self, outbox: Outbox, courier: Courier) -> None:
        self._outbox = outbox
        self._courier = courier

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/control/webhooks", self._subscriptions, methods=["GET", "POST", "DELETE"]),
            Route("/control/webhooks/delivery", self._delivery, methods=["GET", "POST", "DELETE"]),
        ]

    async def _subscriptions(self, request: Request) -> Response:
        if request.method != "GET":
            asked: dict[str, Any] = await request.json()
            url, token, shape = asked.get("url"), asked.get("verifier_token"), asked.get("shape", "cloudevents")
            if not isinstance(url, str) or not url.startswith(("http://", "https://")):
                return _wrong("url is the address of an endpoint, http or https")
            if request.method == "DELETE":
                await run_in_threadpool(self._outbox.unsubscribe, url)
            elif not isinstance(token, str) or not token:
                return _wrong("verifier_token is the key that deliveries are signed with")
            elif shape not in get_args(Shape):
                return _wrong(f"shape is one of {', '.join(get_args(Shape))}")
            else:
                await run_in_threadpool(self._outbox.subscribe, url, token, shape)
        known = await run_in_threadpool(self._outbox.subscriptions)
        return JSONResponse({"subscriptions": [_shown(one) for one in known]})

    async def _delivery(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._courier.settings = DeliverySettings()
        elif request.method == "POST":
            asked: dict[str, Any] = await request.json()
            if unknown := set(asked) - _SETTINGS:
                return _wrong(f"no setting is called {', '.join(sorted(unknown))}; there are {', '.join(_SETTINGS)}")
            try:
                changed = msgspec.convert(asdict(self._courier.settings) | asked, DeliverySettings)
            except msgspec.ValidationError as error:
                return _wrong(str(error))
            self._courier.settings = changed
        return JSONResponse(asdict(self._courier.settings))


def _shown(subscription: Subscription) -> dict[str, Any]:
    """Without its token."""
    return {
        "url": subscription.url,
        "shape": subscription.shape,
        "delivered": subscription.delivered,
        "pending": subscription.pending,
        "attempts": subscription.attempts,
        "next_attempt": pacific(subscription.due) if subscription.attempts else None,
        "last_answer": subscription.answer,
    }


def _wrong(text: str) -> JSONResponse:
    return JSONResponse({"error": text}, 400)

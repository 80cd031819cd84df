"""Webhooks: who is told of which events, and the courier that tells them. Nothing is signed, as in the real one.

An event is written down with what caused it; the courier sends it, some of them more than once, and tries three times
more what is not answered with 2xx. What a kill interrupts is sent again.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import uuid4
from xml.etree.ElementTree import Element

import httpx

from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.calls import NOTHING, Answer, Call, answer
from qbo_pipeline.local.tableau.paging import Fields, page
from qbo_pipeline.local.tableau.records import Delivery, Webhook
from qbo_pipeline.local.tableau.sessions import LOCAL_USER, user_id
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline.local.tableau.switches import Switches
from qbo_pipeline.local.tableau.xml_text import attribute, child, element, moment, with_text

_WHAT = ("Created", "Updated", "Deleted", "RefreshStarted", "RefreshSucceeded", "RefreshFailed")
EVENTS = (
    *(f"Datasource{what}" for what in _WHAT),
    *(f"Workbook{what}" for what in _WHAT),
    "AdminPromoted",
    "AdminDemoted",
    "UserDeleted",
)

TRIES = 4
REMEMBERED = 500
"""Deliveries that are over with."""
ANSWER_SECONDS = 10.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_FIELDS: Fields[Webhook] = {"name": lambda one: one.name}


class Webhooks:
    """All of them, over REST; and the events that they are told."""

    def __init__(self, store: Store, switches: Callable[[], Switches], now: Callable[[], float]) -> None:
        self._store = store
        self._switches = switches
        self._now = now
        self.told = threading.Event()
        """Set when there is something to send."""

    def notify(self, event: str, site: str, kind: str, identity: str, name: str) -> None:
        """Write an event down for whoever wants it; to be called in the transaction of what caused it."""
        now = self._now()
        body = json.dumps(
            {
                "resource": kind,
                "event_type": event,
                "resource_name": name,
                "site_luid": site,
                "resource_luid": identity,
                "created_at": moment(now),
            }
        )
        for webhook in self._store.all(Webhook):
            if (webhook.site, webhook.event, webhook.enabled) == (site, event, True):
                for _ in range(self._switches().webhook_copies):
                    sent = Delivery(
                        id=str(uuid4()), webhook=webhook.id, url=webhook.url, event=event, body=body, created=now
                    )
                    self._store.put(sent)
        self.told.set()

    def answer(self, call: Call) -> Answer:
        """Anything of …/webhooks."""
        match call.method, call.path[1:]:
            case "GET", ():
                rows, told = page(self.of(call.site), _FIELDS, call.parameters, self._switches().page_size)
                return answer(told, element("webhooks", {}, *map(self.shown, rows)))
            case "POST", ():
                return answer(self.shown(self._put(call, None)), status=201)
            case "GET", (identity,):
                return answer(self.shown(self.get(call.site, identity)))
            case "PUT", (identity,):
                return answer(self.shown(self._put(call, self.get(call.site, identity))))
            case "DELETE", (identity,):
                with self._store.transaction():
                    self._store.remove(self.get(call.site, identity))
                return NOTHING
            case "GET", (identity, "test"):
                return answer(_tested(self.get(call.site, identity)))
        raise errors.wrong_method(call.method)

    def of(self, site: str) -> list[Webhook]:
        """Of a site."""
        return [one for one in self._store.all(Webhook) if one.site == site]

    def get(self, site: str, identity: str) -> Webhook:
        """One of a site.

        Raises:
            TableauAnswerError: there is none.
        """
        found = self._store.get(Webhook, identity)
        if found is None or found.site != site:
            raise errors.not_found("webhook", identity)
        return found

    def shown(self, one: Webhook) -> Element:
        """As an answer shows it."""
        http = element("webhook-destination-http", {"method": "POST", "url": one.url})
        return element(
            "webhook",
            {
                "id": one.id,
                "name": one.name,
                "event": one.event,
                "isEnabled": one.enabled,
                "statusChangeReason": one.status_reason,
                "createdAt": moment(one.created),
                "updatedAt": moment(one.updated),
            },
            element("webhook-source", {}, element(f"webhook-source-event-{_kebab(one.event)}")),
            element("webhook-destination", {}, http),
            element("owner", {"id": user_id(LOCAL_USER), "name": LOCAL_USER}),
        )

    def _put(self, call: Call, before: Webhook | None) -> Webhook:
        asked, now = child(call.xml(), "webhook"), self._now()
        url = asked.find("webhook-destination/webhook-destination-http")
        if before is None:
            before = Webhook(
                id=str(uuid4()),
                site=call.site,
                name=attribute(asked, "name"),
                event="",
                url="",
                created=now,
                updated=now,
            )
            if url is None:
                raise errors.bad_request("The webhook has no webhook-destination-http.")
        before.name = asked.get("name", before.name)
        before.event = _event(asked) or before.event
        if before.event not in EVENTS:
            raise errors.bad_request(f"There is no event '{before.event}'; there are {', '.join(EVENTS)}.")
        if url is not None:
            before.url = attribute(url, "url")
            self._check(before.url)
        if asked.get("isEnabled") is not None:
            before.enabled = asked.get("isEnabled", "").lower() == "true"
            before.status_reason = asked.get("statusChangeReason", "")
        before.updated = now
        with self._store.transaction():
            self._store.put(before)
        return before

    def _check(self, url: str) -> None:
        address = urlsplit(url)
        is_local = address.hostname in _LOOPBACK
        if address.scheme not in ("https", "http") or not address.hostname:
            raise errors.bad_request(f"The url '{url}' is none.")
        if address.scheme == "http" and self._switches().webhook_https and not is_local:
            raise errors.bad_request("The url of a webhook is https.")


class Courier:
    """Sends what was written down, in the background."""

    def __init__(self, store: Store, switches: Callable[[], Switches], webhooks: Webhooks) -> None:
        self._store = store
        self._switches = switches
        self._webhooks = webhooks
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="local-tableau-webhooks", daemon=True)
        self._waiting: dict[str, float] = {}

    def start(self) -> None:
        """Send from now on."""
        self._webhooks.told.set()
        self._thread.start()

    def stop(self) -> None:
        """Send nothing any more."""
        self._stop.set()
        self._webhooks.told.set()
        if self._thread.is_alive():
            self._thread.join(ANSWER_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._webhooks.told.wait(0.05 if self._waiting else None)
            self._webhooks.told.clear()
            sent = self._store.all(Delivery)
            if len(sent) > 2 * REMEMBERED:
                self._forget(sent)
            for one in (one for one in sent if not one.done):
                if self._waiting.get(one.id, 0.0) <= time.monotonic() and not self._stop.is_set():
                    self._send(one)
            self._waiting = {name: at for name, at in self._waiting.items() if at > time.monotonic() - 60.0}

    def _forget(self, sent: list[Delivery]) -> None:
        """Remove the oldest of what is over with."""
        with self._store.transaction():
            for one in [one for one in sent if one.done][:-REMEMBERED]:
                self._store.remove(one)

    def _send(self, one: Delivery) -> None:
        one.status, one.tries = _posted(one.url, one.body), one.tries + 1
        one.done = 200 <= one.status < 300 or one.tries >= TRIES
        self._waiting.pop(one.id, None)
        if not one.done:
            wait = self._switches().webhook_retry_seconds * 2 ** (one.tries - 1)
            self._waiting[one.id] = time.monotonic() + wait
        with self._store.transaction():
            if self._store.get(Delivery, one.id) is not None:
                self._store.put(one)


def _posted(url: str, body: str) -> int:
    """The status of the answer; 0 where nothing answered."""
    headers = {"Content-Type": "application/json", "User-Agent": "Tableau"}
    try:
        return httpx.post(url, content=body, headers=headers, timeout=ANSWER_SECONDS).status_code
    except (httpx.HTTPError, httpx.InvalidURL):
        return 0


def _tested(webhook: Webhook) -> Element:
    """GET …/test sends an empty payload and tells what came back."""
    try:
        got = httpx.post(webhook.url, content="", timeout=ANSWER_SECONDS)
        status, text = got.status_code, got.text
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        status, text = 0, str(error)
    return element("webhookTestResult", {"id": webhook.id, "status": status}, with_text("body", text))


def _event(asked: Element) -> str:
    """The event that a request names, as an attribute or as an element of its source."""
    source = asked.find("webhook-source")
    if asked.get("event"):
        return asked.get("event", "")
    if source is None or not len(source):
        return ""
    name = re.sub(r"^webhook-(source-)?event-", "", source[0].tag)
    known = {_kebab(event): event for event in EVENTS}
    return known.get(name, "".join(part.capitalize() for part in name.split("-")))


def _kebab(event: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", event).lower()

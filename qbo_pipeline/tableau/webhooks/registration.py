"""The webhooks of the site that post to this pipeline: registered, tested, listed, removed. Needs a site administrator.

The address of each ends in the secret, so it is told to nobody but Tableau: not in logs, errors or what is shown here.
Whether Tableau takes an address, it decides itself: it asks for https with a valid certificate.
Source: help.tableau.com, Tableau REST API: Notifications methods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.errors import NotFoundError, RequestContext, RequestError, TableauError
from qbo_pipeline.tableau.webhooks.events import EventType
from qbo_pipeline.webhooks.tableau_receiver import SHORTEST_SECRET, TABLEAU_PATH

if TYPE_CHECKING:
    import tableauserverclient as TSC  # noqa: N812

EVENTS = (
    EventType.REFRESH_FAILED,
    EventType.REFRESH_SUCCEEDED,
    EventType.WORKBOOK_CREATED,
    EventType.WORKBOOK_UPDATED,
    EventType.WORKBOOK_DELETED,
    EventType.DATA_SOURCE_DELETED,
)
"""What is listened to: a webhook is of one event."""
_NAME = "QuickBooks pipeline: "
_NAMESPACE = {"t": "http://tableau.com/api"}
_SOURCE = "webhook-source-event-"


class WebhookAddressError(TableauError):
    """There is no address that Tableau's webhooks could be sent to."""


@dataclass(frozen=True, slots=True)
class RegisteredWebhook:
    """A webhook of the site that posts to a receiver of this kind."""

    id: str
    name: str
    event: str
    """`WorkbookRefreshFailed`, or Tableau's word for one that is not known here."""
    receiver: str
    """Its address without the secret."""
    enabled: bool
    told: str | None
    """Why Tableau disabled it."""
    url: str = field(repr=False)
    """With the secret."""


@dataclass(frozen=True, slots=True)
class WebhookTest:
    """What Tableau saw when it sent an empty event."""

    webhook: RegisteredWebhook
    status: int | None
    """HTTP status of the receiver's answer; None where there was none."""
    told: str | None

    @property
    def works(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


def address(base: str, secret: str) -> str:
    """Where events are sent to, of a receiver that is reached at `base` (`https://books.example.com`).

    Raises:
        WebhookAddressError: the base is no address of a server, or the secret is too short.
    """
    parts = urlsplit(base.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise WebhookAddressError(
            f"{base} is no address of a receiver: name it as https://books.example.com, as Tableau reaches it."
        )
    if len(secret) < SHORTEST_SECRET:
        raise WebhookAddressError(
            f"TABLEAU_WEBHOOK_SECRET has {len(secret)} characters and needs {SHORTEST_SECRET}: it is all that tells "
            "Tableau's events from a stranger's. python -c \"import secrets; print(secrets.token_hex(32))\" makes one."
        )
    return f"{base.strip().rstrip('/')}{TABLEAU_PATH}/{quote(secret, safe='')}"


def listed(client: TableauClient) -> list[RegisteredWebhook]:
    """The webhooks of the site that post to a receiver of this kind; others are not shown.

    Errors: see `TableauClient.call`.
    """

    def ask(server: TSC.Server) -> list[Any]:
        # The library's own list does not tell which are disabled.
        answer = server.webhooks.get_request(server.webhooks.baseurl)  # type: ignore[no-untyped-call]
        return list(_xml(answer.content).iterfind(".//t:webhook", _NAMESPACE))

    found = [_webhook(one) for one in client.call("list webhooks", ask)]
    return sorted((one for one in found if TABLEAU_PATH in one.url), key=lambda one: (one.event, one.id))


def register(
    client: TableauClient, base: str, secret: str, events: Sequence[EventType] = EVENTS
) -> list[RegisteredWebhook]:
    """See that each event is sent to this receiver, once.

    What is there stays. One of ours that has another secret, or that Tableau disabled, is replaced: the new one is
    there before the old one goes. Where it is interrupted, run it again.

    Args:
        client: of the site, as a site administrator.
        base: how Tableau reaches the receiver: `https://books.example.com`.
        secret: `TABLEAU_WEBHOOK_SECRET`.
        events: which.

    Raises:
        WebhookAddressError: there is no such address. InvalidRequestError: Tableau does not take it.
        ForbiddenError: the user is no site administrator. Others: `TableauClient.call`.
    """
    url = address(base, secret)
    before = [one for one in listed(client) if one.receiver == _shown(url)]
    for event in events:
        same = [one for one in before if one.event == event.value]
        good = next((one for one in same if one.url == url and one.enabled), None)
        if good is None:
            _create(client, event, url)
        for one in same:
            if one is not good:
                remove(client, one.id)
    return [one for one in listed(client) if one.url == url]


def remove(client: TableauClient, webhook: str) -> None:
    """Remove a webhook by its id; one that is gone is.

    Raises:
        ForbiddenError: the user is no site administrator. Others: `TableauClient.call`.
    """
    try:
        client.call(f"remove webhook {webhook}", lambda server: server.webhooks.delete(webhook))
    except NotFoundError:
        return


def remove_ours(client: TableauClient, secret: str) -> list[RegisteredWebhook]:
    """Remove the webhooks that have this secret, wherever they post to; those that were removed.

    Those of another installation on the same site stay.
    """
    gone = [one for one in listed(client) if one.url.endswith(f"{TABLEAU_PATH}/{quote(secret, safe='')}")]
    for one in gone:
        remove(client, one.id)
    return gone


def tested(client: TableauClient, webhook: RegisteredWebhook) -> WebhookTest:
    """Let Tableau send an empty event to a webhook.

    Raises:
        RequestError, SignInError: Tableau cannot be asked.
    """

    def ask(server: TSC.Server) -> Any:
        return _xml(server.webhooks.test(webhook.id).content).find(".//t:webhookTestResult", _NAMESPACE)

    result = client.call(f"test webhook {webhook.name}", ask)
    if result is None:
        return WebhookTest(webhook, None, "Tableau's answer has no result")
    status = str(result.get("status") or "")
    body = result.find("t:body", _NAMESPACE)
    told = None if body is None or not (body.text or "").strip() else str(body.text).strip()[:500]
    return WebhookTest(webhook, int(status) if status.isdigit() else None, _without(told, webhook.url))


def _create(client: TableauClient, event: EventType, url: str) -> None:
    import tableauserverclient

    item = tableauserverclient.WebhookItem()  # type: ignore[no-untyped-call]
    item.name, item.url, item.event = f"{_NAME}{event.value}", url, _hyphened(event.value)
    told = f"register a webhook for {event.value} at {_shown(url)}"
    try:
        client.call(told, lambda server: server.webhooks.create(item), repeatable=False)
    except RequestError as error:
        if url in error.reason:  # Tableau repeats what it does not take
            raise type(error)(
                RequestContext(told, status=error.context.status), str(_without(error.reason, url))
            ) from None
        raise


def _webhook(element: Any) -> RegisteredWebhook:
    destination = element.find(".//t:webhook-destination-http", _NAMESPACE)
    url = str(destination.get("url") or "") if destination is not None else ""
    source = element.find("t:webhook-source/*", _NAMESPACE)
    said = element.get("event") or ("" if source is None else str(source.tag).rpartition("}")[2])
    words = said.removeprefix(_SOURCE)
    by_word = {_hyphened(one.value): one.value for one in EventType}
    return RegisteredWebhook(
        str(element.get("id") or ""),
        str(element.get("name") or ""),
        by_word.get(words, words),
        _shown(url),
        element.get("isEnabled", "true") == "true",
        element.get("statusChangeReason") or None,
        url,
    )


def _xml(content: bytes) -> Any:
    from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

    return fromstring(content)


def _hyphened(event: str) -> str:
    """`WorkbookRefreshFailed` → `workbook-refresh-failed`."""
    return "".join(f"-{one.lower()}" if one.isupper() else one for one in event).lstrip("-")


def _shown(url: str) -> str:
    """An address without its secret: `https://books.example.com/webhooks/tableau/…`."""
    base, found, _ = url.partition(f"{TABLEAU_PATH}/")
    return f"{base}{found}…" if found else base


def _without(text: str | None, url: str) -> str | None:
    return None if text is None else text.replace(url, _shown(url)).replace(url.rpartition("/")[2], "…")

"""`qbo-pipeline tableau webhooks`: Tableau is told where to send its events. The secret in the address is not shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import messages, print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.tableau.webhooks.registration import RegisteredWebhook


def register_webhooks(settings: Settings, base: str, *, as_json: bool) -> int:
    """Register the webhooks of a receiver that Tableau reaches at `base`; 0.

    Raises:
        CommandError: no secret is set.
    """
    from qbo_pipeline.tableau.downstream.by_hand import open_site
    from qbo_pipeline.tableau.webhooks.registration import register

    secret = _secret(settings)
    with open_site(settings) as site:
        _show(register(site.client, base, secret), as_json=as_json)
    return 0


def list_webhooks(settings: Settings, *, as_json: bool) -> int:
    """List the webhooks that post to receivers of this kind; 0, or 1 where Tableau disabled one."""
    from qbo_pipeline.tableau.downstream.by_hand import open_site
    from qbo_pipeline.tableau.webhooks.registration import listed

    with open_site(settings) as site:
        found = listed(site.client)
    _show(found, as_json=as_json)
    return 0 if all(one.enabled for one in found) else 1


def test_webhooks(settings: Settings, *, as_json: bool) -> int:
    """Let Tableau send an empty event to each; 0, or 1 where one did not arrive or there is none."""
    from rich.markup import escape
    from rich.table import Table

    from qbo_pipeline.tableau.downstream.by_hand import open_site
    from qbo_pipeline.tableau.webhooks.registration import listed, tested

    with open_site(settings) as site:
        tests = [tested(site.client, one) for one in listed(site.client)]
    if as_json:
        print_json([{**_plain(one.webhook), "status": one.status, "works": one.works} for one in tests])
    elif tests:
        table = Table("event", "receiver", "answer", "", title="Webhooks of Tableau, tested")
        for one in tests:
            row = (one.webhook.event, one.webhook.receiver, str(one.status or "none"), one.told or "")
            table.add_row(*map(escape, row), style=None if one.works else "red")
        results().print(table)
    else:
        _none()
    return 0 if tests and all(one.works for one in tests) else 1


def remove_webhooks(settings: Settings, ids: Sequence[str], *, as_json: bool) -> int:
    """Remove webhooks by their ids, or those that have the secret that is set; 0.

    Raises:
        CommandError: there is no such webhook, or no secret is set.
    """
    from qbo_pipeline.tableau.downstream.by_hand import open_site
    from qbo_pipeline.tableau.webhooks.registration import listed, remove, remove_ours

    secret = None if ids else _secret(settings)
    with open_site(settings) as site:
        if secret is not None:
            gone = remove_ours(site.client, secret)
        else:
            gone = [one for one in listed(site.client) if one.id in ids]
            if missing := sorted(set(ids) - {one.id for one in gone}):
                raise CommandError(
                    f"No webhook of a receiver of this kind has the id {', '.join(missing)}; none was removed.",
                    "qbo-pipeline tableau webhooks list shows them.",
                )
            for one in gone:
                remove(site.client, one.id)
    if as_json:
        print_json([_plain(one) for one in gone])
    else:
        messages().print(f"Removed {len(gone)} webhooks.", markup=False)
    return 0


def _secret(settings: Settings) -> str:
    if settings.tableau_webhook_secret is None:
        raise CommandError(
            "TABLEAU_WEBHOOK_SECRET is not set: Tableau signs nothing, so a secret in the address is needed.",
            'Set it to what python -c "import secrets; print(secrets.token_hex(32))" prints, here and where '
            "qbo-pipeline webhooks serve runs.",
        )
    return settings.tableau_webhook_secret.get_secret_value()


def _show(found: Sequence[RegisteredWebhook], *, as_json: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    if as_json:
        print_json([_plain(one) for one in found])
        return
    if not found:
        _none()
        return
    table = Table("event", "receiver", "id", "", title="Webhooks of Tableau")
    for one in found:
        told = "" if one.enabled else f"disabled by Tableau: {one.told or 'no reason given'}"
        table.add_row(*map(escape, (one.event, one.receiver, one.id, told)), style=None if one.enabled else "red")
    results().print(table)


def _none() -> None:
    messages().print("The site has no webhook for a receiver of this kind.", markup=False)


def _plain(webhook: RegisteredWebhook) -> dict[str, object]:
    return {
        "id": webhook.id, "name": webhook.name, "event": webhook.event, "receiver": webhook.receiver,
        "enabled": webhook.enabled, "told": webhook.told,
    }  # fmt: skip

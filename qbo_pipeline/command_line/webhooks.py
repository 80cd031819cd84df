"""`qbo-pipeline webhooks`: the receiver of what QuickBooks, and Tableau where it is used, tell of by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import messages

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings


def serve_receiver(settings: Settings, *, host: str, port: int) -> None:
    """Receive webhooks until interrupted.

    Raises:
        CommandError: neither a verifier token nor Tableau's secret is set, or the address cannot be listened on.
    """
    from qbo_pipeline.webhooks.folders import WebhookFolders
    from qbo_pipeline.webhooks.receiver import PATH
    from qbo_pipeline.webhooks.serving import bind, server
    from qbo_pipeline.webhooks.tableau_receiver import SHORTEST_SECRET, TABLEAU_PATH

    tokens = settings.webhook_verifier_tokens
    secret = None if settings.tableau_webhook_secret is None else settings.tableau_webhook_secret.get_secret_value()
    if secret is not None and len(secret) < SHORTEST_SECRET:
        raise CommandError(
            f"TABLEAU_WEBHOOK_SECRET has {len(secret)} characters, and {SHORTEST_SECRET} are needed.",
            'python -c "import secrets; print(secrets.token_hex(32))" makes one; then register the webhooks again.',
        )
    if not tokens and secret is None:
        raise CommandError(
            "No verifier token is set, so no webhook could be told from a forged one.",
            "Set QBO_WEBHOOK_VERIFIER_TOKEN to the one shown at developer.intuit.com, Webhooks, of your app.",
        )
    try:
        listening = bind(host, port)
    except OSError as error:
        raise CommandError(
            f"Cannot listen on {host}, port {port}: {error.strerror or error}.",
            "Stop what uses it, or choose another: --port.",
        ) from None
    with listening:
        folders = WebhookFolders(settings.data.webhooks)
        bound = listening.getsockname()[1]
        console = messages()
        console.print(f"Receiving webhooks on http://{host}:{bound}{PATH}. Ctrl-C stops it.", markup=False)
        if not tokens:
            console.print("  Of Tableau alone: QBO_WEBHOOK_VERIFIER_TOKEN is not set.", markup=False)
        if secret is not None:
            console.print(f"  Tableau's events are taken on {TABLEAU_PATH}/<TABLEAU_WEBHOOK_SECRET>.", markup=False)
        console.print(f"  Each is kept in {folders.inbox}; /health and /metrics tell how it goes.", markup=False)
        server(folders, tokens, secret).run(sockets=[listening])

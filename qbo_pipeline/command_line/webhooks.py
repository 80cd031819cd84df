"""`qbo-pipeline webhooks`: the receiver of what QuickBooks tells of by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import messages

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings


def serve_receiver(settings: Settings, *, host: str, port: int) -> None:
    """Receive webhooks until interrupted.

    Raises:
        CommandError: no verifier token is set, or the address cannot be listened on.
    """
    from qbo_pipeline.webhooks.folders import WebhookFolders
    from qbo_pipeline.webhooks.receiver import PATH
    from qbo_pipeline.webhooks.serving import bind, server

    tokens = settings.webhook_verifier_tokens
    if not tokens:
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
        console.print(f"  Each is kept in {folders.inbox}; /health and /metrics tell how it goes.", markup=False)
        server(folders, tokens).run(sockets=[listening])

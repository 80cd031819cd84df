"""Files in the inbox that are no delivery of QuickBooks: cut short, forged, garbage. All of them must be rejected."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

_EVENT = {
    "specversion": "1.0",
    "id": "00000000-0000-4000-8000-000000000000",
    "source": "intuit.soak",
    "type": "qbo.invoice.deleted.v1",
    "time": "2026-11-21T00:00:00.000000001Z",
    "intuitentityid": "1",
    "intuitaccountid": "9341452000000001",
    "data": {},
}
"""Would delete an invoice, if anybody believed it."""


def _file(body: bytes, token: str) -> bytes:
    """A delivery in the form of docs/webhooks.md, written without the product's code."""
    signed = base64.b64encode(hmac.digest(token.encode(), body, hashlib.sha256)).decode()
    return json.dumps({"intuit-signature": signed}).encode() + b"\n" + body


def _body() -> bytes:
    return json.dumps([_EVENT]).encode()


BAD_FILES: dict[str, Callable[[Random, str], bytes]] = {
    "empty": lambda random, token: b"",
    "garbage": lambda random, token: random.randbytes(random.randint(1, 100_000)),
    "cut short": lambda random, token: (whole := _file(_body(), token))[: random.randint(1, len(whole) - 1)],
    "forged": lambda random, token: _file(_body(), "not the token"),
    "changed after it was signed": lambda random, token: _file(_body(), token).replace(b'"1"', b'"2"'),
    "unsigned": lambda random, token: b'{"received_at": "2026-11-21T00:00:00Z"}\n' + _body(),
    "signed, but no JSON": lambda random, token: _file(_body()[:-9], token),
    "signed, but no event": lambda random, token: _file(b'[{"hello": "world"}]', token),
}
"""Kind → content, of chance and the verifier token."""


def drop(inbox: Path, kind: str, number: int, random: Random, token: str) -> str:
    """Put one into the inbox, at once and whole, as the format asks; answers its name."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}Z-bad{number:05d}.webhook"
    unfinished = inbox / f".{name}"
    unfinished.write_bytes(BAD_FILES[kind](random, token))
    unfinished.rename(inbox / name)
    return name

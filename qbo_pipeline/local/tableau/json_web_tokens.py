"""JWTs of connected apps with direct trust: HS256, and claims as Tableau asks for them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from qbo_pipeline.local.tableau.records import ConnectedApp

AUDIENCE = "tableau"
LEEWAY_SECONDS = 30


class InvalidTokenError(Exception):
    """A JWT that is not taken, and why."""


def claims(token: str, apps: list[ConnectedApp], now: float, most_seconds: int) -> dict[str, Any]:
    """What a JWT says, once signature, audience, issuer, expiry, subject and id are as they must be.

    Raises:
        InvalidTokenError: one of them is not.
    """
    pieces = token.split(".")
    if len(pieces) != 3:
        raise InvalidTokenError("it does not have three parts")
    header, said = _decoded(pieces[0]), _decoded(pieces[1])
    if header.get("alg") != "HS256":
        raise InvalidTokenError(f"its algorithm is {header.get('alg')!r}, not 'HS256'")
    issuer = header.get("iss", said.get("iss"))
    app = next((one for one in apps if one.id == issuer), None)
    if app is None or said.get("iss") != app.id:
        raise InvalidTokenError("its issuer is no connected app of this site")
    if header.get("kid") != app.secret_id:
        raise InvalidTokenError("its kid is no secret of the connected app")
    signed = hmac.new(app.secret.encode(), f"{pieces[0]}.{pieces[1]}".encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(base64.urlsafe_b64encode(signed).rstrip(b"=").decode(), pieces[2].rstrip("=")):
        raise InvalidTokenError("its signature is wrong")
    audience = said.get("aud")
    if audience != AUDIENCE and audience != [AUDIENCE]:
        raise InvalidTokenError(f"its audience is not {AUDIENCE!r}")
    expires = said.get("exp")
    if not isinstance(expires, int | float) or expires <= now - LEEWAY_SECONDS:
        raise InvalidTokenError("it is expired")
    if expires > now + most_seconds + LEEWAY_SECONDS:
        raise InvalidTokenError(f"it expires in more than {most_seconds} seconds")
    if not isinstance(said.get("jti"), str) or not said["jti"]:
        raise InvalidTokenError("it has no jti")
    if not isinstance(said.get("sub"), str) or not said["sub"]:
        raise InvalidTokenError("it has no sub")
    scopes = said.get("scp")
    if not isinstance(scopes, list) or not scopes or not all(isinstance(one, str) for one in scopes):
        raise InvalidTokenError("it has no scopes")
    return said


def _decoded(piece: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4)))
    except (binascii.Error, ValueError) as error:
        raise InvalidTokenError("it cannot be read") from error
    if not isinstance(found, dict):
        raise InvalidTokenError("it cannot be read")
    return found

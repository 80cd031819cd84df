"""The JSON Web Token by which a connected app (direct trust) signs in as a user.

HS256 over two small JSON objects (RFC 7515): not worth a dependency that the product does not have yet.
Source of the claims: help.tableau.com, Configure Connected Apps to Use Direct Trust.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from uuid import uuid4

from qbo_pipeline.settings import TableauApp

LIFE_SECONDS = 300
"""Tableau takes ten minutes at most; it is used at once."""

SCOPES = (
    "tableau:content:read",
    "tableau:projects:create",
    "tableau:datasources:create",
    "tableau:datasources:update",
    "tableau:datasources:download",
    "tableau:workbooks:create",
    "tableau:workbooks:update",
    "tableau:file_uploads:create",
    "tableau:jobs:read",
    "tableau:tasks:read",
    "tableau:tasks:run",
)
"""What the session may do; nothing else of what the user may."""


def app_token(app: TableauApp, now: float, scopes: tuple[str, ...] = SCOPES) -> str:
    """A token for one sign-in. `now`: epoch seconds."""
    header = {"alg": "HS256", "typ": "JWT", "kid": app.secret_id, "iss": app.client_id}
    claims = {
        "iss": app.client_id,
        "sub": app.user,
        "aud": "tableau",
        "jti": str(uuid4()),
        "iat": int(now),
        "exp": int(now) + LIFE_SECONDS,
        "scp": list(scopes),
    }
    signed = f"{_part(header)}.{_part(claims)}"
    secret = app.secret_value.get_secret_value().encode()
    return f"{signed}.{_encoded(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def _part(value: Mapping[str, object]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

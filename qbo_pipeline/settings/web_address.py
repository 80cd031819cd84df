"""Addresses of services: what is none is named as the variable it is in, and not found out by whoever asks there."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator


def _web_address(text: str) -> str:
    parts = urlsplit(
        text
    )  # brackets that do not close, and below a port that is none, are a ValueError of its own words
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(f"{text!r} is no address such as https://example.com")
    return text


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""`https://…` or `http://…`, with a host."""

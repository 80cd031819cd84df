"""Addresses of services: what is none is named as the variable it is in, and not found out by whoever asks there."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

OFF = "off"
"""What a variable says that names nothing on purpose."""


def web_address(text: str) -> str:
    """The address as it came.

    Raises:
        ValueError: it is none, with why where urllib tells: brackets that do not close, a port that is out of range.
    """
    no_address = f"{text} is no address such as https://example.com"
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError as error:
        raise ValueError(f"{no_address}: {error}") from None
    if not whole:
        raise ValueError(no_address)
    return text


def is_off(text: str | None) -> bool:
    """Whether a variable switches off what it would name, however that is written."""
    return text is not None and text.strip().lower() == OFF


def _web_address_or_off(text: str) -> str:
    return OFF if is_off(text) else web_address(text)


WebAddress = Annotated[str, AfterValidator(web_address)]
"""`https://…` or `http://…`, with a host."""

WebAddressOrOff = Annotated[str, AfterValidator(_web_address_or_off)]
"""The same, or `off`."""

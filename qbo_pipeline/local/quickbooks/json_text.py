"""JSON text with numbers as they are: a Decimal keeps its digits, an int stays an int."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def dumps(value: Any) -> str:
    """To text, compact."""
    return _encode(value).decode()


def loads(text: str | bytes) -> Any:
    """From text, decimals exact.

    Raises:
        msgspec.DecodeError: it is not JSON.
    """
    return _decode(text)

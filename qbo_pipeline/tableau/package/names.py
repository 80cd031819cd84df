"""Names and identities in a data source and a workbook: the same model gives the same ones, whoever writes them.

Shapes as Tableau writes them: `federated.` and 28 letters or digits, an object with 32 hexadecimal digits, a sheet with
a UUID in braces.
"""

from __future__ import annotations

import hashlib
import re
from uuid import UUID, uuid5

_NAMESPACE = UUID("0b1e8a52-6d0c-5f8e-9a3b-4c5d8f7e1a20")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
PARAMETERS = "Parameters"
"""The data source that parameters are in."""


def connection_name(kind: str, name: str) -> str:
    """`federated.0ahyg8e1xelf3914bag3r0yukuro`: of a data source or a connection."""
    number = int.from_bytes(hashlib.sha256(f"{kind}/{name}".encode()).digest()[:18])
    letters = ""
    for _ in range(28):
        number, digit = divmod(number, 36)
        letters += _DIGITS[digit]
    return f"{kind}.{letters}"


def object_id(table: str) -> str:
    """Of a table: `Sales Lines_2AA0FE4D737A4F63970131D0E7480A03`."""
    return f"{table}_{uuid5(_NAMESPACE, f'object/{table}').hex.upper()}"


def sheet_id(*path: str) -> str:
    """Of a sheet, a dashboard or a window: `{891FF84E-5FB7-4AE6-8B29-5BEECE50BAD5}`."""
    return "{" + str(uuid5(_NAMESPACE, "/".join(path))).upper() + "}"


def action_name(number: int) -> str:
    """`[Action1]`."""
    return f"[Action{number}]"


def field(name: str) -> str:
    """A field as it is written: `[Net Income]`."""
    return f"[{name}]"


def file_name(name: str) -> str:
    """A name as part of a path, for Windows, too."""
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name)

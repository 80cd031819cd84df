"""Names and identities in a project: the same model gives the same files, whoever compiles it and whenever."""

from __future__ import annotations

import re
from uuid import UUID, uuid5

_NAMESPACE = UUID("6f0d2a5e-6f3b-5c1e-9a44-2a1f7c0b9d11")
_PLAIN = re.compile(r"[^\s.=:'\"]+")


def tag(*path: str) -> str:
    """The lineage tag of an object: Power BI keeps formatting and bindings by it."""
    return str(uuid5(_NAMESPACE, "/".join(path)))


def short(*path: str) -> str:
    """A name of a page or visual: 20 characters, as Power BI makes them."""
    return uuid5(_NAMESPACE, "/".join(path)).hex[:20]


def quoted(name: str) -> str:
    """A name in TMDL: in single quotes where it has a space, dot, colon, equals sign or quote."""
    return name if _PLAIN.fullmatch(name) else "'" + name.replace("'", "''") + "'"


def file_name(name: str) -> str:
    """A name as part of a path, for Windows, too."""
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name)

"""Which properties each entity has: statements name them in any case, requests may not send others."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_COMMON = ("Id", "SyncToken", "MetaData", "domain", "sparse", "status", "CustomField", "AttachableRef", "LinkedTxn")
_PROPERTIES = Path(__file__).parent / "properties.txt"


@cache
def properties(entity: str) -> frozenset[str]:
    """Names of an entity's own properties (of Intuit's schema, and what answers carry beyond it)."""
    return frozenset(_COMMON).union(listed(_PROPERTIES).get(entity, ()))


def spelled(entity: str, path: str) -> str | None:
    """A path such as `metadata.createtime` as the JSON spells its first name; None when the entity has no such one.

    Deeper names keep the case they come in, except those of MetaData.
    """
    head, dot, rest = path.partition(".")
    name = _by_lower(entity).get(head.lower())
    if name is None:
        return None
    if name == "MetaData":
        rest = {"createtime": "CreateTime", "lastupdatedtime": "LastUpdatedTime"}.get(rest.lower(), rest)
    return f"{name}{dot}{rest}"


@cache
def _by_lower(entity: str) -> dict[str, str]:
    return {name.lower(): name for name in properties(entity)}


@cache
def listed(path: Path) -> dict[str, tuple[str, ...]]:
    """Entity → names, from a file with an entity on a line and its names on the indented lines below."""
    found: dict[str, tuple[str, ...]] = {}
    entity = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            found[entity] += tuple(line.split())
        else:
            entity = line
            found[entity] = ()
    return found

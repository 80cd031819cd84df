"""A strict reader of TMDL, for what this project writes: every object, property and value has to be one that is known.

There is no reader of TMDL outside of .NET that refuses what Power BI would refuse; this one refuses a mistyped keyword,
a value of the wrong kind, an object in the wrong place and an expression at the wrong depth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qbo_pipeline.power_bi.project.errors import TmdlError

_NAME = r"'(?:[^']|'')+'|[^\s.=:'\"]+"
_OBJECT = re.compile(rf"(?P<kind>ref table|[a-z][A-Za-z]*)(?: (?P<name>{_NAME}))?(?P<equals> =(?: (?P<text>\S.*))?)?")
_PROPERTY = re.compile(r"(?P<name>[a-z][A-Za-z]*): (?P<value>\S.*)")
_GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TEXT = r"\S.*"
_COLUMN = rf"(?:{_NAME})\.(?:{_NAME})"
_FLAG = ""
"""The pattern of a property that is set by being there."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What an object of a kind may have: properties with the pattern of their values, and objects below it."""

    properties: Mapping[str, str] = field(default_factory=dict)
    children: Sequence[str] = ()
    required: Sequence[str] = ()
    named: bool = True
    expression: bool = False
    """Whether it has one; what has none may not."""
    described: bool = False


_SUMMARIES = "none|sum|average|min|max|count"
_KINDS: Mapping[str, _Kind] = {
    "": _Kind(children=("database", "model", "annotation", "ref table", "expression", "relationship", "table")),
    "database": _Kind({"compatibilityLevel": r"1[5-6]\d\d"}, required=("compatibilityLevel",), named=False),
    "model": _Kind(
        {"culture": r"[a-z]{2}-[A-Z]{2}", "defaultPowerBIDataSourceVersion": "powerBI_V3",
         "sourceQueryCulture": r"[a-z]{2}-[A-Z]{2}"},
        ("dataAccessOptions",), ("culture", "defaultPowerBIDataSourceVersion"),
    ),
    "dataAccessOptions": _Kind({"legacyRedirects": _FLAG, "returnErrorValuesAsNull": _FLAG}, named=False),
    "annotation": _Kind(expression=True),
    "ref table": _Kind(),
    "expression": _Kind({"lineageTag": _GUID}, ("annotation",), ("lineageTag",), expression=True, described=True),
    "relationship": _Kind({"fromColumn": _COLUMN, "toColumn": _COLUMN}, (), ("fromColumn", "toColumn")),
    "table": _Kind(
        {"isHidden": _FLAG, "dataCategory": "Time", "lineageTag": _GUID},
        ("measure", "column", "hierarchy", "partition", "annotation"), ("lineageTag",), described=True,
    ),
    "measure": _Kind(
        {"formatString": _TEXT, "isHidden": _FLAG, "displayFolder": _TEXT, "lineageTag": _GUID},
        (), ("formatString", "lineageTag"), expression=True, described=True,
    ),
    "column": _Kind(
        {"dataType": "string|int64|decimal|double|boolean|dateTime", "isHidden": _FLAG, "isKey": _FLAG,
         "formatString": _TEXT, "displayFolder": _TEXT,
         "dataCategory": "City|Country|PostalCode|StateOrProvince|WebUrl", "lineageTag": _GUID,
         "summarizeBy": _SUMMARIES, "sourceColumn": _TEXT, "sortByColumn": _NAME},
        ("annotation",), ("dataType", "lineageTag", "summarizeBy", "sourceColumn"), described=True,
    ),
    "hierarchy": _Kind({"lineageTag": _GUID}, ("level",), ("lineageTag",)),
    "level": _Kind({"lineageTag": _GUID, "column": _NAME}, (), ("lineageTag", "column")),
    "partition": _Kind({"mode": "import"}, ("source",), ("mode",), expression=True),
    "source": _Kind(named=False, expression=True),
}  # fmt: skip


@dataclass(slots=True)
class _Open:
    """An object that lines are read into."""

    kind: str
    line: int
    properties: set[str] = field(default_factory=set)
    seen: set[tuple[str, str]] = field(default_factory=set)
    expression_is_open: bool = False
    lacks_expression: bool = False


def check(path: str, content: str) -> None:
    """Read a file of a semantic model.

    Raises:
        TmdlError: it is not what Power BI reads; file, line, and what is wrong.
    """
    _Reader(path).read(content)


class _Reader:
    def __init__(self, path: str) -> None:
        self.path, self.number, self.described = path, 0, False
        self.open = [_Open("", 0)]

    def read(self, content: str) -> None:
        if not content.endswith("\n") or "\r" in content:
            raise self.error("Lines end with a line feed, the last one, too.")
        for self.number, line in enumerate(content.split("\n"), 1):
            if line.strip():
                self.line(line)
        self.close(0)
        if self.described:
            raise self.error("A description stands before nothing.")

    def error(self, message: str) -> TmdlError:
        return TmdlError(self.path, max(self.number, 1), message)

    def line(self, line: str) -> None:
        text = line.lstrip("\t")
        depth = len(line) - len(text)
        deepest = len(self.open) - 1
        if self.open[-1].expression_is_open and depth > deepest:
            self.open[-1].lacks_expression = False
            return
        if text != text.strip():
            raise self.error("Lines are indented by tabs and end with no space.")
        if depth > deepest:
            raise self.error("It is indented deeper than what it belongs to.")
        self.close(depth)
        self.open[-1].expression_is_open = False
        if text.startswith("///"):
            self.described = True
            return
        if (found := _PROPERTY.fullmatch(text)) and not self.described:
            self.property(found["name"], found["value"])
        elif text in _KINDS[self.open[-1].kind].properties:
            self.property(text, "")
        else:
            self.object(text)

    def property(self, name: str, value: str) -> None:
        at = self.open[-1]
        pattern = _KINDS[at.kind].properties.get(name)
        if pattern is None:
            raise self.error(f"A {at.kind or 'file'} has no property {name}.")
        if not re.fullmatch(pattern, value):
            raise self.error(f"'{value}' is no {name} of a {at.kind}.")
        if name in at.properties:
            raise self.error(f"{name} is there twice.")
        at.properties.add(name)

    def object(self, text: str) -> None:
        at = self.open[-1]
        found = _OBJECT.fullmatch(text)
        kind = None if found is None else _KINDS.get(found["kind"])
        if found is None or kind is None or found["kind"] not in _KINDS[at.kind].children:
            raise self.error(f"'{text}' is nothing that stands in a {at.kind or 'file'}.")
        if (found["name"] is None) == kind.named:
            raise self.error(f"A {found['kind']} has {'a' if kind.named else 'no'} name.")
        if (found["equals"] is None) == kind.expression:
            raise self.error(f"A {found['kind']} has {'an' if kind.expression else 'no'} expression.")
        if self.described and not kind.described:
            raise self.error(f"A {found['kind']} has no description.")
        identity = (found["kind"], (found["name"] or "").lower())
        if identity in at.seen:
            raise self.error(f"{text} is there twice.")
        at.seen.add(identity)
        self.described = False
        opened = _Open(found["kind"], self.number)
        opened.expression_is_open = found["equals"] is not None and found["text"] is None
        opened.lacks_expression = opened.expression_is_open
        self.open.append(opened)

    def close(self, depth: int) -> None:
        """Close the objects that lie deeper."""
        while len(self.open) - 1 > depth:
            closed = self.open.pop()
            missing = [name for name in _KINDS[closed.kind].required if name not in closed.properties]
            if closed.lacks_expression:
                raise TmdlError(self.path, closed.line, "Below it, deeper than properties, there is no expression.")
            if missing:
                raise TmdlError(self.path, closed.line, f"A {closed.kind} has {', '.join(missing)}.")

"""Writing XML as Tableau does: attributes in single quotes and in order, one element a line.

The standard library's writer is not used because it can neither: Tableau Server refuses `&apos;` in what is published,
and comparing a file with one that Tableau saved should show differences that mean something.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

USER = "http://www.tableausoftware.com/xml/user"
"""The namespace of what Tableau's own user interface remembers, with the prefix `user`."""
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ATTRIBUTE = _TEXT | str.maketrans({"'": "&#39;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def element(
    tag: str, attributes: Mapping[str, str | None] | None = None, *children: Element, text: str = ""
) -> Element:
    """An element; attributes that are None are left out."""
    made = Element(tag, {name: value for name, value in (attributes or {}).items() if value is not None})
    made.text = text or None
    made.extend(children)
    return made


def document(root: Element) -> bytes:
    """A file of XML, in UTF-8."""
    return ("<?xml version='1.0' encoding='utf-8' ?>\n\n" + "\n".join(_lines(root, 0)) + "\n").encode()


def _lines(node: Element, depth: int) -> list[str]:
    indent = "  " * depth
    attributes = "".join(f" {name}='{_escaped(node.attrib[name], _ATTRIBUTE)}'" for name in sorted(node.attrib))
    head = f"{indent}<{node.tag}{attributes}"
    if node.text is not None and len(node):
        raise ValueError(f"<{node.tag}> has text beside its elements.")
    if node.text is not None:
        return [f"{head}>{_escaped(node.text, _TEXT)}</{node.tag}>"]
    if not len(node):
        return [f"{head} />"]
    return [f"{head}>", *(line for child in node for line in _lines(child, depth + 1)), f"{indent}</{node.tag}>"]


def _escaped(text: str, by: Mapping[int, str]) -> str:
    return _FORBIDDEN.sub("", text).translate(by)

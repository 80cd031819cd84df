"""XML as Tableau's REST API speaks it: `tsRequest` comes in, `tsResponse` goes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from qbo_pipeline.local.tableau import errors

NAMESPACE = "http://tableau.com/api"
_SCHEMA = "http://tableau.com/api https://help.tableau.com/samples/en-us/rest_api/ts-api_{version}.xsd"


def element(tag: str, attributes: Mapping[str, Any] | None = None, *children: Element | None) -> Element:
    """An element; attributes that are None are left out, truths are written as Tableau writes them."""
    made = Element(tag, {name: _text(value) for name, value in (attributes or {}).items() if value is not None})
    made.extend(child for child in children if child is not None)
    return made


def with_text(tag: str, text: str) -> Element:
    """An element that holds a text."""
    made = Element(tag)
    made.text = text
    return made


def response(version: str, children: Iterable[Element]) -> bytes:
    """A whole `tsResponse`."""
    root = Element(
        "tsResponse",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": _SCHEMA.format(version=version.replace(".", "_")),
        },
    )
    root.extend(children)
    return b"<?xml version='1.0' encoding='UTF-8'?>" + tostring(root, encoding="unicode").encode()


def error_body(version: str, error: errors.TableauAnswerError) -> bytes:
    """An error as XML (recorded: auth_sign_in_error)."""
    made = Element("error", {"code": error.code})
    SubElement(made, "summary").text = error.summary
    SubElement(made, "detail").text = error.detail
    return response(version, [made])


def parsed(text: bytes) -> Element:
    """The root of a document.

    Raises:
        ParseError, ValueError: it is none, or defines entities.
    """
    root: Element = fromstring(text, forbid_dtd=True)
    return root


def request(body: bytes, *, optional: bool = False) -> Element:
    """The `tsRequest` of a body, tags without their namespace; where it is optional, nothing is an empty one.

    Raises:
        TableauAnswerError: it is none.
    """
    if optional and not body.strip():
        return Element("tsRequest")
    if b"&apos;" in body:
        # The parser of real sites refuses this entity in attributes (tableau-mcp writes &#39;).
        raise errors.bad_request("Payload is either malformed or incomplete: &apos; cannot be read.")
    try:
        root = parsed(body)
    except (ParseError, ValueError) as error:
        raise errors.bad_request(f"Payload is either malformed or incomplete: {error}") from error
    for one in root.iter():
        one.tag = one.tag.rpartition("}")[2]
    if root.tag != "tsRequest":
        raise errors.bad_request(f"The payload is no tsRequest but {root.tag}.")
    return root


def child(parent: Element, path: str) -> Element:
    """What a request must have.

    Raises:
        TableauAnswerError: it is not there.
    """
    found = parent.find(path)
    if found is None:
        raise errors.bad_request(f"The payload has no element {path.rpartition('/')[2]}.")
    return found


def attribute(holder: Element, name: str) -> str:
    """An attribute that a request must have.

    Raises:
        TableauAnswerError: it is not there, or empty.
    """
    value = holder.get(name, "")
    if not value.strip():
        raise errors.bad_request(f"The attribute '{name}' of {holder.tag} is missing.")
    return value


def moment(at: float | None) -> str | None:
    """`2026-05-05T03:20:37Z`."""
    return None if at is None else datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

"""`multipart/mixed` as publishing and file uploads send it: parts by name."""

from __future__ import annotations

import re

from qbo_pipeline.local.tableau import errors

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_NAME = re.compile(rb'name="?([^";\r\n]+)"?', re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"


def parts(content_type: str, body: bytes) -> dict[str, bytes]:
    """The parts of a body by their names.

    Raises:
        TableauAnswerError: it is no multipart body.
    """
    kind, boundary = content_type.partition(";")[0].strip().lower(), _BOUNDARY.search(content_type)
    if not kind.startswith("multipart/") or boundary is None:
        raise errors.bad_request(f"The content type is multipart/mixed with a boundary, not '{content_type}'.")
    delimiter = b"--" + boundary.group(1).encode()
    found: dict[str, bytes] = {}
    start = body.find(delimiter)
    while start >= 0:
        start += len(delimiter)
        end = body.find(b"\r\n" + delimiter, start)
        if end < 0:
            break
        head, name = body.find(_HEAD_END, start, end + len(_HEAD_END)), None
        if head >= 0:
            name = _NAME.search(body[start:head])
        if name is None:
            raise errors.bad_request("A part of the multipart body has no name.")
        found[name.group(1).decode(errors="replace")] = body[head + len(_HEAD_END) : end]
        start = end + 2
    if not found:
        raise errors.bad_request("The multipart body has no parts.")
    return found

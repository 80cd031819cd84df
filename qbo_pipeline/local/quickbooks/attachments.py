"""Files at records: uploaded with or without metadata, kept, and handed out by links of their own.

POST /upload is multipart: `file_metadata_01` holds an Attachable as JSON, `file_content_01` the file, and so on; each
pair is answered or refused for itself. GET /download/{id} answers a link as plain text, and so does TempDownloadUri;
the real one ends after 15 minutes, this one does not.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import msgspec

from qbo_pipeline.local.quickbooks.faults import (
    ServiceFaultError,
    business_fault,
    not_found,
    unreadable_body,
    unreadable_property,
)
from qbo_pipeline.local.quickbooks.json_text import dumps, loads
from qbo_pipeline.local.quickbooks.property_order import in_order
from qbo_pipeline.local.quickbooks.store import Record, Store
from qbo_pipeline.local.quickbooks.writes import Writer

LARGEST = 100 * 1024 * 1024
"""Bytes of an upload (Intuit, error 6030)."""

_PART = re.compile(r"file_(metadata|content)_(\w+)")


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is handed out."""

    name: str
    content_type: str
    content: bytes


class Attachments:
    """Files of all companies."""

    def __init__(self, store: Store, writer: Writer) -> None:
        self._store = store
        self._writer = writer

    def upload(self, realm: str, content_type: str, body: bytes, base_url: str) -> str:
        """Keep the files of a multipart body; `AttachableResponse` as JSON text, without time.

        Raises:
            ServiceFaultError: 2010 for a body that is no multipart, 6000 for one that is too large.
        """
        if len(body) > LARGEST:
            raise business_fault(f"The file upload request should not exceed 100MB in size. Current: {len(body)}")
        pairs = _pairs(content_type, body)
        if not pairs:
            raise unreadable_body()
        answers = []
        for pair in pairs:
            try:
                answers.append(f'{{"Attachable":{self._keep(realm, pair, base_url)}}}')
            except ServiceFaultError as fault:
                answers.append(dumps({"Fault": fault.content()}))
        return f'"AttachableResponse":[{",".join(answers)}]'

    def link(self, realm: str, identity: str) -> str:
        """Where the file of an attachment is.

        Raises:
            ServiceFaultError: 610 where there is none.
        """
        link = (self._store.get(realm, "Attachable", identity) or {}).get("TempDownloadUri")
        if link is None:
            raise not_found()
        return str(link)

    def file(self, key: str) -> File | None:
        """The file behind a link."""
        rows = self._store.rows("SELECT realm, id, body FROM attached_file WHERE key = ?", [key])
        if not rows:
            return None
        realm, identity, content = rows[0]
        record = self._store.get(realm, "Attachable", identity) or {}
        kind = str(record.get("ContentType", "application/octet-stream"))
        return File(str(record.get("FileName", identity)), kind, content)

    def _keep(self, realm: str, pair: dict[str, Message], base_url: str) -> str:
        if "content" not in pair:
            raise business_fault("The request holds metadata of a file, and no file.")
        content = _decoded(pair["content"])
        metadata = _metadata(pair, pair["content"])
        key = secrets.token_urlsafe(24)
        with self._store.transaction():
            saved = self._writer.save(realm, "Attachable", {**metadata, "Size": len(content)})
            identity = saved["Id"]
            links = {
                "FileAccessUri": f"/v3/company/{realm}/download/{identity}",
                "TempDownloadUri": f"{base_url}/attachments/{key}",
            }
            self._store.put(realm, "Attachable", in_order("Attachable", {**saved, **links}))
            self._store.rows("INSERT INTO attached_file VALUES (?, ?, ?, ?)", [realm, identity, key, content])
        return self._store.shown(realm, "Attachable", identity) or "{}"


def _pairs(content_type: str, body: bytes) -> list[dict[str, Message]]:
    """The parts of a body by their number: `{"metadata": part, "content": part}`."""
    if not content_type.lower().startswith("multipart/form-data"):
        return []
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", errors="replace")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    pairs: dict[str, dict[str, Message]] = {}
    for part in message.get_payload() if message.is_multipart() else ():
        if isinstance(part, Message):
            named = _PART.fullmatch(str(part.get_param("name", "", "content-disposition")))
            if named:
                pairs.setdefault(named[2], {})[named[1]] = part
    return [pairs[number] for number in sorted(pairs)]


def _metadata(pair: dict[str, Message], file: Message) -> Record:
    """What was sent of a file, or what the file itself tells (the system makes what is not supplied)."""
    own: dict[str, Any] = {"ContentType": file.get_content_type()}
    name = file.get_filename()
    if name:
        own["FileName"] = name
    if "metadata" not in pair:
        return own
    try:
        sent = loads(_decoded(pair["metadata"]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise unreadable_property() from None
    if not isinstance(sent, dict):
        raise unreadable_property()
    return {**own, **sent}


def _decoded(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""

"""File uploads: a session, chunks one after the other, and the file that they make."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import Element

from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.calls import Answer, Call, answer
from qbo_pipeline.local.tableau.records import FileUpload
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline.local.tableau.switches import MEGABYTE, Switches
from qbo_pipeline.local.tableau.xml_text import element


class FileUploads:
    """All that are under way."""

    def __init__(self, store: Store, switches: Callable[[], Switches]) -> None:
        self._store = store
        self._switches = switches
        self._lock = threading.Lock()
        self._appending: set[str] = set()

    def answer(self, call: Call) -> Answer:
        """Anything of …/fileUploads."""
        match call.method, call.path[1:]:
            case "POST", ():
                identity = f"{secrets.randbelow(9000) + 1000}:{secrets.token_hex(16)}-{secrets.randbelow(9)}:0"
                upload = FileUpload(id=identity, site=call.site, file=self._store.written(b"", ".upload"))
                with self._store.transaction():
                    self._store.put(upload)
                return answer(element("fileUpload", {"uploadSessionId": identity, "fileSize": 0}), status=201)
            case "PUT", (identity,):
                return answer(self._append(call, identity))
        raise errors.wrong_method(call.method)

    def complete(self, site: str, identity: str) -> FileUpload:
        """The upload of a publication or an update, which takes its file over.

        Raises:
            TableauAnswerError: there is none, or nothing was uploaded.
        """
        found = self._store.get(FileUpload, identity)
        if found is None or found.site != site:
            raise errors.upload_not_found(identity)
        if not found.chunks:
            raise errors.bad_request(f"Nothing was uploaded to '{identity}'.")
        return found

    def check_size(self, file: bytes) -> None:
        """Whether one request may hold a file, or a chunk of one.

        Raises:
            TableauAnswerError: 413.
        """
        most = self._switches().request_bytes
        if len(file) > most:
            raise errors.too_large(f"A file in one request, and a chunk, is at most {most // MEGABYTE} MB.")

    @contextmanager
    def appending(self, identity: str) -> Iterator[None]:
        """One chunk at a time.

        Raises:
            TableauAnswerError: another one is on its way.
        """
        with self._lock:
            if identity in self._appending:
                raise errors.concurrent_upload()
            self._appending.add(identity)
        try:
            yield
        finally:
            with self._lock:
                self._appending.discard(identity)

    def _append(self, call: Call, identity: str) -> Element:
        most = self._switches()
        upload = self._store.get(FileUpload, identity)
        if upload is None or upload.site != call.site:
            raise errors.upload_not_found(identity)
        chunk = call.parts().get("tableau_file")
        if chunk is None:
            raise errors.no_file("The request has no part tableau_file.")
        self.check_size(chunk)
        if upload.chunks >= most.chunks:
            raise errors.bad_request(f"An upload has at most {most.chunks} chunks.")
        # What a killed process wrote behind the last chunk that was answered is written over.
        with self._store.file(upload.file).open("r+b") as file:
            file.seek(upload.size)
            file.write(chunk)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        upload.size, upload.chunks = upload.size + len(chunk), upload.chunks + 1
        with self._store.transaction():
            self._store.put(upload)
        return element("fileUpload", {"uploadSessionId": identity, "fileSize": -(-upload.size // MEGABYTE)})

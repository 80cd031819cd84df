"""Published data sources over REST: publish, query, update, download, delete, connections, updates of data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any
from xml.etree.ElementTree import Element

import msgspec

from qbo_pipeline.local.tableau import errors, packages
from qbo_pipeline.local.tableau.calls import NOTHING, Answer, Call, answer
from qbo_pipeline.local.tableau.content import KINDS, Content, Notify
from qbo_pipeline.local.tableau.file_uploads import FileUploads
from qbo_pipeline.local.tableau.jobs import JobFailedError, Jobs
from qbo_pipeline.local.tableau.limits import Limits
from qbo_pipeline.local.tableau.paging import Fields, page
from qbo_pipeline.local.tableau.projects import Projects
from qbo_pipeline.local.tableau.records import DataSource, FileUpload, Project, UpdateRequest, Workbook
from qbo_pipeline.local.tableau.sessions import LOCAL_USER, user_id
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline.local.tableau.switches import MEGABYTE, Switches
from qbo_pipeline.local.tableau.update_actions import checked
from qbo_pipeline.local.tableau.xml_text import attribute, child, element, moment, request


class DataSources:
    """All of them."""

    def __init__(
        self,
        store: Store,
        content: Content,
        projects: Projects,
        uploads: FileUploads,
        jobs: Jobs,
        limits: Limits,
        switches: Callable[[], Switches],
        now: Callable[[], float],
        notify: Notify,
    ) -> None:
        self._store = store
        self._content = content
        self._projects = projects
        self._uploads = uploads
        self._jobs = jobs
        self._limits = limits
        self._switches = switches
        self._now = now
        self._notify = notify

    def of(self, site: str) -> list[DataSource]:
        """Of a site."""
        return [one for one in self._store.all(DataSource) if one.site == site]

    def get(self, site: str, identity: str) -> DataSource:
        """One of a site.

        Raises:
            TableauAnswerError: there is none.
        """
        found = self._store.get(DataSource, identity)
        if found is None or found.site != site:
            raise errors.not_found("datasource", identity)
        return found

    def answer(self, call: Call) -> Answer:
        """Anything of …/datasources but refreshes."""
        match call.method, call.path[1:]:
            case "GET", ():
                return self._queried(call)
            case "POST", ():
                return self._published(call)
            case "GET", (identity,):
                return answer(self.shown(self.get(call.site, identity), call.base))
            case "PUT", (identity,):
                return self._changed(call, identity)
            case "DELETE", (identity,):
                return self._deleted(call, identity)
            case "GET", (identity, "content"):
                return self._downloaded(self.get(call.site, identity))
            case (("GET" | "PUT"), (identity, "connections", *rest)):
                return self._connected(call, self.get(call.site, identity), rest)
            case "PATCH", (identity, "data"):
                return self._update(call, self.get(call.site, identity))
            case "PATCH", (identity, "connections", connection, "data"):
                found = self.get(call.site, identity)
                if connection != found.connection:
                    raise errors.not_found("connection", connection)
                return self._update(call, found)
        raise errors.wrong_method(call.method)

    def shown(self, one: DataSource, base: str) -> Element:
        """As an answer shows it."""
        project = self._store.get(Project, one.project)
        url = self._projects.site(one.site).content_url
        where = f"{base}/#/site/{url}/datasources/{one.id}" if url else f"{base}/#/datasources/{one.id}"
        return element(
            "datasource",
            {
                "id": one.id,
                "name": one.name,
                "description": one.description or None,
                "contentUrl": one.content_url,
                "webpageUrl": where,
                "type": one.type,
                "size": -(-one.size // MEGABYTE),
                "createdAt": moment(one.created),
                "updatedAt": moment(one.updated),
                "isCertified": False,
                "encryptExtracts": False,
                "hasExtracts": one.has_extracts,
                "useRemoteQueryAgent": False,
            },
            element("project", {"id": one.project, "name": project.name if project else ""}),
            element("owner", {"id": user_id(LOCAL_USER)}),
            element("tags"),
        )

    def _queried(self, call: Call) -> Answer:
        names = {one.id: one.name for one in self._projects.of(call.site)}
        connected = [link.data_source for book in self._store.all(Workbook) for link in book.connections]
        fields: Fields[DataSource] = {
            "name": lambda one: one.name,
            "projectName": lambda one: names.get(one.project, ""),
            "contentUrl": lambda one: one.content_url,
            "type": lambda one: one.type,
            "description": lambda one: one.description,
            "createdAt": lambda one: moment(one.created),
            "updatedAt": lambda one: moment(one.updated),
            "hasExtracts": lambda one: one.has_extracts,
            "size": lambda one: one.size,
            "ownerName": lambda one: LOCAL_USER,
            "tags": lambda one: [],
            "isPublished": lambda one: True,
            "connectedWorkbooksCount": lambda one: connected.count(one.id),
        }
        indexed = self._now() - self._switches().index_seconds
        rows, told = page(
            [one for one in self.of(call.site) if one.created <= indexed], fields, call.parameters,
            self._switches().page_size,
        )  # fmt: skip
        return answer(told, element("datasources", {}, *(self.shown(one, call.base) for one in rows)))

    def _published(self, call: Call) -> Answer:
        self._limits.check_publish(call.site)
        upload, work = self._publication(call)
        before = self._content.named(call.site, work["project"], work["name"])
        if before is not None and not work["overwrite"]:
            self._store.discard(None if upload else work["file"])
            raise errors.overwrite_not_allowed(work["name"])
        target = before.id if before else None
        with self._store.transaction():
            self._limits.note(call.site, "publish")
            if upload is not None:
                self._store.remove(upload)
            if call.truth("asJob"):
                job = self._jobs.add(
                    "PublishDatasource", call.site, call.faults, target_kind="datasource", target=target,
                    target_name=work["name"], work=work,
                )  # fmt: skip
                return answer(self._jobs.shown(job, first_answer=True), status=202)
        with self._jobs.exclusive:
            try:
                made = self._content.prepared(work)
                with self._store.transaction():
                    published = self._content.take_over(call.site, work, made)
            except JobFailedError as error:
                raise errors.publish_failed(str(error)) from error
            finally:
                self._store.discard(work["file"])
                self._content.discard_old()
        return answer(self.shown(published, call.base), status=201)

    def _publication(self, call: Call) -> tuple[FileUpload | None, dict[str, Any]]:
        """What is to be published; its file lies in the content folder."""
        parts = call.parts()
        asked = child(request(parts.get("request_payload", b"")), "datasource")
        name, project = attribute(asked, "name"), asked.find("project")
        kind = call.parameters.get("datasourceType", "").lower()
        if kind not in KINDS:
            raise errors.bad_request(f"datasourceType is one of {', '.join(KINDS)}, not '{kind}'.")
        if call.truth("append"):
            raise errors.bad_request("This service does not append to data sources; update their data.")
        found = self._projects.default(call.site)
        if project is not None:
            found = self._projects.get(call.site, attribute(project, "id"))
        session, upload = call.parameters.get("uploadSessionId"), None
        if session:
            upload = self._uploads.complete(call.site, session)
            file = upload.file
        else:
            if not parts.get("tableau_datasource"):
                raise errors.bad_request("The request has no part tableau_datasource, and no uploadSessionId.")
            self._uploads.check_size(parts["tableau_datasource"])
            file = self._store.written(parts["tableau_datasource"], f".{kind}")
        return upload, {
            "file": file,
            "kind": kind,
            "name": name,
            "project": found.id,
            "description": asked.get("description", ""),
            "overwrite": call.truth("overwrite") or call.truth("replace"),
        }

    def _changed(self, call: Call, identity: str) -> Answer:
        asked = child(call.xml(), "datasource")
        project = asked.find("project")
        with self._store.transaction():
            found = self.get(call.site, identity)
            if project is not None:
                found.project = self._projects.get(call.site, attribute(project, "id")).id
            found.name = asked.get("name", found.name)
            found.description = asked.get("description", found.description)
            found.updated = self._now()
            self._store.put(found)
        return answer(self.shown(found, call.base))

    def _deleted(self, call: Call, identity: str) -> Answer:
        with self._jobs.exclusive:
            found = self.get(call.site, identity)
            with self._store.transaction():
                self._store.remove(found)
                self._notify("DatasourceDeleted", call.site, "DATASOURCE", found.id, found.name)
            self._store.discard(found.hyper, found.definition)
        return NOTHING

    def _downloaded(self, found: DataSource) -> Answer:
        """A .tdsx with the rows as they are now; what was published as a bare .hyper comes as one."""
        with self._jobs.exclusive:
            found = self.get(found.site, found.id)
            path = self._store.file(found.hyper) if found.hyper else None
            if found.definition is None:
                body, suffix = path.read_bytes() if path else b"", ".hyper"
            else:
                definition = self._store.file(found.definition).read_bytes()
                inside = packages.hyper_name(definition, found.name)
                body, suffix = packages.packaged(definition, found.name, path, inside), ".tdsx"
        name = PurePath(found.name).name.replace('"', "").encode("ascii", "replace").decode()
        return Answer(200, (), body, {"Content-Disposition": f'name="tableau_datasource"; filename="{name}{suffix}"'})

    def _connected(self, call: Call, found: DataSource, rest: list[str]) -> Answer:
        told = {"id": found.connection, "type": found.type, "serverAddress": "localhost", "userName": ""}
        shown = element("connection", {**told, "queryTaggingEnabled": found.type == "hyper"})
        if not rest and call.method == "GET":
            return answer(element("connections", {}, shown))
        if rest != [found.connection] or call.method != "PUT":
            raise errors.not_found("connection", "/".join(rest))
        return answer(shown)

    def _update(self, call: Call, found: DataSource) -> Answer:
        key = call.headers.get("requestid", "")
        if not key:
            raise errors.bad_request("The header requestid is missing.")
        before = self._store.get(UpdateRequest, f"{call.site}/{key}")
        if before is not None:
            return answer(self._jobs.shown(self._jobs.get(call.site, before.job)), status=202)
        self._limits.check_publish(call.site)
        if not found.live or found.hyper is None:
            raise errors.bad_request(f"The data of '{found.name}' cannot be updated: it is not live to Hyper.")
        try:
            actions = checked(msgspec.json.decode(call.body))
        except msgspec.DecodeError as error:
            raise errors.bad_request(f"The payload is no JSON: {error}") from error
        session, upload = call.parameters.get("uploadSessionId"), None
        if session:
            upload = self._uploads.complete(call.site, session)
            most = self._switches().update_bytes
            if upload.size > most:
                raise errors.too_large(f"The payload of an update is at most {most // MEGABYTE} MB.")
        elif any("source-table" in one for one in actions):
            raise errors.bad_request("An action has a source-table, and the request has no uploadSessionId.")
        with self._store.transaction():
            self._limits.note(call.site, "publish")
            work = {"actions": actions, **({"payload": upload.file} if upload else {})}
            job = self._jobs.add(
                "UpdateUploadedFile", call.site, call.faults, target_kind="datasource", target=found.id,
                target_name=found.name, connection=found.connection, work=work,
            )  # fmt: skip
            self._store.put(UpdateRequest(id=f"{call.site}/{key}", job=job.id))
            if upload is not None:
                self._store.remove(upload)
        return answer(self._jobs.shown(job, first_answer=True), status=202)

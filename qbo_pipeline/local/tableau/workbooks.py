"""Published workbooks over REST: publish, query, download, delete, connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4
from xml.etree.ElementTree import Element

from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.calls import NOTHING, Answer, Call, answer
from qbo_pipeline.local.tableau.content import Notify
from qbo_pipeline.local.tableau.file_uploads import FileUploads
from qbo_pipeline.local.tableau.jobs import JobFailedError, Jobs, Work
from qbo_pipeline.local.tableau.limits import Limits
from qbo_pipeline.local.tableau.names import content_url
from qbo_pipeline.local.tableau.packages import PackageError, WorkbookPackage, workbook_connections, workbook_package
from qbo_pipeline.local.tableau.paging import Fields, page
from qbo_pipeline.local.tableau.projects import Projects
from qbo_pipeline.local.tableau.records import DataSource, FileUpload, Job, Project, Workbook
from qbo_pipeline.local.tableau.sessions import LOCAL_USER, user_id
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline.local.tableau.switches import MEGABYTE, Switches
from qbo_pipeline.local.tableau.xml_text import attribute, child, element, moment, request

KINDS = ("twbx", "twb")


class Workbooks:
    """All of them."""

    def __init__(
        self,
        store: Store,
        projects: Projects,
        uploads: FileUploads,
        jobs: Jobs,
        limits: Limits,
        switches: Callable[[], Switches],
        now: Callable[[], float],
        notify: Notify,
    ) -> None:
        self._store = store
        self._projects = projects
        self._uploads = uploads
        self._jobs = jobs
        self._limits = limits
        self._switches = switches
        self._now = now
        self._notify = notify
        self._old: list[str | None] = []

    def works(self) -> dict[str, Work]:
        """What the jobs of workbooks do."""
        work = Work(lambda job: self._prepared(job.site, job.work), self._taken_over, dropped=self._dropped)
        return {"PublishWorkbook": work}

    def of(self, site: str) -> list[Workbook]:
        """Of a site."""
        return [one for one in self._store.all(Workbook) if one.site == site]

    def get(self, site: str, identity: str) -> Workbook:
        """One of a site.

        Raises:
            TableauAnswerError: there is none.
        """
        found = self._store.get(Workbook, identity)
        if found is None or found.site != site:
            raise errors.not_found("workbook", identity)
        return found

    def answer(self, call: Call) -> Answer:
        """Anything of …/workbooks but refreshes."""
        match call.method, call.path[1:]:
            case "GET", ():
                return self._queried(call)
            case "POST", ():
                return self._published(call)
            case "GET", (identity,):
                return answer(self.shown(self.get(call.site, identity), call.base, views=True))
            case "DELETE", (identity,):
                found = self.get(call.site, identity)
                with self._store.transaction():
                    self._store.remove(found)
                    self._notify("WorkbookDeleted", call.site, "WORKBOOK", found.id, found.name)
                self._store.discard(found.file)
                return NOTHING
            case "GET", (identity, "content"):
                return self._downloaded(self.get(call.site, identity))
            case "GET", (identity, "connections"):
                shown = map(_connection, self.get(call.site, identity).connections)
                return answer(element("connections", {}, *shown))
            case "GET", (identity, "views"):
                return answer(self._views(self.get(call.site, identity)))
        raise errors.wrong_method(call.method)

    def shown(self, one: Workbook, base: str, *, views: bool = False) -> Element:
        """As an answer shows it."""
        project = self._store.get(Project, one.project)
        url = self._projects.site(one.site).content_url
        where = f"{base}/#/site/{url}/workbooks/{one.id}/views" if url else f"{base}/#/workbooks/{one.id}/views"
        return element(
            "workbook",
            {
                "id": one.id,
                "name": one.name,
                "description": one.description or None,
                "contentUrl": one.content_url,
                "webpageUrl": where,
                "showTabs": one.show_tabs,
                "size": -(-one.size // MEGABYTE),
                "createdAt": moment(one.created),
                "updatedAt": moment(one.updated),
                "encryptExtracts": False,
            },
            element("project", {"id": one.project, "name": project.name if project else ""}),
            element("owner", {"id": user_id(LOCAL_USER)}),
            element("tags"),
            self._views(one) if views else None,
        )

    def _views(self, one: Workbook) -> Element:
        shown = (
            element(
                "view",
                {
                    "id": f"{one.id[:-4]}{number:04x}",
                    "name": name,
                    "contentUrl": f"{one.content_url}/sheets/{content_url(name, set())}",
                },
            )
            for number, name in enumerate(one.views)
        )
        return element("views", {}, *shown)

    def _queried(self, call: Call) -> Answer:
        names = {one.id: one.name for one in self._projects.of(call.site)}
        fields: Fields[Workbook] = {
            "name": lambda one: one.name,
            "projectName": lambda one: names.get(one.project, ""),
            "contentUrl": lambda one: one.content_url,
            "createdAt": lambda one: moment(one.created),
            "updatedAt": lambda one: moment(one.updated),
            "hasExtracts": lambda one: one.has_extracts,
            "size": lambda one: one.size,
            "ownerName": lambda one: LOCAL_USER,
            "tags": lambda one: [],
        }
        rows, told = page(self.of(call.site), fields, call.parameters, self._switches().page_size)
        return answer(told, element("workbooks", {}, *(self.shown(one, call.base) for one in rows)))

    def _published(self, call: Call) -> Answer:
        self._limits.check_publish(call.site)
        upload, work = self._publication(call)
        before = self._named(call.site, work)
        if before is not None and not work["overwrite"]:
            self._store.discard(None if upload else work["file"])
            raise errors.overwrite_not_allowed(work["name"])
        with self._store.transaction():
            self._limits.note(call.site, "publish")
            if upload is not None:
                self._store.remove(upload)
            if call.truth("asJob"):
                job = self._jobs.add(
                    "PublishWorkbook", call.site, call.faults, target_kind="workbook",
                    target=before.id if before else None, target_name=work["name"], work=work,
                )  # fmt: skip
                return answer(self._jobs.shown(job, first_answer=True), status=202)
        with self._jobs.exclusive:
            try:
                made = self._prepared(call.site, work)
                with self._store.transaction():
                    published = self._take_over(call.site, work, made)
            except JobFailedError as error:
                raise errors.publish_failed(str(error)) from error
            finally:
                self._store.discard(work["file"], *self._old)
                self._old = []
        return answer(self.shown(published, call.base, views=True), status=201)

    def _publication(self, call: Call) -> tuple[FileUpload | None, dict[str, Any]]:
        parts = call.parts()
        asked = child(request(parts.get("request_payload", b"")), "workbook")
        name, project = attribute(asked, "name"), asked.find("project")
        kind = call.parameters.get("workbookType", "").lower()
        if kind not in KINDS:
            raise errors.bad_request(f"workbookType is one of {', '.join(KINDS)}, not '{kind}'.")
        found = self._projects.default(call.site)
        if project is not None:
            found = self._projects.get(call.site, attribute(project, "id"))
        session, upload = call.parameters.get("uploadSessionId"), None
        if session:
            upload = self._uploads.complete(call.site, session)
            file = upload.file
        else:
            if not parts.get("tableau_workbook"):
                raise errors.bad_request("The request has no part tableau_workbook, and no uploadSessionId.")
            self._uploads.check_size(parts["tableau_workbook"])
            file = self._store.written(parts["tableau_workbook"], f".{kind}")
        return upload, {
            "file": file,
            "kind": kind,
            "name": name,
            "project": found.id,
            "description": asked.get("description", ""),
            "tabs": asked.get("showTabs", "false") == "true",
            "overwrite": call.truth("overwrite") or call.truth("replace"),
        }

    def _named(self, site: str, work: dict[str, Any]) -> Workbook | None:
        of_project = (one for one in self.of(site) if one.project == work["project"])
        return next((one for one in of_project if one.name.lower() == work["name"].lower()), None)

    def _prepared(self, site: str, work: dict[str, Any]) -> WorkbookPackage:
        try:
            package = workbook_package(self._store.file(work["file"]), work["kind"])
        except PackageError as error:
            raise JobFailedError(str(error)) from error
        published = self._data_sources(site)
        missing = [
            name for kind, _, name in package.connections if kind == "sqlproxy" and name.lower() not in published
        ]
        if missing and self._switches().check_relations:
            raise JobFailedError(f"the site has no published data source {', '.join(missing)}")
        return package

    def _data_sources(self, site: str) -> dict[str, tuple[str, str]]:
        sources = [one for one in self._store.all(DataSource) if one.site == site]
        return {one.content_url.lower(): (one.id, one.name) for one in sources}

    def _taken_over(self, job: Job, made: WorkbookPackage) -> None:
        job.target = self._take_over(job.site, job.work, made).id

    def _take_over(self, site: str, work: dict[str, Any], made: WorkbookPackage) -> Workbook:
        now, found = self._now(), self._named(site, work)
        if found is not None and not work["overwrite"]:
            raise JobFailedError(f"A workbook '{found.name}' exists; overwrite was not specified")
        if found is None:
            found = Workbook(
                id=str(uuid4()), site=site, project=work["project"], name=work["name"],
                content_url=content_url(work["name"], {one.content_url for one in self.of(site)}),
                created=now, updated=now, file=None, revision=0,
            )  # fmt: skip
        self._old.append(found.file)
        found.file = self._store.linked(work["file"], f".{work['kind']}")
        found.size = self._store.file(found.file).stat().st_size
        found.name, found.description, found.show_tabs = work["name"], work["description"], work["tabs"]
        found.views, found.has_extracts = list(made.views), made.has_extracts
        identities = [str(uuid4()) for _ in made.connections]
        found.connections = workbook_connections(made, identities, self._data_sources(site))
        found.updated, found.revision = now, found.revision + 1
        self._store.put(found)
        event = "WorkbookCreated" if found.revision == 1 else "WorkbookUpdated"
        self._notify(event, site, "WORKBOOK", found.id, found.name)
        return found

    def _dropped(self, job: Job) -> None:
        self._store.discard(job.work.get("file"), *self._old)
        self._old = []

    def _downloaded(self, found: Workbook) -> Answer:
        suffix = found.file.rpartition(".")[2] if found.file else "twbx"
        name = found.name.replace('"', "").encode("ascii", "replace").decode()
        body = self._store.file(found.file).read_bytes() if found.file else b""
        return Answer(200, (), body, {"Content-Disposition": f'name="tableau_workbook"; filename="{name}.{suffix}"'})


def _connection(one: Any) -> Element:
    source = element("datasource", {"id": one.data_source, "name": one.name}) if one.data_source else None
    told = {"id": one.id, "type": one.type, "serverAddress": one.server, "userName": ""}
    return element("connection", told, source)

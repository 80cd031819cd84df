"""Sites and their projects."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4
from xml.etree.ElementTree import Element

from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.calls import NOTHING, Answer, Call, answer
from qbo_pipeline.local.tableau.paging import Fields, page
from qbo_pipeline.local.tableau.records import Project, Site
from qbo_pipeline.local.tableau.sessions import LOCAL_USER, user_id
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline.local.tableau.switches import Switches
from qbo_pipeline.local.tableau.xml_text import attribute, child, element, moment

LOCAL_SITE = "11111111-3333-4333-8444-555555555555"
DEFAULT_PROJECT = "default"

_FIELDS: Fields[Project] = {
    "name": lambda one: one.name,
    "createdAt": lambda one: moment(one.created),
    "updatedAt": lambda one: moment(one.updated),
    "parentProjectId": lambda one: one.parent or "",
    "topLevelProject": lambda one: one.parent is None,
    "ownerName": lambda one: LOCAL_USER,
}


class Projects:
    """All sites and projects; there is always the default project of the default site."""

    def __init__(self, store: Store, switches: Callable[[], Switches], now: Callable[[], float]) -> None:
        self._store = store
        self._switches = switches
        self._now = now
        self.found()

    def found(self) -> None:
        """Make the default site where there is none."""
        if self._store.get(Site, LOCAL_SITE) is None:
            self.add_site("", "Default", LOCAL_SITE)

    def add_site(self, content_url: str, name: str, identity: str | None = None) -> Site:
        """One more site, with its default project.

        Raises:
            ValueError: there is one of that content url.
        """
        if any(one.content_url == content_url for one in self.sites()):
            raise ValueError(f"there is a site {content_url!r} already")
        site = Site(id=identity or str(uuid4()), name=name, content_url=content_url)
        with self._store.transaction():
            self._store.put(site)
            told = "The default project that was automatically created by Tableau."
            self._add(site.id, DEFAULT_PROJECT, told)
        return site

    def sites(self) -> list[Site]:
        """All of them."""
        return self._store.all(Site)

    def site(self, identity: str) -> Site:
        """One of them.

        Raises:
            TableauAnswerError: there is none.
        """
        found = self._store.get(Site, identity)
        if found is None:
            raise errors.not_found("site", identity)
        return found

    def of(self, site: str) -> list[Project]:
        """The projects of a site."""
        return [one for one in self._store.all(Project) if one.site == site]

    def get(self, site: str, identity: str) -> Project:
        """One of a site.

        Raises:
            TableauAnswerError: there is none.
        """
        found = self._store.get(Project, identity)
        if found is None or found.site != site:
            raise errors.not_found("project", identity)
        return found

    def default(self, site: str) -> Project:
        """Where what names no project is published to."""
        return next(one for one in self.of(site) if one.name == DEFAULT_PROJECT and one.parent is None)

    def answer_sites(self, call: Call) -> Answer:
        """Anything of …/sites and …/sites/{id} itself."""
        if call.method != "GET":
            raise errors.wrong_method(call.method)
        if call.site:
            return answer(self._shown_site(self.site(call.site)))
        rows, told = page(self.sites(), {"name": lambda one: one.name}, call.parameters, self._switches().page_size)
        return answer(told, element("sites", {}, *map(self._shown_site, rows)))

    def answer(self, call: Call) -> Answer:
        """Anything of …/projects."""
        match call.method, call.path[1:]:
            case "GET", ():
                rows, told = page(self.of(call.site), _FIELDS, call.parameters, self._switches().page_size)
                return answer(told, element("projects", {}, *map(self.shown, rows)))
            case "POST", ():
                return answer(self.shown(self._create(call)), status=201)
            case "PUT", (identity,):
                return answer(self.shown(self._update(call, identity)))
            case "DELETE", (identity,):
                with self._store.transaction():
                    self._store.remove(self.get(call.site, identity))
                return NOTHING
        raise errors.wrong_method(call.method)

    def shown(self, project: Project) -> Element:
        """As an answer shows it."""
        return element(
            "project",
            {
                "id": project.id,
                "name": project.name,
                "description": project.description,
                "createdAt": moment(project.created),
                "updatedAt": moment(project.updated),
                "contentPermissions": project.permissions,
                "parentProjectId": project.parent,
            },
            element("owner", {"id": user_id(LOCAL_USER)}),
        )

    def _create(self, call: Call) -> Project:
        asked = child(call.xml(), "project")
        name, parent = attribute(asked, "name"), asked.get("parentProjectId")
        if parent is not None:
            self.get(call.site, parent)
        with self._store.transaction():
            if any(one.name.lower() == name.lower() and one.parent == parent for one in self.of(call.site)):
                raise errors.project_exists(name)
            permissions = asked.get("contentPermissions", "ManagedByOwner")
            return self._add(call.site, name, asked.get("description", ""), permissions, parent)

    def _update(self, call: Call, identity: str) -> Project:
        asked = child(call.xml(), "project")
        with self._store.transaction():
            found = self.get(call.site, identity)
            found.name = asked.get("name", found.name)
            found.description = asked.get("description", found.description)
            found.permissions = asked.get("contentPermissions", found.permissions)
            found.updated = self._now()
            self._store.put(found)
        return found

    def _add(
        self, site: str, name: str, description: str, permissions: str = "ManagedByOwner", parent: str | None = None
    ) -> Project:
        now = self._now()
        project = Project(
            id=str(uuid4()), site=site, name=name, description=description, permissions=permissions, parent=parent,
            created=now, updated=now,
        )  # fmt: skip
        self._store.put(project)
        return project

    def _shown_site(self, site: Site) -> Element:
        told = {"id": site.id, "name": site.name, "contentUrl": site.content_url, "state": "Active"}
        return element("site", {**told, "adminMode": "ContentAndUsers"})

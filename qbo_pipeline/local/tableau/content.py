"""Published data sources as they are made: files are opened, checked and taken over; data is updated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from qbo_pipeline.local.tableau import hyper
from qbo_pipeline.local.tableau.jobs import JobFailedError, Work
from qbo_pipeline.local.tableau.names import content_url
from qbo_pipeline.local.tableau.packages import DataSourcePackage, PackageError, data_source_package, extract_member
from qbo_pipeline.local.tableau.records import DataSource, Job, Table
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline.local.tableau.switches import Switches
from qbo_pipeline.local.tableau.update_actions import SOURCE, TARGET, statements

KINDS = ("hyper", "tdsx", "tds", "parquet")

Notify = Callable[[str, str, str, str, str], None]
"""Of an event: its name, the site, the kind of what it happened to, its LUID and name."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a published file turned out to be."""

    hyper: str | None
    definition: str | None
    tables: list[Table]
    connection_class: str
    live: bool
    upstream: bool


class Content:
    """Takes published data sources over; `store` keeps them."""

    def __init__(
        self, store: Store, switches: Callable[[], Switches], now: Callable[[], float], notify: Notify
    ) -> None:
        self._store = store
        self._switches = switches
        self._now = now
        self._notify = notify
        self._old: list[str | None] = []

    def works(self) -> dict[str, Work]:
        """What the jobs of data sources do."""
        return {
            "PublishDatasource": Work(
                lambda job: self.prepared(job.work),
                lambda job, made: self._taken_over(job, made),
                dropped=self._dropped,
            ),
            "UpdateUploadedFile": Work(self._updated, self._swapped, dropped=self._dropped),
        }

    def named(self, site: str, project: str, name: str) -> DataSource | None:
        """The data source of a name in a project."""
        return next(
            (
                one
                for one in self._store.all(DataSource)
                if (one.site, one.project) == (site, project) and one.name.lower() == name.lower()
            ),
            None,
        )

    def prepared(self, work: dict[str, Any]) -> Prepared:
        """Open a published file.

        Raises:
            JobFailedError: it cannot be published, and why.
        """
        try:
            match work["kind"]:
                case "hyper":
                    return self._bare(self._store.linked(work["file"], ".hyper"))
                case "parquet":
                    target = self._store.new_name(".hyper")
                    hyper.from_parquet(self._store.file(work["file"]), self._store.file(target))
                    return self._bare(target)
            return self._packaged(work)
        except (PackageError, hyper.HyperFileError) as error:
            raise JobFailedError(str(error)) from error

    def take_over(self, site: str, work: dict[str, Any], made: Prepared) -> DataSource:
        """The data source that a published file makes, or whose content it is from now on.

        Raises:
            JobFailedError: there is one of its name by now, and it is not to be overwritten.
        """
        now, before = self._now(), self.named(site, work["project"], work["name"])
        if before is not None and not work["overwrite"]:
            raise JobFailedError(f"A data source '{before.name}' exists; overwrite was not specified")
        size = sum(self._store.file(one).stat().st_size for one in (made.hyper, made.definition) if one)
        if before is None:
            taken = {one.content_url for one in self._store.all(DataSource) if one.site == site}
            before = DataSource(
                id=str(uuid4()), site=site, project=work["project"], name=work["name"],
                content_url=content_url(work["name"], taken), type="", created=now, updated=now, connection="",
                hyper=None, live=False, revision=0,
            )  # fmt: skip
        self._old += [before.hyper, before.definition]
        before.name, before.description = work["name"], work.get("description") or before.description
        before.type, before.connection, before.updated = made.connection_class, str(uuid4()), now
        before.hyper, before.definition, before.tables = made.hyper, made.definition, made.tables
        before.live, before.upstream = made.live, made.upstream
        before.has_extracts = made.hyper is not None
        before.size, before.revision = size, before.revision + 1
        self._store.put(before)
        event = "DatasourceCreated" if before.revision == 1 else "DatasourceUpdated"
        self._notify(event, site, "DATASOURCE", before.id, before.name)
        return before

    def discard_old(self) -> None:
        """Remove the files of what was replaced."""
        old, self._old = self._old, []
        self._store.discard(*old)

    def _bare(self, name: str) -> Prepared:
        path = self._store.file(name)
        with path.open("rb") as file:
            if not file.read(len(hyper.MAGIC)).startswith(hyper.MAGIC):
                raise JobFailedError("it is no .hyper file")
        tables = hyper.tables(path)
        if not tables:
            raise JobFailedError("the .hyper file has no tables")
        if len(tables) > 1 and self._switches().bare_tables == "tree":
            _need_tree(tables, hyper.relationships(path))
        return Prepared(name, None, tables, "hyper", live=True, upstream=False)

    def _packaged(self, work: dict[str, Any]) -> Prepared:
        path = self._store.file(work["file"])
        package = data_source_package(path, work["kind"])
        name, tables = None, []
        if package.hyper is not None:
            name = self._store.new_name(".hyper")
            extract_member(path, package.hyper, self._store.file(name))
            tables = hyper.tables(self._store.file(name))
            self._check_relations(package, tables)
        definition = self._store.written(package.definition, ".tds")
        kind = package.connection_class or "dataengine"
        return Prepared(
            name, definition, tables, kind,
            live=kind == "hyper" and not package.is_extract, upstream=kind not in ("hyper", "dataengine"),
        )  # fmt: skip

    def _check_relations(self, package: DataSourcePackage, tables: list[Table]) -> None:
        held = {(one.schema, one.name) for one in tables}
        missing = [f"[{schema}].[{name}]" for schema, name in package.relations if (schema, name) not in held]
        if missing and self._switches().check_relations:
            raise JobFailedError(f"its .hyper lacks tables that the data source is made of: {', '.join(missing)}")

    def _taken_over(self, job: Job, made: Prepared) -> None:
        job.target = self.take_over(job.site, job.work, made).id

    def _updated(self, job: Job) -> tuple[str, list[Table]]:
        found = self._store.get(DataSource, job.target or "")
        if found is None or found.hyper is None:
            raise JobFailedError("The data source is not there any more")
        target = self._store.copied(found.hyper, ".hyper")
        payload = job.work.get("payload")
        try:
            tables = hyper.change(
                self._store.file(target),
                None if payload is None else self._store.file(payload),
                lambda coming, there: statements(job.work["actions"], coming, there),
                databases=(SOURCE, TARGET),
            )
        except hyper.HyperFileError as error:
            self._store.discard(target)
            raise JobFailedError(str(error)) from error
        except BaseException:
            self._store.discard(target)
            raise
        return target, tables

    def _swapped(self, job: Job, made: tuple[str, list[Table]]) -> None:
        found = self._store.get(DataSource, job.target or "")
        if found is None:
            self._old.append(made[0])
            return
        self._old.append(found.hyper)
        found.hyper, found.tables = made
        found.updated = self._now()
        found.size = sum(self._store.file(one).stat().st_size for one in (found.hyper, found.definition) if one)
        self._store.put(found)
        self._notify("DatasourceUpdated", found.site, "DATASOURCE", found.id, found.name)

    def _dropped(self, job: Job) -> None:
        self._store.discard(job.work.get("file"), job.work.get("payload"))
        self.discard_old()


def _need_tree(tables: list[Table], relationships: list[tuple[str, str]]) -> None:
    """A bare .hyper file of several tables: its foreign keys make one tree that spans all (hyper-api-samples)."""
    roots = {table.name for table in tables} - {target for _, target in relationships}
    if len(roots) != 1 or len(relationships) != len(tables) - 1:
        raise JobFailedError("the foreign keys of its tables do not make one tree that spans all of them")

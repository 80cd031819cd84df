"""What a site tells of its content and its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Content:
    """A published data source or workbook."""

    luid: str
    name: str
    project_id: str
    content_url: str
    """How its URL and connections to it name it."""
    updated_at: str | None
    """ISO 8601, UTC, as Tableau tells it."""
    url: str | None
    """Where people see it."""
    description: str


@dataclass(frozen=True, slots=True)
class Job:
    """An asynchronous job. It ended when `completed_at` is there, and only then; `finish_code` means nothing before."""

    id: str
    kind: str
    completed_at: datetime | None
    finish_code: int
    """0 and 3: it did what it was to do; 1: it failed; 2: it was cancelled."""
    notes: tuple[str, ...]
    progress: int | None
    about: tuple[str, ...]
    """LUID and name of the data source or workbook it is about, where Tableau says so."""

    @property
    def succeeded(self) -> bool:
        """Whether it ended well."""
        return self.completed_at is not None and self.finish_code in (0, 3)

    @property
    def cancelled(self) -> bool:
        """Whether somebody cancelled it."""
        return self.completed_at is not None and self.finish_code == 2


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job in the list of a site's jobs."""

    id: str
    kind: str
    """`PublishDatasource`, `publish_datasource` …: spelled as the version likes."""
    status: str
    created_at: datetime | None
    title: str | None

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.status.lower() in {"pending", "inprogress", "in_progress"}


def content(item: Any) -> Content:
    """Of a `DatasourceItem` or a `WorkbookItem`."""
    updated: datetime | None = item.updated_at
    return Content(
        str(item.id),
        str(item.name),
        str(item.project_id or ""),
        str(item.content_url or ""),
        None if updated is None else updated.astimezone(UTC).isoformat(),
        item.webpage_url,
        str(item.description or ""),
    )


def job(item: Any) -> Job:
    """Of a `JobItem`."""
    notes = [str(one).strip() for one in item.notes or () if one]
    notes += [str(one.get("text")) for one in getattr(item, "status_notes", None) or () if one.get("text")]
    progress = str(item.progress or "")
    return Job(
        str(item.id),
        str(item.type or ""),
        item.completed_at,
        int(item.finish_code),
        tuple(dict.fromkeys(notes)),
        int(progress) if progress.isdigit() else None,
        tuple(
            str(one)
            for one in (item.datasource_id, item.datasource_name, item.workbook_id, item.workbook_name)
            if one is not None
        ),
    )


def listed_job(item: Any) -> ListedJob:
    """Of a `BackgroundJobItem`."""
    return ListedJob(str(item.id), str(item.type or ""), str(item.status or ""), item.created_at, item.title)

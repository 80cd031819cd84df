"""What the service holds and does, as data: for the page, and as JSON at /control/status."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from qbo_pipeline.local.tableau.jobs import listed_type, status
from qbo_pipeline.local.tableau.parts import Service
from qbo_pipeline.local.tableau.records import DataSource, Delivery, Job, Project, RefreshTask, Webhook, Workbook
from qbo_pipeline.local.tableau.switches import DEFAULTS

JOBS = 20
DELIVERIES = 10


@dataclass(frozen=True, slots=True)
class TableStatus:
    """A table and its rows."""

    schema: str
    name: str
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class DataSourceStatus:
    """A published data source; times in seconds since 1970, by the service's clock."""

    id: str
    name: str
    project: str
    type: str
    live: bool
    """Whether its data can be updated."""
    bytes: int
    revision: int
    created: float
    updated: float
    tables: list[TableStatus]

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(table.rows for table in self.tables)


@dataclass(frozen=True, slots=True)
class WorkbookStatus:
    """A published workbook, with the data sources that it is connected to."""

    id: str
    name: str
    project: str
    views: list[str]
    data_sources: list[str]
    has_extracts: bool
    updated: float
    refreshed: float | None


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job."""

    id: str
    type: str
    target: str
    status: str
    started: float
    seconds: float | None
    notes: str


@dataclass(frozen=True, slots=True)
class WebhookStatus:
    """A webhook, and how many deliveries were answered with 2xx and how many never were."""

    name: str
    event: str
    url: str
    enabled: bool
    delivered: int
    failed: int


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """A site and what is on it."""

    id: str
    name: str
    content_url: str
    projects: list[str]
    data_sources: list[DataSourceStatus]
    workbooks: list[WorkbookStatus]
    jobs: list[JobStatus]
    """The newest first."""
    job_count: int
    tasks: int
    webhooks: list[WebhookStatus]
    refreshes_last_hour: int
    publishes_last_hour: int


@dataclass(frozen=True, slots=True)
class Status:
    """All of it."""

    now: float
    clock_ahead: float
    flavour: str
    version: str
    sites: list[SiteStatus]
    deliveries: list[dict[str, Any]]
    """The last that webhooks were told, the newest first."""
    requests: list[tuple[str, int, int]]
    """Endpoint, status, how many."""
    refused: int
    """Requests that a limit was reached for."""
    faults: list[dict[str, Any]]
    switches: dict[str, Any]
    """Those that are not as they are by default."""


def current_status(service: Service) -> Status:
    """What is the case now."""
    counted = Counter((one.endpoint, one.status) for one in tuple(service.requests))
    default = asdict(DEFAULTS)
    sent = service.store.all(Delivery)
    told = ("event", "status", "tries", "created")
    return Status(
        now=service.clock.now(),
        clock_ahead=service.clock.ahead,
        flavour=service.switches.flavour,
        version=service.switches.rest_api_version,
        sites=[_site(service, one.id, sent) for one in service.projects.sites()],
        deliveries=[{name: getattr(one, name) for name in told} for one in sent[-DELIVERIES:][::-1]],
        requests=[(endpoint, code, count) for (endpoint, code), count in sorted(counted.items())],
        refused=service.limits.refused,
        faults=[one.shown() for one in service.faults.all()],
        switches={name: one for name, one in asdict(service.switches).items() if one != default[name]},
    )


def _site(service: Service, identity: str, sent: list[Delivery]) -> SiteStatus:
    store, site = service.store, service.projects.site(identity)
    projects = {one.id: one.name for one in store.all(Project) if one.site == identity}
    jobs = service.jobs.of(identity)
    return SiteStatus(
        id=site.id,
        name=site.name,
        content_url=site.content_url,
        projects=sorted(projects.values()),
        data_sources=[_data_source(one, projects) for one in store.all(DataSource) if one.site == identity],
        workbooks=[_workbook(one, projects) for one in store.all(Workbook) if one.site == identity],
        jobs=[_job(one) for one in jobs[:JOBS]],
        job_count=len(jobs),
        tasks=sum(one.site == identity for one in store.all(RefreshTask)),
        webhooks=[_webhook(one, sent) for one in store.all(Webhook) if one.site == identity],
        refreshes_last_hour=service.limits.in_the_last_hour(identity, "refresh"),
        publishes_last_hour=service.limits.in_the_last_hour(identity, "publish"),
    )


def _data_source(one: DataSource, projects: dict[str, str]) -> DataSourceStatus:
    by_name = sorted(one.tables, key=lambda table: table.name)
    tables = [TableStatus(table.schema, table.name, table.rows, len(table.columns)) for table in by_name]
    return DataSourceStatus(
        one.id, one.name, projects.get(one.project, ""), one.type, one.live, one.size, one.revision, one.created,
        one.updated, tables,
    )  # fmt: skip


def _workbook(one: Workbook, projects: dict[str, str]) -> WorkbookStatus:
    sources = [link.name for link in one.connections if link.type == "sqlproxy"]
    return WorkbookStatus(
        one.id,
        one.name,
        projects.get(one.project, ""),
        one.views,
        sources,
        one.has_extracts,
        one.updated,
        one.refreshed,
    )


def _job(job: Job) -> JobStatus:
    seconds = None if job.completed is None else job.completed - job.started
    return JobStatus(job.id, listed_type(job), job.target_name, status(job), job.started, seconds, job.notes)


def _host(url: str) -> str:
    """Where a webhook leads, without its path: that may hold a secret."""
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc}/…"


def _webhook(one: Webhook, sent: list[Delivery]) -> WebhookStatus:
    done = [delivery for delivery in sent if delivery.webhook == one.id and delivery.done]
    good = sum(200 <= (delivery.status or 0) < 300 for delivery in done)
    return WebhookStatus(one.name, one.event, _host(one.url), one.enabled, good, len(done) - good)

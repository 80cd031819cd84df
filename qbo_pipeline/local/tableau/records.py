"""What the service keeps, as records: a struct each, written whole. Times are seconds since 1970 by its clock."""

from __future__ import annotations

from typing import Any

import msgspec


class Record(msgspec.Struct, kw_only=True):
    """Anything that is kept, by its id: a LUID where Tableau has one."""

    id: str


class Site(Record, kw_only=True):
    """A site; `content_url` is how addresses name it, "" for the default one."""

    name: str
    content_url: str


class Project(Record, kw_only=True):
    """A project of a site, in a parent or at the top."""

    site: str
    name: str
    description: str = ""
    permissions: str = "ManagedByOwner"
    parent: str | None = None
    created: float
    updated: float


class AccessToken(Record, kw_only=True):
    """A personal access token; its id is its name."""

    value: str
    user: str
    created: float
    expires: float | None = None
    used: float | None = None
    """When it was last signed in with; a token that is not used for days expires. None: it never does by that."""


class ConnectedApp(Record, kw_only=True):
    """A connected app with direct trust; its id is the client id."""

    secret_id: str
    secret: str


class UsedTokenId(Record, kw_only=True):
    """A `jti` of a JWT that was signed in with."""

    expires: float


class Session(Record, kw_only=True):
    """A session; its id is the token of `X-Tableau-Auth`."""

    site: str
    user: str
    access_token: str | None
    """The name of the personal access token that it was opened with."""
    scopes: list[str] | None
    """Of a connected app; None: everything the user may do."""
    created: float
    ends: float


class FileUpload(Record, kw_only=True):
    """A file that comes in chunks; its id is the upload session id."""

    site: str
    file: str
    size: int = 0
    chunks: int = 0


class Column(msgspec.Struct):
    """A column of a table in Hyper, with its SQL type."""

    name: str
    type: str
    nullable: bool


class Table(msgspec.Struct):
    """A table in Hyper."""

    schema: str
    name: str
    columns: list[Column]
    rows: int


class DataSource(Record, kw_only=True):
    """A published data source."""

    site: str
    project: str
    name: str
    content_url: str
    description: str = ""
    type: str
    """Class of its connection: `hyper` for what comes from a .hyper file."""
    created: float
    updated: float
    connection: str
    """LUID of its connection, renewed by every publication."""
    hyper: str | None
    """Its .hyper file, named in the content folder; None where it holds no rows."""
    definition: str | None = None
    """Its .tds file."""
    live: bool
    """Whether it is live to Hyper, so that its data can be updated; else its Hyper file is an extract."""
    upstream: bool = False
    """Whether there is a database behind its extract, from which it can be refreshed."""
    has_extracts: bool = False
    tables: list[Table] = []
    size: int = 0
    revision: int = 1


class WorkbookConnection(msgspec.Struct):
    """A connection of a workbook; `sqlproxy` is one to a published data source."""

    id: str
    type: str
    server: str = ""
    data_source: str | None = None
    """LUID of the published data source."""
    name: str = ""


class Workbook(Record, kw_only=True):
    """A published workbook."""

    site: str
    project: str
    name: str
    content_url: str
    description: str = ""
    created: float
    updated: float
    file: str | None
    connections: list[WorkbookConnection] = []
    views: list[str] = []
    has_extracts: bool = False
    """Whether data is embedded that can be refreshed."""
    show_tabs: bool = False
    size: int = 0
    revision: int = 1
    refreshed: float | None = None


class Job(Record, kw_only=True):
    """A job of a site: what is to be done, and how it went."""

    site: str
    type: str
    target_kind: str
    """`datasource` or `workbook`."""
    target: str | None
    target_name: str
    connection: str | None = None
    """Of an UpdateUploadedFile."""
    work: dict[str, Any] = {}
    """What the job needs to be carried out."""
    created: float
    started: float
    due: float
    """When it ends at the earliest."""
    completed: float | None = None
    finish_code: int | None = None
    """0 succeeded, 1 failed, 2 cancelled."""
    notes: str = ""
    stuck: bool = False
    """It never ends."""
    fails: bool = False
    """It ends as failed, whatever it does."""
    silent: bool = False
    """It fails without notes."""
    done_nevertheless: bool = True
    """Whether a job that was made to fail does its work."""
    task: str | None = None


class UpdateRequest(Record, kw_only=True):
    """A request id of an update that was taken, and the job that it made."""

    job: str


class Schedule(Record, kw_only=True):
    """A schedule of a Tableau Server."""

    name: str
    type: str
    priority: int
    execution_order: str
    state: str = "Active"
    frequency: str
    start: str
    end: str | None
    intervals: list[tuple[str, str]]
    created: float
    updated: float


class RefreshTask(Record, kw_only=True):
    """An extract refresh task: of a schedule (Server), or with one of its own (Cloud)."""

    site: str
    type: str
    """`FullRefresh` or `IncrementalRefresh`."""
    target_kind: str
    target: str
    schedule: str | None
    frequency: str | None = None
    start: str | None = None
    end: str | None = None
    intervals: list[tuple[str, str]] = []
    priority: int = 50
    failed: int = 0
    last_run: float | None = None
    created: float
    updated: float


class Webhook(Record, kw_only=True):
    """A webhook of a site; `event` as in DatasourceRefreshFailed."""

    site: str
    name: str
    event: str
    url: str
    enabled: bool = True
    status_reason: str = ""
    created: float
    updated: float


class Delivery(Record, kw_only=True):
    """An event that was sent, or is to be; its status is that of the last try, 0 where nothing answered."""

    webhook: str
    url: str
    event: str
    body: str
    created: float
    tries: int = 0
    status: int | None = None
    done: bool = False


class Started(Record, kw_only=True):
    """A refresh or a publication that counts against the limits of a site."""

    site: str
    kind: str
    at: float

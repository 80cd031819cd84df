"""What the service does where nothing says what the real one does, and the limits it keeps: all can be changed.

`POST /control/switches` and `LocalTableau.switch` change them; they are kept over restarts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Flavour = Literal["server", "cloud"]

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Switches:
    """All of them."""

    flavour: Flavour = "server"
    """What it stands in for: session lifetimes, limits and schedules differ."""
    rest_api_version: str = "3.29"
    product_version: str = "2026.2.0"
    session_minutes: int = 0
    """How long a session lives; 0: 240 on Server, 120 on Cloud (Tableau's KB 001498381)."""
    one_session_per_token: bool = True
    """Whether a second sign-in with a personal access token ends the first (server-client-python, issue 717)."""
    unused_token_days: int = 15
    """After which a personal access token that is not used expires; 0: never."""
    jwt_seconds: int = 600
    """How far ahead the expiry of a JWT may lie."""
    scopes: bool = True
    """Whether the scopes of a connected app's JWT are required."""
    limits: bool = True
    """Whether a site on Cloud keeps its limits; sizes of a request are kept always."""
    refreshes_per_hour: int = 60
    publishes_per_hour: int = 600
    retry_after: bool = False
    """Whether a 429 has a Retry-After header beside its text."""
    request_bytes: int = 64 * MEGABYTE
    """Of a file in one request, and of a chunk."""
    chunks: int = 1000
    """Of an upload."""
    update_bytes: int = 100 * MEGABYTE
    """Of the payload of an update (`api.server.extract-updates.max-size`)."""
    job_seconds: float = 0.2
    """How long a job runs at least."""
    early_finish_code: Literal["until_completed", "first_answer", "never"] = "until_completed"
    """For how long a publishing job that runs says finishCode="1" (recorded: datasource_publish_async)."""
    failure_notes: bool = True
    """Whether a job that fails says why (server-client-python, issue 1303: often not)."""
    index_seconds: float = 0.0
    """After which queries list what was published first."""
    bare_tables: Literal["tree", "any"] = "tree"
    """Which .hyper files of several tables can be published bare: those whose foreign keys make one tree, or any."""
    check_relations: bool = True
    """Whether a .tdsx whose relations name tables that its .hyper lacks is refused."""
    own_extract_refresh: Literal["refused", "job"] = "refused"
    """What a refresh of a data source without a database behind it does: 409090, or a job that does nothing."""
    live_workbook_refresh: Literal["refused", "job"] = "refused"
    """What a refresh of a workbook without an extract of its own does."""
    webhook_https: bool = True
    """Whether the address of a webhook must be https; loopback addresses always may be http."""
    webhook_copies: int = 1
    """How often an event is sent (duplicates are met)."""
    webhook_retry_seconds: float = 0.5
    """Before the first of three further tries; each waits twice as long as the one before."""
    page_size: int = 100
    """Of a query that does not say."""


DEFAULTS = Switches()

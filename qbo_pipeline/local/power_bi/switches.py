"""What the service does where nothing says what the real one does, and the limits it keeps: all can be changed.

`POST /control/switches` and `LocalPowerBI.switch` change them; they are kept over restarts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SequenceNumbers = Literal["honoured", "rejected", "ignored"]


@dataclass(frozen=True, slots=True)
class Switches:
    """All of them; the limits are those of learn.microsoft.com, push-datasets-limitations."""

    limits: bool = True
    """Whether windows (requests, rows, refreshes, queries) are kept; sizes of a request always are."""
    posts_per_minute: int = 120
    posts_per_hour_of_large_tables: int = 120
    """Of a dataset with a table of `large_table_rows`."""
    large_table_rows: int = 250_000
    rows_per_hour: int = 1_000_000
    pending_posts: int = 5
    rows_per_post: int = 10_000
    body_bytes: int = 16 * 1024 * 1024
    columns_per_table: int = 75
    tables: int = 75
    relationships: int = 75
    text_characters: int = 4_000
    fifo_rows: int = 200_000
    """That are kept of a table with retention `basicFIFO`."""
    fifo_slack_rows: int = 10_000
    """By which it may be over that until it is trimmed."""
    table_rows: int = 5_000_000
    """Of a table without retention."""
    refreshes_per_day: int = 8
    queries_per_minute: int = 120
    query_rows: int = 100_000
    query_values: int = 1_000_000
    query_bytes: int = 15 * 1024 * 1024
    retry_after: bool = True
    """Whether a 429 has a Retry-After header."""
    sequence_numbers: SequenceNumbers = "honoured"
    """What a repeated or lower X-PowerBI-PushData-SequenceNumber does: 200 without an insert, 4xx, or nothing."""
    sequence_endpoint: bool = True
    """Whether GET …/sequenceNumbers is there; the current specification does not name it."""
    execute_queries: bool = True
    """The tenant setting `Dataset Execute Queries REST API`."""
    unknown_columns: Literal["rejected", "ignored"] = "rejected"
    """Rows with a column that the table does not have."""
    table_names: Literal["exact", "any_case"] = "exact"
    """How a table in an address is found (Pipedream, issue 20679: a wrong case is 404)."""
    creation_retired: bool = False
    creation_retired_status: int = 400
    creation_status: Literal[201, 202] = 201
    token_seconds: int = 3599
    token_expired_status: Literal[401, 403] = 403
    enhanced_refresh: bool = True
    """Whether the workspace is on a capacity; on a shared one only notifyOption is taken."""
    refresh_seconds: float = 0.2
    """How long a refresh runs."""
    initializing_seconds: float = 0.0
    """For which a mirrored database cannot be started."""
    replication_seconds: float = 0.0
    """After which files of a landing zone are replicated."""


DEFAULTS = Switches()

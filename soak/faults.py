"""Everything that the local QuickBooks can do wrong, all of it at once, as data.

What people write is never struck (`write`), else the changes would not be made; nor are the control endpoints. Rates
are of requests that fit, and chosen so that most requests need one or two attempts and some fail in all five.
"""

from __future__ import annotations

from typing import Any

Fault = dict[str, Any]
"""The body of `POST /control/faults`."""

READS = ["query", "read", "batch", "cdc"]
"""What the pipeline asks."""

REQUEST_SECONDS = 3.0
"""After which the gateway answers 504."""

FAULTS: tuple[Fault, ...] = (
    {"kind": "throttle", "endpoint": READS, "rate": 0.02, "retry_after": 1},
    {"kind": "throttle", "endpoint": "token", "rate": 0.05, "retry_after": 1},
    {"kind": "quota", "endpoint": READS, "rate": 0.002},
    {"kind": "server_error", "endpoint": READS, "rate": 0.03, "status": 503},
    {"kind": "server_error", "endpoint": READS, "rate": 0.03, "status": 500, "body": "html"},
    {"kind": "server_error", "endpoint": "token", "rate": 0.05, "status": 502, "body": "text"},
    {"kind": "unauthorized", "endpoint": READS, "rate": 0.01},
    {"kind": "fault_200", "endpoint": READS, "rate": 0.03},
    {"kind": "timeout", "endpoint": READS, "rate": 0.005, "seconds": REQUEST_SECONDS + 2},
    {"kind": "timeout", "endpoint": READS, "rate": 0.02, "seconds": 1.0},
    {"kind": "slow", "endpoint": READS, "rate": 0.02, "seconds": 1.0, "pieces": 10},
    {"kind": "reset", "endpoint": READS, "rate": 0.03, "at": "start"},
    {"kind": "reset", "endpoint": READS, "rate": 0.04, "at": "middle"},
    {"kind": "reset", "endpoint": "token", "rate": 0.03, "at": "middle"},
    {"kind": "truncated", "endpoint": READS, "rate": 0.04},
    {"kind": "truncated", "endpoint": "token", "rate": 0.03},
    {"kind": "expire_token", "endpoint": READS, "rate": 0.005},
    {"kind": "lost_rotation", "rate": 0.05},
    {"kind": "edit", "endpoint": "query", "rate": 0.02, "entity": "Bill"},
    {"kind": "delete", "endpoint": "query", "rate": 0.01, "entity": "TimeActivity"},
    {"kind": "create", "endpoint": "query", "rate": 0.01, "entity": "JournalEntry"},
    {"kind": "false_deletion", "rate": 0.5, "count": 3},
    # Reads by id see every write: so it was observed, and so the pipeline tells old answers from new ones.
    {"kind": "stale", "endpoint": ["query", "cdc"], "rate": 0.2, "seconds": 5.0},
    {"kind": "unknown_fields", "endpoint": READS, "rate": 0.2, "place": "record"},
    {"kind": "unknown_fields", "endpoint": READS, "rate": 0.2, "place": "answer"},
    # Everywhere else only where no column holds JSON as it came (payment_line.line_ex).
    {"kind": "unknown_fields", "endpoint": "query", "rate": 0.3, "match": "FROM Invoice", "place": "everywhere"},
    {"kind": "unknown_fields", "endpoint": "token", "rate": 0.3, "place": "answer"},
    {"kind": "type_flips", "endpoint": READS, "rate": 0.1, "flip": "number_as_text"},
    {"kind": "type_flips", "endpoint": READS, "rate": 0.1, "flip": "integer_as_float"},
    {"kind": "type_flips", "endpoint": READS, "rate": 0.1, "flip": "null_for_absent"},
    # Of answers without records: a LastUpdatedTime that is not the record's would be another truth.
    {"kind": "clock_skew", "endpoint": "batch", "rate": 0.2, "seconds": 300.0},
    {"kind": "clock_skew", "endpoint": "batch", "rate": 0.2, "seconds": -300.0},
)

LIMITS = {
    "enforced": True,
    "per_second": 100_000,
    "per_minute": 1_000_000,
    "batches_per_app": 1_000_000,
    "metered": False,
    "seconds": REQUEST_SECONDS,
}
"""Of the service, so that people are not slowed down; what the pipeline allows itself stays as it is."""

DELIVERY = {
    "retry_scale": 0.002,
    "aggregate_seconds": 0.3,
    "delay": 0.5,
    "duplicate": 0.05,
    "reorder": 0.1,
    "drop": 0.01,
}
"""Of webhooks."""


def seeded(seed: int) -> list[Fault]:
    """The faults, each with chances of its own."""
    return [{**fault, "seed": seed * 1000 + place} for place, fault in enumerate(FAULTS)]


def named(fault: Fault) -> str:
    """What is told of it in the closing table: `server_error 503`."""
    ignored = ("kind", "endpoint", "rate", "seed", "entity")
    where = " of tokens" if fault.get("endpoint") == "token" else ""
    return " ".join([str(fault["kind"]) + where, *(str(value) for key, value in fault.items() if key not in ignored)])

"""How patient a publisher is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from qbo_pipeline.tableau.limits import Limited, SiteLimit
from qbo_pipeline.tableau.requests import Patience

PAYLOAD_LIMIT = 100 * 1024 * 1024
"""Bytes that an update may have unless a server refused that; it was 10 MB once. Source: TSC #987."""
EARLIER_PAYLOAD_LIMIT = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class JobPatience:
    """How a job is waited for, in seconds."""

    first: float = 0.25
    """Before it is asked after for the first time."""
    factor: float = 1.4
    longest: float = 30.0
    within: float = 7_200.0
    """Tableau Cloud ends a job that takes two hours."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is published; the defaults are the patience of production."""

    patience: Patience = field(default_factory=Patience)
    """With requests."""
    jobs: JobPatience = field(default_factory=JobPatience)
    attempts: int = 4
    """To publish a file, answers that got lost and jobs that failed counted."""
    backoff: float = 2.0
    """Before the second attempt; doubled after each."""
    visible_within: float = 60.0
    """How long what was published may take to be found by its name."""
    ask_every: float = 0.5
    unlisted_within: float = 120.0
    """How long an answer that got lost is waited for where the jobs of the site may not be listed."""
    payload_limit: int = PAYLOAD_LIMIT
    limits: Mapping[Limited, SiteLimit] | None = None
    """Those of the site; by its address unless said."""
    lock_wait_seconds: float = 600.0
    """For another publisher of this data folder."""
    sleep: Callable[[float], None] = time.sleep
    may_wait: Callable[[float], None] = lambda _: None
    """Asked before a pause is begun, which may be slept in parts; raises `PatienceError` where it is too long."""

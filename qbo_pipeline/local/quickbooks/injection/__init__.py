"""Faults on demand: what goes wrong, for which requests, how often."""

from qbo_pipeline.local.quickbooks.injection.kinds import KINDS, Kind
from qbo_pipeline.local.quickbooks.injection.schedule import Injection, Injections, Struck

__all__ = ["KINDS", "Injection", "Injections", "Kind", "Struck"]

"""Faults on demand, for any local service: kinds with their settings, and which requests they strike how often."""

from qbo_pipeline.local.faults.kind import Kind
from qbo_pipeline.local.faults.schedule import Fault, Faults

__all__ = ["Fault", "Faults", "Kind"]

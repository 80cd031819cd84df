"""Faults on demand: what goes wrong, for which requests, how often."""

from qbo_pipeline.local.power_bi.faults.kinds import KINDS, Kind
from qbo_pipeline.local.power_bi.faults.schedule import Fault, Faults

__all__ = ["KINDS", "Fault", "Faults", "Kind"]

"""Faults on demand: what goes wrong, for which requests, how often."""

from qbo_pipeline.local.faults import Fault, Faults
from qbo_pipeline.local.power_bi.faults.kinds import KINDS

__all__ = ["KINDS", "Fault", "Faults"]

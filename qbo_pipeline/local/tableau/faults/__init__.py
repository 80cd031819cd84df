"""Faults of the local Tableau."""

from qbo_pipeline.local.faults import Fault, Faults
from qbo_pipeline.local.tableau.faults.kinds import KINDS

__all__ = ["KINDS", "Fault", "Faults"]

"""How much may be asked: by the second, by the minute, by the month, and of one request."""

from qbo_pipeline.local.quickbooks.limits.settings import Limits, LimitsLeft
from qbo_pipeline.local.quickbooks.limits.windows import RequestLimits

__all__ = ["Limits", "LimitsLeft", "RequestLimits"]

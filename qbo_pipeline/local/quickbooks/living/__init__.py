"""A company that lives: an app that works in it as people do, over the public API alone; only merges, which that has
not, are asked for over the control endpoint.

What happens next is planned by pure functions from what the app knows and a source of chance (`next_change`); one
module sends it (`LivingCompany`).
"""

from qbo_pipeline.local.quickbooks.living.changes import next_change
from qbo_pipeline.local.quickbooks.living.connection import ConnectionFailedError, connect, offered_companies
from qbo_pipeline.local.quickbooks.living.living_company import LivingCompany, Outcome
from qbo_pipeline.local.quickbooks.living.view import Change, CompanyView, Merge

__all__ = [
    "Change",
    "CompanyView",
    "ConnectionFailedError",
    "LivingCompany",
    "Merge",
    "Outcome",
    "connect",
    "next_change",
    "offered_companies",
]

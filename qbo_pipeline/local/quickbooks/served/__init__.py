"""Which versions of which records clients were shown: what a proof asks that nothing shown was lost."""

from qbo_pipeline.local.quickbooks.served.noted_answer import NotedAnswer
from qbo_pipeline.local.quickbooks.served.served_records import ServedRecords
from qbo_pipeline.local.quickbooks.served.shown_records import MEANS, shown_records

__all__ = ["MEANS", "NotedAnswer", "ServedRecords", "shown_records"]

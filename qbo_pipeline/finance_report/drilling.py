"""What is under the statements: the legs of the period, their documents and the lines of these."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from qbo_pipeline.finance_report.figures import Document, DocumentLine, Drill, Leg, OpenDocument
from qbo_pipeline.finance_report.periods import Period
from qbo_pipeline.finance_report.questions import Questions

LEGS_ON_A_PAGE = 60_000
"""More would make a page of more than about six megabytes."""


def read_drill(
    questions: Questions, days: Period, open_: Collection[OpenDocument], most: int = LEGS_ON_A_PAGE
) -> Drill:
    """Legs of the days with their documents; where there are more than `most`, those of the newest days, each whole.

    Args:
        questions: Of the company.
        days: The period of the report.
        open_: Documents of the agings that come along.
        most: Legs.
    """
    bounds = {"first": days.start, "last": days.end}
    legs = [Leg(*row) for row in questions.ask("legs", **bounds, most=most + 1)]
    complete_from = days.start
    if len(legs) > most:
        complete_from = legs[-1].dated + timedelta(days=1)
        legs = [one for one in legs if one.dated >= complete_from]
    shown = {"first": complete_from, "last": days.end}
    here = {(one.transaction_type, one.transaction_id) for one in legs}
    here |= {(one.transaction_type, one.transaction_id) for one in open_}
    documents = [Document(*row) for row in questions.ask("documents", **shown) if row[:2] in here]
    lines = [DocumentLine(*row) for row in questions.ask("document_lines", **shown) if row[:2] in here]
    return Drill(days, complete_from, legs, documents, lines)

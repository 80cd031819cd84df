"""The end of push datasets, told wherever they are used.

Source: learn.microsoft.com, Real-time streaming in Power BI: "Creation of streaming models remains enabled until
October 31, 2027. After that date, creation of new real-time semantic models will no longer be supported, including push
semantic models".
"""

from __future__ import annotations

from datetime import date

CREATION_ENDS = date(2027, 10, 31)
"""The last day on which a push dataset can be created."""


def warning(today: date) -> str:
    """What users of push datasets must know, and what to do."""
    day = f"{CREATION_ENDS.day} {CREATION_ENDS:%B %Y}"
    ends = f"can be created until {day}" if today <= CREATION_ENDS else f"can no longer be created since {day}"
    return (
        f"Push datasets {ends}; Microsoft has not said how long those that exist will last. "
        "qbo-pipeline power-bi project writes a Power BI project over Parquet files that needs none; with Fabric, "
        "qbo-pipeline power-bi move takes you to a mirrored database."
    )

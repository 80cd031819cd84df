"""Lines of any kind that an extract takes, for hypothesis."""

from __future__ import annotations

from datetime import date, datetime

from hypothesis import strategies as st

from qbo_pipeline_tests.tableau.extract.ledger import HARBOUR, MERIDIAN, Line

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_money = st.none() | st.decimals("-99999999999999.9999", "99999999999999.9999", places=4)
_line = st.builds(
    Line,
    company=st.sampled_from([HARBOUR, MERIDIAN, None]),
    day=st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31)),
    memo=st.none() | _texts,
    amount=_money,
    tax=_money,
    quantity=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    position=st.none() | st.integers(-(2**63), 2**63 - 1),
    is_open=st.none() | st.booleans(),
    changed_at=st.none() | st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)),
)
keys = _texts.filter(lambda key: "\0" not in key)
lines = st.dictionaries(keys, _line, max_size=8)
days = st.dictionaries(st.dates(date(1, 1, 1), date(9999, 12, 31)), _texts, max_size=5)

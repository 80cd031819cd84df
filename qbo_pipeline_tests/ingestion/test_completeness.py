"""A scan is complete when every record counted before it was read."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.ingestion.completeness import ScanRecord, missing

COUNTED_AT = datetime(2026, 11, 1, 12, 0, 0, 500_000, tzinfo=UTC)
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)
SINCE = datetime(2026, 11, 1, 12, 0, 5, tzinfo=UTC).replace(tzinfo=None)


def scan(*pages: list[tuple[str | None, datetime | None]]) -> ScanRecord:
    record = ScanRecord()
    for page in pages:
        record.add(
            pa.array([one for one, _ in page], pa.string()), pa.array([at for _, at in page], pa.timestamp("us"))
        )
    return record


def test_a_quiet_scan_is_complete() -> None:
    assert missing(scan([("1", LONG_AGO)], [("2", LONG_AGO)]), 2, COUNTED_AT) == 0


def test_a_record_read_twice_counts_once() -> None:
    assert missing(scan([("1", LONG_AGO)], [("1", LONG_AGO)]), 2, COUNTED_AT) == 1


def test_a_new_record_does_not_make_up_for_a_lost_one() -> None:
    assert missing(scan([("1", LONG_AGO), ("9", SINCE)]), 2, COUNTED_AT) == 1


def test_a_record_of_the_very_second_of_the_count_may_have_been_counted() -> None:
    assert missing(scan([("1", COUNTED_AT.replace(tzinfo=None, microsecond=0))]), 1, COUNTED_AT) == 0


def test_records_without_creation_time_count() -> None:
    assert missing(scan([("1", None)]), 1, COUNTED_AT) == 0


def test_records_in_quarantine_without_an_id_were_read() -> None:
    assert missing(scan([("1", LONG_AGO), (None, None), (None, None)]), 3, COUNTED_AT) == 0
    assert missing(scan([("1", LONG_AGO), (None, None)]), 3, COUNTED_AT) == 1
    assert missing(scan([("1", LONG_AGO), (None, None)]), 2, None) == 0


def test_nothing_counted_and_nothing_read_is_complete() -> None:
    assert missing(ScanRecord(), 0, COUNTED_AT) == 0


@given(
    rows=st.integers(0, 60),
    page=st.integers(1, 10),
    deletions=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 59)), max_size=6),
)
def test_whatever_deletions_hide_is_noticed(rows: int, page: int, deletions: list[tuple[int, int]]) -> None:
    """Page through a list that shrinks: if a surviving record was skipped, something is missing."""
    alive = [(str(n), LONG_AGO + timedelta(seconds=n)) for n in range(rows)]
    record = ScanRecord()
    for number in range((rows + page - 1) // page):
        for when, victim in deletions:
            if when == number:
                alive = [one for one in alive if one[0] != str(victim)]
        content = alive[number * page : (number + 1) * page]
        record.add(
            pa.array([one for one, _ in content], pa.string()), pa.array([at for _, at in content], pa.timestamp("us"))
        )
    read = {one for array in record.ids for one in array.to_pylist()}
    skipped = [one for one, _ in alive if one not in read]
    if skipped:
        assert missing(record, rows, COUNTED_AT) >= len(skipped)

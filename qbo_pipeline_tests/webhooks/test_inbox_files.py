from __future__ import annotations

import subprocess
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.webhooks.inbox_files import Delivery, FileNames, InboxFileError, decode, encode, named_instant

ARRIVED = datetime(2026, 11, 20, 21, 31, 25, 179851, UTC)


@given(body=st.binary(), instant=st.none() | st.datetimes(timezones=st.just(UTC)))
def test_a_delivery_is_read_as_it_was_written(body: bytes, instant: datetime | None) -> None:
    delivery = Delivery(body, "JC2GUwciPmRBwEO7WvrRmKqu9tGOKL8FFallocTFi8Q=", instant)

    assert decode(encode(delivery)) == delivery


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "does not begin with a line of JSON"),
        (b'[{"id": 1}]', "does not begin with a line of JSON"),
        (b"x" * 20_000 + b"\n", "does not begin with a line of JSON"),
        (b"intuit-signature: abc\n[]", "no JSON"),
        (b"[" * 10_000 + b"\n", "no JSON"),
        (b'["abc"]\n[]', "no object"),
        (b'{"received_at": "2026-11-20T21:31:25Z"}\n[]', "not signed"),
        (b'{"intuit-signature": ""}\n[]', "not signed"),
        (b'{"intuit-signature": 7}\n[]', "not signed"),
    ],
)
def test_what_is_no_inbox_file_is_told_what_it_lacks(content: bytes, reason: str) -> None:
    with pytest.raises(InboxFileError, match=reason):
        decode(content)


@given(st.binary())
def test_any_bytes_are_a_delivery_or_an_inbox_file_error(content: bytes) -> None:
    with suppress(InboxFileError):
        decode(content)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"2026-11-20T13:31:25.179851-08:00"', ARRIVED),
        ('"2026-11-20T21:31:25.179851Z"', ARRIVED),
        ('"2026-11-20T21:31:25.179851"', ARRIVED),
        ('"yesterday"', None),
        ('"0001-01-01T00:00:00+14:00"', None),
        ("1763674285", None),
        ("null", None),
    ],
)
def test_an_arrival_is_utc_or_unknown(written: str, read: datetime | None) -> None:
    head = f'{{"Intuit-Signature": "abc=", "received_at": {written}}}\n'

    assert decode(head.encode() + b"[]") == Delivery(b"[]", "abc=", read)


def test_a_shell_can_write_one(tmp_path: Path) -> None:
    script = r"""
        printf '{"intuit-signature": "%s", "received_at": "%s"}\n' "$SIGNATURE" "$(date -u +%FT%TZ)" > .one
        cat body >> .one && mv .one "$(date -u +%Y%m%dT%H%M%S.%NZ)-$$.webhook"
    """
    (tmp_path / "body").write_bytes(b'[{"id": "\xc3\xa9\\n"}]\n')
    subprocess.run(["sh", "-c", script], cwd=tmp_path, env={"SIGNATURE": "abc=", "PATH": "/usr/bin:/bin"}, check=True)

    [path] = tmp_path.glob("*.webhook")
    delivery = decode(path.read_bytes())
    assert (delivery.body, delivery.signature) == ((tmp_path / "body").read_bytes(), "abc=")
    assert delivery.received_at is not None
    said = named_instant(path.name)
    assert said is not None
    assert abs(said - delivery.received_at) < timedelta(seconds=5)


def test_names_sort_by_arrival_also_when_the_clock_was_set_back() -> None:
    ticks = iter([1_000, 5_000, 2_000, 2_000, 9_000])
    names = FileNames(lambda: next(ticks))

    made = [names.next()[0] for _ in range(5)]

    assert made == sorted(set(made))


def test_names_and_instants_are_right_again_once_a_clock_that_was_far_ahead_is() -> None:
    right = 1_763_674_285_179_851_517
    ticks = iter([right + 400 * 86_400 * 10**9, right, right, right + 400 * 86_400 * 10**9])
    names = FileNames(lambda: next(ticks))

    made = [names.next() for _ in range(4)]

    assert [f"{instant:%Y-%m-%d}" for _, instant in made] == ["2026-12-25", "2025-11-20", "2025-11-20", "2026-12-25"]
    assert [named_instant(name) for name, _ in made] == [instant for _, instant in made]
    assert len({name for name, _ in made}) == 4


def test_two_processes_never_make_the_same_name() -> None:
    names = [FileNames(lambda: 5).next()[0] for _ in range(100)]

    assert len(set(names)) == 100


def test_a_name_tells_its_instant() -> None:
    name, instant = FileNames(lambda: 1_763_674_285_179_851_517).next()

    assert name.startswith("20251120T213125.179851517Z-")
    assert named_instant(name) == instant == datetime(2025, 11, 20, 21, 31, 25, 179851, UTC)
    assert named_instant("20251120T213125Z-mine") == instant.replace(microsecond=0)
    assert named_instant("20251399T213125Z-mine") is None
    assert named_instant("mine.webhook") is None


def test_an_arrival_of_another_zone_is_written_in_utc() -> None:
    pacific = ARRIVED.astimezone(timezone(timedelta(hours=-8)))

    assert b'"2026-11-20T21:31:25.179851+00:00"' in encode(Delivery(b"", "abc=", pacific))

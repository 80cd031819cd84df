"""Files that make trouble: none of them holds up another delivery, and none vanishes."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from qbo_pipeline.webhooks import reading
from qbo_pipeline.webhooks.inbox import (
    LONGEST_PAUSE_SECONDS,
    SUSPICIOUS_DEATHS,
    UNREADABLE_SECONDS,
    Claim,
    pause_after,
)
from qbo_pipeline.webhooks.inbox_files import Delivery, encode
from qbo_pipeline.webhooks.reading import LONGEST_FILE
from qbo_pipeline.webhooks.signatures import signature
from qbo_pipeline_tests.webhooks.deliveries import TOKEN, Readers, changed, drop, whereabouts

NAME = "20261120T210000Z-poison.webhook"
"""Before all others."""


def signed(body: bytes) -> bytes:
    return encode(Delivery(body, signature(body, TOKEN), None))


def written(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(LONGEST_FILE + 1)


UNUSABLE = {
    "garbage": (written(bytes(range(256)) * 40), "first line is no JSON"),
    "garbage without lines": (written(bytes(range(200, 256)) * 400), "does not begin with a line of JSON"),
    "empty": (written(b""), "does not begin with a line of JSON"),
    "unsigned": (written(b'{"received_at": "2026-11-20T21:31:25Z"}\n[]'), "not signed"),
    "of another app": (written(encode(Delivery(b"[]", signature(b"[]", "another"), None))), "not from QuickBooks"),
    "cut short": (written(signed(b'[{"id": "1"}]')[:-3]), "it was changed"),
    "no JSON": (written(signed(b"\xff\xfe")), "no JSON"),
    "deeply nested": (written(signed(b"[" * 100_000)), "no JSON"),
    "without an event": (written(signed(b'[{"hello": "world"}]')), "does not say entity and operation"),
    "huge": (huge, "more than any delivery"),
    "a link": (lambda path: path.symlink_to("/dev/zero"), "no file of its own"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), "no file of its own"),
    "a pipe": (os.mkfifo, "no file of its own"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_unusable_file_is_rejected_with_the_reason_beside_it_and_the_others_are_claimed(
    readers: Readers, kind: str
) -> None:
    make, reason = UNUSABLE[kind]
    make(readers.folders.inbox / NAME)
    healthy = drop(readers.folders, changed("1"))

    claim = readers.new().claim()

    assert [file.name for file in claim.files] == [healthy]
    [(name, said)] = claim.rejected
    assert (name, whereabouts(readers.folders)[NAME]) == (NAME, ["rejected"])
    assert reason in said
    assert (readers.folders.rejected / f"{NAME}.reason").read_text() == f"{said}\n"


def test_no_reason_repeats_the_body_or_a_token(readers: Readers) -> None:
    drop(readers.folders, b'["Amy Lauterbach", {"id": "Amy Lauterbach", "type": "Amy Lauterbach"}]', name=NAME)

    [(_, reason)] = readers.new().claim().rejected

    assert "Amy" not in reason
    assert TOKEN not in reason


def test_a_signed_body_without_any_event_is_processed(readers: Readers) -> None:
    name = drop(readers.folders, b"[]")
    inbox = readers.new()

    inbox.done(inbox.claim())

    assert whereabouts(readers.folders) == {name: ["processed"]}


def test_folders_and_names_that_begin_with_a_dot_are_left_alone(readers: Readers) -> None:
    (readers.folders.inbox / "a-folder.webhook").mkdir()
    (readers.folders.inbox / ".being-written.webhook").write_bytes(b"half of")
    name = drop(readers.folders, changed())

    claim = readers.new().claim()

    assert [file.name for file in claim.files] == [name]
    assert {path.name for path in readers.folders.inbox.iterdir()} == {"a-folder.webhook", ".being-written.webhook"}


@pytest.mark.parametrize(
    "name", [b"\xff\xfe.webhook", b"a\nb.webhook", b"x" * 250, "é".encode() * 120, b"mine.reason", b"x" * 255]
)
def test_a_delivery_of_any_name_is_applied(readers: Readers, name: bytes) -> None:
    source = drop(readers.folders, changed("1"))
    os.rename(readers.folders.inbox / source, os.fsencode(readers.folders.inbox) + b"/" + name)
    inbox = readers.new()

    claim = inbox.claim()
    inbox.done(claim)

    assert claim.work[0].read == ("1",)
    assert len(whereabouts(readers.folders)) == 1
    assert inbox.waiting().files == 0


def test_an_unusable_file_of_the_longest_name_is_rejected_with_a_reason(readers: Readers) -> None:
    (readers.folders.inbox / ("x" * 255)).write_bytes(b"garbage")

    claim = readers.new().claim()

    assert [reason for _, reason in claim.rejected] == [
        "it does not begin with a line of JSON that holds the intuit-signature"
    ]
    assert len(list(readers.folders.rejected.glob("xxx*.reason"))) == 1


def test_a_file_that_cannot_be_read_now_is_tried_again_later(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = drop(readers.folders, changed("1"))
    healthy = drop(readers.folders, changed("2"))
    inbox = readers.new()

    def fail(path: Path, tokens: object) -> reading.ReadFile:
        if path.name == broken:
            raise OSError(5, "Input/output error")
        return reading.read_file(path, (TOKEN,))

    with monkeypatch.context() as patched:
        patched.setattr("qbo_pipeline.webhooks.inbox.read_file", fail)
        claim = inbox.claim()
    inbox.done(claim)

    assert [file.name for file in claim.files] == [healthy]
    assert inbox.claim().files == ()
    readers.clock.now += UNREADABLE_SECONDS
    assert [file.name for file in inbox.claim().files] == [broken]


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such mode there")
def test_a_file_this_user_may_not_read_is_unusable() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = Path(folder) / NAME
        path.write_bytes(signed(b"[]"))
        path.chmod(0)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)  # root may read everything
        try:
            with pytest.raises(reading.UnusableFileError, match="this user may not read it"):
                reading.read_file(path, (TOKEN,))
        finally:
            os.seteuid(user)


def immovable(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let these files be such as another program has open, where that keeps them from being moved."""
    rename = os.rename

    def fail(source: Path, target: Path) -> None:
        if source.name in names:
            raise PermissionError(13, "Permission denied", str(source))
        rename(source, target)

    monkeypatch.setattr(os, "rename", fail)


def test_a_file_that_cannot_be_moved_holds_up_no_other(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, healthy = drop(readers.folders, changed()), drop(readers.folders, changed())
    immovable(monkeypatch, stuck)

    assert [file.name for file in readers.new().claim().files] == [healthy]
    assert whereabouts(readers.folders)[stuck] == ["inbox"]


def test_an_inbox_in_which_nothing_can_be_moved_is_an_error(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    immovable(monkeypatch, drop(readers.folders, changed()), drop(readers.folders, changed()))

    with pytest.raises(PermissionError):
        readers.new().claim()


def test_a_claim_that_fails_puts_its_files_back_as_if_the_process_had_died(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = drop(readers.folders, changed("1"))
    inbox = readers.new()

    def fail(*_: object) -> None:
        raise OverflowError("something nobody thought of")

    for _ in range(2):
        with monkeypatch.context() as patched:
            patched.setattr("qbo_pipeline.webhooks.inbox.known_by", fail)
            with pytest.raises(OverflowError):
                inbox.claim()
    assert whereabouts(readers.folders) == {name: ["inbox"]}
    assert inbox.claim().files == ()

    readers.clock.now += pause_after(2)
    assert [file.name for file in inbox.claim().files] == [name]


def die_of(readers: Readers, poison: str) -> Claim:
    """Claim; die (as a kill looks to the others) when the poison is among what was claimed, else finish."""
    inbox = readers.new()
    claim = inbox.claim()
    if poison in [file.name for file in claim.files]:
        inbox.close()
    else:
        inbox.done(claim)
    return claim


def test_a_delivery_whose_claimers_die_comes_to_be_claimed_alone_last_and_ever_less_often(readers: Readers) -> None:
    poison = drop(readers.folders, changed("666"), name=NAME)
    others = {drop(readers.folders, changed()) for _ in range(3)}

    deaths = 0
    for _ in range(40):
        claim = die_of(readers, poison)
        if not claim.files:
            readers.clock.now += pause_after(deaths)
        elif poison in [file.name for file in claim.files]:
            deaths += 1
            alone = len(claim.files) == 1
        if others <= {name for name, folders in whereabouts(readers.folders).items() if folders == ["processed"]}:
            break
    assert alone
    assert deaths == SUSPICIOUS_DEATHS + 1

    for _ in range(3):
        later = drop(readers.folders, changed())
        assert [file.name for file in die_of(readers, poison).files] == [later]
    readers.clock.now += pause_after(deaths)
    assert [file.name for file in die_of(readers, poison).files] == [poison]


def test_hundreds_that_were_suspected_for_nothing_take_a_few_claims(readers: Readers) -> None:
    names = [drop(readers.folders, changed()) for _ in range(200)]
    for deaths in range(SUSPICIOUS_DEATHS):
        die_of(readers, names[0])
        readers.clock.now += pause_after(deaths + 1)

    claims = 0
    while readers.new().waiting().files:
        die_of(readers, "none of them")
        claims += 1
    assert {folder for folders in whereabouts(readers.folders).values() for folder in folders} == {"processed"}
    assert claims < 25


def test_one_of_hundreds_that_kills_is_found_and_the_others_are_applied(readers: Readers) -> None:
    names = [drop(readers.folders, changed()) for _ in range(200)]
    poison = names[77]
    for _ in range(200):
        if not die_of(readers, poison).files:
            readers.clock.now += 30
        waits = [name for name, folders in whereabouts(readers.folders).items() if folders == ["inbox"]]
        if waits == [poison]:
            break
    assert waits == [poison]


def test_the_first_death_costs_no_time_and_later_ones_at_most_an_hour() -> None:
    assert [pause_after(deaths) for deaths in (1, 2, 3, 12, 13, 5000)] == [0, 1, 3, 2047, 3600, 3600]


def test_what_was_put_off_by_a_clock_that_was_ahead_does_not_wait_until_that_time(readers: Readers) -> None:
    killed, failed = drop(readers.folders, changed()), drop(readers.folders, changed())
    readers.clock.now += 400 * 86_400
    die_of(readers, killed)
    inbox = readers.new()
    inbox.done(inbox.claim(), applied=[], retry_after=lambda _: LONGEST_PAUSE_SECONDS)
    assert inbox.claim().files == ()

    readers.clock.now -= 400 * 86_400

    assert [file.name for file in inbox.claim().files] == [killed, failed]


def test_a_delivery_that_was_applied_at_last_is_no_longer_suspected(readers: Readers) -> None:
    drop(readers.folders, changed(), name=NAME)
    for deaths in range(SUSPICIOUS_DEATHS):
        die_of(readers, NAME)
        readers.clock.now += pause_after(deaths + 1)
    inbox = readers.new()
    inbox.done(inbox.claim())

    drop(readers.folders, changed(), name=NAME)
    other = drop(readers.folders, changed())
    assert [file.name for file in inbox.claim().files] == [NAME, other]

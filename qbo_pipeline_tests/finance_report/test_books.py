"""What is under the statements, as the page carries it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from qbo_pipeline.finance_report.books import pack
from qbo_pipeline.finance_report.drilling import LEGS_ON_A_PAGE
from qbo_pipeline.finance_report.figures import Document, DocumentLine, Drill, Leg, Report
from qbo_pipeline_tests.finance_report.conftest import Read

MEGABYTE = 1_000_000


def positions(report: Report) -> dict[str, int]:
    return {account: place for place, account in enumerate(report.accounts)}


def test_amounts_that_a_script_would_round_are_text(read: Read) -> None:
    report = read(legs=True)
    assert report.drill is not None
    huge = Decimal("90071992547409.93")
    legs = [replace(one, amount=huge) for one in report.drill.legs]
    packed = json.loads(pack(replace(report, drill=replace(report.drill, legs=legs)), positions(report)))

    assert set(packed["legs"]["amount"]) == {"9007199254740993"}


def test_nothing_in_it_can_close_the_script_it_stands_in(read: Read) -> None:
    report = read(legs=True)
    assert report.drill is not None
    legs = [replace(one, memo="</script>") for one in report.drill.legs]
    packed = pack(replace(report, drill=replace(report.drill, legs=legs)), positions(report))

    assert "<" not in packed
    assert "</script>" in json.loads(packed)["texts"]


def test_the_most_that_a_page_carries_is_less_than_six_megabytes(read: Read) -> None:
    report, random = read(legs=True), Random(7)
    accounts, start = list(report.accounts), report.periods.year.start
    days = [start + timedelta(days=random.randrange(365)) for _ in range(LEGS_ON_A_PAGE // 5)]
    documents = [_document(place, day, random) for place, day in enumerate(days)]
    legs = [
        Leg(
            one.transaction_type,
            one.transaction_id,
            one.dated,
            random.choice(accounts),
            _amount(random),
            _words(random),
        )
        for one in documents
        for _ in range(5)
    ]
    lines = [
        DocumentLine(
            one.transaction_type, one.transaction_id, f"Item {random.randrange(300)}", _words(random), Decimal(2),
            Decimal("12.5"), _amount(random),
        )
        for one in documents
        for _ in range(2)
    ]  # fmt: skip
    drill = Drill(report.periods.year, start, legs, documents, lines)

    assert len(legs) == LEGS_ON_A_PAGE
    assert len(pack(replace(report, drill=drill), positions(report)).encode()) < 6 * MEGABYTE


def _document(place: int, day: date, random: Random) -> Document:
    identity = str(100_000 + place)
    return Document(
        "Invoice", identity, "Invoice", identity, day, f"Customer {random.randrange(2000)}", _words(random),
        _amount(random), "USD", False, f"https://app.qbo.intuit.com/app/invoice?txnId={identity}",
    )  # fmt: skip


def _amount(random: Random) -> Decimal:
    return Decimal(random.randrange(-10_000_000, 10_000_000)) / 100


def _words(random: Random) -> str:
    """A memo; one in ten is like no other."""
    return f"Memo {random.randrange(10**9)}" if random.random() < 0.1 else f"Work of week {random.randrange(52)}"

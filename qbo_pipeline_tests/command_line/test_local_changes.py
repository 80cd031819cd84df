from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qbo_pipeline.command_line import local_changes
from qbo_pipeline.local.companies import generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.command_line.conftest import REALM, Run


@pytest.fixture
def service(tmp_path: Path) -> Iterator[LocalQuickBooks]:
    with LocalQuickBooks(tmp_path / "quickbooks.sqlite") as running:
        running.add_company(generate("larkspur", scale=0.02))
        yield running


def test_a_company_lives_for_a_while_and_it_is_told_how(run: Run, service: LocalQuickBooks) -> None:
    before = sum(service.store.counts(REALM).values())
    answer = run("local", "change", "--rate", "200/s", "--for", "0.5s", "--url", service.url, "--json")

    assert answer.exit_code == 0, answer.told
    assert sum(one["count"] for one in answer.json["made"]) == 100
    assert answer.json["refused"] == []
    created = sum(one["count"] for one in answer.json["made"] if one["operation"] == "create")
    deleted = sum(one["count"] for one in answer.json["made"] if one["operation"] == "delete")
    assert sum(service.store.counts(REALM).values()) - before == created - deleted


def test_what_was_refused_is_told_and_the_code_is_1(run: Run, service: LocalQuickBooks) -> None:
    arguments = ("local", "change", "--rate", "50/s", "--for", "0.2s", "--url", service.url, "--realm", REALM)
    service.inject("server_error", match="POST", status=500)
    answer = run(*arguments)

    assert (answer.exit_code, "9 changes" in answer.output) == (1, True)
    assert "10000: Injected failure" in answer.told


def test_no_service_no_changes(run: Run) -> None:
    answer = run("local", "change", "--url", "http://127.0.0.1:9")

    assert (answer.exit_code, "local serve quickbooks" in answer.told) == (1, True)


@pytest.mark.parametrize(("text", "per_second"), [("5/s", 5), ("30/min", 0.5), ("0.5/s", 0.5), ("3600/h", 1)])
def test_rates_are_read(text: str, per_second: float) -> None:
    assert local_changes.rate(text) == per_second


@pytest.mark.parametrize(("text", "seconds"), [("60s", 60), ("10min", 600), ("1.5h", 5400)])
def test_durations_are_read(text: str, seconds: float) -> None:
    assert local_changes.duration(text) == seconds


@pytest.mark.parametrize("arguments", [("--rate", "5"), ("--rate", "0/s"), ("--for", "60"), ("--for", "soon")])
def test_rates_and_durations_need_their_units(run: Run, arguments: tuple[str, str]) -> None:
    assert run("local", "change", *arguments).exit_code == 2

"""`qbo-pipeline changes`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qbo_pipeline.lake.writer import LakeWriter
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.settings import Settings
from qbo_pipeline_tests.command_line.conftest import Run, on_terminal
from qbo_pipeline_tests.lake.pages import page, record

PERIOD = ("--since", "2026-05-01", "--until", "2026-06-01")


@pytest.fixture
def corrected(settings: Settings) -> None:
    """An invoice of January, corrected in May."""
    writer = LakeWriter(settings.data.lake, entity("Invoice"), "1000", "run")
    fields = {"DocNumber": "1038", "TxnDate": "2026-01-31"}
    writer.add(page("Invoice", record("1", 0, "2026-05-01T00:00:00-07:00", TotalAmt=20, **fields)))
    writer.add(page("Invoice", record("1", 1, "2026-05-20T00:00:00-07:00", TotalAmt=21.8, **fields)))
    writer.flush()


@pytest.mark.usefixtures("corrected")
def test_it_shows_what_was_edited_and_how_much_moved(run: Run) -> None:
    answer = run("changes", *PERIOD, "--closed-before", "2026-01-31")
    assert answer.exit_code == 0
    assert "Invoice 1038" in answer.output
    assert "1.80" in answer.output
    assert "2 changes: 21.80 moved in all" in answer.told


@pytest.mark.usefixtures("corrected")
@pytest.mark.parametrize("columns", [40, 80, 120, 200])
def test_no_terminal_is_too_narrow_for_records_and_amounts(columns: int) -> None:
    shown = on_terminal("changes", *PERIOD, columns=columns)

    for told in ("Invoice 1038", "2026-05-20 07:00", "20.00", "21.80", "1.80", "TotalAmt: 20 → 21.8"):
        assert told in shown
    assert "…" not in shown


@pytest.mark.usefixtures("corrected")
def test_scripts_get_exact_amounts(run: Run) -> None:
    _, edited = run("changes", *PERIOD, "--json").json
    assert (edited["amount_before"], edited["amount_after"], edited["operation"]) == (20, 21.8, "changed")
    assert edited["differences"] == [{"path": "TotalAmt", "before": "20", "after": "21.8"}]


def test_amounts_of_several_currencies_are_not_added_up(run: Run, settings: Settings) -> None:
    writer = LakeWriter(settings.data.lake, entity("Invoice"), "1000", "run")
    for number, (currency, total) in enumerate((("USD", 20), ("JPY", 3000), ("USD", 1.8)), 1):
        fields = {"TotalAmt": total, "CurrencyRef": {"value": currency}}
        writer.add(page("Invoice", record(str(number), 0, "2026-05-01T00:00:00-07:00", **fields)))
    writer.flush()

    answer = run("changes", *PERIOD)

    assert "3 changes: 3,000.00 JPY, 21.80 USD moved in all." in answer.told
    assert all(amount in answer.output for amount in ("20.00 USD", "3,000.00 JPY", "1.80 USD"))
    assert [one["currency"] for one in run("changes", *PERIOD, "--json").json] == ["USD", "JPY", "USD"]


@pytest.mark.usefixtures("corrected")
def test_nothing_changed_in_a_quiet_period(run: Run) -> None:
    answer = run("changes", "--since", "1m")
    assert (answer.exit_code, answer.output) == (0, "")
    assert "Nothing changed" in answer.told


@pytest.mark.usefixtures("corrected")
def test_a_company_is_named_as_everywhere(run: Run, connected: Callable[..., None]) -> None:
    connected("1000", "Larkspur Advisory", environment="local")

    for asked in ("1000", "larkspur advisory"):
        assert len(run("changes", *PERIOD, "--company", asked, "--json").json) == 2


@pytest.mark.usefixtures("corrected")
def test_of_a_company_that_is_not_there_it_is_not_said_that_nothing_changed(run: Run) -> None:
    answer = run("changes", *PERIOD, "--company", "Larkspr Advisory")
    assert answer.exit_code == 2
    assert "1000" in answer.told


@pytest.mark.usefixtures("corrected")
def test_a_time_does_not_end_before_it_begins(run: Run) -> None:
    answer = run("changes", "--since", "2026-06-01", "--until", "2026-05-01")
    assert (answer.exit_code, answer.output) == (2, "")
    assert "--since/--until" in answer.told


@pytest.mark.parametrize("wrong", [("--since", "soon"), ("--closed-before", "January")])
def test_a_wrong_time_is_named(run: Run, wrong: tuple[str, str]) -> None:
    answer = run("changes", *wrong)
    assert answer.exit_code == 2
    assert wrong[0] in answer.told
    assert wrong[1] in answer.told


def test_without_any_load_it_says_what_to_do(run: Run) -> None:
    assert "qbo-pipeline backfill" in run("changes").told

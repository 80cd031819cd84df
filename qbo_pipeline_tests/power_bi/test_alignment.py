from __future__ import annotations

from decimal import Decimal

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.power_bi.alignment import align, compared
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.push_schema import PushColumn
from qbo_pipeline.settings import Settings
from qbo_pipeline_tests.power_bi.books import HARBOUR, MODEL, Books, lines
from qbo_pipeline_tests.power_bi.conftest import QUICK, Publish

COLUMNS = [
    PushColumn(name="Key", data_type="String"),
    PushColumn(name="Order", data_type="Int64"),
    PushColumn(name="Rate", data_type="Double"),
    PushColumn(name="Since", data_type="DateTime"),
]


def test_values_are_the_same_however_they_are_answered() -> None:
    wanted = {"1": {"Key": "1", "Order": 7, "Rate": Decimal("0.1"), "Since": "2026-01-31T00:00:00.001000Z"}}
    answered = [{"T[Key]": "1", "T[Order]": 7, "T[Rate]": Decimal("0.10"), "T[Since]": "2026-01-31T00:00:00.0033333"}]

    assert compared("T", "Key", COLUMNS, wanted, answered).aligned


def test_texts_that_power_bi_takes_for_one_do_not_differ() -> None:
    """Of texts of a column that differ in case or in spaces at their end it keeps the first, for all rows."""
    columns = [COLUMNS[0], PushColumn(name="Account", data_type="String")]
    wanted = {"1": {"Key": "1", "Account": "Sales"}, "2": {"Key": "2", "Account": "SALES "}}
    answered = [{"T[Key]": "1", "T[Account]": "Sales"}, {"T[Key]": "2", "T[Account]": "Sales"}]

    assert compared("T", "Key", columns, wanted, answered).aligned
    answered[1]["T[Account]"] = "Rent"
    assert compared("T", "Key", columns, wanted, answered).differing == ("2 [Account] is 'Rent' instead of 'SALES '",)


def test_drift_is_told_by_key_and_column() -> None:
    wanted = {key: {"Key": key, "Order": 1, "Rate": None, "Since": None} for key in ("1", "2", "3")}
    answered = [
        {"T[Key]": "1", "T[Order]": 2, "T[Rate]": None, "T[Since]": None},
        {"T[Key]": "2", "T[Order]": 1, "T[Rate]": None, "T[Since]": None},
        {"T[Key]": "2", "T[Order]": 1, "T[Rate]": None, "T[Since]": None},
        {"T[Key]": "9", "T[Order]": 1, "T[Rate]": None, "T[Since]": None},
    ]

    found = compared("T", "Key", COLUMNS, wanted, answered)

    assert (found.missing, found.extra) == (("3",), ("2", "9"))
    assert found.differing == ("1 [Order] is Decimal('2') instead of Decimal('1')",)


def test_a_list_that_somebody_changed_is_repaired(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings
) -> None:
    books.put(*lines(HARBOUR, 5))
    done = publishing(compare=lambda: False)
    assert settings.power_bi is not None
    with PowerBIClient(settings.power_bi) as client:
        client.delete_rows(done.dataset_id, "Account")
        client.post_rows(done.dataset_id, "Account", b'{"rows":[{"Account Key":"x","Account":"Mine"}]}')

    [found] = align(settings, model=MODEL, manner=QUICK)

    assert (found.rows, len(found.missing), found.extra, found.repaired) == (4, 4, ("x",), True)
    assert len(power_bi.rows(done.dataset_id, "Account")) == 4
    assert [one.aligned for one in align(settings, model=MODEL, manner=QUICK)] == [True]

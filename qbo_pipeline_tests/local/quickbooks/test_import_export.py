"""Companies go out as API JSON and come in again; what has no place is named."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbo_pipeline.local.companies import DEMO_COMPANIES, generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.import_export import (
    StateInUseError,
    Unplaced,
    export_company,
    import_company,
    prove,
    read_company,
)
from qbo_pipeline.local.quickbooks.store import CompanyData, Store
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, SmallBooks, customer, invoice, stamped

COMPANY_INFO = json.dumps([stamped("1", "2026-01-01T08:00:00-08:00", CompanyName="Small Books")])
PREFERENCES = json.dumps([stamped("1", "2026-01-01T08:00:00-08:00")])


def contents(state: Path) -> tuple[list[Any], ...]:
    """Everything a company is, the order within each entity included."""
    with closing(Store(state)) as store:
        return (
            store.companies(),
            store.rows(
                "SELECT realm, entity, id, sync_token, created, updated, txn_date, active, name, body, shown "
                "FROM record ORDER BY entity, number"
            ),
            store.rows("SELECT * FROM deletion ORDER BY entity, id"),
            sorted(store.unlisted(store.companies()[0][0])),
        )


def carried(folder: Path, company: CompanyData) -> tuple[Path, Path, list[Unplaced]]:
    """A state with the company, and one it was carried to by files."""
    first, second = folder / "first.sqlite", folder / "second.sqlite"
    with closing(Store(first)) as store:
        store.add_company(company)
        export_company(store, company.realm_id, folder / "files")
    found, unplaced = read_company(folder / "files", company.realm_id)
    import_company(second, found)
    return first, second, unplaced


def folder_of(path: Path, **files: str) -> Path:
    """A folder of a company that has CompanyInfo and Preferences, and what else is given: name → text of the file."""
    path.mkdir(exist_ok=True)
    for name, text in {"CompanyInfo": COMPANY_INFO, "Preferences": PREFERENCES, **files}.items():
        (path / (name if "." in name else f"{name}.json")).write_text(text)
    return path


def read(path: Path, **files: str) -> tuple[dict[tuple[str, str], Any], list[Unplaced]]:
    company, unplaced = read_company(folder_of(path, **files), REALM)
    found = {(entity, record["Id"]): record for entity, record in company.records if entity not in ("Preferences",)}
    return {key: record for key, record in found.items() if key[0] != "CompanyInfo"}, unplaced


@pytest.mark.parametrize("name", DEMO_COMPANIES)
def test_a_demo_company_comes_back_byte_for_byte(tmp_path: Path, name: str) -> None:
    first, second, unplaced = carried(tmp_path, generate(name, scale=0.02))

    assert unplaced == []
    assert contents(second) == contents(first)


amounts = st.decimals(places=2, min_value=-(10**13), max_value=10**13, allow_nan=False, allow_infinity=False)
names = st.text(min_size=1, max_size=12).filter(lambda text: text.isprintable())
day = "2026-02-03T09:00:00-08:00"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(names, amounts, st.booleans()), max_size=5),
    st.lists(amounts | st.integers(-(10**12), 10**12), max_size=5),
)
def test_any_names_and_amounts_come_back_byte_for_byte(people: list[Any], totals: list[Any]) -> None:
    records = [("CompanyInfo", stamped("1", day, CompanyName="Any")), ("Preferences", stamped("1", day))]
    records += [
        ("Customer", customer(str(100 + place), name, Balance=balance, Active=active))
        for place, (name, balance, active) in enumerate(people)
    ]
    records += [("Invoice", invoice(str(200 + place), day, total=total)) for place, total in enumerate(totals)]
    with TemporaryDirectory() as folder:
        first, second, unplaced = carried(Path(folder), SmallBooks(name="Any", records=records))

        assert unplaced == []
        assert contents(second) == contents(first)


def test_transactions_that_no_entity_shows_come_back_too(tmp_path: Path) -> None:
    line = {"AccountRef": {"value": "7"}, "Amount": 0}
    check = {"Id": "88", "TxnDate": "2026-02-03", "MetaData": {"CreateTime": day}, "Line": [line, line]}
    with closing(Store(tmp_path / "first.sqlite")) as store:
        store.add_company(SmallBooks())
        store.add_unlisted(REALM, "Payroll Check", check)
        export_company(store, REALM, tmp_path / "files")
    company, unplaced = read_company(tmp_path / "files", REALM)
    import_company(tmp_path / "second.sqlite", company)

    assert unplaced == []
    assert contents(tmp_path / "second.sqlite") == contents(tmp_path / "first.sqlite")
    assert company.unlisted == [("Payroll Check", check)]


def test_what_cannot_be_posted_is_named(tmp_path: Path) -> None:
    lost = {**invoice("11", day), "CustomerRef": {"value": "2"}}
    company, unplaced = read_company(folder_of(tmp_path / "files", Invoice=json.dumps([lost])), REALM)
    import_company(tmp_path / "state.sqlite", company)
    [one] = prove(tmp_path / "state.sqlite", REALM, None, None).unposted

    assert unplaced == []
    assert (one.file, one.record, one.reason.partition(":")[0]) == ("Invoice.json", "Id 11", "cannot be posted")


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([customer("2", "Amy"), customer("3", "Bill")]),
        json.dumps({"QueryResponse": {"Customer": [customer("2", "Amy"), customer("3", "Bill")], "maxResults": 2}}),
        json.dumps([{"QueryResponse": {"Customer": [customer(one, f"Name {one}")]}} for one in "23"]),
        json.dumps({"CDCResponse": [{"QueryResponse": [{"Customer": [customer(one, "A")]} for one in "23"]}]}),
        "\n".join(json.dumps(customer(one, f"Name {one}")) for one in "23"),
        "\ufeff" + json.dumps([customer("2", "Amy"), customer("3", "Bill")]),
    ],
    ids=["array", "document", "documents", "changes", "lines", "byte order mark"],
)
def test_every_form_of_a_file_is_read(tmp_path: Path, text: str) -> None:
    found, unplaced = read(tmp_path, Customer=text)

    assert sorted(found) == [("Customer", "2"), ("Customer", "3")]
    assert unplaced == []


def test_amounts_keep_every_digit(tmp_path: Path) -> None:
    text = json.dumps([invoice("11", day)]).replace('"TotalAmt": 100', '"TotalAmt": 90071992547409.93')

    found, _ = read(tmp_path, Invoice=text)

    assert str(found["Invoice", "11"]["TotalAmt"]) == "90071992547409.93"


def test_of_two_versions_with_one_sync_token_the_later_is_taken(tmp_path: Path) -> None:
    """A payment moves what an invoice shows, and its LastUpdatedTime, but not its SyncToken."""
    paid = {**invoice("11", day, "2026-02-09T10:00:00-08:00"), "Balance": 0}
    for place, versions in enumerate(([paid, invoice("11", day)], [invoice("11", day), paid])):
        found, unplaced = read(tmp_path / str(place), Invoice=json.dumps(versions))

        assert unplaced == []
        assert found["Invoice", "11"]["Balance"] == 0


@pytest.mark.parametrize(("at", "there"), [("2026-02-09T10:00:00-08:00", False), ("2026-02-01T10:00:00-08:00", True)])
def test_what_was_deleted_after_its_last_change_is_gone(tmp_path: Path, at: str, there: bool) -> None:
    """A download of before, beside what change data capture told since."""
    stub = {"domain": "QBO", "status": "Deleted", "Id": "11", "MetaData": {"LastUpdatedTime": at}}
    files = {"Invoice.json": json.dumps([invoice("11", day)]), "Invoice.jsonl": json.dumps(stub)}
    company, unplaced = read_company(folder_of(tmp_path, **files), REALM)

    assert unplaced == []
    assert any(entity == "Invoice" for entity, _ in company.records) is there
    assert [one.id for one in company.deleted] == ([] if there else ["11"])


def test_the_newest_of_several_versions_is_taken(tmp_path: Path) -> None:
    versions = [{**customer("2", f"Amy {token}"), "SyncToken": token} for token in ("3", "12", "4")]

    found, unplaced = read(tmp_path, Customer=json.dumps(versions))

    assert (found["Customer", "2"]["DisplayName"], unplaced) == ("Amy 12", [])


def test_what_has_no_place_is_named_with_file_record_and_reason(tmp_path: Path) -> None:
    good = customer("2", "Amy")
    odd = [
        {**good, "Id": "3", "SyncToken": "x"},
        {key: value for key, value in good.items() if key != "Id"},
        {**good, "Id": "4", "MetaData": {"CreateTime": "yesterday"}},
        7,
        {**good, "DisplayName": "Somebody else"},
    ]
    found, unplaced = read(
        tmp_path,
        **{
            "Customer": json.dumps([good, *odd]),
            "Invoice": json.dumps([{**invoice("9", day), "TxnDate": "2026-02-30"}]),
            "Payment": json.dumps([stamped("8", day)]),
            "Vendor": '[{"Id": "5",',
            "Class.jsonl": json.dumps(stamped("6", day)) + "\n{broken\n",
            "Ledger": json.dumps([good]),
            "page": json.dumps({"QueryResponse": {"Entry": [good]}}),
            "notes.txt": "not looked at",
        },
    )

    assert sorted(found) == [("Class", "6"), ("Customer", "2")]
    assert {(one.file, one.record): one.reason.partition(":")[0] for one in unplaced} == {
        ("Customer.json", "Id 3"): "SyncToken is no number",
        ("Customer.json", "record 3"): "without Id",
        ("Customer.json", "Id 4"): "MetaData.CreateTime is no time",
        ("Customer.json", "record 5"): "not an object but a number",
        ("Customer.json", "Id 2"): "another record with this Id, SyncToken and LastUpdatedTime came before it",
        ("Invoice.json", "Id 9"): "TxnDate is no date",
        ("Payment.json", "Id 8"): "without TxnDate",
        ("Vendor.json", ""): "not JSON",
        ("Class.jsonl", "line 2"): "not JSON",
        ("Ledger.json", "record 1"): "no entity is called as the file is, and it is no QueryResponse document",
        ("page.json", "record 1"): "no entity is called Entry",
    }


def test_a_company_without_its_settings_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "Customer.json").write_text(json.dumps([customer("2", "Amy")]))

    company, unplaced = read_company(tmp_path, REALM)

    assert company.name == REALM
    assert [one.file for one in unplaced] == ["CompanyInfo.json", "Preferences.json"]


def test_nothing_is_put_beside_a_running_service(tmp_path: Path) -> None:
    state = tmp_path / "quickbooks.sqlite"
    company, _ = read_company(folder_of(tmp_path / "files"), REALM)
    with LocalQuickBooks(state), pytest.raises(StateInUseError, match=r"quickbooks\.sqlite is open"):
        import_company(state, company)

    import_company(state, company)

    assert contents(state)[0] == [(REALM, "Small Books")]

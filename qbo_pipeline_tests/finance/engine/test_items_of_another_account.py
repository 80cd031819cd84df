"""Items that were given another account without their history: reports have past documents on the one before."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline_tests.finance.engine.test_what_documents_post_by import ADS, BANK, COGS, SALES, STOCK, Company

RENT, PAYABLE = "rent", "payable"


@pytest.fixture
def company(empty_warehouse: Path, posting_models: Models, tmp_path: Path) -> Iterator[Company]:
    path = tmp_path / "build.duckdb"
    shutil.copyfile(empty_warehouse, path)
    made = Company(path)
    made.books.models = posting_models
    made.account(PAYABLE, "Accounts Payable", "AccountsPayable", "Liability")
    _service(made, ADS)
    yield made
    made.books.connection.close()


def _service(company: Company, account: str, identity: str = "flyer") -> None:
    company.record("Item", identity, name=identity, type="Service", income_account_id=SALES, expense_account_id=account)


def _purchase(company: Company, *lines: tuple[str, int], table: str = "bill", credit: bool = False) -> None:
    """A bill, or a check, with items that name no account, beside one of 5 of rent that does."""
    total = Decimal(sum(amount for _, amount in lines) + 5)
    paid = {"ap_account_id": PAYABLE, "vendor_id": "v"} if table == "bill" else {"account_id": BANK, "credit": credit}
    company.record(table.title(), "10", txn_date=date(2026, 3, 6), total_amt=total, **paid)
    for number, (item, amount) in enumerate(lines, 1):
        company.row(
            f"{table}_line", line_number=number, detail_type="ItemBasedExpenseLineDetail", item_id=item,
            amount=Decimal(amount), **{f"{table}_id": "10"},
        )  # fmt: skip
    company.row(
        f"{table}_line", line_number=9, detail_type="AccountBasedExpenseLineDetail", account_id=RENT,
        amount=Decimal(5), **{f"{table}_id": "10"},
    )  # fmt: skip


def _built(company: Company) -> tuple[Mapping[str, Decimal | int], set[str]]:
    """What is on each account, and why reports have it otherwise than the document."""
    company.books.build()
    legs = dict(
        company.books.rows(
            "SELECT account_id, sum(debit - credit) AS amount FROM posting.leg GROUP BY account_id HAVING amount <> 0"
        )
    )
    reasons = company.books.rows("SELECT DISTINCT patch_reason FROM posting.leg WHERE patch_reason IS NOT NULL")
    return legs, {reason for (reason,) in reasons}


def test_a_bill_is_on_the_account_that_its_item_had_and_the_reason_is_known(company: Company) -> None:
    _purchase(company, ("flyer", 60))
    company.pull("10", "Bill", (PAYABLE, -65, None), (ADS, 60, "flyer"), (RENT, 5, None))
    assert _built(company) == ({PAYABLE: -65, ADS: 60, RENT: 5}, set())

    _service(company, RENT)

    assert _built(company) == ({PAYABLE: -65, ADS: 60, RENT: 5}, {"item_account"})


def test_of_two_items_on_one_account_one_may_have_been_on_another(company: Company) -> None:
    _service(company, ADS, "banner")
    _purchase(company, ("flyer", 60), ("banner", 40))
    company.pull("10", "Bill", (PAYABLE, -105, None), (ADS, 60, "flyer"), (SALES, 40, "banner"), (RENT, 5, None))

    assert _built(company) == ({PAYABLE: -105, ADS: 60, SALES: 40, RENT: 5}, {"item_account"})


def test_an_item_that_became_stock_was_on_the_account_it_had_before(company: Company) -> None:
    _purchase(company, ("flyer", 60))
    company.pull("10", "Bill", (PAYABLE, -65, None), (ADS, 60, "flyer"), (RENT, 5, None))
    company.record(
        "Item", "flyer", name="flyer", type="Inventory", income_account_id=SALES, expense_account_id=COGS,
        asset_account_id=STOCK,
    )  # fmt: skip

    assert _built(company) == ({PAYABLE: -65, ADS: 60, RENT: 5}, {"cogs", "item_account"})


def test_what_is_given_back_is_on_the_account_that_the_item_had(company: Company) -> None:
    _purchase(company, ("flyer", 60), table="purchase", credit=True)
    company.pull("10", "Credit Card Credit", (BANK, 65, None), (SALES, -60, "flyer"), (RENT, -5, None))

    assert _built(company) == ({BANK: 65, SALES: -60, RENT: -5}, {"item_account"})


@pytest.mark.parametrize("charge", ["SHIPPING_ITEM_ID", "GRATUITY_ITEM_ID"])
def test_shipping_and_tips_may_have_been_on_another_account_than_the_preferences_name_now(
    company: Company, charge: str
) -> None:
    for identity in ("former", "preferred"):
        company.account(identity, "Income", "OtherPrimaryIncome", "Revenue")
    company.record("Preferences", "1", home_currency_id="USD", sales_default_shipping_account="preferred")
    company.row("preferences_other", preferences_id="1", name="SalesFormsPrefs.GratuityAccount", value="preferred")
    company.record("SalesReceipt", "10", txn_date=date(2026, 3, 6), total_amt=Decimal(60), deposit_to_account_id=BANK)
    for number, (item, amount) in enumerate((("flyer", 50), (charge, 10)), 1):
        company.row(
            "sales_receipt_line", sales_receipt_id="10", line_number=number, detail_type="SalesItemLineDetail",
            item_id=item, amount=Decimal(amount),
        )  # fmt: skip
    company.pull("10", "Sales Receipt", (BANK, 60, None), (SALES, -50, "flyer"), ("former", -10, None))

    assert _built(company) == ({BANK: 60, SALES: -50, "former": -10}, {"item_account"})


@pytest.mark.parametrize(
    "reported",
    [
        pytest.param(((BANK, -55, None), (ADS, 50, "flyer"), (RENT, 5, None)), id="less money"),
        pytest.param(((BANK, -65, None), (ADS, 60, "flyer"), (SALES, 5, None)), id="a line that names its account"),
        pytest.param(((BANK, -65, None), (ADS, 70, "flyer"), (RENT, -5, None)), id="more than the item costs"),
    ],
)
def test_what_is_not_of_an_item_stays_unexplained(
    company: Company, reported: tuple[tuple[str, int, str | None], ...]
) -> None:
    _purchase(company, ("flyer", 60), table="purchase")
    company.pull("10", "Expense", *reported)

    legs, reasons = _built(company)

    assert legs == {account: amount for account, amount, _ in reported}
    assert reasons == {"unexplained"}


def test_a_line_beside_an_item_on_its_account_is_not_the_items(company: Company) -> None:
    """The line of 5 names the account that the item is on, too: it is elsewhere in the report, the item is not."""
    _service(company, RENT)
    _purchase(company, ("flyer", 60), table="purchase")
    company.pull("10", "Expense", (BANK, -65, None), (RENT, 60, "flyer"), (SALES, 5, None))

    assert _built(company) == ({BANK: -65, RENT: 60, SALES: 5}, {"unexplained"})


def test_an_item_beside_a_line_on_its_account_may_have_been_on_another(company: Company) -> None:
    _service(company, RENT)
    _purchase(company, ("flyer", 4), table="purchase")
    company.pull("10", "Expense", (BANK, -9, None), (ADS, 4, "flyer"), (RENT, 5, None))

    assert _built(company) == ({BANK: -9, ADS: 4, RENT: 5}, {"item_account"})


def test_reports_that_name_no_items_tell_it_by_the_amount(company: Company) -> None:
    _service(company, ADS, "banner")
    _purchase(company, ("flyer", 60), ("banner", 40))
    company.pull("10", "Bill", (PAYABLE, -105, None), (ADS, 60, None), (SALES, 40, None), (RENT, 5, None))

    assert _built(company) == ({PAYABLE: -105, ADS: 60, SALES: 40, RENT: 5}, {"item_account"})


def test_an_item_that_is_another_one_in_the_report_stays_unexplained(company: Company) -> None:
    """The document was changed, and nobody was told: its line has another item, of another account."""
    _service(company, SALES, "banner")
    _purchase(company, ("flyer", 60))
    company.pull("10", "Bill", (PAYABLE, -65, None), (SALES, 60, "banner"), (RENT, 5, None))

    assert _built(company) == ({PAYABLE: -65, SALES: 60, RENT: 5}, {"unexplained"})


def test_goods_that_are_given_away_beside_an_item_are_no_other_item(company: Company) -> None:
    """What they cost is in the report alone: their line has no amount, so that the document posts nothing of them."""
    company.account("former", "Income", "OtherPrimaryIncome", "Revenue")
    company.record(
        "Item", "gift", name="gift", type="Inventory", income_account_id=SALES, expense_account_id=COGS,
        asset_account_id=STOCK,
    )  # fmt: skip
    company.record("SalesReceipt", "10", txn_date=date(2026, 3, 6), total_amt=Decimal(50), deposit_to_account_id=BANK)
    for number, (item, amount) in enumerate((("flyer", 50), ("gift", 0)), 1):
        company.row(
            "sales_receipt_line", sales_receipt_id="10", line_number=number, detail_type="SalesItemLineDetail",
            item_id=item, amount=Decimal(amount), quantity=Decimal(1),
        )  # fmt: skip
    company.pull(
        "10", "Sales Receipt", (BANK, 50, None), ("former", -50, "flyer"), (COGS, 6, "gift"), (STOCK, -6, "gift")
    )

    assert _built(company) == ({BANK: 50, "former": -50, COGS: 6, STOCK: -6}, {"cogs", "item_account"})


def test_an_item_that_was_merged_is_the_one_it_became_in_the_report(company: Company) -> None:
    _service(company, SALES, "banner")
    _purchase(company, ("flyer", 60))
    company.pull("10", "Bill", (PAYABLE, -65, None), (SALES, 60, "banner"), (RENT, 5, None))
    assert _built(company)[1] == {"unexplained"}

    company.record("Item", "flyer", name="flyer (deleted)", type="Service", expense_account_id=ADS, deleted=True)
    company.books.rows(
        "INSERT INTO audit.merged_record BY NAME SELECT '1' AS realm_id, 'Item' AS entity, 'flyer' AS deleted_id, "
        "'banner' AS into_id, TIMESTAMP '2026-04-02' AS merged_at, 'webhook' AS source"
    )

    assert _built(company) == ({PAYABLE: -65, SALES: 60, RENT: 5}, {"item_account"})


def test_an_item_that_was_merged_may_be_any_in_the_report_where_nobody_told_which(company: Company) -> None:
    """Without webhooks QuickBooks tells that it is gone, and not what it became."""
    _service(company, SALES, "banner")
    _purchase(company, ("flyer", 60))
    company.pull("10", "Bill", (PAYABLE, -65, None), (SALES, 60, "banner"), (RENT, 5, None))
    assert _built(company)[1] == {"unexplained"}

    company.record("Item", "flyer", name="flyer (deleted)", type="Service", expense_account_id=ADS, deleted=True)

    assert _built(company) == ({PAYABLE: -65, SALES: 60, RENT: 5}, {"item_account"})

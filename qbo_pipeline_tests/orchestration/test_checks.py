"""The checks, each seen to fail for what it is about, naming the rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from qbo_pipeline.ingestion.results import Period
from qbo_pipeline.lake.writer import LakeWriter
from qbo_pipeline.orchestration import connections
from qbo_pipeline.orchestration.checks import CHECKS, checks_of
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline_tests.lake.pages import page, record
from qbo_pipeline_tests.orchestration.books_on_paper import FEW, IRONBARK, LARKSPUR, SessionOnPaper

INVOICE = dg.AssetKey(["quickbooks", "invoice"])
CUSTOMER = dg.AssetKey(["quickbooks", "customer"])


def load_all(session: SessionOnPaper) -> None:
    for company in session.companies():
        session.backfill(company.realm_id, FEW, None, "load")


def check(
    definitions: dg.Definitions, instance: dg.DagsterInstance, key: dg.AssetKey, name: str
) -> dg.AssetCheckEvaluation:
    job = definitions.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection=set(), asset_check_selection={dg.AssetCheckKey(key, name)}
    )
    (evaluation,) = job.execute_in_process(instance=instance, raise_on_error=False).get_asset_check_evaluations()
    return evaluation


def offenders(evaluation: dg.AssetCheckEvaluation) -> list[dict[str, object]]:
    table = evaluation.metadata["offenders"]
    assert isinstance(table, dg.TableMetadataValue)
    return [dict(record.data) for record in table.records]


def test_every_table_has_the_five_checks_and_those_that_make_totals_wrong_block(definitions: dg.Definitions) -> None:
    keys = definitions.resolve_asset_graph().asset_check_keys

    of_tables = [key for key in keys if key.asset_key.path[0] == "quickbooks"]
    assert len(of_tables) == sum(len(checks_of(one)) for one in FEW) + len(connections.CHECKS)
    assert {one.name for one in CHECKS if one.blocking} == {
        "row_count_matches",
        "no_duplicate_keys",
        "nothing_quarantined",
    }


def test_alone_the_row_count_asks_quickbooks_about_the_loaded_months_only(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    for month in ("2025-03-01", "2025-04-01"):
        key = dg.MultiPartitionKey({"company": LARKSPUR, "month": month})
        instance.report_runless_asset_event(dg.AssetMaterialization(INVOICE, partition=key))
    session.backfill(LARKSPUR, [FEW[3]], Period(date(2025, 3, 1), date(2025, 4, 30)), "run")

    evaluation = check(definitions, instance, INVOICE, "row_count_matches")

    assert evaluation.passed
    assert session.counts == [(LARKSPUR, "Invoice", Period(date(2025, 3, 1), date(2025, 4, 30)))]


def test_nobody_counts_what_a_company_holds_that_is_not_connected_any_more(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    load_all(session)
    for company in session.companies():
        instance.report_runless_asset_event(dg.AssetMaterialization(CUSTOMER, partition=company.realm_id))
    session.companies_connected = [one for one in session.companies_connected if one.realm_id == LARKSPUR]

    assert check(definitions, instance, CUSTOMER, "row_count_matches").passed
    assert session.counts == [(LARKSPUR, "Customer", None)]


def test_a_missing_record_is_seen_with_both_counts(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    load_all(session)
    for company in session.companies():
        instance.report_runless_asset_event(dg.AssetMaterialization(CUSTOMER, partition=company.realm_id))
    session.database.execute("DELETE FROM stored.customer WHERE id = '2' AND realm_id = ?", [IRONBARK])

    evaluation = check(definitions, instance, CUSTOMER, "row_count_matches")

    assert not evaluation.passed
    assert evaluation.severity is dg.AssetCheckSeverity.ERROR
    assert offenders(evaluation) == [
        {"company": IRONBARK, "period": "everything", "rows in the warehouse": "2", "records in QuickBooks": "3"}
    ]


def test_a_row_that_is_there_twice_is_named(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    load_all(session)
    session.database.execute("INSERT INTO stored.customer SELECT * FROM stored.customer WHERE id = '3'")

    evaluation = check(definitions, instance, CUSTOMER, "no_duplicate_keys")

    assert not evaluation.passed
    assert {row["key"] for row in offenders(evaluation)} == {f"{LARKSPUR}, 3", f"{IRONBARK}, 3"}


def test_a_line_that_is_there_twice_is_named_too(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    load_all(session)
    for _ in range(2):
        session.database.execute(
            "INSERT INTO stored.invoice_line (realm_id, invoice_id, line_number) VALUES (?, '7', 1)", [LARKSPUR]
        )

    evaluation = check(definitions, instance, INVOICE, "no_duplicate_keys")

    assert not evaluation.passed
    assert offenders(evaluation)[0]["table"] == "invoice_line"


def test_a_reference_to_a_row_that_is_not_there_is_named(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    load_all(session)
    session.database.execute(
        "UPDATE stored.invoice SET customer_id = '999' WHERE id = '5' AND realm_id = ?", [LARKSPUR]
    )

    evaluation = check(definitions, instance, INVOICE, "no_orphan_references")

    assert not evaluation.passed
    assert offenders(evaluation) == [
        {
            "table": "invoice",
            "key": f"{LARKSPUR}, 5",
            "column": "customer_id",
            "points at": "999",
            "in": "customer",
        }
    ]


def test_words_that_quickbooks_uses_for_ids_are_no_orphans(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    load_all(session)
    session.database.execute(
        "INSERT INTO stored.invoice_line (realm_id, invoice_id, line_number, item_id) VALUES (?, '7', 1, ?)",
        [LARKSPUR, "SHIPPING_ITEM_ID"],
    )

    assert check(definitions, instance, INVOICE, "no_orphan_references").passed


def test_references_to_a_list_that_was_never_loaded_are_not_called_orphans(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    session.backfill(LARKSPUR, [FEW[3]], None, "run")

    evaluation = check(definitions, instance, INVOICE, "no_orphan_references")

    assert evaluation.passed
    assert "customer" in (evaluation.description or "")


def quarantine(session: SessionOnPaper, identity: str, version: int) -> None:
    session.database.execute(
        "INSERT INTO audit.rejected_record BY NAME SELECT ? AS version_id, ? AS realm_id, 'Invoice' AS entity, "
        "? AS id, 'TotalAmt' AS field, '0.1234567' AS value, ? AS reason, now() AS received_at, "
        "'run' AS run_id, '{}' AS raw",
        [version, LARKSPUR, identity, "more than 4 decimals"],
    )


def test_a_quarantined_record_turns_the_check_red_with_its_reason(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    quarantine(session, "8", version=1)

    evaluation = check(definitions, instance, INVOICE, "nothing_quarantined")

    assert not evaluation.passed
    assert offenders(evaluation) == [
        {"company": LARKSPUR, "id": "8", "field": "TotalAmt", "reason": "more than 4 decimals"}
    ]


def test_a_record_whose_later_version_fits_is_quarantined_no_more(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    load_all(session)
    session.database.execute("UPDATE stored.invoice SET version_id = 2 WHERE id = '8'")
    quarantine(session, "8", version=1)

    assert check(definitions, instance, INVOICE, "nothing_quarantined").passed


def test_a_table_that_fell_silent_warns_and_a_slow_one_does_not(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    for number in range(30):
        session.database.execute(
            "INSERT INTO stored.customer (realm_id, id, updated_at, deleted) VALUES (?, ?, ?, false)",
            [LARKSPUR, str(number), now - timedelta(days=40 + number)],
        )
        session.database.execute(
            "INSERT INTO stored.invoice (realm_id, id, updated_at, deleted) VALUES (?, ?, ?, false)",
            [LARKSPUR, str(number), now - timedelta(days=40 + 30 * number)],
        )

    silent = check(definitions, instance, CUSTOMER, "newest_change_is_recent")
    slow = check(definitions, instance, INVOICE, "newest_change_is_recent")

    assert not silent.passed
    assert silent.severity is dg.AssetCheckSeverity.WARN
    assert slow.passed


def test_books_are_closed_for_what_is_posted() -> None:
    closed = {one.name for one in ENTITIES if checks_of(one) != CHECKS}
    assert {"Invoice", "Bill", "Deposit", "JournalEntry", "TaxPayment"} <= closed
    assert closed.isdisjoint({"Estimate", "PurchaseOrder", "TimeActivity", "Customer", "Preferences", "Attachable"})


def test_a_change_to_closed_books_warns_and_is_named(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    load_all(session)
    session.settings = session.settings.model_copy(update={"closing_date": date(2025, 3, 31)})
    unchanged = check(definitions, instance, INVOICE, "closed_periods_unchanged")
    now = datetime.now(UTC).replace(microsecond=0)
    writer = LakeWriter(session.settings.data.lake, FEW[3], LARKSPUR, "run")
    for version, total in ((0, 20), (1, 21)):
        at = (now - timedelta(days=40) if version == 0 else now).isoformat()
        made = record("3", version, at, TxnDate="2025-03-15", TotalAmt=total, DocNumber="1038")
        writer.add(replace(page("Invoice", made, realm_id=LARKSPUR), received_at=now))
    writer.flush()
    session.database.execute(
        "UPDATE stored.invoice SET updated_at = ? WHERE id = '3' AND realm_id = ?", [now.replace(tzinfo=None), LARKSPUR]
    )

    evaluation = check(definitions, instance, INVOICE, "closed_periods_unchanged")

    assert unchanged.passed
    assert not evaluation.passed
    assert evaluation.severity is dg.AssetCheckSeverity.WARN
    assert not evaluation.blocking
    [offender] = offenders(evaluation)
    assert (offender["company"], offender["record"], offender["moved"]) == (LARKSPUR, "Invoice 1038", "1")
    assert "--closed-before 2025-03-31" in (evaluation.description or "")


def test_without_a_closing_date_no_books_are_closed(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    load_all(session)
    evaluation = check(definitions, instance, INVOICE, "closed_periods_unchanged")
    assert (evaluation.passed, evaluation.description) == (True, "No company has a closing date.")

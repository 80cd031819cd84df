"""Updates of data that is live to Hyper: actions, conditions, one transaction, one execution a request id."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import tableauserverclient as tsc

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline_tests.local.tableau.caller import (
    NAMESPACE,
    Caller,
    Tables,
    all_of,
    data_source_definition,
    error_code,
    first,
    hyper_file,
    packaged,
)

BY_KEY = {"op": "eq", "source-col": "Key", "target-col": "Key"}
COLUMNS = '"Key" TEXT, "Amount" NUMERIC(18, 4), "On" DATE'
KEYS = '"Key" TEXT'


def action(kind: str, condition: dict[str, Any] | None = None, source: str | None = "Coming") -> dict[str, Any]:
    told: dict[str, Any] = {"action": kind, "target-table": "Lines", "target-schema": "Extract"}
    if source is not None:
        told |= {"source-table": source, "source-schema": "Extract"}
    return told if condition is None else {**told, "condition": condition}


def payload(tmp_path: Path, columns: str = COLUMNS, *rows: tuple[Any, ...], **others: tuple[str, Any]) -> Path:
    tables: Tables = {"Coming": (columns, rows), **others}
    return hyper_file(tmp_path / "payload.hyper", tables)


def amounts(tableau: LocalTableau, luid: str) -> dict[str, Decimal | None]:
    rows = tableau.rows(luid, "Lines")
    assert len({row["Key"] for row in rows}) == len(rows), "no key is there twice"
    return {row["Key"]: row["Amount"] for row in rows}


def test_an_upsert_changes_what_is_there_and_inserts_what_is_not(
    tableau: LocalTableau, caller: Caller, tmp_path: Path
) -> None:
    luid = caller.published(tmp_path)
    coming = payload(tmp_path, COLUMNS, ("1-2", "3.2500", "2026-02-01"), ("1-3", "7.0000", None))
    job = caller.job(caller.update(luid, [action("upsert", BY_KEY)], coming))

    assert (job.get("type"), job.get("finishCode")) == ("UpdateUploadedFile", "0")
    assert amounts(tableau, luid) == {"1-1": Decimal("10.0000"), "1-2": Decimal("3.2500"), "1-3": Decimal("7.0000")}


def test_columns_that_the_payload_lacks_stay_as_they_are(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    luid = caller.published(tmp_path)
    coming = payload(tmp_path, '"Key" TEXT, "On" DATE', ("1-1", "2027-01-01"))
    caller.job(caller.update(luid, [action("update", BY_KEY)], coming))

    assert amounts(tableau, luid)["1-1"] == Decimal("10.0000")
    assert {row["Key"]: row["On"] for row in tableau.rows(luid, "Lines")} == {"1-1": date(2027, 1, 1), "1-2": None}


@pytest.mark.parametrize(
    ("actions", "rows", "left"),
    [
        ([action("insert")], [("1-1", "1", None)], [("1-1", "1.0000"), ("1-1", "10.0000"), ("1-2", "2.5000")]),
        ([action("replace")], [("9", "1", None)], [("9", "1.0000")]),
        ([action("update", BY_KEY)], [("1-1", "1", None), ("9", "1", None)], [("1-1", "1.0000"), ("1-2", "2.5000")]),
    ],
    ids=["insert", "replace", "update"],
)
def test_every_action_does_what_it_says(
    tableau: LocalTableau, caller: Caller, tmp_path: Path, actions: Any, rows: Any, left: Any
) -> None:
    luid = caller.published(tmp_path)
    job = caller.job(caller.update(luid, actions, payload(tmp_path, COLUMNS, *rows)))

    assert job.get("finishCode") == "0"
    assert sorted((row["Key"], f"{row['Amount']:.4f}") for row in tableau.rows(luid, "Lines")) == left


def test_a_delete_removes_what_its_keys_find(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    luid = caller.published(tmp_path)
    caller.job(caller.update(luid, [action("delete", BY_KEY)], payload(tmp_path, KEYS, ("1-1",), ("none",))))

    assert list(amounts(tableau, luid)) == ["1-2"]


def test_a_delete_takes_no_columns_beside_those_of_its_condition(
    tableau: LocalTableau, caller: Caller, tmp_path: Path
) -> None:
    luid = caller.published(tmp_path)
    job = caller.job(caller.update(luid, [action("delete", BY_KEY)], payload(tmp_path, COLUMNS, ("1-1", "1", None))))

    assert (job.get("finishCode"), "Amount" in (job.findtext(".//t:notes", "", NAMESPACE))) == ("1", True)
    assert len(amounts(tableau, luid)) == 2


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ({"op": "lt", "target-col": "Amount", "const": {"type": "double", "v": 5}}, ["1-1"]),
        ({"op": "eq", "target-col": "Key", "const": {"type": "string", "v": "1-1"}}, ["1-2"]),
        ({"op": "is", "target-col": "On", "const": {"type": "datetime", "v": "2026-01-31T00:00:00Z"}}, ["1-2"]),
        (
            {
                "op": "or",
                "args": [
                    {"op": "gte", "target-col": "Amount", "const": {"type": "integer", "v": 10}},
                    {
                        "op": "and",
                        "args": [
                            {"op": "eq", "target-col": "Key", "const": {"type": "string", "v": "1-2"}},
                            {"op": "gt", "target-col": "Amount", "const": {"type": "integer", "v": 2}},
                        ],
                    },
                ],
            },
            [],
        ),
        ({"op": "not", "args": [{"op": "eq", "target-col": "Key", "const": {"type": "string", "v": "1-1"}}]}, ["1-1"]),
    ],
)
def test_a_condition_of_constants_needs_no_payload(
    tableau: LocalTableau, caller: Caller, tmp_path: Path, condition: dict[str, Any], left: list[str]
) -> None:
    luid = caller.published(tmp_path)
    job = caller.job(caller.update(luid, [action("delete", condition, source=None)]))

    assert (job.get("finishCode"), sorted(amounts(tableau, luid))) == ("0", left)


def test_the_actions_of_a_request_happen_all_or_none(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    luid = caller.published(tmp_path)
    coming = payload(tmp_path, COLUMNS, ("1-3", "1", None), Wrong=('"Nothing" TEXT', [("x",)]))
    job = caller.job(caller.update(luid, [action("insert"), action("insert", source="Wrong")], coming))

    assert (job.get("finishCode"), "no column Nothing" in (job.findtext(".//t:notes", "", NAMESPACE))) == ("1", True)
    assert len(amounts(tableau, luid)) == 2


def test_a_failure_of_hyper_undoes_what_went_before(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    luid = caller.published(tmp_path)
    wrong = ('"Key" TEXT, "Amount" NUMERIC(18, 0)', [("1-4", "999999999999999999")])
    coming = payload(tmp_path, COLUMNS, ("1-3", "1", None), Wrong=wrong)
    job = caller.job(caller.update(luid, [action("insert"), action("insert", source="Wrong")], coming))

    assert job.get("finishCode") == "1"
    assert len(amounts(tableau, luid)) == 2


def test_a_request_id_is_executed_once(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    luid = caller.published(tmp_path)
    coming = payload(tmp_path, COLUMNS, ("1-3", "1", None))
    once = caller.job(caller.update(luid, [action("insert")], coming, key="batch"))
    again = caller.job(caller.update(luid, [action("insert")], coming, key="batch"))

    assert once.get("id") == again.get("id")
    assert len(tableau.rows(luid, "Lines")) == 3
    caller.job(caller.update(luid, [action("insert")], coming, key="another"))
    assert len(tableau.rows(luid, "Lines")) == 4


def test_two_rows_for_one_key_are_refused(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    luid = caller.published(tmp_path)
    twice = payload(tmp_path, COLUMNS, ("1-1", "1", None), ("1-1", "2", None))

    assert caller.job(caller.update(luid, [action("upsert", BY_KEY)], twice)).get("finishCode") == "1"
    assert amounts(tableau, luid)["1-1"] == Decimal("10.0000")


def test_a_table_that_is_not_there_fails_as_real_sites_say(caller: Caller, tmp_path: Path) -> None:
    luid = caller.published(tmp_path)
    coming = payload(tmp_path, COLUMNS, ("1-1", "1", None))
    job = caller.job(caller.update(luid, [action("insert", source="Nothing")], coming))

    assert "errorCode=410012" in job.findtext(".//t:notes", "", NAMESPACE)


def test_a_job_that_fails_may_say_nothing(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    tableau.switch(failure_notes=False)
    luid = caller.published(tmp_path)
    job = caller.job(caller.update(luid, [action("insert", source="Nothing")], payload(tmp_path)))

    assert (job.get("finishCode"), job.find(".//t:notes", NAMESPACE)) == ("1", None)


def test_an_extract_cannot_be_updated(caller: Caller, tmp_path: Path) -> None:
    file = packaged(hyper_file(tmp_path / "books.hyper"), data_source_definition(extract=True))
    luid = first(caller.publish(file), "datasource").get("id", "")

    assert error_code(caller.update(luid, [action("insert")], payload(tmp_path))) == (400, "400000")


def test_too_much_is_413(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    luid = caller.published(tmp_path)
    tableau.switch(update_bytes=1000)

    assert error_code(caller.update(luid, [action("insert")], payload(tmp_path))) == (413, "413000")


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "merge", "source-table": "Coming", "target-table": "Lines"},
        {"action": "upsert", "source-table": "Coming", "target-table": "Lines"},
        {"action": "insert", "target-table": "Lines"},
        {"action": "insert", "source-table": "Coming"},
        action("upsert", {"op": "like", "source-col": "Key", "target-col": "Key"}),
        action("upsert", {"op": "and", "args": []}),
        action("delete", {"op": "eq", "target-col": "Key"}),
        action("delete", {"op": "eq", "target-col": "Key", "const": {"type": "integer", "v": "x"}}, source=None),
    ],
)
def test_actions_that_cannot_be_are_refused_at_once(caller: Caller, tmp_path: Path, wrong: dict[str, Any]) -> None:
    luid = caller.published(tmp_path)

    assert error_code(caller.update(luid, [wrong], payload(tmp_path))) == (400, "400000")


def test_the_time_of_the_data_source_moves_with_the_update(
    tableau: LocalTableau, caller: Caller, tmp_path: Path
) -> None:
    luid = caller.published(tmp_path)
    before = first(caller.http.get(f"datasources/{luid}"), "datasource").get("updatedAt")
    tableau.advance(60)
    caller.job(caller.update(luid, [action("replace")], payload(tmp_path, COLUMNS, ("9", "1", None))))

    assert first(caller.http.get(f"datasources/{luid}"), "datasource").get("updatedAt") != before
    assert len(list(tableau.service.store.content.iterdir())) == 2


def test_tableaus_client_updates_by_data_source_and_by_connection(
    tableau: LocalTableau, caller: Caller, tmp_path: Path
) -> None:
    luid = caller.published(tmp_path)
    server = caller.client()
    item = server.datasources.get_by_id(luid)
    server.datasources.populate_connections(item)
    coming = payload(tmp_path, COLUMNS, ("1-3", "1", None))
    actions: Any = [action("upsert", BY_KEY)]
    for number, target in enumerate((item, item.connections[0])):
        job = server.datasources.update_hyper_data(target, request_id=str(number), actions=actions, payload=coming)
        done = server.jobs.wait_for_job(job, timeout=20)
        assert (done.type, done.datasource_id) == ("UpdateUploadedFile", luid)

    assert len(amounts(tableau, luid)) == 3
    missing: Any = [action("insert", source="Nothing")]
    job = server.datasources.update_hyper_data(item, request_id="x", actions=missing, payload=coming)
    with pytest.raises(tsc.JobFailedException, match="410012"):
        server.jobs.wait_for_job(job, timeout=20)
    listed = all_of(caller.http.get("jobs"), "backgroundJob")
    assert [one.get("jobType") for one in listed] == ["update_uploaded_file"] * 3


def test_updates_at_the_same_time_all_happen(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    luid = caller.published(tmp_path)
    coming = payload(tmp_path, COLUMNS, ("1-3", "1", None))
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda key: caller.update(luid, [action("insert")], coming, key=str(key)), range(4)))
    tableau.wait_for_jobs()

    assert [answer.status_code for answer in answers] == [202] * 4
    assert len(tableau.rows(luid, "Lines")) == 6


def test_a_download_has_the_rows_as_they_are_now(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    luid = caller.published(tmp_path)
    caller.job(caller.update(luid, [action("delete", BY_KEY)], payload(tmp_path, KEYS, ("1-1",))))
    again = caller.publish(caller.http.get(f"datasources/{luid}/content").content, name="Again")

    assert list(amounts(tableau, first(again, "datasource").get("id", ""))) == ["1-2"]
